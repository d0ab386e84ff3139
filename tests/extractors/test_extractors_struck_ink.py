"""Struck-out writing is separated from other writing: the rest is read, the struck-out part is not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from extractors.base.model import PX_PER_MM
from extractors.cutting.components import RING_BAND, WRITING_BAND, struck_out
from extractors.cutting.strikes import struck_ink

UNIT_MM = 6.0


def px(mm: float) -> int:
    return round(mm * PX_PER_MM)


def paper() -> np.ndarray:
    return np.zeros((px(12), px(90)), np.uint8)


def character(picture: np.ndarray, left: float, size: float = 5.0) -> None:
    """田: strokes above, below and beside any line through the middle."""
    x, y = px(left), px(3.5)
    cv2.rectangle(picture, (x, y), (x + px(size), y + px(size)), 1, 2)
    cv2.line(picture, (x, y + px(size / 2)), (x + px(size), y + px(size / 2)), 1, 2)
    cv2.line(picture, (x + px(size / 2), y), (x + px(size / 2), y + px(size)), 1, 2)


def level(picture: np.ndarray, left: float, right: float, y: float) -> None:
    cv2.line(picture, (px(left), px(y)), (px(right), px(y + 0.3)), 1, 3)


def columns_left(picture: np.ndarray) -> np.ndarray:
    mask = picture > 0
    return np.flatnonzero((mask & ~struck_ink(mask, UNIT_MM)).any(axis=0)) / PX_PER_MM


@pytest.mark.parametrize("lines", [(5.4, 6.6), (6.4,)])
def test_only_what_was_written_anew_is_left(lines: tuple[float, ...]) -> None:
    picture = paper()
    for left in (4, 11, 18):
        character(picture, left)
    for y in lines:
        level(picture, 3, 24.5, y)
    for left in (34, 41, 48):
        character(picture, left)
    left = columns_left(picture)
    assert left.min() > 33.5 and left.max() > 52.5


def test_the_ring_of_a_correction_seal_goes_with_what_it_corrects() -> None:
    picture = paper()
    for left in (4, 11, 18):
        character(picture, left)
    level(picture, 3, 24.5, 5.4)
    level(picture, 3, 24.5, 6.6)
    cv2.ellipse(picture, (px(27.5), px(6)), (px(2.6), px(2.6)), 0, -80, 80, 1, 1)
    character(picture, 36)
    assert columns_left(picture).min() > 35.5


def test_nothing_is_struck_out_by_one_long_stroke_an_underline_or_hyphens() -> None:
    long_stroke, underlined, hyphens = paper(), paper(), paper()
    character(long_stroke, 4)
    level(long_stroke, 12, 22, 6)  # 一
    character(long_stroke, 25)
    for left in (4, 11, 18):
        character(underlined, left)
    level(underlined, 3, 24.5, 9.6)
    for left in (4, 14, 24, 34):
        character(hyphens, left)
        level(hyphens, left + 6, left + 9, 6)
    for picture in (long_stroke, underlined, hyphens):
        assert not struck_ink(picture > 0, UNIT_MM).any()


def test_characters_in_a_row_are_no_line() -> None:
    picture = paper()
    for left in range(4, 40, 6):
        character(picture, left)
    assert not struck_ink(picture > 0, UNIT_MM).any()


@pytest.mark.parametrize("struck", [False, True])
def test_a_rings_own_arc_beside_the_word_is_no_strike_through_it(struck: bool) -> None:
    """A flat thick ring whose lower arc runs into the foot of the printed word."""
    ring, word = np.zeros((px(8), px(14)), np.uint8), np.zeros((px(8), px(14)), np.uint8)
    cv2.ellipse(ring, (px(6), px(4)), (px(3.3), px(2.6)), 0, 0, 360, 1, 6)
    cv2.rectangle(word, (px(4.2), px(5.6)), (px(8.8), px(5.9)), 1, -1)
    if struck:
        level(ring, 1.5, 10.8, 3.9)
    seal = np.zeros(ring.shape, bool)

    def evidence(band: tuple[float, float]) -> float:
        return struck_out(ring > 0, seal, 1.5, word > 0, band)

    assert evidence(WRITING_BAND) > 0.5
    assert (evidence(RING_BAND) > 0.5) == struck
