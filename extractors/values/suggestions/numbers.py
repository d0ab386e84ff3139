"""Weighs numbers in boxes against their own rules: a check digit, an existing code or telephone number.

The reading by ink alone stays a candidate, and a value that knowledge decided carries ``knowledge_used``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from extractors.base import reasons
from extractors.base.model import Candidate
from extractors.recognition.fusion import Row, alternatives
from extractors.recognition.plan import WHOLE, FieldTask
from extractors.values.characters import text_of
from extractors.values.draft import Draft, merge_candidates
from templates_forms import postal
from templates_forms.model import FieldType, Form
from templates_forms.rules import my_number_valid, phone_number_assigned

_KEEP = 24
_EXISTS = 3.5  # one in 80 seven-digit numbers is a postal code, so a misread one hardly ever is
_AGREES = 3.0  # log odds when the written address begins with the code's town
_CHECKS = 2.3  # one in ten misread numbers has a valid check digit
# One in five misread telephone numbers is not assigned, and hardly anybody writes such a number
_ASSIGNED = 3.0
_HOPELESS = 1e-4  # share of the likeliest number's probability that no knowledge can compensate


def weigh_page(form: Form, tasks: Sequence[FieldTask], drafts: Mapping[str, Draft]) -> dict[str, Draft]:
    """Returns drafts with postal codes, My Numbers and telephone numbers weighed; other drafts are unchanged."""
    refined = dict(drafts)
    for task in tasks:
        job = task.rows.get(WHOLE)
        bonus = _bonus(form, task, drafts)
        if job is None or job.row is None or bonus is None:
            continue
        if len(job.row.order) == job.row.total or task.field.type is FieldType.PHONE:
            refined[task.field.name] = _weigh(task, job.row, drafts[task.field.name], bonus)
    return refined


def _bonus(form: Form, task: FieldTask, drafts: Mapping[str, Draft]) -> Callable[[str], float] | None:
    """Log odds by knowledge for a number of this field; None when there is no knowledge about such numbers."""
    if task.field.type is FieldType.MY_NUMBER:
        return lambda number: _CHECKS * my_number_valid(number)
    if task.field.type is FieldType.PHONE:
        return lambda number: _ASSIGNED * phone_number_assigned(number)
    if task.field.type is FieldType.POSTAL_CODE:
        written = _addresses(form, task.field.name, drafts)
        return lambda code: _postal(code, written)
    return None


def _addresses(form: Form, name: str, drafts: Mapping[str, Draft]) -> list[str]:
    rules = (r for r in form.rules if r.rule == "postal_code_matches_address" and r.fields[0] == name)
    return [drafts[r.fields[1]].value for r in rules if r.fields[1] in drafts]


def _postal(code: str, addresses: Sequence[str]) -> float:
    if not postal.towns(code):
        return 0.0
    return _EXISTS + _AGREES * max(
        (postal.agreement(code, text) or 0.0 for text in addresses if text), default=0.0
    )


def _weigh(task: FieldTask, row: Row, draft: Draft, bonus: Callable[[str], float]) -> Draft:
    """The number that ink and knowledge together make likeliest."""
    by_ink = alternatives(row, _KEEP, width=4 * _KEEP)
    least = _HOPELESS * by_ink[0][1] if by_ink else 0.0
    found = [(text_of(task.field, row, raw), p) for raw, p in by_ink if p > least]
    if not found:
        return draft
    scores = np.array([np.log(p) + bonus(value) for value, p in found])
    shares = np.exp(scores - scores.max())
    shares /= shares.sum()
    best = int(shares.argmax())
    value = found[best][0]
    ranked = [found[i] + (float(shares[i]),) for i in np.argsort(-shares)[:4]]
    listed = tuple(Candidate(text, share, "knowledge") for text, _, share in ranked)
    features = draft.features | {
        "known": 1.0,
        "support": bonus(value),
        "all_share": float(np.log(shares[best])),
        "tipped": float(min(12.0, np.log(found[0][1] / found[best][1]))),
    }
    if value == draft.value:
        return replace(draft, features=features, candidates=merge_candidates(draft.candidates, listed))
    changed = tuple(i for i, pair in enumerate(zip(value, draft.value, strict=False)) if pair[0] != pair[1])
    return replace(
        draft,
        value=value,
        reasons=tuple(dict.fromkeys((*draft.reasons, reasons.KNOWLEDGE_USED))),
        candidates=merge_candidates(listed, draft.candidates),
        weak=tuple(sorted({*draft.weak, *changed})),
        features=features,
        cells=(),
    )
