"""Dates: a marked or printed era, and year, month and day in boxes or written freely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from extractors.base import reasons
from extractors.base.alphabets import FIRST_YEAR
from extractors.base.model import Candidate
from extractors.values.draft import Draft, joined_features, logit
from extractors.values.marks import MarkedOptions
from templates_forms.model import Field
from templates_forms.values import era_of, from_wareki

_WESTERN = ""
_LIKELY_VALID = 0.02
_PARTS = ("year", "month", "day")
_SIGNS = {"year": "年", "month": "月", "day": "日"}


@dataclass(frozen=True, slots=True)
class PartRead:
    """One written part of a date: its alternatives, best first, and reasons to doubt it."""

    texts: tuple[tuple[str, float], ...]
    features: dict[str, float]
    reasons: tuple[str, ...]

    @property
    def written(self) -> bool:
        return bool(self.texts) and bool(self.texts[0][0])


def read_date(field: Field, parts: dict[str, PartRead], era: MarkedOptions | None) -> Draft:
    """Returns the likeliest valid date; the most likely reading by ink alone stays a candidate.

    Args:
        field: the date field.
        parts: by ``year``, ``month``, ``day``; a part printed on the form is missing.
        era: the marked era; None when the form has one printed era or western years.
    """
    features = joined_features([part.features for part in parts.values()])
    found = [code for part in parts.values() for code in part.reasons]
    written = [name for name, part in parts.items() if part.written]
    if era is not None:
        found += [code for code in era.reasons if written or code != reasons.MARK_UNCLEAR]
        features |= {"era": logit(era.certainty), "era_marks": float(len(era.chosen))}
    if not written:
        if era is not None and era.chosen:
            found.append(reasons.INCOMPLETE)
        return Draft("", tuple(dict.fromkeys(found)), (), (), features | {"written": 0.0})
    if len(written) < len(parts) or (era is not None and not era.chosen):
        found.append(reasons.INCOMPLETE)
    return _combine(field, parts, era, features, found)


def _combine(
    field: Field,
    parts: dict[str, PartRead],
    era: MarkedOptions | None,
    features: dict[str, float],
    found: list[str],
) -> Draft:
    ranked = _combinations(field, parts, era)
    ink, ink_share = ranked[0]
    valid = [(iso, share) for text, share in ranked if (iso := _iso(text))]
    total = sum(share for _, share in valid)
    features |= {"valid_share": logit(total), "written": 1.0, "second": _log_margin(valid)}
    listed = tuple(Candidate(iso, share, "fused") for iso, share in valid[:6])
    if _iso(ink):
        value = valid[0][0]
    # The likeliest digits are no date, but another date has a real chance by ink alone.
    elif valid and valid[0][1] > _LIKELY_VALID:
        value = valid[0][0]
        found.append(reasons.KNOWLEDGE_USED)
        listed += (Candidate(_as_written(ink), ink_share, "ink"),)
    else:
        value = _as_written(ink)
        found.append(reasons.rule_failed("date_valid"))
        listed = (Candidate(value, ink_share, "ink"), *listed)
    return Draft(value, tuple(dict.fromkeys(found)), listed, (), features)


_Date = tuple[str, str, str, str]


def _combinations(
    field: Field, parts: dict[str, PartRead], era: MarkedOptions | None, keep: int = 60
) -> list[tuple[_Date, float]]:
    """(era, year, month, day) as written, with their probabilities, best first."""
    fixed = field.era.fixed if field.era and field.era.fixed else _WESTERN
    eras = list(era.shares) if era is not None else [(fixed, 1.0)]
    beams: list[tuple[tuple[str, ...], float]] = [((value,), share) for value, share in eras]
    for name in _PARTS:
        texts: Sequence[tuple[str, float]] = parts[name].texts if name in parts else (("1", 1.0),)
        beams = [((*head, text), p * q) for head, p in beams for text, q in (texts or (("", 1.0),))]
        beams = sorted(beams, key=lambda pair: -pair[1])[:keep]
    return [((head[0], head[1], head[2], head[3]), p) for head, p in beams]


def _iso(written: _Date) -> str | None:
    era, year, month, day = written
    number = 1 if year == FIRST_YEAR and era else _number(year)
    months, days = _number(month), _number(day)
    if number is None or months is None or days is None:
        return None
    if era:
        return from_wareki(era, number, months, days)
    try:
        return date(number, months, days).isoformat() if number > 1800 else None
    except ValueError:
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _as_written(written: _Date) -> str:
    """The date as written, for one that the calendar does not have."""
    span = era_of(written[0])
    head = span.name if span else ""
    return head + "".join(f"{text}{_SIGNS[name]}" for name, text in zip(_PARTS, written[1:], strict=True))


def _log_margin(valid: list[tuple[str, float]]) -> float:
    """Log ratio of the best date to the second, at most 12."""
    if len(valid) < 2:
        return 12.0 if valid else 0.0
    return min(float(np.log((valid[0][1] + 1e-9) / (valid[1][1] + 1e-9))), 12.0)
