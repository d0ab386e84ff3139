"""Seals and signatures: whether something is there, not whose it is."""

from __future__ import annotations

from math import log

from extractors.base import reasons
from extractors.base.model import Candidate
from extractors.values.draft import Draft, logit
from templates_forms.model import Field, FieldType

_THRESHOLD = {FieldType.SEAL: 0.012, FieldType.SIGNATURE: 0.008}
_STEEPNESS = 3.0


def read_presence(field: Field, ink: float, seal: float) -> Draft:
    """Returns present when there is clearly more ink than dust.

    Args:
        field: a seal or signature field.
        ink: share of the box that is handwritten ink.
        seal: share of the box that is vermilion.
    """
    share = max(ink, seal) if field.type is FieldType.SEAL else ink
    odds = _STEEPNESS * _log_ratio(share, _THRESHOLD[field.type])
    present = odds > 0
    certainty = 1.0 / (1.0 + 2.718281828 ** -abs(odds))
    value = "true" if present else "false"
    found = (reasons.MARK_UNCLEAR,) if certainty < 0.9 else ()
    both = (
        Candidate(value, certainty, "ink"),
        Candidate("false" if present else "true", 1 - certainty, "ink"),
    )
    features = {"product": logit(certainty), "seal": seal, "ink": ink, "chosen": float(present)}
    return Draft(value, found, both, (), features)


def _log_ratio(share: float, threshold: float) -> float:
    return log((share + 1e-5) / threshold)
