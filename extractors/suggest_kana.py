"""Weighs kana against what else the page says: the written name, the same kana elsewhere, names that exist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from extractors import reasons
from extractors.fusion import Row, alternatives
from extractors.model import Candidate
from extractors.plan import WHOLE, FieldTask
from extractors.values.characters import text_of
from extractors.values.draft import Draft, merged
from templates_forms import name_readings
from templates_forms.model import FieldType, Form

_KEEP = 24
_ELSEWHERE = 20.0  # how much likelier a string is when the same kana were read in a sister field
_AS_WRITTEN = (
    16.0  # log odds for a string that reads the whole name as written, against one that reads none of it
)
_NAME_EXISTS = 0.5  # log odds for each doubling of the number of names with that reading
_MOST_FOR_NAME = 3.0


@dataclass(frozen=True, slots=True)
class _Choice:
    raw: str
    ink: float
    bonus: float

    @property
    def score(self) -> float:
        return self.ink + self.bonus


def refine(form: Form, tasks: Sequence[FieldTask], drafts: Mapping[str, Draft]) -> dict[str, Draft]:
    """Drafts with their kana weighed; everything else as it is. What the ink alone says stays a candidate."""
    rows = {
        task.field.name: (task, task.rows[WHOLE].row)
        for task in tasks
        if task.field.type is FieldType.KANA and WHOLE in task.rows
    }
    read = {
        name: [(raw, p) for raw, p in alternatives(row, _KEEP) if p > 0]
        for name, (_, row) in rows.items()
        if row is not None
    }
    refined = dict(drafts)
    for name, strings in read.items():
        task, row = rows[name]
        if row is None or not strings:
            continue
        sisters = [read[other] for other in _sisters(form, name) if other in read]
        names = [c for other in _names(form, name) if other in drafts for c in drafts[other].candidates]
        choices = [
            _Choice(raw, float(np.log(p + 1e-12)), _bonus(raw, row, sisters, names)) for raw, p in strings
        ]
        refined[name] = _weighed(task, row, drafts[name], choices)
    return refined


def _sisters(form: Form, name: str) -> list[str]:
    """Fields that should hold the same text."""
    return [
        f for r in form.rules if r.rule == "same_text" and name in r.fields for f in r.fields if f != name
    ]


def _names(form: Form, name: str) -> list[str]:
    """Fields with the name that these kana are the furigana of."""
    return [r.fields[1] for r in form.rules if r.rule == "kana_matches_name" and r.fields[0] == name]


def _bonus(
    raw: str, row: Row, sisters: Sequence[Sequence[tuple[str, float]]], names: Sequence[Candidate]
) -> float:
    total = 0.0
    for strings in sisters:
        total += float(np.log1p(_ELSEWHERE * dict(strings).get(raw, 0.0)))
    if names:
        total += _AS_WRITTEN * sum(min(c.probability, 1.0) * _fit(c.value, raw) for c in names[:4])
    return total + _known_name(raw, row)


def _fit(name: str, raw: str) -> float:
    return name_readings.agreement(name, raw) or 0.0


def _known_name(raw: str, row: Row) -> float:
    """Log odds for a family and a given name that the dictionary has, where a gap parts the two."""
    gaps = [i for i in range(1, len(row.order)) if row.order[i] > row.order[i - 1] + 1]
    if len(gaps) != 1:
        return 0.0
    family = len(name_readings.surfaces(raw[: gaps[0]], family=True))
    given = len(name_readings.surfaces(raw[gaps[0] :], family=False))
    return min(_MOST_FOR_NAME, _NAME_EXISTS * float(np.log2(1 + family))) + min(
        _MOST_FOR_NAME, _NAME_EXISTS * float(np.log2(1 + given))
    )


def _weighed(task: FieldTask, row: Row, draft: Draft, choices: list[_Choice]) -> Draft:
    ranked = sorted(choices, key=lambda choice: -choice.score)
    best = ranked[0]
    top = np.exp(np.array([choice.score - best.score for choice in ranked]))
    shares = top / top.sum()
    value = text_of(task.field, row, best.raw)
    own = max(choices, key=lambda choice: choice.ink)
    features = draft.features | {
        "known": 1.0,
        "support": best.bonus,
        "lead": float(min(8.0, best.score - ranked[1].score)) if len(ranked) > 1 else 8.0,
        "tipped": float(own.ink - best.ink),
        "all_share": float(np.log(shares[0])),
    }
    listed = tuple(
        Candidate(text_of(task.field, row, choice.raw), float(share), "knowledge")
        for choice, share in zip(ranked[:4], shares[:4], strict=True)
    )
    if value == draft.value:
        return replace(draft, features=features, candidates=merged(draft.candidates, listed))
    return replace(
        draft,
        value=value,
        reasons=tuple(dict.fromkeys((*draft.reasons, reasons.KNOWLEDGE_USED))),
        candidates=merged(listed, draft.candidates),
        weak=tuple(i for i, pair in enumerate(zip(value, draft.value, strict=False)) if pair[0] != pair[1]),
        features=features,
    )
