"""Adds seeded checks: about `vigilance_share` of the review items, each a known answer with a wrong value shown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sqlalchemy.orm import Session

from extractors.base import reasons
from extractors.base.alphabets import CONFUSABLE
from pipelines.context import Office
from store.base.model import ItemPlan
from store.queue import seeded_checks
from store.queue.seeded_checks import KnownAnswer
from templates_forms.model import FieldType

ACTOR = "vigilance"
# Their values are not the characters on the paper (ISO dates, names of options), so one changed character would be no
# plausible misreading.
_NOT_BY_CHARACTER = frozenset(
    {FieldType.DATE, FieldType.CHOICE, FieldType.MULTI_CHOICE, FieldType.CHECK, FieldType.SEAL}
)
# Confidences as doubtful readings have them: from just above `route.BLIND_BELOW`, so that the value is shown.
_SHOWN_FROM, _SHOWN_TO = 0.55, 0.95


def add_seeded_checks(office: Office, session: Session, document_id: int, plans: Iterable[ItemPlan]) -> int:
    """Add seeded checks for a share of the review items that were just opened; return their number.

    Pseudo-random and repeatable, like the quality sample. Without a settled field to use there is none.
    """
    share = office.settings.vigilance_share
    # The words in these keys decide which items are chosen; changing one would choose others.
    due = [plan.field for plan in plans if _stable_fraction(f"plant:{document_id}:{plan.field}") < share]
    if not due:
        return 0
    known = [one for one in seeded_checks.known_values(session) if usable(office, one)]
    for field in due:
        if not known:
            break
        chosen = known.pop(int(_stable_fraction(f"which:{document_id}:{field}") * len(known)))
        _seed(office, session, chosen)
        known = [one for one in known if one.document_id != chosen.document_id]
    return len(due)


def usable(office: Office, known: KnownAnswer) -> bool:
    """Whether one character of the value can be replaced by a confusable one."""
    form = office.forms.get(known.form_id)
    if form is None or known.field not in {field.name for field in form.fields()}:
        return False
    return form.field(known.field).type not in _NOT_BY_CHARACTER and wrong_value(known) is not None


def wrong_value(known: KnownAnswer) -> str | None:
    """The value with one character replaced by a confusable one; None when it has none."""
    places = [
        (place, other)
        for place, character in enumerate(known.value)
        for pair in CONFUSABLE
        if character in pair
        for other in sorted(pair - {character})
    ]
    if not places:
        return None
    place, other = places[int(_stable_fraction(f"wrong:{known.document_id}:{known.field}") * len(places))]
    return known.value[:place] + other + known.value[place + 1 :]


def _seed(office: Office, session: Session, known: KnownAnswer) -> None:
    field = office.forms[known.form_id].field(known.field)
    shown = _SHOWN_FROM + (_SHOWN_TO - _SHOWN_FROM) * _stable_fraction(
        f"sure:{known.document_id}:{known.field}"
    )
    seeded_checks.seed(
        session,
        known,
        field.page,
        wrong_value(known) or known.value,
        confidence=shown,
        reason=reasons.CONFUSABLE,
        actor=ACTOR,
    )


def _stable_fraction(word: str) -> float:
    """A number in [0, 1) that depends only on the word."""
    return int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big") / 2**64
