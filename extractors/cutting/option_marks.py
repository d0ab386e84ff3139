"""Measures the ink of each option: ticks in boxes, rings around printed words, filled shapes, cancelled marks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from extractors.base.model import PX_PER_MM, OptionInk, RegisteredPage
from extractors.base.opencv import cv2
from extractors.cutting.components import RING_BAND, WRITING_BAND, Components, components, struck_out
from extractors.cutting.frames import Handwriting, handwriting
from templates_forms.model import Box, Field, Option

_MARGIN_MM = 3.5
_SECTORS = 36
_RING_FROM = 0.55  # in half box sizes from the word's middle
_RING_TO = 1.9
_WHOLE_RING = 0.7  # share of the directions
_LEAST_PIECE_PX = 8
_SOLID_PX = 5
_NEAR = 2.2  # a component farther from every word than this many half sizes belongs to none

Mask = NDArray[np.bool_]


def measure_options(located: RegisteredPage, field: Field) -> list[OptionInk]:
    """Returns the ink features of each option, in the template's order.

    Args:
        located: the registered page.
        field: a check, choice or multi_choice, or a date, whose era options are then measured.

    Returns:
        One entry per option; for a single check one entry with the value ``true``; empty without options.
    """
    options = options_of(field)
    if not options:
        return []
    whole = options[0].box
    for option in options[1:]:
        whole = whole.union(option.box)
    writing = handwriting(located, whole, _MARGIN_MM)
    found = components(writing.mask)
    owner = _owning_options(writing, found, [option.box for option in options])
    return [_measure_option(writing, found, owner == index, option) for index, option in enumerate(options)]


def options_of(field: Field) -> tuple[Option, ...]:
    """The options that can be marked in a field."""
    if field.options:
        return field.options
    if field.era and field.era.options:
        return field.era.options
    return () if field.year else (Option("true", field.label, field.box),)


def _centre(writing: Handwriting, box: Box) -> tuple[float, float, float, float]:
    """Centre (x, y) and half sizes of a box in the crop, px."""
    x = (box.x + box.width / 2) * PX_PER_MM - writing.left
    y = (box.y + box.height / 2) * PX_PER_MM - writing.top
    return x, y, box.width / 2 * PX_PER_MM, box.height / 2 * PX_PER_MM


def _owning_options(writing: Handwriting, found: Components, boxes: list[Box]) -> NDArray[np.int64]:
    """Index of the option that each component belongs to: the one that contains it, or the nearest; -1 for none."""
    inside = np.stack([found.inside(writing.area(box)) for box in boxes]) / np.maximum(found.areas, 1)
    centres = found.centres()
    away = []
    for box in boxes:
        x, y, half_x, half_y = _centre(writing, box)
        away.append(np.hypot((centres[:, 0] - x) / half_x, (centres[:, 1] - y) / half_y))
    # Ink inside an option's box outweighs the distance to its centre.
    score = inside - 0.5 * np.stack(away)
    owner = score.argmax(axis=0)
    near = (np.stack(away).min(axis=0) < _NEAR) | (inside.max(axis=0) > 0.2)
    owner = np.where(near & (found.areas >= _LEAST_PIECE_PX), owner, -1)
    owner[0] = -1
    return owner.astype(np.int64)


def _measure_option(
    writing: Handwriting, found: Components, own: NDArray[np.bool_], option: Option
) -> OptionInk:
    mask = found.mask(own)
    box = writing.area(option.box)
    x, y, half_x, half_y = _centre(writing, option.box)
    rows = slice(max(0, round(y - half_y / 2)), max(0, round(y + half_y / 2)))
    columns = slice(max(0, round(x - half_x / 2)), max(0, round(x + half_x / 2)))
    # Opening removes strokes thinner than the kernel; only filled areas remain.
    solid = cv2.morphologyEx(
        mask[box].astype(np.uint8), cv2.MORPH_OPEN, np.ones((_SOLID_PX, _SOLID_PX), np.uint8)
    )
    ring = _ring(mask, x, y, half_x, half_y)
    return OptionInk(
        value=option.value,
        label=option.label,
        share=_mean(mask[box]),
        ring=ring,
        centre=_mean(mask[rows, columns]),
        fill=_mean(solid),
        cancel=_cancel(writing, mask, option.box, ring),
        box=option.box,
    )


def _mean(part: NDArray[np.generic]) -> float:
    return float(part.astype(np.float64).mean()) if part.size else 0.0


def _ring(mask: Mask, x: float, y: float, half_x: float, half_y: float) -> float:
    """Share of the directions from the word's centre in which there is ink at a ring's distance."""
    ys, xs = np.nonzero(mask)
    if not len(ys):
        return 0.0
    # Scaled by the half sizes, so that a ring around a wide word is a circle.
    across, down = (xs - x) / half_x, (ys - y) / half_y
    distance = np.hypot(across, down)
    there = (distance > _RING_FROM) & (distance < _RING_TO)
    sector = ((np.arctan2(down, across) + np.pi) / (2 * np.pi) * _SECTORS).astype(int) % _SECTORS
    return float(np.count_nonzero(np.bincount(sector[there], minlength=_SECTORS)) / _SECTORS)


def _cancel(writing: Handwriting, mask: Mask, box: Box, ring: float) -> float:
    """Evidence that a mark was cancelled: a line drawn through it, or a correction seal on it."""
    area = writing.area(box, 1.0)
    seal = float(writing.seal[area].mean()) if writing.seal[area].size else 0.0
    band = RING_BAND if ring > _WHOLE_RING else WRITING_BAND
    line = struck_out(mask, writing.seal, box.width / 2, writing.printed, band) if mask.any() else 0.0
    return float(min(1.0, line + (min(1.0, 4 * seal) if mask.any() else 0.0)))
