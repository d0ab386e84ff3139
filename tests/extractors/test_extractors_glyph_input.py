"""The preparation of one box: properties it must ignore, and properties it must keep."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from extractors.cutting import glyph_input
from extractors.cutting.glyph_input import SIDE, WRITING, place, prepare, prepare_many


def cross(side=60, size=30, x=30, y=30, ink=20, paper=240, thick=3):
    cell = np.full((side, side), paper, np.uint8)
    half = size // 2
    cv2.line(cell, (x - half, y), (x + half, y), ink, thick)
    cv2.line(cell, (x, y - half), (x, y + half), ink, thick)
    return cell


def test_an_empty_box_becomes_an_empty_picture():
    noise = np.random.default_rng(0).normal(230, 2, (40, 40)).astype(np.uint8)
    for cell in (np.full((30, 30), 255, np.uint8), np.zeros((30, 30), np.uint8), noise):
        assert not prepare(cell).any()
        assert (place(cell) == glyph_input.UNKNOWN_PLACE).all()


def test_writing_comes_to_one_size_in_the_middle():
    for size, x, y in ((20, 15, 40), (44, 30, 30), (26, 42, 20)):
        picture = prepare(cross(size=size, x=x, y=y))[0]
        ys, xs = np.nonzero(picture > 0.5)
        assert picture.shape == (SIDE, SIDE)
        assert abs(ys.max() - ys.min() + 1 - WRITING) <= 4
        assert abs((ys.max() + ys.min()) / 2 - 23.5) <= 2
        assert abs((xs.max() + xs.min()) / 2 - 23.5) <= 2


def test_faint_pencil_on_grey_paper_looks_like_black_ink_on_white():
    strong = prepare(cross(ink=0, paper=255))
    faint = prepare(cross(ink=150, paper=200))
    assert np.abs(strong - faint).mean() < 0.01


def test_a_thin_stroke_in_a_large_box_is_seen():
    cell = np.full((94, 94), 245, np.uint8)
    cv2.line(cell, (47, 30), (46, 62), 90, 1)
    ys, _ = np.nonzero(prepare(cell)[0] > 0.5)
    assert ys.max() - ys.min() > 35
    dot = np.full((70, 70), 250, np.uint8)
    cv2.circle(dot, (35, 35), 2, 60, -1)
    assert prepare(dot).any()


def test_a_piece_of_frame_does_not_shrink_the_writing():
    cell = cross()
    framed = cell.copy()
    framed[:, :2] = 40
    framed[-2:, 5:50] = 40
    assert place(framed) == pytest.approx(place(cell), abs=0.02)


def test_the_place_keeps_what_the_picture_loses():
    small, large = cross(size=16, y=44, thick=2), cross(size=40, thick=5)
    assert np.abs(prepare(small) - prepare(large)).mean() < 0.1
    top, bottom, _, _ = place(small)
    assert bottom - top < 0.4 and top > 0.5
    assert (place(small, whole_box=False) == glyph_input.UNKNOWN_PLACE).all()


def test_many_boxes_of_different_sizes_are_prepared_as_each_alone():
    cells = [cross(), cross(side=90, size=50, x=44, y=40), np.full((9, 9), 255, np.uint8)]
    pictures, places = prepare_many(cells)
    for i, cell in enumerate(cells):
        assert (pictures[i] == prepare(cell)).all()
        assert (places[i] == place(cell)).all()


def test_a_colour_picture_is_refused():
    with pytest.raises(ValueError, match="grey"):
        prepare(np.zeros((4, 4, 3), np.uint8))


@settings(max_examples=150, deadline=None)
@given(arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40))))
def test_any_picture_becomes_a_picture_in_range(cell):
    picture = prepare(cell)
    assert picture.shape == (1, SIDE, SIDE)
    assert picture.dtype == np.float32
    assert picture.min() >= 0 and picture.max() <= 1
