"""The glyph reader as the line reader uses it, on boxes drawn here with pen strokes.

The strokes below belong to this test: training has its own. Real handwriting is measured by
`python -m extractors.training.measure_glyphs`, not here.
"""

import cv2
import numpy as np
import pytest

from extractors.recognition.glyphs import MODEL, NOT_A_CHARACTER, OnnxGlyphReader
from extractors.training.alphabet import SMALL
from extractors.training.measure import masked

DIGITS = "0123456789"
KATAKANA = "".join(chr(code) for code in range(0x30A1, 0x30F7)) + "ー"

# Polylines in a square of 10 units; a stroke per space.
WRITTEN = {
    "ア": ["2,2 8,2 5,5", "5,4 5,6 3,9"],
    "イ": ["8,1 5,4 2,6", "5,4 5,9"],
    "ウ": ["5,1 5,3", "2,3 2,5", "2,3 8,3 7,6 4,9"],
    "エ": ["2,2 8,2", "5,2 5,8", "1,8 9,8"],
    "カ": ["2,3 8,3 8,7 7,9", "5,1 4,5 2,9"],
    "キ": ["2,4 8,3", "1,6 9,5", "4,1 6,9"],
    "ク": ["4,1 3,3 1,5", "4,2 8,2 6,6 3,9"],
    "コ": ["2,2 8,2 8,8", "2,8 8,8"],
    "シ": ["2,2 4,3", "1,4 3,5", "2,9 5,8 9,3"],
    "タ": ["4,1 3,3 1,5", "4,2 8,2 6,6 3,9", "4,4 7,6"],
    "ツ": ["2,2 3,4", "4,2 5,4", "8,2 7,6 4,9"],
    "ト": ["4,1 4,9", "4,4 8,6"],
    "ナ": ["1,4 9,4", "5,1 5,6 3,9"],
    "ノ": ["8,1 6,6 2,9"],
    "ハ": ["4,2 3,5 1,8", "6,2 8,5 9,8"],
    "マ": ["1,2 9,2 6,6", "4,5 6,8"],
    "ミ": ["3,1 7,3", "3,4 7,6", "2,7 8,9"],
    "ヤ": ["1,4 9,3 7,6", "4,1 6,9"],
    "ユ": ["2,3 7,3 6,8", "1,8 9,8"],
    "リ": ["3,2 3,6", "7,2 7,6 5,9"],
    "レ": ["3,1 3,9 8,5"],
    "ロ": ["2,2 2,8", "2,2 8,2 8,8", "2,8 8,8"],
    "ワ": ["2,2 2,5", "2,2 8,2 7,6 4,9"],
    "ン": ["2,2 4,4", "2,9 6,7 9,4"],
    "0": ["5,1 3,2 2,5 3,8 5,9 7,8 8,5 7,2 5,1"],
    "1": ["4,3 5,1 5,9"],
    "2": ["2,3 4,1 7,2 7,4 2,9 8,9"],
    "3": ["3,1 7,1 5,4 7,6 6,9 3,8"],
    "4": ["6,1 2,6 9,6", "6,3 6,9"],
    "5": ["7,1 3,1 3,4 6,4 8,6 6,9 3,8"],
    "6": ["6,1 3,5 3,8 5,9 7,8 7,6 5,5 3,6"],
    "7": ["2,3 2,1 8,1 5,5 5,9"],
    "8": ["7,2 5,1 3,2 4,4 7,6 7,8 5,9 3,8 4,5 7,3 7,2"],
    "9": ["7,2 5,1 3,3 4,5 7,4 7,2 7,5 6,9"],
    "A": ["2,9 5,1 8,9", "3,6 7,6"],
    "K": ["3,1 3,9", "8,1 3,5 8,9"],
    "R": ["3,9 3,1 7,2 7,4 3,5 8,9"],
    "〒": ["2,1 8,1", "1,4 9,4", "5,4 5,9"],
}


