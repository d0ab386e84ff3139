"""Faults do what they say."""

from __future__ import annotations

from random import Random

import cv2
import numpy as np
import pytest

from samples.scanning import scanner
from samples.scanning.faults import Faults, draw
from samples.writing.sheet import PX_MM, Sheet


@pytest.fixture
def sheet() -> Sheet:
    """White A5 with a black frame 20 mm from the edges and a bar near the top."""
    pixels = np.full((round(210 * PX_MM), round(148 * PX_MM), 3), 255, np.uint8)
    edge = round(20 * PX_MM)
    cv2.rectangle(pixels, (edge, edge), (pixels.shape[1] - edge, pixels.shape[0] - edge), (0, 0, 0), 6)
    cv2.rectangle(pixels, (edge, edge), (pixels.shape[1] - edge, edge + 60), (0, 0, 0), -1)
    return Sheet(pixels)


def scan(sheet: Sheet, back: Sheet | None = None, **faults: object) -> np.ndarray:
    return scanner.scan(sheet, Faults(**faults), np.random.default_rng(1), back)  # type: ignore[arg-type]


def corners(picture: np.ndarray) -> np.ndarray:
    """Top-left, top-right, bottom-right, bottom-left of the frame, in px."""
    ys, xs = np.nonzero(picture < 110)
    points = np.stack([xs, ys], 1)
    total, apart = points.sum(1), points[:, 0] - points[:, 1]
    return points[[total.argmin(), apart.argmax(), total.argmax(), apart.argmin()]].astype(float)


@pytest.mark.parametrize("dpi", [150, 200, 300])
def test_resolution(sheet: Sheet, dpi: int):
    height, width = scan(sheet, dpi=dpi).shape
    assert (height, width) == pytest.approx((210 / 25.4 * dpi, 148 / 25.4 * dpi), abs=1)


def test_skew_scale_stretch_and_shift_move_the_frame(sheet: Sheet):
    straight = corners(scan(sheet))
    top = corners(scan(sheet, skew=2.0))
    across = top[1] - top[0]
    assert np.degrees(np.arctan2(across[1], across[0])) == pytest.approx(2.0, abs=0.2)
    width = straight[1, 0] - straight[0, 0]
    grown = corners(scan(sheet, scale=1.02))
    assert (grown[1, 0] - grown[0, 0]) / width == pytest.approx(1.02, abs=0.003)
    longer = corners(scan(sheet, stretch=1.012))
    ratio = (longer[3, 1] - longer[0, 1]) / (straight[3, 1] - straight[0, 1])
    assert ratio == pytest.approx(1.012, abs=0.003)
    moved = corners(scan(sheet, shift_mm=(3.0, -2.0))) - straight
    assert moved.mean(0) == pytest.approx([3 * 200 / 25.4, -2 * 200 / 25.4], abs=1.5)


def test_turns(sheet: Sheet):
    straight = scan(sheet)
    assert np.array_equal(scan(sheet, turn=2), straight[::-1, ::-1])
    assert np.array_equal(scan(sheet, turn=1), np.rot90(straight, -1))


def test_fax_has_one_bit(sheet: Sheet):
    assert set(np.unique(scan(sheet, bilevel=True, blur=1.5))) == {0, 255}


def test_faint_toner_and_exposure_change_the_greys(sheet: Sheet):
    faint = Sheet(sheet.pixels.copy())
    scanner.print_faintly(faint, 0.5, np.random.default_rng(1))
    bar = np.s_[180:200, 300:700]
    assert scan(faint)[bar].mean() > scan(sheet)[bar].mean() + 60
    assert scan(sheet, exposure=-0.5).mean() < scan(sheet).mean() - 10
    assert scan(sheet, exposure=0.5)[bar].mean() > scan(sheet)[bar].mean() + 60


def test_paper_marks(sheet: Sheet):
    clean = scan(sheet)
    holes = scan(sheet, holes=True)
    at = round(12 / 25.4 * 200)
    assert holes[clean.shape[0] // 2 - round(40 / 25.4 * 200), at] < 110
    assert (scan(sheet, dust=80) < 180).sum() > (clean < 180).sum() + 60
    fold = scan(sheet, fold=18.0)
    quarters = [fold[:80, :80], fold[:80, -80:], fold[-80:, :80], fold[-80:, -80:]]
    assert sorted(q.mean() < 250 for q in quarters) == [False, False, False, True]
    tint = scan(sheet, paper=(0.7, 1.0, 1.0), colour=True)
    assert tint[5, 5, 0] < 200 < tint[5, 5, 1]


def test_back_side_shows_through_mirrored(sheet: Sheet):
    empty = Sheet(np.full_like(sheet.pixels, 255))
    half = sheet.pixels.copy()
    half[:, half.shape[1] // 2 :] = 255
    seen = scan(empty, Sheet(half), show_through=0.2)
    middle = seen.shape[1] // 2
    assert seen[:, :middle].mean() > seen[:, middle:].mean()


def test_levels_and_their_limits():
    for seed in range(200):
        faults = draw(Random(seed), "all")
        assert abs(faults.skew) <= 3
        assert abs(faults.scale - 1) <= 0.0201
        assert faults.toner == 1 or faults.exposure <= 0
    assert draw(Random(1), "none").names() == []
    with pytest.raises(ValueError, match="light"):
        draw(Random(1), "some")


def test_every_fault_is_drawn_sooner_or_later():
    names = {name for seed in range(600) for name in draw(Random(seed), "all").names()}
    assert len(names) >= 16
