"""Rules of agreement between the answers to one field; pure functions without a database.

* Seen with the machine's value (`confirm`, `grid`): one person settles it.
* Blind: the machine counts as the second keyer; a mismatch goes to a third person who has not seen the field.
* `double`: two people, the machine does not count; a mismatch goes to a third.
* Three who all differ, or two who cannot read it: a lead decides and sees the earlier answers.
Published trials of double entry find that keyers who are asked to agree start to agree on wrong values; so a field
never goes back to the same person.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from store.base.model import ItemMode, Outcome, Presentation

# Seats 1 and 2 are the two people of a double.
THIRD_SEAT = 3
LEAD_SEAT = 4
MACHINE = "machine"


class AgreementState(StrEnum):
    """Result of comparing the answers."""

    NONE = "none"
    SETTLED = "settled"
    NEEDS_THIRD = "ask_third"
    NEEDS_LEAD = "ask_lead"
    ILLEGIBLE = "illegible"


@dataclass(frozen=True, slots=True)
class FieldAnswer:
    """One person's answer; `value` is "" for blank and illegible."""

    mode: ItemMode
    seat: int
    presentation: Presentation
    outcome: Outcome
    value: str


@dataclass(frozen=True, slots=True)
class FieldAgreement:
    """The result; with `SETTLED` also the value and its origin."""

    state: AgreementState
    value: str = ""
    origin: str = ""


def comparable(value: str) -> str:
    """The form in which two values are compared: NFC, without any spaces. Variant characters stay different."""
    # NFC: one input method sends が as one code point, another as two. Spaces carry no meaning: 山田 太郎 is 山田太郎.
    return "".join(unicodedata.normalize("NFC", value).split())


def evaluate(answers: Sequence[FieldAnswer], machine: str | None) -> FieldAgreement:
    """Compare the answers to one field, oldest first; all its items but overrides must be answered.

    `machine`: the value of the current Reading, None if there is none.
    """
    # An override is opened after the fields were answered, because they break a rule: so it has the last word.
    overrides = [v for v in answers if v.mode is ItemMode.OVERRIDE and v.outcome is not Outcome.CONFIRMED]
    if overrides:
        return FieldAgreement(AgreementState.SETTLED, overrides[-1].value, "override")
    given = [v for v in answers if v.mode is not ItemMode.OVERRIDE]
    if not given:
        return FieldAgreement(AgreementState.NONE)
    lead = [v for v in given if v.seat >= LEAD_SEAT]
    if lead:
        return _by_lead(lead[-1])
    if len(given) == 1 and given[0].presentation is not Presentation.BLIND and not _illegible(given[0]):
        return FieldAgreement(AgreementState.SETTLED, given[0].value, "one")
    return _by_count(given, machine)


def _by_lead(answer: FieldAnswer) -> FieldAgreement:
    if _illegible(answer):
        return FieldAgreement(AgreementState.ILLEGIBLE)
    return FieldAgreement(AgreementState.SETTLED, answer.value, "lead")


def _by_count(given: Sequence[FieldAnswer], machine: str | None) -> FieldAgreement:
    double = any(answer.mode is ItemMode.DOUBLE for answer in given)
    has_third = any(answer.seat == THIRD_SEAT for answer in given)
    legible = [answer.value for answer in given if not _illegible(answer)]
    votes = [comparable(value) for value in legible]
    # In double keying the machine's value does not count: two people decide alone.
    if machine is not None and not double:
        votes.append(comparable(machine))
    for value in legible:
        if votes.count(comparable(value)) > 1:
            # A person's spelling, not the machine's: the two differ in spaces at most.
            return FieldAgreement(AgreementState.SETTLED, value, _origin(double, has_third))
    if has_third or len(given) - len(legible) > 1:
        return FieldAgreement(AgreementState.NEEDS_LEAD)
    return FieldAgreement(AgreementState.NEEDS_THIRD)


def _origin(double: bool, has_third: bool) -> str:
    if has_third:
        return "third"
    return "two" if double else "blind"


def _illegible(answer: FieldAnswer) -> bool:
    return answer.outcome is Outcome.ILLEGIBLE
