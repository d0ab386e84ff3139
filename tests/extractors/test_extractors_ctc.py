"""CTC decoding against sums over every path: alignment, beam and score, and what they do at their ends."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from functools import cache

import numpy as np
import pytest

from extractors.recognition import ctc

Text = tuple[int, ...]


def rows(seed: int, steps: int = 5, classes: int = 4) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.ones(classes) * 0.6, steps)


def collapse(path: Text) -> Text:
    return tuple(k for k, _ in itertools.groupby(path) if k)


@cache
def every_text(seed: int, steps: int = 5, classes: int = 4) -> dict[Text, float]:
    """Probability of each text, summed over all its paths."""
    p, found = rows(seed, steps, classes), defaultdict(float)
    for path in itertools.product(range(classes), repeat=steps):
        found[collapse(path)] += float(np.prod(p[np.arange(steps), path]))
    return found


def posterior(p: np.ndarray, window: np.ndarray) -> tuple[np.ndarray, float]:
    """The definition: over all paths with as many characters as the window has rows, each step of the i-th weighed."""
    count = len(window)
    cells, total = np.zeros((count, p.shape[1] - 1)), 0.0
    for path in itertools.product(range(p.shape[1]), repeat=len(p)):
        runs = [(k, [t for t, _ in run]) for k, run in itertools.groupby(enumerate(path), key=lambda x: x[1])]
        written = [(k, steps) for k, steps in runs if k]
        if len(written) != count:
            continue
        share = float(np.prod(p[np.arange(len(p)), path]))
        share *= math.prod(float(window[i, t]) for i, (_, steps) in enumerate(written) for t in steps)
        total += share
        for i, (k, _) in enumerate(written):
            cells[i, k - 1] += share
    return cells / total, math.log(total)


@pytest.mark.parametrize(("seed", "count"), [(1, 1), (2, 2), (3, 3)])
def test_alignment_is_the_exact_posterior_under_its_windows(seed: int, count: int) -> None:
    p = rows(seed)
    window = np.random.default_rng(seed + 100).uniform(0.05, 1.0, (count, len(p)))
    cells, log_exact = posterior(p, window)
    [found] = ctc.align([p], [window])
    assert found.cells == pytest.approx(cells, abs=1e-9) and found.log_exact == pytest.approx(
        log_exact, abs=1e-9
    )


def test_lines_of_every_shape_are_aligned_together_as_alone() -> None:
    shapes = [(5, 4, 2), (3, 4, 1), (6, 3, 3), (4, 4, 4), (5, 3, 1), (2, 2, 1)]
    lines = [rows(n, steps, classes) for n, (steps, classes, _) in enumerate(shapes)] * 12
    windows = [np.ones((count, steps)) for steps, _, count in shapes] * 12
    together = ctc.align(lines, windows)
    alone = [ctc.align([line], [window])[0] for line, window in zip(lines[:6], windows[:6], strict=True)]
    assert len(together) == 72
    for found, wanted in zip(together, alone * 12, strict=True):
        assert found.cells == pytest.approx(wanted.cells) and found.log_exact == pytest.approx(
            wanted.log_exact
        )
        assert found.cells.sum(axis=1) == pytest.approx(1.0)


def test_a_line_without_characters_or_steps_has_nothing_to_align() -> None:
    p = rows(1)
    none, silent, bare = ctc.align(
        [p, p[:0], np.zeros((0, 0))], [np.ones((0, 5)), np.ones((2, 0)), np.ones((1, 0))]
    )
    assert none.cells.shape == (0, 3) and none.log_exact == 0.0
    assert silent.cells.shape == (2, 3) and np.isnan(silent.cells).all()
    assert bare.cells.shape == (1, 0)
    assert ctc.align([], []) == []


def test_what_cannot_be_is_said_to_be_even() -> None:
    blank = np.array([[1.0, 0.0, 0.0]] * 3)
    [found] = ctc.align([blank], [np.ones((1, 3))])
    assert found.cells == pytest.approx(np.full((1, 2), 0.5)) and found.log_exact < -60


def test_characters_that_are_all_but_impossible_keep_their_proportions() -> None:
    [found] = ctc.align([np.array([[1.0, 1e-50, 3e-50]] * 2)], [np.ones((1, 2))])
    assert found.cells == pytest.approx(np.array([[0.25, 0.75]]))


def test_a_step_that_nothing_fits_leaves_an_even_choice() -> None:
    [found] = ctc.align([np.array([[0.0, 0.6, 0.4]] * 3)], [np.array([[1.0, 0.0, 1.0]])])
    assert found.cells == pytest.approx(np.full((1, 2), 0.5)) and found.log_exact < -60


def test_a_very_unlikely_line_is_aligned_as_a_likely_one() -> None:
    p = rows(4, steps=100)
    windows = [np.ones((20, 100))]
    [likely], [unlikely] = ctc.align([p], windows), ctc.align([p * 1e-3], windows)
    assert unlikely.cells == pytest.approx(likely.cells)
    assert unlikely.log_exact == pytest.approx(likely.log_exact + 100 * math.log(1e-3))


def test_a_long_line_keeps_its_scale() -> None:
    p = np.tile([[0.2, 0.7, 0.1], [0.9, 0.05, 0.05]], (150, 1))
    windows = np.ones((150, 300))
    [found] = ctc.align([p], [windows])
    assert np.isfinite(found.cells).all() and (found.cells.argmax(axis=1) == 0).all()
    assert (
        found.log_exact == pytest.approx(ctc.align([p], [windows * 1.0])[0].log_exact) and found.log_exact < 0
    )


def test_a_step_is_plausible_within_its_cell_and_less_beyond() -> None:
    found = ctc.cell_windows([20.0, 60.0], 40.0, 80.0, 8)
    fall = {0: 1.0, 5: math.exp(-0.5 * (0.125 / 0.22) ** 2), 15: math.exp(-0.5 * (0.375 / 0.22) ** 2)}
    assert found[0, :4] == pytest.approx(1 + 1e-6, abs=1e-12)
    assert found[0, 4] == pytest.approx(fall[5] + 1e-6) and found[0, 5] == pytest.approx(fall[15] + 1e-6)
    assert found[1] == pytest.approx(found[0, ::-1])
    assert ctc.cell_windows([20.0], 40.0, 80.0, 0).shape == (1, 0)
    assert ctc.cell_windows([], 40.0, 80.0, 8).shape == (0, 8)
    assert np.isfinite(ctc.cell_windows([25.0], 0.0, 80.0, 8)).all(), "a step in the middle of no cell at all"
    assert ctc.cell_windows([1.0], 0.5, 2.0, 4) == pytest.approx(ctc.cell_windows([40.0], 20.0, 80.0, 4))


@pytest.mark.parametrize("seed", range(4))
def test_a_wide_beam_finds_every_text_with_its_probability(seed: int) -> None:
    truth = every_text(seed)
    found = ctc.beam_search(rows(seed), width=400, keep=400, floor=0.0)
    assert {h.text for h in found} == {text for text, share in truth.items() if share}
    for h in found:
        assert h.log_prob == pytest.approx(math.log(truth[h.text]), abs=1e-6)
        assert len(h.text) == len(h.steps) == len(h.scores) and sorted(set(h.steps)) == list(h.steps)
    assert [h.log_prob for h in found] == sorted((h.log_prob for h in found), reverse=True)


def test_a_narrow_beam_keeps_the_likeliest_only() -> None:
    p = rows(7)
    assert (
        len(ctc.beam_search(p)) == 8
        and len(ctc.beam_search(p, keep=2)) == 2
        and len(ctc.beam_search(p, width=3)) == 3
    )
    assert len(ctc.beam_search(np.repeat(rows(7), 3, axis=0), keep=100)) == 12
    [only] = ctc.beam_search(p, width=1)
    assert only.log_prob <= max(h.log_prob for h in ctc.beam_search(p, width=400)) + 1e-9
    assert ctc.beam_search(p[:0]) == [ctc.Hypothesis((), pytest.approx(0.0), (), ())]


def test_the_narrowest_beam_follows_the_likeliest_class() -> None:
    p = np.array([[0.1, 0.7, 0.2], [0.6, 0.3, 0.1], [0.2, 0.1, 0.7]])
    assert [h.text for h in ctc.beam_search(p, width=1)] == [(1, 2)]


def test_steps_without_any_doubt_or_any_probability_keep_their_scale() -> None:
    [sure, *_] = ctc.beam_search(np.tile([[0.0, 1.0]], (20, 1)))
    assert sure.text == (1,) and sure.log_prob == pytest.approx(0.0)
    [none, *_] = ctc.beam_search(np.zeros((2, 3)))
    assert np.isfinite(none.log_prob) and none.log_prob < -60


def test_a_class_at_the_floor_is_not_followed() -> None:
    p = np.array([[0.5, 0.4, 0.1]])
    assert {h.text for h in ctc.beam_search(p, floor=0.1)} == {(), (1,)}
    assert {h.text for h in ctc.beam_search(p, floor=0.0999)} == {(), (1,), (2,)}
    assert [h.text for h in ctc.beam_search(np.array([[1 - 1e-4, 1e-4]]))] == [()]
    faint = np.array([[1 - 1.1e-4, 1.1e-4], [1 - 1e-4, 1e-4]])
    assert [h.steps for h in ctc.beam_search(faint)] == [(), (0,)], (
        "the usual floor lies at one in ten thousand"
    )


def test_only_blanks_take_their_probability_from_every_text() -> None:
    p = np.array([[0.0, 1.0], [1.0, 0.0], [0.25, 0.0], [0.0, 1.0]])
    best = ctc.beam_search(p, floor=0.3)[0]
    assert (best.text, best.steps) == ((1, 1), (0, 3))
    assert best.log_prob == pytest.approx(math.log(0.25))
    [held] = ctc.beam_search(np.array([[0.1, 0.9], [0.5, 0.0]]), keep=1)
    assert held.log_prob == pytest.approx(math.log(0.45)) and (held.steps, held.scores) == ((0,), (0.9,))


def test_a_character_stands_where_it_is_strongest() -> None:
    p = np.array([[0.2, 0.8, 0.0], [0.05, 0.95, 0.0], [0.1, 0.9, 0.0], [0.3, 0.0, 0.7], [0.4, 0.0, 0.6]])
    best = ctc.beam_search(p)[0]
    assert (best.text, best.steps, best.scores) == ((1, 2), (1, 3), (0.95, 0.7))
    for one in (0.9, 0.4):
        level = np.array([[1 - one, one]] * 2)
        steps = {h.text: h.steps for h in ctc.beam_search(level)}
        assert steps[(1,)] == (0,), "the first of equal ones"
    risen = np.array([[0.6, 0.4, 0.0], [0.0, 0.9, 0.1], [0.4, 0.4, 0.2], [0.0, 0.5, 0.5]])
    assert {h.text: h.steps for h in ctc.beam_search(risen)}[(1, 2)] == (1, 3)
    twice = ctc.beam_search(np.array([[0.4, 0.6], [0.9, 0.1], [0.3, 0.7], [0.35, 0.65]]), keep=4)
    assert {h.text: (h.steps, h.scores) for h in twice}[(1, 1)] == ((0, 2), (0.6, 0.7))


def test_neighbours_weigh_each_new_character() -> None:
    p = np.array([[0.1, 0.5, 0.4], [1.0, 0.0, 0.0], [0.1, 0.4, 0.5]])
    asked: set[tuple[int, int]] = set()

    def follows(before: int, after: int) -> float:
        asked.add((before, after))
        return {(0, 1): 0.5, (0, 2): 2.0, (2, 2): 3.0, (1, 1): 0.0}.get((before, after), 1.0)

    found = {h.text: h.log_prob for h in ctc.beam_search(p, width=50, keep=50, pair_odds=follows)}
    assert asked >= {(0, 1), (0, 2), (1, 1), (1, 2), (2, 1), (2, 2)} and (1, 1) not in found
    assert found[(2, 2)] == pytest.approx(math.log(0.4 * 0.5 * 2.0 * 3.0))
    assert found[(1, 2)] == pytest.approx(math.log(0.5 * 0.5 * 0.5))
    assert found[()] == pytest.approx(math.log(0.01))


def test_a_pair_is_the_character_and_the_one_just_before_it() -> None:
    odds = {(0, 1): 0.5, (1, 2): 0.25, (2, 1): 0.125}
    p = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    best = ctc.beam_search(p, pair_odds=lambda *pair: odds.get(pair, 0.0))[0]
    assert (best.text, best.log_prob) == ((1, 2, 1), pytest.approx(math.log(0.5 * 0.25 * 0.125)))


@pytest.mark.parametrize("seed", range(3))
def test_every_text_is_scored_with_the_sum_of_its_paths(seed: int) -> None:
    p, truth = rows(seed), every_text(seed)
    texts = sorted(truth)
    found = ctc.log_scores(p, texts)
    assert found == pytest.approx([math.log(truth[text]) for text in texts], abs=1e-6)
    assert ctc.log_score(p, texts[3]) == pytest.approx(found[3])


def test_scores_at_the_ends() -> None:
    nothing = ctc.log_score(np.zeros((2, 3)), [1])
    assert np.isfinite(nothing) and nothing < -60
    p = rows(1)
    assert ctc.log_score(p, [1, 1, 1, 1]) < -60, "four alike need seven steps"
    assert ctc.log_score(p[:1], []) == pytest.approx(math.log(p[0, 0]))
    assert ctc.log_score(p[:1], [2]) == pytest.approx(math.log(p[0, 2]))
    assert ctc.log_scores(p[:0], [[], [1]]).tolist() == [0.0, -np.inf]
    assert ctc.log_scores(p, []).shape == (0,)
    long = np.tile([[0.2, 0.7, 0.1], [0.9, 0.05, 0.05]], (150, 1))
    assert ctc.log_score(long, [1] * 150) == pytest.approx(
        ctc.align([long], [np.ones((150, 300))])[0].log_exact, abs=60
    )
    assert np.isfinite(ctc.log_score(long, [1] * 150))
