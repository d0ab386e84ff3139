"""Dirt is not writing: streaks along the whole page, dust far from any stroke, specks alone."""

from __future__ import annotations

import cv2
import numpy as np

from extractors.base.model import PX_PER_MM
from extractors.cutting.components import without_dust
from extractors.recognition.plan import FreeJob
from extractors.registration.scan_streaks import without_streaks

HEIGHT, WIDTH = round(297 * PX_PER_MM), round(210 * PX_PER_MM)


def page() -> tuple[np.ndarray, np.ndarray]:
    """A blank with two ruled boxes, and the same with a character written into one of them."""
    blank = np.full((HEIGHT, WIDTH), 255, np.uint8)
    for top in (400, 1200):
        cv2.rectangle(blank, (200, top), (1400, top + 90), 0, 2)
    written = blank.copy()
    cv2.line(written, (420, 410), (420, 480), 40, 4)  # a 1
    cv2.line(written, (400, 1245), (460, 1245), 40, 4)  # 一
    return blank, written


def test_a_streak_along_the_page_goes_and_writing_stays() -> None:
    blank, written = page()
    dirty = written.copy()
    cv2.line(dirty, (700, 0), (712, HEIGHT), 90, 2)
    cleaned = without_streaks(dirty, blank)
    before = int((dirty[:, 690:720] < 200).sum())
    left = cleaned[:, 690:720].copy()
    left[blank[:, 690:720] < 255] = 255
    assert int((left < 200).sum()) < 0.1 * before
    assert (cleaned[405:485, 415:426] < 100).any() and (cleaned[1240:1250, 405:455] < 100).any()


def test_a_clean_page_is_left_as_it_is() -> None:
    blank, written = page()
    assert np.array_equal(without_streaks(written, blank), written)


def test_dust_far_from_writing_goes_and_dots_beside_it_stay() -> None:
    mask = np.zeros((80, 800), np.bool_)
    mask[20:60, 40:70] = True
    mask[22:26, 76:80] = True  # a dakuten's dot
    mask[30:35, 600:605] = True  # dust
    kept = without_dust(mask)
    assert kept[22:26, 76:80].all() and not kept[:, 590:].any()
    alone = np.zeros_like(mask)
    alone[30:35, 600:605] = True
    assert without_dust(alone).any(), "somebody has to look at what stands alone"


def test_many_specks_are_no_writing_and_one_stroke_is() -> None:
    specks = np.full((60, 600), 255, np.uint8)
    for x in range(20, 580, 60):
        specks[28:32, x : x + 4] = 0
    stroke = specks.copy()
    cv2.line(stroke, (300, 10), (300, 50), 0, 3)

    class Cut:
        def __init__(self, line: np.ndarray) -> None:
            self.lines = (line,)

    assert FreeJob(Cut(specks), None).only_specks  # type: ignore[arg-type]
    assert not FreeJob(Cut(stroke), None).only_specks  # type: ignore[arg-type]
