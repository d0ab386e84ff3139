"""Finds the dividers of character boxes in a scan: faint, dotted, a pixel wide.

An empty box contains no other print, so the mean darkness of each column shows a divider even where single
dots are lost in noise. Dividers count when they divide the box into equal parts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from extractors.base.ink import darkness
from extractors.base.model import Image
from extractors.blank_forms.model import PX
from templates_forms.authoring.print.faces import Face
from templates_forms.authoring.print.model import Ruling
from templates_forms.model import Box

_HEIGHTS_MM = (3.0, 17.0)
_PITCH_MM = (2.2, 13.5)
_MOST_CELLS = 45
_NEAR_MM = 0.42
_WIDEST_PEAK_MM = 0.9
_EDGE_MM = 0.55
_LEAST_DARK = 9.0

Floats = NDArray[np.float64]


def find_dividers(clean: Image, faces: Sequence[Face]) -> list[Ruling]:
    """Returns vertical lines inside boxes that contain no other print."""
    dark = darkness(clean)
    found: list[Ruling] = []
    for face in faces:
        box = face.box
        if face.holes or not _HEIGHTS_MM[0] <= box.height <= _HEIGHTS_MM[1] or box.width < 2 * _PITCH_MM[0]:
            continue
        found += _dividers(dark, box)
    return found


def _dividers(dark: Image, box: Box) -> list[Ruling]:
    # Some forms print a small label in the upper part of a box; then only the lower part is free.
    for top, bottom in ((0.14, 0.86), (0.5, 0.86), (0.66, 0.9)):
        profile = _profile(dark, box, top, bottom)
        peaks, strengths = _peaks(profile)
        if not len(peaks):
            continue
        places = _equal_parts(peaks, box.width)
        if places is not None:
            return [
                Ruling(False, box.x + float(x), box.y, box.bottom, _strength(peaks, strengths, float(x)))
                for x in places
            ]
    return []


def _profile(dark: Image, box: Box, top: float, bottom: float) -> Floats:
    y0, y1 = round((box.y + top * box.height) * PX), round((box.y + bottom * box.height) * PX)
    x0, x1 = round(box.x * PX), round(box.right * PX)
    part = dark[y0:y1, max(x0, 0) : x1].astype(np.float64)
    return np.asarray(part.mean(axis=0), np.float64) if part.size else np.zeros(1)


def _peaks(profile: Floats) -> tuple[Floats, Floats]:
    """Positions (mm from the left) and widths (mm of full ink) of narrow dark columns, without the box's own sides.

    Empty when there are wide dark stretches: then the box contains printed words.
    """
    base = float(np.median(profile))
    level = profile - base
    # The median absolute deviation, scaled to a standard deviation, is not affected by the dividers themselves.
    noise = 1.4826 * float(np.median(np.abs(level)))
    dark = level > max(_LEAST_DARK, 4 * noise)
    edge = round(_EDGE_MM * PX)
    places, strengths = [], []
    runs = _runs(dark)
    for start, end in runs:
        if end <= edge or start >= len(profile) - edge:
            continue
        if (end - start) / PX > _WIDEST_PEAK_MM:
            return np.zeros(0), np.zeros(0)
        weights = level[start:end]
        places.append((float((np.arange(start, end) * weights).sum() / weights.sum()) + 0.5) / PX)
        strengths.append(float(level[max(start - 2, 0) : end + 2].clip(0).sum()) / 255 / PX)
    return np.array(places), np.array(strengths)


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _equal_parts(peaks: Floats, width: float) -> Floats | None:
    """Returns dividers at equal distances that match the peaks; None when no number of cells does."""
    for count in range(2, min(_MOST_CELLS, int(width / _PITCH_MM[0])) + 1):
        pitch = width / count
        if not _PITCH_MM[0] <= pitch <= _PITCH_MM[1]:
            continue
        wanted = np.arange(1, count) * pitch
        off = np.abs(wanted[:, None] - peaks[None]).min(axis=1)
        missed = int((off > _NEAR_MM).sum())
        strange = int((np.abs(peaks[:, None] - wanted[None]).min(axis=1) > _NEAR_MM).sum())
        # A few dividers may be too faint to find, and a few peaks may be dirt.
        if missed <= len(wanted) // 7 and strange <= max(len(wanted) // 8, 0):
            nearest = peaks[np.abs(wanted[:, None] - peaks[None]).argmin(axis=1)]
            return np.where(off <= _NEAR_MM, nearest, wanted)
    return None


def _strength(peaks: Floats, strengths: Floats, place: float) -> float:
    index = int(np.abs(peaks - place).argmin())
    return (
        max(float(strengths[index]), 0.02) if abs(peaks[index] - place) < 0.1 else float(np.median(strengths))
    )
