"""Decides who must check a reading: nobody, one person, or two who see neither each other's nor the machine's value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from extractors.base import reasons
from extractors.base.model import Decision, Reading
from extractors.confidence.acceptance import AcceptanceState, AcceptanceThreshold
from templates_forms.model import Field, FieldType, Form, Handling

FREE_TYPES = frozenset({FieldType.TEXT})
# Reasons that tell a person where to look but do not make a value doubtful by themselves. Disagreement of the two
# readers is already part of the calibrated confidence: of 360 readings above 0.99 with no other reason, none was wrong.
_REMARKS = frozenset(
    {reasons.VARIANT_CHARACTER, reasons.FREE_WRITING, reasons.CONFUSABLE, reasons.READERS_DISAGREE}
)


@dataclass(frozen=True, slots=True)
class Policy:
    """When a reading may be accepted unseen.

    Attributes:
        thresholds: per field type, the threshold that verified samples prove; a missing type is unproven. A key
            ``<type>:double`` is a threshold for the stricter target, by which ``double`` fields may be accepted.
        unproven_threshold: calibrated confidence that an unproven type needs. At 0.99 two of 6,500 readings of
            the calibration set were wrong; this is no proof for other writers, so the state stays unproven.
        accept_unproven: false sends everything of an unproven type to a person.
        accept_free_text: whether unproven free writing may be accepted at all.
    """

    thresholds: Mapping[str, AcceptanceThreshold] = field(default_factory=dict)
    unproven_threshold: float = 0.99
    accept_unproven: bool = True
    accept_free_text: bool = False

    def state(self, kind: FieldType) -> AcceptanceState:
        """Whether the error target of a field type is proven by verified samples."""
        proven = self.thresholds.get(str(kind))
        return proven.state if proven else AcceptanceState.UNPROVEN


def decide(form: Form, readings: Iterable[Reading], policy: Policy | None = None) -> list[Reading]:
    """Returns the same readings with a decision each; values and reasons are unchanged."""
    chosen = policy or Policy()
    return [
        reading.changed(decision=_decide(form.field(reading.field), reading, chosen)) for reading in readings
    ]


def _decide(form_field: Field, reading: Reading, policy: Policy) -> Decision:
    if form_field.handling is Handling.DOUBLE:
        return Decision.ACCEPT if _accepted_without_two(form_field, reading, policy) else Decision.DOUBLE
    if form_field.handling is Handling.VERIFY or reading.confidence is None or doubted(reading.reasons):
        return Decision.VERIFY
    proven = policy.thresholds.get(str(form_field.type))
    if proven is not None and proven.threshold is not None:
        return Decision.ACCEPT if reading.confidence >= proven.threshold else Decision.VERIFY
    if not policy.accept_unproven or _unproven_free_text(form_field, reading, policy):
        return Decision.VERIFY
    return Decision.ACCEPT if reading.confidence >= policy.unproven_threshold else Decision.VERIFY


def doubted(codes: Iterable[str]) -> bool:
    """Whether any reason, remarks excepted, prevents a reading from being accepted, however high its confidence."""
    return any(code not in _REMARKS for code in codes)


def _accepted_without_two(form_field: Field, reading: Reading, policy: Policy) -> bool:
    """Whether a threshold for the stricter target accepts the field without two people."""
    proven = policy.thresholds.get(f"{form_field.type}:double")
    if proven is None or proven.threshold is None or reading.confidence is None:
        return False
    return reading.confidence >= proven.threshold and not doubted(reading.reasons)


def _unproven_free_text(form_field: Field, reading: Reading, policy: Policy) -> bool:
    """Whether free writing lacks proof; an empty optional field does not need it (the ink decides that)."""
    return form_field.type in FREE_TYPES and bool(reading.value) and not policy.accept_free_text
