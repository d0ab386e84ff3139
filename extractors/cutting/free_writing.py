"""Cuts free writing out of its field, whole strokes only, and divides it into lines."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from extractors.base.ink import darkness
from extractors.base.model import PX_PER_MM, FreeCut, Image, RegisteredPage
from extractors.base.opencv import cv2
from extractors.cutting.components import Components, bounds, components, struck_out, without_dust
from extractors.cutting.frames import Handwriting, handwriting
from extractors.cutting.neighbours import neighbours
from extractors.cutting.strikes import struck_ink
from templates_forms.model import Box, Field, Part

_MARGIN_MM = 2.5
# A component with this share of its ink inside the field belongs to the field.
_OWN = 0.5
_SHARED = 0.15
_LEAST_LINE_MM = 2.2
# A lower field has room for one line only.
_LEAST_HEIGHT_FOR_TWO_MM = 8.5
_GAP_INK = 0.04  # ink of a row between two lines, relative to the fullest row
_PAD_PX = 6
_CHARACTER_MM = 6.0

Mask = NDArray[np.bool_]


def cut_free(located: RegisteredPage, place: Field | Part) -> FreeCut:
    """Cuts free writing out of a field or part.

    Args:
        located: the registered page.
        place: the writing should lie in its box; overhanging strokes are kept whole.
    """
    writing = handwriting(located, place.box, _MARGIN_MM)
    found = components(writing.mask)
    area = writing.area(place.box)
    inside = found.inside(area)
    share = inside / np.maximum(found.areas, 1)
    own = found.mask(share >= _OWN)
    part = found.mask((share >= _SHARED) & (share < _OWN))
    keep = own.copy()
    keep[area] |= part[area]
    height = min(place.box.height, _CHARACTER_MM)
    evidence = struck_out(keep, writing.seal, height)
    struck = struck_ink(keep, height)
    if struck.any():
        evidence = 1.0
        keep &= ~struck
    # After the strikes: what remains of a struck word may be far from the rest, but is no dust.
    keep = without_dust(keep)
    own &= keep
    return FreeCut(
        image=_picture(writing, keep, _window(own, area)),
        lines=tuple(
            _picture(writing, line, _tight_window(line)) for line in _lines(located, place.box, writing, keep)
        ),
        ink=float(keep.sum()) / max(1, keep[area].size),
        struck_out=evidence,
        ink_outside=_outside(located, place.box, writing.mask & ~struck, writing, found, inside),
        contrast=writing.contrast,
    )


def _picture(writing: Handwriting, keep: Mask, window: tuple[slice, slice]) -> Image:
    kept = keep[window]
    soft = cv2.dilate(kept.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return np.where(soft, writing.grey[window], 255).astype(np.uint8)


def _window(own: Mask, area: tuple[slice, slice]) -> tuple[slice, slice]:
    """The field, enlarged by overhanging strokes."""
    found = bounds(own)
    if found is None:
        return area
    left, top, right, bottom = found
    rows = slice(min(area[0].start, top), max(area[0].stop, bottom))
    return rows, slice(min(area[1].start, left), max(area[1].stop, right))


def _tight_window(line: Mask) -> tuple[slice, slice]:
    found = bounds(line)
    if found is None:
        return slice(0, line.shape[0]), slice(0, line.shape[1])
    left, top, right, bottom = found
    rows = slice(max(0, top - _PAD_PX), min(line.shape[0], bottom + _PAD_PX))
    return rows, slice(max(0, left - _PAD_PX), min(line.shape[1], right + _PAD_PX))


def _lines(located: RegisteredPage, box: Box, writing: Handwriting, keep: Mask) -> list[Mask]:
    """The written lines, top to bottom: divided at rows with hardly any ink, or at printed guide lines."""
    if bounds(keep) is None:
        return []
    if box.height < _LEAST_HEIGHT_FOR_TWO_MM:
        return [keep]
    breaks = _line_breaks(located, box, writing, keep)
    if not breaks:
        return [keep]
    found = components(keep)
    middle = found.centres()[:, 1]
    # Whole components are assigned by their centre, so that no stroke is cut at a line break.
    limits = [-1.0, *(float(p) for p in breaks), float(keep.shape[0]) + 1]
    lines = [found.mask((middle > low) & (middle <= high)) for low, high in itertools.pairwise(limits)]
    return [line for line in lines if _tall_enough(line)]


def _tall_enough(line: Mask) -> bool:
    found = bounds(line)
    if found is None:
        return False
    width, height = found[2] - found[0], found[3] - found[1]
    return max(width, height) >= 0.6 * _LEAST_LINE_MM * PX_PER_MM


def _line_breaks(located: RegisteredPage, box: Box, writing: Handwriting, keep: Mask) -> list[int]:
    """Rows of the crop at which one written line ends and the next begins."""
    # Printed guide lines are more reliable than gaps in the ink.
    printed = _guide_lines(located, box)
    if printed:
        return [round(y * PX_PER_MM) - writing.top for y in printed]
    profile = keep.sum(axis=1).astype(np.float64)
    smooth = np.convolve(profile, np.ones(3) / 3, mode="same")
    sparse = smooth <= _GAP_INK * smooth.max()
    least = round(_LEAST_LINE_MM * PX_PER_MM)
    breaks = []
    for start, stop in _runs(sparse):
        above = np.flatnonzero(~sparse[:start])
        below = np.flatnonzero(~sparse[stop:])
        if len(above) and len(below) and start - above[0] >= least and below[-1] >= least:
            breaks.append((start + stop) // 2)
    return _with_full_lines(breaks, keep, least)


def _with_full_lines(breaks: list[int], keep: Mask, least: int) -> list[int]:
    """Keeps only divisions with a whole line's height on both sides."""
    found = bounds(keep)
    if found is None:
        return []
    kept: list[int] = []
    last = found[1]
    for row in breaks:
        if row - last >= least and found[3] - row >= least:
            kept.append(row)
            last = row
    return kept


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.diff(np.concatenate([[0], flags.astype(np.int8), [0]]))
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return list(zip(starts.tolist(), stops.tolist(), strict=True))


def _guide_lines(located: RegisteredPage, box: Box) -> list[float]:
    """Printed lines, dotted ones included, that divide the field into written lines; mm on the sheet."""
    key = ("guides", box)
    if key not in located.cache:
        rows = slice(round(box.y * PX_PER_MM), round(box.bottom * PX_PER_MM))
        strip = darkness(located.blank[rows, round(box.x * PX_PER_MM) : round(box.right * PX_PER_MM)]) > 60
        strong = strip.mean(axis=1) > 0.35 if strip.size else np.zeros(0, np.bool_)
        middles = [(start + stop) / 2 / PX_PER_MM + box.y for start, stop in _runs(strong)]
        least = max(_LEAST_LINE_MM, 0.22 * box.height)
        located.cache[key] = [y for y in middles if y - box.y > least and box.bottom - y > least]
    return list(located.cache[key])


def _outside(
    located: RegisteredPage,
    box: Box,
    written: Mask,
    writing: Handwriting,
    found: Components,
    inside: NDArray[np.int64],
) -> float:
    """Share of the writing in and next to this field that is outside it by more than a millimetre."""
    beyond = written.copy()
    beyond[writing.area(box, 1.0)] = False
    for other in neighbours(located, box):
        beyond[writing.area(other)] = False
    near = np.zeros_like(beyond)
    near[writing.area(box, _MARGIN_MM)] = True
    area = int((beyond & (found.mask(inside > 0) | near)).sum())
    return area / (area + int(inside[1:].sum())) if area >= 30 else 0.0
