"""Hands: stable by seed, different from each other, and digits only from the part nobody trains on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from samples.errors import NoHandwriting
from samples.writing import strokes, typefaces
from samples.writing.handwriting import Sources, load_digits, writer


@pytest.fixture
def stroke_file(tmp_path: Path) -> Path:
    """Two characters: 十 (a cross) and 高 as ten strokes of a ladder-like shape."""
    along = np.linspace(0, 1, 24)
    cross = [np.stack([along, along * 0 + 0.5], 1), np.stack([along * 0 + 0.5, along], 1)]
    tall = [np.stack([0.2 + 0.6 * along, along * 0 + 0.08 * n + 0.1], 1) for n in range(10)]
    points = (np.array(cross + tall) * 218 + 10).astype(np.uint8)
    path = tmp_path / "strokes.npz"
    np.savez(path, chars=np.array(["十", "高"]), stroke_count=np.array([2, 10], np.uint8), points=points)
    return path


def test_strokes_are_drawn_where_the_file_says(stroke_file: Path):
    hand = writer(3, Sources(strokes=stroke_file))
    hand.style = type(hand.style)(**{**_fields(hand.style), "stroke_share": 1.0, "slant": 0.0})
    ink, pad = hand.glyph("十", (60, 60), 11.8)
    inner = ink[pad : pad + 60, pad : pad + 60]
    assert inner[:, 25:35].sum() > 3 * inner[:, 5:15].sum()
    assert inner[22:38].sum() > 2 * inner[2:18].sum()


def _fields(style: object) -> dict[str, object]:
    return {name: getattr(style, name) for name in style.__dataclass_fields__}  # type: ignore[attr-defined]


def test_variant_character_is_composed(stroke_file: Path):
    known = strokes.load_strokes(stroke_file)
    assert len(known["髙"]) == len(known["高"]) + 1


def test_same_seed_same_hand_and_no_two_letters_alike():
    one, again, other = (writer(seed, Sources()) for seed in (5, 5, 6))
    first, _ = one.glyph("永", (50, 50), 11.8)
    assert np.array_equal(first, again.glyph("永", (50, 50), 11.8)[0])
    assert not np.array_equal(first, one.glyph("永", (50, 50), 11.8)[0])
    assert one.style != other.style


def test_thickness_follows_the_pen():
    font = typefaces.available(typefaces.HANDWRITTEN + typefaces.PRINTED)[0]
    inks = [
        typefaces.render(font, "木", (80, 80), pen, 10, 0, 0.2, np.random.default_rng(1)).sum()
        for pen in (2, 8)
    ]
    assert inks[1] > 1.6 * inks[0]


def test_only_the_last_sixth_of_each_digit_is_written_with(tmp_path: Path):
    pictures = np.zeros((120, 28, 28), np.uint8)
    labels = np.repeat(np.arange(10), 12)
    for number in range(120):
        kept_back = number % 12 >= 10
        pictures[number, 4:24, 10 : (14 if kept_back else 24)] = 255
    path = tmp_path / "digits.npz"
    np.savez(path, x=pictures, y=labels)
    sets = load_digits(path)
    assert sorted(sets) == list("0123456789")
    for crops, _ in sets.values():
        assert len(crops) == 2
        assert all(crop.shape[1] == 4 for crop in crops)


def test_a_character_that_nobody_can_write_says_what_to_do():
    with pytest.raises(NoHandwriting, match="--strokes"):
        writer(1, Sources()).glyph("\U0001f600", (40, 40), 11.8)
