"""Free writing: lines without boxes, decoded from the steps of the line recogniser, with an account of the ink.

The recogniser's public score hides a dropped stroke (渡邊誠一 read as 渡邊誠 at 0.99). Every decoded character
is therefore mapped back to columns of ink, and ink far from every character counts as unread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, exp, floor

import numpy as np
from numpy.typing import NDArray

from extractors.base.alphabets import LOOKALIKES, prior_weight
from extractors.base.engines import Probabilities
from extractors.base.model import Image
from extractors.base.opencv import cv2
from extractors.recognition import ctc, free_grammar

Float = NDArray[np.float64]
_DARK = 150
_KEEP = 2e-5
_UNSEEN = 1e-7
_UNREAD = 0.45  # character widths of ink that is near no character
_LEFT_UNREAD = 5.0  # log odds against a text that leaves such ink: a character was missed
_HYPHEN_SHARE = 0.8  # share of a reading that goes to the hyphens found between its digits


@dataclass(frozen=True, slots=True, eq=False)
class FreeLine:
    """One written line with the output of the line recogniser.

    Attributes:
        image: uint8 grey [h, w], dark ink on white.
        views: per preparation [steps, classes], blank first, rows summing to 1.
        characters: the character of each class after the blank.
    """

    image: Image
    views: tuple[Float, ...]
    characters: tuple[str, ...]

    def index(self) -> dict[str, int]:
        """Class (from 1) by character."""
        return {char: i for i, char in enumerate(self.characters, start=1)}


@dataclass(frozen=True, slots=True)
class LineText:
    """A decoded line.

    Attributes:
        text: the best string.
        scores: probability of each character at its strongest step, the weaker of the two views.
        alternatives: (string, probability) of the n best, best first.
        agree: whether both views have the same best string.
        unread: widest run of ink that no character accounts for, in character widths.
        log_prob: log probability of the best string, mean over the views.
    """

    text: str
    scores: tuple[float, ...]
    alternatives: tuple[tuple[str, float], ...]
    agree: bool
    unread: float
    log_prob: float


def second_view(line: Image) -> Image:
    """The same line in another preparation, slightly softer and narrower: mistakes differ between the two."""
    height, width = line.shape[:2]
    soft = cv2.GaussianBlur(line, (0, 0), max(0.6, height / 80))
    narrow = cv2.resize(soft, (max(8, round(width * 0.88)), height), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.copyMakeBorder(narrow, 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=255), np.uint8)


@lru_cache(maxsize=4)
def _class_indexes(classes: tuple[str, ...]) -> dict[str, int]:
    return {char: k for k, char in enumerate(classes, start=1)}


def prune(
    parts: Sequence[Probabilities], classes: tuple[str, ...]
) -> tuple[tuple[Float, ...], tuple[str, ...]]:
    """Keeps the classes with some probability on a line in any view: a line then takes kilobytes, not megabytes.

    Args:
        parts: per view [steps, classes] with the blank first, as the recogniser returned them.
        classes: the character of each class after the blank.
    """
    place = _class_indexes(classes)
    pooled = [_pool_shapes(part, place) for part in parts]
    peak = np.max([part.max(axis=0) for part in pooled], axis=0)
    keep = np.flatnonzero(peak[1:] > _KEEP) + 1
    parts = pooled
    views = []
    expected = np.array([1.0, *(prior_weight(classes[k - 1]) for k in keep)])
    for part in parts:
        view = np.concatenate([part[:, :1], part[:, keep]], axis=1) * expected + _UNSEEN
        views.append(view / view.sum(axis=1, keepdims=True))
    return tuple(views), tuple(classes[k - 1] for k in keep)


def _with_views(
    found: Sequence[Sequence[ctc.Hypothesis]], views: Sequence[Float]
) -> list[tuple[ctc.Hypothesis, Float]]:
    """Every hypothesis with the view in which it was found, those of the first view last."""
    return [
        (h, view) for hypotheses, view in reversed(list(zip(found, views, strict=True))) for h in hypotheses
    ]


_SAME_SHAPE = (
    "リり",
    "ヘへ",
    "ベべ",
    "ペぺ",
    "一ー",
    "ニ二",
    "ハ八",
    "カ力",
    "ロ口",
    "タ夕",
    "エ工",
    "ト卜",
    "チ千",
    "ミ三",
    "オ才",
)


def _pool_shapes(part: Probabilities, place: Mapping[str, int]) -> Probabilities:
    """Adds up the probabilities of characters with the same strokes: their neighbours decide between them."""
    out = part.copy()
    for shapes in _SAME_SHAPE:
        columns = [place[char] for char in shapes if char in place]
        if len(columns) > 1:
            out[:, columns] = part[:, columns].sum(axis=1, keepdims=True)
    return out


def decode(line: FreeLine, content: str | None = None, *, keep: int = 8) -> LineText:
    """Returns the n best strings under all views together, and the ink that they leave unread.

    Args:
        line: the line as recognised.
        content: its kind of content (``free_grammar.content_of``); None for numbers.
        keep: strings kept.
    """
    pair_odds = free_grammar.pair_odds_by_class(content, line.characters) if content else None
    found = [ctc.beam_search(view, keep=keep, pair_odds=pair_odds) for view in line.views]
    texts = list(dict.fromkeys(h.text for hypotheses in found for h in hypotheses))
    logs = np.mean([ctc.log_scores(view, texts) for view in line.views], axis=0)
    logs = logs + [free_grammar.log_prior(content, _string(text, line.characters)) for text in texts]
    steps = {h.text: (h.steps, len(view)) for h, view in _with_views(found, line.views)}
    ink, width = _ink_runs(line.image), line.image.shape[1]
    logs = logs - [_LEFT_UNREAD * (_unread(ink, width, *steps[text]) > _UNREAD) for text in texts]
    order = np.argsort(-logs)
    weights = np.exp(logs[order] - logs[order[0]])
    shares = weights / (weights.sum() + 1e-12)
    best = texts[order[0]]
    own = [next((h for h in hypotheses if h.text == best), None) for hypotheses in found]
    scores = _weakest_scores([h.scores for h in own if h is not None], len(best))
    anchor = next((h for h in own if h is not None), found[0][0])
    text = _string(best, line.characters)
    alternatives = [
        (_string(texts[i], line.characters), float(share))
        for i, share in zip(order[:keep], shares[:keep], strict=True)
    ]
    if own[0] is not None:
        hyphenated, scores = with_hyphens(line.image, text, scores, own[0].steps, len(line.views[0]))
        if hyphenated != text:
            share = alternatives[0][1]
            alternatives[:1] = [(hyphenated, _HYPHEN_SHARE * share), (text, (1 - _HYPHEN_SHARE) * share)]
            text = hyphenated
    return LineText(
        text=text,
        scores=scores,
        alternatives=tuple(alternatives),
        agree=len({hypotheses[0].text for hypotheses in found}) == 1,
        unread=unread_ink(line.image, anchor.steps, len(line.views[0])) if own[0] is not None else 0.0,
        log_prob=float(logs[order[0]]),
    )


def _string(text: tuple[int, ...], characters: Sequence[str]) -> str:
    return "".join(characters[k - 1] for k in text)


def _weakest_scores(views: list[tuple[float, ...]], count: int) -> tuple[float, ...]:
    if not views:
        return (0.0,) * count
    weakest = np.min(np.array(views, float).reshape(len(views), count), axis=0)
    # Found in one view only, which is weaker evidence.
    if len(views) == 1:
        weakest = weakest * 0.9
    return tuple(float(score) for score in weakest)


# Log odds of a character without probability at any step, relative to the best that has some
_UNSEEN_CHARACTER = -10.0


def log_probability(line: FreeLine, text: str) -> float:
    """Mean log probability of a string over the views.

    A character is at least as likely as one that looks like it, less the cost of that pair. A character that has no
    probability on the line, nor has any lookalike, gets a fixed cost, and any class of the line except the blank may
    stand for it.
    """
    index = line.index()
    lookalikes = {
        c: [(index[o], p) for o, p in LOOKALIKES.get(c, {}).items() if o in index]
        for c in dict.fromkeys(text)
    }
    unseen = sum(char not in index and not lookalikes[char] for char in text)
    wanted = list(lookalikes)
    place = {char: k for k, char in enumerate(wanted, start=1)}
    classes = [place[char] for char in text]
    logs = [
        ctc.log_score(
            np.column_stack(
                [view[:, 0], *(_character_probability(view, index.get(c), lookalikes[c]) for c in wanted)]
            ),
            classes,
        )
        for view in line.views
    ]
    return unseen * _UNSEEN_CHARACTER + float(np.mean(logs))


def _character_probability(view: Float, own: int | None, lookalikes: Sequence[tuple[int, float]]) -> Float:
    """Probability of one character per step; lookalikes count at their cost."""
    columns = [view[:, own]] if own is not None else []
    columns += [view[:, other] * exp(-price) for other, price in lookalikes]
    return np.asarray(np.max(columns, axis=0) if columns else view[:, 1:].max(axis=1), np.float64)


def with_hyphens(
    image: Image, text: str, scores: tuple[float, ...], steps: Sequence[int], total_steps: int
) -> tuple[str, tuple[float, ...]]:
    """Inserts short horizontal strokes between two digits that the recogniser missed, as hyphens.

    The recogniser often takes the hyphens of 3-23-12 for space between digits.

    Args:
        image: uint8 grey line.
        text, scores: the decoded characters.
        steps: step of each character, of ``total_steps`` over the image's width.
        total_steps: number of steps of the line.
    """
    if len(steps) != len(text):
        return text, scores
    centres = (np.asarray(steps, float) + 0.5) * image.shape[1] / max(total_steps, 1)
    dashes = _level_strokes(image)
    out = ""
    rated: list[float] = []
    for i, char in enumerate(text):
        out, rated = out + char, [*rated, scores[i]]
        between = i + 1 < len(text) and _is_digit(char) and _is_digit(text[i + 1])
        if between and any(_is_between(centres[i], dash, centres[i + 1]) for dash in dashes):
            out, rated = out + "-", [*rated, _HYPHEN_SHARE]
    return out, tuple(rated)


def _is_digit(char: str) -> bool:
    return char.isascii() and char.isdigit()


def _is_between(before: float, x: float, after: float) -> bool:
    """Whether x lies clearly between two characters, not on either of them."""
    width = after - before
    return before + 0.25 * width < x < after - 0.25 * width


def _level_strokes(image: Image) -> list[float]:
    """Centres of components that are wide, thin and at half height."""
    dark = (image < _DARK).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    rows = np.flatnonzero(dark.any(axis=1))
    if not len(rows):
        return []
    top, tall = float(rows[0]), float(rows[-1] - rows[0] + 1)
    found = []
    for number, (left, y, wide, high, area) in enumerate(stats[1:count], start=1):
        level = wide >= 1.8 * high and high <= 0.28 * tall and 0.2 * tall <= wide <= 1.2 * tall
        if not level or not 0.3 < (y + high / 2 - top) / tall < 0.75:
            continue
        strip = labels[:, left : left + wide]
        # The horizontal top of a 5 or a 3 has the rest of the digit below it.
        if int(((strip > 0) & (strip != number)).sum()) < 0.15 * area:
            found.append(float(left + wide / 2))
    return found


def unread_ink(image: Image, steps: Sequence[int], total_steps: int) -> float:
    """Widest run of inked columns that is too far from every character, in character widths.

    Args:
        image: uint8 grey line.
        steps: step of each decoded character (of ``total_steps`` over the image's width).
        total_steps: number of steps of the line.
    """
    return _unread(_ink_runs(image), image.shape[1], steps, total_steps)


@dataclass(frozen=True, slots=True)
class _InkRuns:
    """Runs of columns with ink, and the height of the writing, px."""

    runs: tuple[tuple[int, int], ...]
    tall: float


def _unread(ink: _InkRuns, width: int, steps: Sequence[int], total_steps: int) -> float:
    if not ink.runs:
        return 0.0
    centres = (np.asarray(steps, float) + 0.5) * width / max(total_steps, 1)
    usual = float(np.median(np.diff(centres))) if len(centres) > 1 else ink.tall
    pitch = min(max(usual, 0.45 * ink.tall), 1.3 * ink.tall) if len(centres) > 1 else ink.tall
    near = np.zeros(width + 1, np.int32)
    for centre in centres:
        near[max(0, ceil(centre - 0.72 * pitch))] += 1
        near[min(width, floor(centre + 0.72 * pitch) + 1)] -= 1
    free = np.concatenate([[0], np.cumsum(np.cumsum(near[:-1]) <= 0)])
    return max(float(free[end] - free[start]) for start, end in ink.runs) / pitch


def _ink_runs(image: Image) -> _InkRuns:
    """Columns of a line that contain ink, specks excluded."""
    dark = (image < _DARK).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    smallest = max(4.0, 0.0006 * image.size)
    columns = np.zeros(image.shape[1] + 2, np.int8)
    for left, _, wide, _, area in stats[1:count]:
        if area >= smallest:
            columns[1 + left : 1 + left + wide] = 1
    edges = np.flatnonzero(np.diff(columns))
    rows = np.flatnonzero(dark.any(axis=1))
    tall = float(rows[-1] - rows[0] + 1) if len(rows) else float(image.shape[0])
    return _InkRuns(tuple((int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)), tall)
