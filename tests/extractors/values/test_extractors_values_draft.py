"""What speaks for and against a row of cells: features, reasons, weak places, candidates."""

from __future__ import annotations

import math

import numpy as np
import pytest

from extractors.base import reasons
from extractors.base.alphabets import Alphabet
from extractors.base.model import Candidate, CellCut, FreeCut
from extractors.recognition.fusion import Row
from extractors.values.draft import (
    candidates,
    ink_reasons,
    joined_features,
    logit,
    merge_candidates,
    row_features,
    row_reasons,
    single_reader_candidates,
    unread_reason,
    weak_cells,
)
from templates_forms.model import Box

PIXELS = np.full((4, 4), 255, np.uint8)
DIGITS = Alphabet(tuple("0123456789"))


def cells(
    *ink: float,
    outside: float = 0.0,
    struck: float = 0.0,
    contrast: float = 1.0,
    empty: tuple[bool, ...] = (False,),
) -> CellCut:
    return CellCut(
        (PIXELS,) * len(ink), PIXELS, empty, ink, outside, (Box(0, 0, 1, 1),), 40.0, struck, contrast
    )


def free(*, outside: float = 0.0, struck: float = 0.0, contrast: float = 1.0, lines: int = 1) -> FreeCut:
    return FreeCut(PIXELS, (PIXELS,) * lines, 0.1, struck, outside, contrast)


def shares(*rows: dict[int, float]) -> np.ndarray:
    found = np.zeros((len(rows), 10))
    for row, given in zip(found, rows, strict=True):
        for digit, share in given.items():
            row[digit] = share
    return found


def row(
    fused: np.ndarray,
    glyph: np.ndarray | None = None,
    line: np.ndarray | None = None,
    nothing: tuple[float, ...] = (),
    order: tuple[int, ...] | None = None,
) -> Row:
    places = tuple(range(len(fused))) if order is None else order
    return Row(DIGITS, fused, glyph, line, np.array(nothing), -0.25, places, 9, "digits")


@pytest.mark.parametrize(
    ("p", "odds"),
    [
        (0.5, 0.0),
        (0.9, math.log(9)),
        (0.1, -math.log(9)),
        (0.99999, math.log(99999)),
        (1.0, 12.0),
        (0.0, -12.0),
    ],
)
def test_log_odds_are_held_within_twelve(p: float, odds: float) -> None:
    assert logit(p) == pytest.approx(odds)


def test_features_of_a_row() -> None:
    fused = shares({1: 0.9, 7: 0.1}, {2: 0.6, 3: 0.3, 4: 0.1})
    glyph = shares({1: 0.8, 7: 0.2}, {2: 0.3, 3: 0.7})
    line = shares({1: 0.95}, {2: 0.5, 3: 0.4})
    cut = cells(0.2, 0.03, 0.3, 0.02, outside=0.11, struck=0.12, contrast=0.5)
    found = row_features(row(fused, glyph, line, (0.1, 0.2), (0, 2)), cut)
    assert found == {
        "length": 2.0,
        "outside": 0.11,
        "empty_ink": 0.03,
        "struck": 0.12,
        "contrast": 0.5,
        "written": 1.0,
        "product": pytest.approx(logit(0.54)),
        "weakest": pytest.approx(logit(0.6)),
        "margin": pytest.approx(math.log(2), abs=1e-6),
        "glyph": pytest.approx(logit(0.3)),
        "line": pytest.approx(logit(0.5)),
        "disagree": 1.0,
        "nothing": pytest.approx(logit(0.2)),
        "exact": -0.25,
    }


def test_features_of_a_row_that_one_reader_or_nobody_read() -> None:
    fused = shares({1: 1.0})
    found = row_features(row(fused), cells(0.2))
    assert (found["glyph"], found["line"], found["nothing"], found["disagree"]) == (0.0, 0.0, -12.0, 0.0)
    assert found["margin"] == pytest.approx(math.log(1 / 1e-9)) and found["empty_ink"] == 0.0
    assert row_features(row(np.zeros((1, 10))), cells(0.2))["margin"] == 0.0, "all alike"
    nobody = row_features(row(np.zeros((0, 10))), cells(0.02, 0.03))
    assert nobody == {
        "length": 0.0, "outside": 0.0, "empty_ink": 0.03, "struck": 0.0, "contrast": 1.0, "written": 0.0,
    }  # fmt: skip


