"""Each character of a boxed value has its printed box, and the doubtful ones are those that caused the reasons."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from extractors.base import reasons
from extractors.base.alphabets import for_type
from extractors.base.model import CellCut
from extractors.values.characters import read_cells
from extractors.values.draft import Draft
from extractors.values.suggestions import numbers
from templates_forms.model import FieldType
from tests.extractors.test_extractors_suggest import FORM, row

EMPTY = np.full((4, 4), 255, np.uint8)


def cut(total: int, order: list[int]) -> CellCut:
    empty = tuple(place not in order for place in range(total))
    boxes = FORM.field("phone").cell_boxes()
    return CellCut((EMPTY,) * total, EMPTY, empty, (0.0,) * total, 0.0, boxes, 40.0, 0.0, 1.0)


def read(name: str, cells: list[dict[str, float]], order: list[int], total: int) -> Draft:
    field = FORM.field(name)
    kind = "kana" if field.type is FieldType.KANA else "digits"
    alphabet = for_type(field.type, True)
    assert alphabet is not None
    return read_cells(field, row(alphabet, cells, order, total, kind, [0.0] * len(cells)), cut(total, order))


def sure(text: str) -> list[dict[str, float]]:
    return [{char: 0.995} for char in text]


@pytest.mark.parametrize(
    ("name", "text", "order", "value", "cells"),
    [
        ("phone", "0312345678", list(range(10)), "0312345678", tuple(range(10))),
        ("phone", "0312345678", list(range(1, 11)), "0312345678", tuple(range(1, 11))),
        ("applicant_kana", "ヤノハナコ", [0, 1, 3, 4, 5], "ヤノ　ハナコ", (0, 1, -1, 3, 4, 5)),
        ("applicant_kana", "ヤノハナコ", [1, 2, 5, 6, 7], "ヤノ　ハナコ", (1, 2, -1, 5, 6, 7)),
    ],
)
def test_a_character_knows_its_box(
    name: str, text: str, order: list[int], value: str, cells: tuple[int, ...]
) -> None:
    found = read(name, sure(text), order, 16 if name == "applicant_kana" else 11)
    assert (found.value, found.cells) == (value, cells)


def test_a_confusable_character_is_marked_even_when_it_is_fairly_sure() -> None:
    cells = sure("0312345678")
    cells[2] = {"1": 0.95, "7": 0.045}
    found = read("phone", cells, list(range(10)), 11)
    assert reasons.CONFUSABLE in found.reasons
    assert found.weak == (2,)


def test_a_value_that_knowledge_changed_no_longer_says_which_boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    draft = read("phone", sure("0312345678"), list(range(10)), 11)
    changed = numbers._weigh(
        cast("numbers.FieldTask", type("Task", (), {"field": FORM.field("phone")})()),
        row(
            for_type(FieldType.PHONE, True),
            [*sure("031234567"), {"8": 0.6, "3": 0.4}],
            list(range(10)),
            11,
            "digits",
            [],
        ),  # type: ignore[arg-type]
        draft,
        lambda value: 5.0 if value.endswith("3") else 0.0,
    )
    assert changed.value == "0312345673" and changed.cells == ()
