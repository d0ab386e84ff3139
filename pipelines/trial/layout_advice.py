"""Finds fields that are hard to read because of their print, with advice for the next edition."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from extractors.evaluation.metrics import LabelledReading
from templates_forms.model import DIGIT_TYPES, Box, Field, FieldType, Form

_FEW_RIGHT, _FEW_ACCEPTED = 0.9, 0.5  # a field above both needs no change of the print
_OUTSIDE = 0.1  # share of writings that run out of the box
_LEAST_CELL_MM = 4.5
_LEAST_LINE_MM = 8.0
_PRINT_INSIDE = 0.012  # share of a box's middle that is printed
_INSET_MM = 0.9  # the box's own frame is not print inside it


@dataclass(frozen=True, slots=True)
class Advice:
    """A field whose print should change.

    Attributes:
        field, label: the field.
        right, accepted: shares in the trial.
        words: what to change.
    """

    field: str
    label: str
    right: float
    accepted: float
    words: tuple[str, ...]


def layout_advice(form: Form, readings: Sequence[LabelledReading]) -> tuple[Advice, ...]:
    """Fields often wrong or rarely accepted for a reason in the print, the worst first."""
    groups: dict[str, list[LabelledReading]] = defaultdict(list)
    for one in readings:
        groups[one.field].append(one)
    found = []
    for field in form.fields():
        mine = groups.get(field.name, [])
        if not mine:
            continue
        right = sum(f.right for f in mine) / len(mine)
        accepted = sum(f.decision == "accept" for f in mine) / len(mine)
        if right >= _FEW_RIGHT and accepted >= _FEW_ACCEPTED:
            continue
        words = _advice_for(form, field, mine)
        # Without a known cause there is no advice: bad handwriting cannot be fixed by printing.
        if words:
            found.append(Advice(field.name, field.label, right, accepted, words))
    return tuple(sorted(found, key=lambda a: (a.right, a.accepted)))


def _advice_for(form: Form, field: Field, mine: Sequence[LabelledReading]) -> tuple[str, ...]:
    # "rule_failed:name" counts as one reason.
    reasons = Counter(reason.split(":")[0] for f in mine for reason in f.reasons)
    words = []
    if reasons["ink_outside_box"] >= _OUTSIDE * len(mine):
        words.append("枠からはみ出す人が多い。枠を広げる")
    cells = field.cell_boxes()
    if cells and min(cells[0].width, cells[0].height) < _LEAST_CELL_MM:
        words.append(
            f"文字枠が小さい（{cells[0].width:.1f} × {cells[0].height:.1f} mm）。{_LEAST_CELL_MM} mm 以上にする"
        )
    parts = [part for part in (field.year, field.month, field.day) if part]
    if not cells and not parts and (field.type in DIGIT_TYPES or field.type is FieldType.KANA):
        words.append("数字・カナを枠なしで書かせている。1 文字ずつの枠にする")
    if field.type is FieldType.DATE and not any(part.cells for part in parts):
        words.append("日付を枠なしで書かせている。年・月・日に 2 桁ずつの枠を置く")
    if field.type is FieldType.TEXT and not cells and field.box.height < _LEAST_LINE_MM:
        words.append(f"記入欄の高さが {field.box.height:.1f} mm しかない。{_LEAST_LINE_MM:.0f} mm 以上にする")
    if (
        not field.options
        and not parts
        and not cells
        and _printed(form, field.page, field.box) > _PRINT_INSIDE
    ):
        words.append("記入する場所に印刷がある。ラベルや注意書きを枠の外へ出す")
    return tuple(words)


def _printed(form: Form, page: int, box: Box) -> float:
    """Share of dark print inside a box of the blank."""
    with Image.open(form.pages[page - 1].blank) as blank:
        scale = blank.width / form.size_mm[0]
        left, top = round((box.x + _INSET_MM) * scale), round((box.y + _INSET_MM) * scale)
        right, bottom = round((box.right - _INSET_MM) * scale), round((box.bottom - _INSET_MM) * scale)
        part = np.asarray(blank.convert("L").crop((left, top, max(right, left), max(bottom, top))))
    # 150 of 255: dark print counts, a pale tint as background of a field does not.
    return float((part < 150).mean()) if part.size else 0.0
