"""Boxes that hold ink and yet no character."""

from __future__ import annotations

import cv2
import numpy as np

from extractors.training.pen import Canvas
from extractors.training.scan import add_frame, add_specks


def scribble(rng: np.random.Generator, canvas: Canvas, width: float) -> None:
    """Fills a part of the box with a pen going to and fro."""
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
    cv2.polylines(canvas, [np.rint(path).astype(np.int32)], False, 255, max(1, round(width)), cv2.LINE_AA)


def strike_out(rng: np.random.Generator, canvas: Canvas, width: float) -> None:
    """Strikes the box's writing out: two or more lines, a cross with a line, or a wave, right across."""
    height, wide = canvas.shape
    thick = max(1, round(width))
    style = rng.integers(3)
    slope = rng.normal(0, 0.12)
    if style == 0:
        for y in np.linspace(0.34, 0.66, rng.integers(2, 4)) + rng.normal(0, 0.04):
            ends = (0, round((y - slope) * height)), (wide, round((y + slope) * height))
            cv2.line(canvas, *ends, 255, thick, cv2.LINE_AA)
    elif style == 1:
        for sign in (-1, 1, 0):
            rise = sign * rng.uniform(0.3, 0.5) + slope
            ends = (0, round((0.5 - rise) * height)), (wide, round((0.5 + rise) * height))
            cv2.line(canvas, *ends, 255, thick, cv2.LINE_AA)
    else:
        x = np.linspace(0, 1, 40)
        y = 0.5 + rng.uniform(0.12, 0.4) * np.sin(x * rng.uniform(18, 45)) + slope * (x - 0.5)
        cv2.polylines(
            canvas,
            [np.rint(np.stack([x * wide, y * height], 1)).astype(np.int32)],
            False,
            255,
            thick,
            cv2.LINE_AA,
        )


def dirt(rng: np.random.Generator, canvas: Canvas) -> None:
    """Dust and frame pieces in an empty box, or a piece of a seal's ring."""
    choice = rng.random()
    if choice < 0.4:
        add_specks(rng, canvas, 5)
    elif choice < 0.7:
        add_frame(rng, canvas)
    elif choice < 0.9:
        add_specks(rng, canvas, 3)
        add_frame(rng, canvas)
    else:
        height, wide = canvas.shape
        side = rng.choice([-0.25, 1.25])
        centre = (round(side * wide), round(rng.uniform(0, 1) * height))
        cv2.circle(
            canvas,
            centre,
            round(rng.uniform(0.4, 0.7) * height),
            255,
            max(1, round(0.04 * height)),
            cv2.LINE_AA,
        )
