"""CTC decoding compared with sums over every path, and unread ink."""

from __future__ import annotations

import itertools
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractors.recognition import ctc
from extractors.recognition.free_lines import FreeLine, decode, unread_ink, with_hyphens


def collapse(path: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(k for k, _ in itertools.groupby(path) if k)


def every_text(p: np.ndarray) -> dict[tuple[int, ...], float]:
    found: dict[tuple[int, ...], float] = defaultdict(float)
    for path in itertools.product(range(p.shape[1]), repeat=len(p)):
        found[collapse(path)] += float(np.prod(p[np.arange(len(p)), path]))
    return found


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3))
def test_alignment_is_the_exact_posterior(seed: int, count: int) -> None:
    p = np.random.default_rng(seed).dirichlet(np.ones(4) * 0.5, 6)
    exact = np.zeros((count, 3))
    total = 0.0
    for text, share in every_text(p).items():
        if len(text) == count:
            total += share
            for i, k in enumerate(text):
                exact[i, k - 1] += share
    found = ctc.align([p, p[:2]], [np.ones((count, 6)), np.ones((1, 2))])[0]
    assert found.log_exact == pytest.approx(np.log(total), abs=1e-6)
    assert found.cells == pytest.approx(exact / total, abs=1e-6)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_beam_and_score_find_the_likeliest_text(seed: int) -> None:
    p = np.random.default_rng(seed).dirichlet(np.ones(4) * 0.5, 6)
    truth = every_text(p)
    best = max(truth, key=lambda text: truth[text])
    found = ctc.beam_search(p, width=400, keep=1, floor=0.0)[0]
    assert found.text == best
    assert found.log_prob == pytest.approx(np.log(truth[best]), abs=1e-6)
    assert ctc.log_score(p, best) == pytest.approx(np.log(truth[best]), abs=1e-6)


def test_windows_keep_a_character_in_its_own_box() -> None:
    p = np.full((10, 3), 0.01)
    p[:, 0] = 0.98
    p[2], p[7] = [0.1, 0.9, 0.0], [0.1, 0.0, 0.9]
    windows = ctc.cell_windows([20.0, 60.0], 40.0, 80.0, 10)
    cells = ctc.align([p], [windows])[0].cells
    assert cells.argmax(axis=1).tolist() == [0, 1]


def strokes(*places: int) -> np.ndarray:
    picture = np.full((48, 240), 255, np.uint8)
    for x in places:
        picture[8:40, x : x + 30] = 0
    return picture


def test_a_character_left_out_shows_as_unread_ink() -> None:
    picture = strokes(10, 60, 110, 160)
    steps = [2, 9, 15, 21]
    assert unread_ink(picture, steps, 30) < 0.2
    assert unread_ink(picture, steps[:3], 30) > 0.6, "the last character's ink is nobody's"


def test_two_views_that_differ_are_no_agreement() -> None:
    first = np.tile([0.98, 0.01, 0.01], (6, 1))
    second = first.copy()
    first[2], second[2] = [0.05, 0.9, 0.05], [0.05, 0.05, 0.9]
    views = tuple(v / v.sum(axis=1, keepdims=True) for v in (first, second))
    assert not decode(FreeLine(strokes(85), views, ("千", "干"))).agree
    assert decode(FreeLine(strokes(85), (views[0], views[0]), ("千", "干"))).text == "千"


def test_a_hyphen_that_was_passed_over_between_digits_is_put_in() -> None:
    picture = np.full((48, 160), 255, np.uint8)
    for x in (10, 110):
        picture[6:42, x : x + 20] = 0
    steps, scores = [2, 14], (0.9, 0.9)
    assert with_hyphens(picture, "32", scores, steps, 20)[0] == "32"
    picture[22:26, 60:80] = 0
    assert with_hyphens(picture, "32", scores, steps, 20)[0] == "3-2"
    assert with_hyphens(picture, "三2", scores, steps, 20)[0] == "三2", "only between digits"