def box(character, rng, share=0.7, centre=(0.5, 0.5), side=56, pen=3):
    """A scanned box with the character in it, as a hand that shakes a little writes it."""
    cell = np.full((4 * side, 4 * side), 245, np.uint8)
    for stroke in WRITTEN[character]:
        points = np.array([[float(v) for v in p.split(",")] for p in stroke.split()]) / 10 - 0.5
        points = (points + rng.normal(0, 0.012, points.shape)) * share + centre
        cv2.polylines(cell, [np.rint(points * 4 * side).astype(np.int32)], False, 60, 4 * pen, cv2.LINE_AA)
    small = cv2.resize(cell, (side, side), interpolation=cv2.INTER_AREA)
    return np.clip(small + rng.normal(0, 4, small.shape), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def reader():
    return OnnxGlyphReader()


def read(reader, cells, allowed):
    scores = masked(np.log(reader.probabilities(cells) + 1e-12), allowed)
    return [reader.alphabet[i] for i in scores.argmax(axis=1)], scores.max(axis=1)


def test_katakana_and_digits_in_boxes_are_read_and_trusted(reader):
    rng = np.random.default_rng(5)
    for allowed in (KATAKANA, DIGITS):
        written = [c for c in WRITTEN if c in allowed] * 12
        cells = [box(c, rng, side=int(rng.integers(24, 64)), pen=2) for c in written]
        seen, sure = read(reader, cells, allowed)
        right = np.array([a == b for a, b in zip(seen, written, strict=True)])
        assert right.mean() >= 0.97, [(a, b) for a, b in zip(written, seen, strict=True) if a != b]
        assert sure[right].mean() > 0.9


def test_capitals_and_the_postal_mark_are_read(reader):
    rng = np.random.default_rng(6)
    seen, _ = read(reader, [box(c, rng) for c in "AKR〒" * 5], "AKR〒BCDEFGHXYZ")
    assert seen == list("AKR〒" * 5)


def test_size_and_place_in_the_box_tell_small_kana(reader):
    rng = np.random.default_rng(7)
    for big, small in (("ツ", "ッ"), ("ヤ", "ャ"), ("ユ", "ュ"), ("ア", "ァ")):
        assert SMALL[small] == big
        large = [box(big, rng, share=0.85) for _ in range(8)]
        low = [box(big, rng, share=0.38, centre=(0.45, 0.72), pen=2) for _ in range(8)]
        seen, _ = read(reader, large + low, KATAKANA)
        assert seen[:8] == [big] * 8
        assert seen[8:].count(small) >= 7


def test_what_is_not_a_character_is_said_to_be_none(reader):
    rng = np.random.default_rng(8)
    dust = np.full((48, 48), 240, np.uint8)
    cv2.circle(dust, (9, 40), 1, 60, -1)
    scribble = np.full((48, 48), 240, np.uint8)
    points = rng.integers(6, 42, (22, 2)).astype(np.int32)
    cv2.polylines(scribble, [points], False, 40, 2, cv2.LINE_AA)
    frame = np.full((48, 48), 240, np.uint8)
    frame[:, :2] = 60
    struck = box("8", rng, side=48)
    for y in (19, 29):
        cv2.line(struck, (0, y), (47, y + 2), 50, 2, cv2.LINE_AA)
    blank = np.full((48, 48), 255, np.uint8)
    seen, _ = read(reader, [dust, scribble, frame, struck, blank], DIGITS)
    assert seen.count(NOT_A_CHARACTER) >= 4
    assert seen[4] == NOT_A_CHARACTER


def test_rows_are_probabilities_and_do_not_depend_on_the_batch(reader):
    rng = np.random.default_rng(9)
    cells = [box(c, rng, side=40) for c in "アイウ123"]
    together = reader.probabilities(cells)
    assert together.shape == (6, len(reader.alphabet))
    assert together.dtype == np.float32
    assert together.sum(axis=1) == pytest.approx(np.ones(6), abs=1e-5)
    alone = np.concatenate([OnnxGlyphReader(batch=1).probabilities([cell]) for cell in cells])
    assert alone == pytest.approx(together, abs=1e-4)
    assert reader.probabilities(np.stack(cells)) == pytest.approx(together, abs=1e-6)
    assert reader.probabilities([]).shape == (0, len(reader.alphabet))


def test_an_alphabet_shuts_out_all_other_classes(reader):
    scores = reader.probabilities([box("ロ", np.random.default_rng(1))])
    held = masked(np.log(scores + 1e-12), DIGITS)
    allowed = {reader.alphabet.index(c) for c in (*DIGITS, NOT_A_CHARACTER)}
    assert held.sum() == pytest.approx(1, abs=1e-5)
    assert set(np.nonzero(held[0])[0]) <= allowed


def test_odd_boxes_do_no_harm(reader):
    odd = [np.zeros((1, 1), np.uint8), np.full((2, 400), 90, np.uint8), np.full((3000, 8), 255, np.uint8)]
    odd.append(np.random.default_rng(0).integers(0, 256, (2000, 1500)).astype(np.uint8))
    assert np.isfinite(reader.probabilities(odd)).all()


def test_the_committed_model_is_small_and_has_its_card():
    assert MODEL.stat().st_size < 3_000_000
    card = (MODEL.parent / "MODEL_CARD.md").read_text(encoding="utf-8")
    for word in ("KanjiVG", "MNIST", "CC BY-SA 3.0", "train_glyphs", "Licence"):
        assert word in card
