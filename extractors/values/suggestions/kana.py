"""Weighs kana against other information on the page: the written name, the same kana elsewhere, existing names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, log, log2

import numpy as np

from extractors.base import reasons
from extractors.base.model import Candidate
from extractors.recognition.fusion import Row, alternatives
from extractors.recognition.plan import WHOLE, FieldTask
from extractors.values.characters import text_of
from extractors.values.draft import Draft, merge_candidates
from templates_forms import name_readings
from templates_forms.model import FieldType, Form

_KEEP = 24
_ELSEWHERE = 20.0  # factor for a string when the same kana were read in a field that should be equal
# Log odds for a string that reads the whole name as written, against one that reads none of it
_AS_WRITTEN = 16.0
_NAME_EXISTS = 0.6  # log odds for each doubling of the number of names with that reading
_MOST_FOR_NAME = 3.5
_WHOLE_NAME = 2.0  # added when family and given name both exist
_WITHOUT_GAP = -1.0  # without a gap, a name may end at many positions
_THREE_PARTS = -3.0  # nothing follows a family and a given name
_NO_NAME = 4.0  # log odds for no kana at all where no name is written
_MOST_ODDS = 7.0  # limit on the weight of the glyph reader's "no character"
_MOST_DROPPED = 3
_MAYBE_NONE = 0.002  # probability of "no character" from which the row is also read without the cell
# Only the likeliest strings are weighed against the dictionary.
_MOST_WEIGHED = 16
_HOPELESS = 12.0  # log odds by ink that no knowledge can compensate


@dataclass(frozen=True, slots=True)
class _Choice:
    """One string of kana: the written cells that it uses, and its log odds by ink and by knowledge."""

    row: Row
    raw: str
    ink: float
    bonus: float = 0.0

    @property
    def score(self) -> float:
        return self.ink + self.bonus


def weigh_page(form: Form, tasks: Sequence[FieldTask], drafts: Mapping[str, Draft]) -> dict[str, Draft]:
    """Returns drafts with their kana weighed, others unchanged; the reading by ink alone stays a candidate."""
    rows = {
        task.field.name: (task, task.rows[WHOLE].row)
        for task in tasks
        if task.field.type is FieldType.KANA and WHOLE in task.rows
    }
    read = {name: _choices(row) for name, (_, row) in rows.items() if row is not None}
    refined = dict(drafts)
    for name, choices in read.items():
        if not choices:
            continue
        task = rows[name][0]
        equal_fields = [
            {c.raw: exp(c.ink) for c in read[other]} for other in _equal_fields(form, name) if other in read
        ]
        written = [drafts[other] for other in _names(form, name) if other in drafts]
        weighted = [replace(c, bonus=_bonus(c, equal_fields, written)) for c in choices]
        refined[name] = _weigh(task, drafts[name], weighted)
    return refined


def _choices(row: Row) -> list[_Choice]:
    """The likeliest strings, including those without a cell that may contain no character."""
    found = [_Choice(row, raw, log(p)) for raw, p in alternatives(row, _KEEP) if p > 0]
    for dropped in _cells_to_drop(row):
        kept = [i for i in range(len(row.order)) if i not in dropped]
        odds = sum(_no_character(row, i) for i in dropped)
        if not kept:
            found.append(_Choice(_keep_cells(row, kept), "", odds))
            continue
        part = _keep_cells(row, kept)
        found += [_Choice(part, raw, log(p) + odds) for raw, p in alternatives(part, 6) if p > 0]
    found.sort(key=lambda choice: -choice.ink)
    return [choice for choice in found[:_MOST_WEIGHED] if choice.ink > found[0].ink - _HOPELESS]


def _cells_to_drop(row: Row) -> list[tuple[int, ...]]:
    """Sets of cells to leave out in turn: those that may be empty, and those separated from a complete name."""
    count = len(row.order)
    likeliest = np.argsort(-row.not_character)[:_MOST_DROPPED].tolist()
    sets: set[tuple[int, ...]] = {(i,) for i in likeliest if row.not_character[i] > _MAYBE_NONE}
    gaps = [i for i in range(1, count) if row.order[i] > row.order[i - 1] + 1]
    if len(gaps) > 1 or any(
        row.not_character[i] > _MAYBE_NONE for i in range(max(0, count - _MOST_DROPPED), count)
    ):
        sets |= {tuple(range(count - n, count)) for n in range(1, min(count, _MOST_DROPPED) + 1)}
    return sorted(sets)


def _no_character(row: Row, cell: int) -> float:
    """Log odds that a written cell contains no character."""
    p = min(max(float(row.not_character[cell]), 1e-4), 1 - 1e-4)
    return float(np.clip(log(p / (1 - p)), -_MOST_ODDS, _MOST_ODDS))


def _keep_cells(row: Row, kept: Sequence[int]) -> Row:
    """The row without some of its written cells."""
    cells = list(kept)
    return replace(
        row,
        fused=row.fused[cells],
        glyph=None if row.glyph is None else row.glyph[cells],
        line=None if row.line is None else row.line[cells],
        not_character=row.not_character[cells],
        order=tuple(row.order[i] for i in cells),
    )


def _equal_fields(form: Form, name: str) -> list[str]:
    """Fields that should hold the same text."""
    return [
        f for r in form.rules if r.rule == "same_text" and name in r.fields for f in r.fields if f != name
    ]


def _names(form: Form, name: str) -> list[str]:
    """Fields with the name of which these kana are the furigana."""
    return [r.fields[1] for r in form.rules if r.rule == "kana_matches_name" and r.fields[0] == name]


def _bonus(choice: _Choice, equal_fields: Sequence[Mapping[str, float]], written: Sequence[Draft]) -> float:
    total = 0.0
    for strings in equal_fields:
        total += float(np.log1p(_ELSEWHERE * strings.get(choice.raw, 0.0)))
    for draft in written:
        if not draft.value and not choice.raw:
            total += _NO_NAME
        names = draft.candidates[:4]
        total += _AS_WRITTEN * sum(min(c.probability, 1.0) * _agreement(c.value, choice.raw) for c in names)
    return total + _known_name(choice)


def _agreement(name: str, raw: str) -> float:
    return name_readings.agreement(name, raw) or 0.0


def _known_name(choice: _Choice) -> float:
    """Log odds for a family and a given name in the dictionary, separated by a gap or not."""
    order, raw = choice.row.order, choice.raw
    gaps = [i for i in range(1, len(order)) if order[i] > order[i - 1] + 1]
    if len(gaps) > 1:
        return _THREE_PARTS
    best = max((_full_name_odds(raw[:i], raw[i:]) for i in gaps or range(1, len(raw))), default=0.0)
    return best if gaps else max(0.0, best + _WITHOUT_GAP)


def _full_name_odds(family: str, given: str) -> float:
    parts = [
        min(_MOST_FOR_NAME, _NAME_EXISTS * log2(1 + len(name_readings.surfaces(family, family=True)))),
        min(_MOST_FOR_NAME, _NAME_EXISTS * log2(1 + len(name_readings.surfaces(given, family=False)))),
    ]
    return sum(parts) + (_WHOLE_NAME if all(parts) else 0.0)


def _weigh(task: FieldTask, draft: Draft, choices: list[_Choice]) -> Draft:
    ranked = sorted(choices, key=lambda choice: -choice.score)
    best = ranked[0]
    top = np.exp(np.array([choice.score - best.score for choice in ranked]))
    shares = top / top.sum()
    value = _value(task, best)
    own = max(choices, key=lambda choice: choice.ink)
    features = draft.features | {
        "known": 1.0,
        "support": best.bonus,
        "lead": float(min(8.0, best.score - ranked[1].score)) if len(ranked) > 1 else 8.0,
        "tipped": float(own.ink - best.ink),
        "all_share": float(np.log(shares[0])),
    }
    listed = tuple(
        Candidate(_value(task, choice), float(share), "knowledge")
        for choice, share in zip(ranked[:4], shares[:4], strict=True)
    )
    if value == draft.value:
        return replace(draft, features=features, candidates=merge_candidates(draft.candidates, listed))
    return replace(
        draft,
        value=value,
        reasons=tuple(dict.fromkeys((*draft.reasons, reasons.KNOWLEDGE_USED))),
        candidates=merge_candidates(listed, draft.candidates),
        weak=tuple(i for i, pair in enumerate(zip(value, draft.value, strict=False)) if pair[0] != pair[1]),
        features=features,
        cells=(),
    )


def _value(task: FieldTask, choice: _Choice) -> str:
    return text_of(task.field, choice.row, choice.raw) if choice.raw else ""
