"""An evaluation counted by characters, long numbers and marks, on fields made up for it."""

from __future__ import annotations

import pytest

from extractors.evaluation.character_counts import count, edit_distance
from extractors.evaluation.metrics import LabelledReading


def field(kind: str, truth: str, value: str | None) -> LabelledReading:
    right, decision = truth == value, "unread" if value is None else "verify"
    return LabelledReading("a.tif", 1, "f", kind, kind, truth, value or "", right, None, decision)


@pytest.mark.parametrize(
    ("left", "right", "distance"),
    [
        ("", "", 0),
        ("1234", "1234", 0),
        ("1234", "1244", 1),
        ("1234", "234", 1),
        ("", "12", 2),
        ("ガッコウ", "カツコー", 3),
    ],
)
def test_wrong_missing_and_added_characters_each_count_once(left: str, right: str, distance: int) -> None:
    assert edit_distance(left, right) == edit_distance(right, left) == distance


def test_characters_are_counted_in_boxes_and_on_pages_that_were_read() -> None:
    found = count(
        [
            field("digits", "1234", "1244"),
            field("phone", "0312345678", "0312345678"),
            field("kana", "ヤマダ　タロウ", "ヤマダ　ダロ"),
            field("kana", "サトウ", None),
            field("kana*", "スズキ", "ススキ"),
            field("digits", "", "7"),
        ]
    )
    assert (found.characters["digit"].count, found.characters["digit"].total) == (12, 14)
    assert (found.characters["kana"].count, found.characters["kana"].total) == (4, 6)
    assert found.characters["letter"].total == 0
    assert found.characters["digit"].low < 12 / 14 < found.characters["digit"].high


def test_long_numbers_count_unread_pages_and_marks_tell_them_apart() -> None:
    found = count(
        [
            field("postal_code", "1050011", "1050011"),
            field("my_number", "123456789018", None),
            field("digits", "123456", "123450"),
            field("choice", "female", "female"),
            field("multi_choice", "a|b", "a"),
            field("seal", "true", None),
        ]
    )
    assert (found.long_numbers.count, found.long_numbers.total) == (1, 2)
    assert (found.marks.count, found.marks.total, found.marks_unread, found.unread) == (1, 2, 1, 2)
