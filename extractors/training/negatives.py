"""Boxes with ink that is not a character."""

from __future__ import annotations

import numpy as np

from extractors.training.pen import Canvas, line
from extractors.training.scan import add_frame, add_specks


def scribble(rng: np.random.Generator, canvas: Canvas, width: float) -> None:
    """Fills a part of the box with back-and-forth pen strokes."""
    height, wide = canvas.shape
    turns = int(rng.integers(7, 22))
    middle = rng.uniform(0.35, 0.65, 2) * (wide, height)
    reach = rng.uniform(0.2, 0.5, 2) * (wide, height)
    if rng.random() < 0.5:
        along = np.linspace(-1, 1, turns)
        side = np.where(np.arange(turns) % 2, 1.0, -1.0) * rng.uniform(0.5, 1.0, turns)
        path = np.stack([along, side], axis=1)
    else:
        path = rng.uniform(-1, 1, (turns, 2))
    turn = rng.uniform(0, np.pi)
    path = path @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) * reach + middle
    line(canvas, path, width)


def strike_out(rng: np.random.Generator, canvas: Canvas, width: float) -> None:
    """Strikes out the writing: two or more lines, a cross with a line, or a wave, across the whole box."""
    height, wide = canvas.shape
    style = rng.integers(3)
    slope = rng.normal(0, 0.12)
    if style == 0:
        for y in np.linspace(0.34, 0.66, rng.integers(2, 4)) + rng.normal(0, 0.04):
            line(canvas, np.array([[0, (y - slope) * height], [wide, (y + slope) * height]]), width)
    elif style == 1:
        for sign in (-1, 1, 0):
            rise = sign * rng.uniform(0.3, 0.5) + slope
            line(canvas, np.array([[0, (0.5 - rise) * height], [wide, (0.5 + rise) * height]]), width)
    else:
        x = np.linspace(0, 1, 40)
        y = 0.5 + rng.uniform(0.12, 0.4) * np.sin(x * rng.uniform(18, 45)) + slope * (x - 0.5)
        line(canvas, np.stack([x * wide, y * height], axis=1), width)


def dirt(rng: np.random.Generator, canvas: Canvas) -> None:
    """Draws dust and frame pieces in an empty box, or a piece of a seal's ring."""
    choice = rng.random()
    if choice < 0.55:
        add_specks(rng, canvas, 5)
    elif choice < 0.65:
        add_frame(rng, canvas)
    elif choice < 0.9:
        add_specks(rng, canvas, 3)
        add_frame(rng, canvas)
    else:
        height, wide = canvas.shape
        # The centre lies outside the box, so that only an arc of the ring is inside.
        middle = np.array([rng.choice([-0.25, 1.25]) * wide, rng.uniform(0, 1) * height])
        turn = np.linspace(0, 2 * np.pi, 60)
        ring = np.stack([np.cos(turn), np.sin(turn)], axis=1) * rng.uniform(0.4, 0.7) * height
        line(canvas, ring + middle, 0.04 * height)