def test_rows_are_joined_by_what_is_worse() -> None:
    first = {"length": 2.0, "disagree": 1.0, "outside": 0.1, "weakest": 3.0, "struck": 0.0}
    second = {
        "length": 1.0,
        "disagree": 1.0,
        "outside": 0.3,
        "weakest": 1.0,
        "empty_ink": 0.2,
        "nothing": -3.0,
    }
    assert joined_features([first, second, {"nothing": -1.0, "empty_ink": 0.1, "struck": 0.2}]) == {
        "length": 3.0, "disagree": 2.0, "weakest": 1.0,
        "outside": 0.3, "struck": 0.2, "empty_ink": 0.2, "nothing": -1.0,
    }  # fmt: skip
    assert joined_features([]) == {}


@pytest.mark.parametrize(
    ("cut", "found"),
    [
        (cells(0.1, outside=0.12, struck=0.3, contrast=0.22), []),
        (cells(0.1, outside=0.121), ["ink_outside_box"]),
        (cells(0.1, struck=0.31), ["struck_out"]),
        (cells(0.1, contrast=0.219), ["faint"]),
        (cells(0.1, 0.1, contrast=0.1, empty=(True, False)), ["faint"]),
        (cells(0.1, contrast=0.1, empty=(True, True)), []),
        (free(contrast=0.219), ["faint"]),
        (free(contrast=0.1, lines=0), []),
        (free(outside=0.2, struck=0.4), ["ink_outside_box", "struck_out"]),
    ],
)
def test_where_doubt_about_the_ink_begins(cut: CellCut | FreeCut, found: list[str]) -> None:
    assert ink_reasons(cut) == found


@pytest.mark.parametrize(("unread", "found"), [(0.0, []), (0.45, []), (0.46, ["ink_unread"])])
def test_half_a_character_left_over_is_unread(unread: float, found: list[str]) -> None:
    assert unread_reason(unread) == found


@pytest.mark.parametrize(("nothing", "found"), [((), []), ((0.1, 0.5), []), ((0.51, 0.1), ["no_character"])])
def test_a_cell_that_holds_rather_nothing_is_doubted(nothing: tuple[float, ...], found: list[str]) -> None:
    sure = shares({4: 1.0}, {5: 1.0})
    assert row_reasons(row(sure, nothing=nothing), cells(0.1)) == found


def test_reasons_of_a_row_come_before_those_of_its_ink() -> None:
    fused, other = shares({1: 0.9, 7: 0.1}), shares({7: 1.0})
    read = row(fused, fused, other, (0.6,))
    assert row_reasons(read, cells(0.1, struck=0.4)) == [
        reasons.READERS_DISAGREE,
        reasons.CONFUSABLE,
        reasons.NO_CHARACTER,
        reasons.STRUCK_OUT,
    ]


def test_weak_cells_are_the_doubtful_the_disputed_and_the_confusable() -> None:
    fused = shares({4: 0.9}, {4: 0.899, 5: 0.05}, {4: 1.0}, {1: 0.95, 7: 0.05}, {4: 0.95, 5: 0.05})
    line = fused.copy()
    line[2] = shares({5: 1.0})[0]
    assert weak_cells(row(fused, fused, line)) == [1, 2, 3]
    assert weak_cells(row(np.zeros((0, 10)))) == []


def test_candidates_are_added_up_and_come_best_first() -> None:
    assert candidates([("a", 0.2), ("b", 0.5), ("a", 0.4), ("c", 1.5)], "line") == (
        Candidate("c", 1.0, "line"),
        Candidate("a", pytest.approx(0.6), "line"),
        Candidate("b", 0.5, "line"),
    )


def test_a_value_keeps_its_most_trusted_source() -> None:
    fused = [Candidate("a", 0.3, "fused"), Candidate("b", 0.2, "fused")]
    line = [Candidate("a", 0.9, "line"), Candidate("c", 0.25, "line")]
    assert merge_candidates(fused, line) == (fused[0], line[1], fused[1])
    many = [Candidate(str(n), n / 100, "line") for n in range(20)]
    assert [c.value for c in merge_candidates(many)] == [str(n) for n in range(19, 11, -1)]


def test_each_reader_alone_is_a_candidate() -> None:
    glyph, line = shares({1: 0.8}, {2: 0.5}), shares({7: 0.9}, {2: 1.0})
    found = single_reader_candidates(row(glyph, glyph, line), lambda text: f"<{text}>")
    assert found == (Candidate("<12>", 0.4, "glyph"), Candidate("<72>", 0.9, "line"))
    assert single_reader_candidates(row(glyph), str) == ()
    assert single_reader_candidates(row(glyph[:0], glyph[:0], line[:0]), str) == ()
