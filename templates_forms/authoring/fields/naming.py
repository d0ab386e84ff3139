"""Assigns English names to fields, unique in the form: ``applicant_kana``, ``child2_birth_date``, ``field_7``."""

from __future__ import annotations

import re

from templates_forms.authoring.fields.drafts import Draft
from templates_forms.authoring.fields.kinds import Kind
from templates_forms.authoring.fields.meanings import person_of
from templates_forms.authoring.fields.vocabulary import ANSWERS, ERAS
from templates_forms.authoring.print.words import plain
from templates_forms.model import FieldType

_OF_A_PERSON = frozenset(
    {
        "kana",
        "name",
        "birth_date",
        "address",
        "phone",
        "postal_code",
        "sex",
        "my_number",
        "age",
        "occupation",
        "relation",
        "fax",
        "email",
        "seal",
        "signature",
        "organisation",
        "employer",
        "registered_domicile",
        "nationality",
        "net_income",
        "income",
    }
)
_BY_TYPE = {
    FieldType.POSTAL_CODE: ("postal_code", "Postal code"),
    FieldType.DATE: ("date", "Date"),
    FieldType.AMOUNT: ("amount", "Amount"),
    FieldType.PHONE: ("phone", "Telephone number"),
    FieldType.MY_NUMBER: ("my_number", "My Number"),
    FieldType.SEAL: ("seal", "Seal"),
}
_INDEX = re.compile(r"^([1-9])$|([1-9])人目|第([1-9])")


class NameAllocator:
    """Assigns unique names; a second field of the same name gets a number."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._unknown = 0

    def name(self, draft: Draft, kind: Kind) -> tuple[str, str]:
        """Return the name and the English label of a field."""
        base, english = self._base(draft, kind)
        person = _person(draft, kind) if base in _OF_A_PERSON else None
        index = _index(draft)
        if person is not None:
            base, english = (
                f"{person[0]}{index}_{base}",
                f"{english}, {person[1].lower()}{' ' if index else ''}{index}",
            )
        elif index and not base[-1].isdigit():
            base, english = f"{base}{index}", f"{english} {index}"
        return self._unique(base), english

    def _base(self, draft: Draft, kind: Kind) -> tuple[str, str]:
        if kind.meaning is not None and not (
            kind.meaning.type is FieldType.DATE and kind.type is not FieldType.DATE
        ):
            if kind.meaning.name == "address" and kind.type is FieldType.POSTAL_CODE:
                return _BY_TYPE[FieldType.POSTAL_CODE]
            return kind.meaning.name, kind.meaning.english
        by_answers = answer_set([choice.label for choice in draft.choices])
        if by_answers and by_answers != "yes_no":
            return by_answers, by_answers.replace("_", " ").capitalize()
        if kind.type in _BY_TYPE:
            return _BY_TYPE[kind.type]
        self._unknown += 1
        return f"field_{self._unknown}", kind.label

    def _unique(self, base: str) -> str:
        name, count = base, 1
        while name in self._taken:
            count += 1
            name = f"{base}_{count}" if base[-1].isdigit() else f"{base}{count}"
        self._taken.add(name)
        return name


def _person(draft: Draft, kind: Kind) -> tuple[str, str] | None:
    for text in (kind.label, *draft.labels, *draft.sides):
        person = person_of(text)
        if person is not None:
            return person
    return None


def _index(draft: Draft) -> str:
    for text in (*draft.sides, *draft.labels):
        found = _INDEX.search(plain(text))
        if found:
            return next(group for group in found.groups() if group)
    return ""


def answer_set(labels: list[str]) -> str | None:
    """Return the set of answers that contains all these words."""
    for name, answers in ANSWERS:
        if len(labels) > 1 and all(label in answers for label in labels):
            return name
    return None


def values_of(labels: list[str]) -> list[str]:
    """Return a short, unique English value for each answer."""
    chosen = answer_set(labels)
    known = dict(ANSWERS)
    for name, answers in ANSWERS:
        if name == chosen and all(label in answers for label in labels):
            known = {name: answers}
            break
    values: list[str] = []
    for number, label in enumerate(labels, start=1):
        words = known.get(chosen or "", {})
        value = ERAS.get(label) if chosen == "era" else words.get(label)
        value = value or _anywhere(label) or f"option{number}"
        values.append(value if value not in values else f"{value}{number}")
    return values


def _anywhere(label: str) -> str | None:
    return next((answers[label] for _, answers in ANSWERS if len(label) > 1 and label in answers), None)
