"""When do people agree? Pure rules over what was said about one field; no database here.

* Seen with the machine's value (`confirm`, `grid`): one person settles it.
* Blind: the machine is the other keyer; a mismatch goes to a third who has not seen the field.
* `double`: two people, the machine has no voice; a mismatch goes to a third.
* Three who all differ, or two who cannot read it: a lead decides, seeing what was said.
Published trials of double entry find that keyers asked to agree drift into agreeing wrongly; hence never back to the
same person.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from store.base.model import ItemMode, Outcome, Presentation

THIRD_SEAT = 3
LEAD_SEAT = 4
MACHINE = "machine"


class AgreementState(StrEnum):
    """What follows from the voices."""

    NONE = "none"
    SETTLED = "settled"
    ASK_THIRD = "ask_third"
    ASK_LEAD = "ask_lead"
    ILLEGIBLE = "illegible"


@dataclass(frozen=True, slots=True)
class Voice:
    """One person's answer; `value` is "" for blank and illegible."""

    mode: ItemMode
    seat: int
    presentation: Presentation
    outcome: Outcome
    value: str


@dataclass(frozen=True, slots=True)
class FieldAgreement:
    """The verdict; with `SETTLED` also the value and whose word it was."""

    verdict: AgreementState
    value: str = ""
    origin: str = ""


def comparable(value: str) -> str:
    """The form in which two values are compared: NFC, without any spaces. Variant characters stay apart."""
    return "".join(unicodedata.normalize("NFC", value).split())


def weigh(voices: Sequence[Voice], machine: str | None) -> FieldAgreement:
    """Judge the answers to one field, oldest first; all its items but overrides must be answered.

    `machine`: the value of the Reading that stands, None if there is none.
    """
    overrides = [v for v in voices if v.mode is ItemMode.OVERRIDE and v.outcome is not Outcome.CONFIRMED]
    if overrides:
        return FieldAgreement(AgreementState.SETTLED, overrides[-1].value, "override")
    keyed = [v for v in voices if v.mode is not ItemMode.OVERRIDE]
    if not keyed:
        return FieldAgreement(AgreementState.NONE)
    lead = [v for v in keyed if v.seat >= LEAD_SEAT]
    if lead:
        return _by_lead(lead[-1])
    if len(keyed) == 1 and keyed[0].presentation is not Presentation.BLIND and not _illegible(keyed[0]):
        return FieldAgreement(AgreementState.SETTLED, keyed[0].value, "one")
    return _by_count(keyed, machine)


def _by_lead(voice: Voice) -> FieldAgreement:
    if _illegible(voice):
        return FieldAgreement(AgreementState.ILLEGIBLE)
    return FieldAgreement(AgreementState.SETTLED, voice.value, "lead")


def _by_count(keyed: Sequence[Voice], machine: str | None) -> FieldAgreement:
    double = any(voice.mode is ItemMode.DOUBLE for voice in keyed)
    has_third = any(voice.seat == THIRD_SEAT for voice in keyed)
    legible = [voice.value for voice in keyed if not _illegible(voice)]
    spoken = [comparable(value) for value in legible]
    if machine is not None and not double:
        spoken.append(comparable(machine))
    for value in legible:
        if spoken.count(comparable(value)) > 1:
            return FieldAgreement(AgreementState.SETTLED, value, _origin(double, has_third))
    if has_third or len(keyed) - len(legible) > 1:
        return FieldAgreement(AgreementState.ASK_LEAD)
    return FieldAgreement(AgreementState.ASK_THIRD)


def _origin(double: bool, has_third: bool) -> str:
    if has_third:
        return "third"
    return "two" if double else "blind"


def _illegible(voice: Voice) -> bool:
    return voice.outcome is Outcome.ILLEGIBLE
