"""Each character of a boxed value has its printed box, and the doubtful ones are those that caused the reasons."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
import pytest

from extractors.base import reasons
from extractors.base.alphabets import Alphabet, for_type
from extractors.base.model import CellCut
from extractors.values.characters import read_cells, text_of
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


def written(
    kind: FieldType, text: str, order: list[int], total: int, groups: tuple[int, ...] | None = None
) -> Draft:
    """What is read from sure characters in these boxes, where no ink speaks against them."""
    alphabet = for_type(kind, True)
    assert alphabet is not None
    where = replace(FORM.field("phone"), type=kind, cells=groups)
    name = "kana" if kind is FieldType.KANA else "digits"
    return read_cells(
        where, row(alphabet, sure(text), order, total, name, [0.0] * len(text)), cut(total, order)
    )


@pytest.mark.parametrize(
    ("kind", "text", "order", "total", "groups", "found"),
    [
        (FieldType.DIGITS, "12", [0, 1], 4, (4,), []),
        (FieldType.DIGITS, "12", [2, 3], 4, (4,), []),
        (FieldType.DIGITS, "12", [0, 2], 4, (4,), ["gap_in_number"]),
        (FieldType.DIGITS, "12", [0, 2], 4, None, ["gap_in_number"]),
        (FieldType.DIGITS, "12", [1, 2], 4, (2, 2), []),
        (FieldType.DIGITS, "123", [1, 2, 4], 5, (2, 3), ["gap_in_number"]),
        (FieldType.DIGITS, "12", [0, 4], 5, (2, 3), []),
        (FieldType.DIGITS, "123", [0, 2, 3], 5, (2, 2, 1), []),
        (FieldType.DIGITS, "12", [3, 5], 6, (3, 3), ["gap_in_number"]),
        (FieldType.DIGITS, "", [], 4, (4,), []),
        (FieldType.POSTAL_CODE, "1540023", list(range(7)), 7, (3, 4), []),
        (FieldType.POSTAL_CODE, "154002", list(range(6)), 7, (3, 4), ["incomplete"]),
        (FieldType.MY_NUMBER, "1", [0], 12, (12,), ["incomplete"]),
        (FieldType.ACCOUNT_NUMBER, "13", [0, 2], 7, (7,), ["gap_in_number", "incomplete"]),
        (FieldType.ACCOUNT_NUMBER, "", [], 7, (7,), []),
        (FieldType.KANA, "アイ", [0, 2], 4, (4,), []),
    ],
)  # fmt: skip
def test_numbers_are_whole_and_without_gaps(
    kind: FieldType, text: str, order: list[int], total: int, groups: tuple[int, ...] | None, found: list[str]
) -> None:
    assert list(written(kind, text, order, total, groups).reasons) == found


def test_a_sign_that_is_no_part_of_the_value_has_no_place_in_it() -> None:
    found = written(FieldType.AMOUNT, "¥0120", [1, 2, 3, 4, 5], 8, (8,))
    assert (found.value, found.cells) == ("120", (3, 4, 5)), "neither the sign nor the leading zero"
    assert found.candidates[0].value == "120"


def test_a_sign_behind_the_number_has_no_place_in_it_either() -> None:
    found = written(FieldType.AMOUNT, "120¥", [0, 1, 2, 3], 8, (8,))
    assert (found.value, found.cells) == ("120", (0, 1, 2))


def test_a_doubtful_sign_that_is_no_part_of_the_value_is_not_shown() -> None:
    alphabet = for_type(FieldType.AMOUNT, True)
    assert alphabet is not None
    doubtful = [{"¥": 0.6, "4": 0.3}, {"1": 0.6, "8": 0.3}, {"2": 0.995}]
    read_row = row(alphabet, doubtful, [0, 1, 2], 3, "digits", [0.0] * 3)
    found = read_cells(replace(FORM.field("phone"), type=FieldType.AMOUNT), read_row, cut(3, [0, 1, 2]))
    assert (found.value, found.weak) == ("12", (0,)), "only the first digit"


def test_an_empty_row_has_no_weak_places() -> None:
    found = written(FieldType.DIGITS, "", [], 4, (4,))
    assert (found.value, found.cells, found.weak) == ("", (), ())


@pytest.mark.parametrize(
    ("order", "value", "cells"),
    [
        ([0, 1, 2], "アイウ", (0, 1, 2)),
        ([3, 4, 5], "アイウ", (3, 4, 5)),
        ([0, 2, 3], "ア　イウ", (0, -1, 2, 3)),
        ([0, 5, 9], "ア　イ　ウ", (0, -1, 5, -1, 9)),
    ],
)
def test_an_empty_box_between_characters_is_one_space(
    order: list[int], value: str, cells: tuple[int, ...]
) -> None:
    found = written(FieldType.KANA, "アイウ", order, 10, (10,))
    assert (found.value, found.cells) == (value, cells)


def test_doubt_is_shown_at_the_character_behind_a_space() -> None:
    cells = [{"ア": 0.995}, {"ン": 0.6, "ソ": 0.39}]
    alphabet = for_type(FieldType.KANA, True)
    assert alphabet is not None
    read_row = row(alphabet, cells, [0, 2], 4, "kana", [0.0, 0.0])
    found = read_cells(replace(FORM.field("phone"), type=FieldType.KANA), read_row, cut(4, [0, 2]))
    assert (found.value, found.weak) == ("ア　ン", (2,))
    assert text_of(FORM.field("applicant_kana"), read_row, "アソ") == "ア　ソ"
    assert "ア　ソ" in {c.value for c in found.candidates}


@pytest.mark.parametrize(("text", "variant"), [("髙", True), ("高", True), ("田", False)])
def test_a_name_that_may_be_written_otherwise_is_marked(text: str, variant: bool) -> None:
    alphabet = Alphabet(("髙", "高", "田"))
    read_row = row(alphabet, [{text: 0.995}], [0], 1, "text", [0.0])
    for kind in (FieldType.TEXT, FieldType.KANA):
        found = read_cells(replace(FORM.field("phone"), type=kind), read_row, cut(1, [0]))
        assert (reasons.VARIANT_CHARACTER in found.reasons) is (variant and kind is FieldType.TEXT)
