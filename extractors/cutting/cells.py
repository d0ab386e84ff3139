"""Cuts rows of printed boxes into characters, without the printed form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractors.base.model import PX_PER_MM, CellCut, Image, RegisteredPage
from extractors.base.opencv import cv2
from extractors.cutting.cell_layout import cell_layout
from extractors.cutting.components import Components, components, struck_out
from extractors.cutting.frames import Handwriting, handwriting
from extractors.cutting.free_writing import cut_free
from extractors.cutting.neighbours import neighbours
from templates_forms.model import Box, Field, FieldType, Part

__all__ = ["CELL_HEIGHT_PX", "LINE_HEIGHT_PX", "cut", "cut_free"]

CELL_HEIGHT_PX = 56
"""Height to which a cell's box is scaled."""
LINE_HEIGHT_PX = 48
"""Height of the recomposed line, as the line recogniser expects it."""

_MARGIN_MM = 2.5
# A component with this share of its ink in one box belongs to that box entirely, overhang included
_OWN = 0.65
_LARGEST_OVERHANG = 0.4  # of the box
_LARGEST_MARK = 0.3  # of the box's height: a stroke of a dakuten
_MARK_REACH = 0.25  # of the box
_CLEARLY = 1.5
_OUTSIDE_MM = 0.45  # ink may extend this far beyond a frame before it counts as outside
_LEAST_OUTSIDE_PX = 30
# Less ink or a smaller extent than this is a speck, not a character.
_EMPTY_SHARE = 0.01
_EMPTY_EXTENT = 0.13


@dataclass(frozen=True, slots=True, eq=False)
class _Cell:
    grey: Image
    area: int
    extent: int
    size: int


def cut(located: RegisteredPage, place: Field | Part) -> CellCut:
    """Cuts a field or part with printed boxes into its characters.

    Args:
        located: the registered page.
        place: must have ``cells``, otherwise ValueError is raised.
    """
    if not place.cells:
        raise ValueError("this place has no printed boxes; use cut_free")
    layout = cell_layout(located, place.box, place.cells)
    writing = handwriting(located, _bounding_box(layout.boxes), _MARGIN_MM)
    found = components(writing.mask)
    areas = [writing.area(box) for box in layout.boxes]
    inside = np.stack([found.inside(area) for area in areas])
    owner = _owning_boxes(inside, found)
    # Only kana have dakuten; in other fields small pieces beside a frame belong to their own box.
    if isinstance(place, Field) and place.type is FieldType.KANA:
        owner = _with_sound_marks(owner, found, areas)
    cells = [
        _cell(writing, found, area, owner == i, (owner == -1) & (inside[i] > 0))
        for i, area in enumerate(areas)
    ]
    pitch_mm = float(np.median([box.width for box in layout.boxes]))
    pitch_px = LINE_HEIGHT_PX * pitch_mm / layout.boxes[0].height
    height = layout.boxes[0].height * PX_PER_MM
    empty = tuple(c.area < max(9, _EMPTY_SHARE * c.size) or c.extent < _EMPTY_EXTENT * height for c in cells)
    row = writing.area(_bounding_box(layout.boxes))
    return CellCut(
        cells=tuple(_scaled(c.grey, CELL_HEIGHT_PX / height) for c in cells),
        line=_line(cells, empty, pitch_px, LINE_HEIGHT_PX / height),
        empty=empty,
        ink=tuple(c.area / max(1, c.size) for c in cells),
        ink_outside=_outside(located, place, writing, found, inside.sum(axis=0), layout.boxes),
        boxes=layout.boxes,
        cell_pitch_px=pitch_px,
        struck_out=struck_out(writing.mask[row], writing.seal[row], pitch_mm),
        contrast=writing.contrast,
    )


def _bounding_box(boxes: tuple[Box, ...]) -> Box:
    whole = boxes[0]
    for box in boxes[1:]:
        whole = whole.union(box)
    return whole


def _owning_boxes(inside: NDArray[np.int64], found: Components) -> NDArray[np.int64]:
    """Index of the box that a component belongs to entirely, or -1 when it is shared or outside."""
    share = inside / np.maximum(found.areas, 1)
    owner = share.argmax(axis=0)
    return np.where(share.max(axis=0) >= _OWN, owner, -1)


def _with_sound_marks(
    owner: NDArray[np.int64], found: Components, areas: list[tuple[slice, slice]]
) -> NDArray[np.int64]:
    """Assigns dakuten on or beyond the right edge of a box to the character that they belong to.

    A small component in the upper half qualifies when it is near that character and clearly farther from the next one.
    """
    height = areas[0][0].stop - areas[0][0].start
    small = found.boxes[:, 2:].max(axis=1) <= _LARGEST_MARK * height
    small[0] = False
    corrected = owner.copy()
    centres = found.centres()
    for left, (rows, columns) in enumerate(areas[:-1]):
        reach = _MARK_REACH * (columns.stop - columns.start)
        here = small & (np.abs(centres[:, 0] - columns.stop) < reach) & np.isin(owner, (-1, left + 1))
        here &= (centres[:, 1] > rows.start) & (centres[:, 1] < (rows.start + rows.stop) / 2)
        for piece in np.flatnonzero(here):
            own, other = (_distance_px(found, piece, ~small & (owner == who)) for who in (left, left + 1))
            if own < _MARK_REACH * height and _CLEARLY * own < other:
                corrected[piece] = left
    return corrected


def _distance_px(found: Components, piece: int, others: NDArray[np.bool_]) -> float:
    """Least distance, px, of a component from any of the others; infinite when there are none."""
    if not others[1:].any():
        return float("inf")
    away = cv2.distanceTransform((~found.mask(others)).astype(np.uint8), cv2.DIST_L2, 5)
    return float(away[found.labels == piece].min())


def _cell(
    writing: Handwriting,
    found: Components,
    area: tuple[slice, slice],
    own: NDArray[np.bool_],
    shared: NDArray[np.bool_],
) -> _Cell:
    """One character: its own components entirely, its part of shared components, nothing of its neighbours.

    Args:
        hand, found: the handwriting of the row and its components.
        area: the box.
        own: per component, whether it belongs to this box.
        shared: per component, whether part of it lies in this box but no box owns it.
    """
    rows, columns = area
    size = (rows.stop - rows.start) * (columns.stop - columns.start)
    if not (own[1:].any() or shared[1:].any()):
        return _Cell(
            np.full((rows.stop - rows.start, columns.stop - columns.start), 255, np.uint8), 0, 0, size
        )
    window = _overhang(area, writing.mask.shape)
    labels = found.labels[window]
    box = _relative_to(area, window)
    whole = _mask_of(labels, own)
    keep = whole.copy()
    keep[box] |= _mask_of(labels[box], shared)
    box = _enlarged(whole, *box)
    kept = keep[box]
    soft = cv2.dilate(kept.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    grey = np.where(soft, writing.grey[window][box], 255).astype(np.uint8)
    ys, xs = np.nonzero(kept)
    extent = max(int(np.ptp(ys)), int(np.ptp(xs))) + 1 if len(ys) else 0
    return _Cell(grey, len(ys), extent, size)


def _mask_of(labels: NDArray[np.int32], pieces_wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    wanted = pieces_wanted.copy()
    wanted[0] = False  # paper
    return wanted.take(labels)


def _overhang(area: tuple[slice, slice], shape: tuple[int, ...]) -> tuple[slice, slice]:
    """The box with the margin into which a character may overhang."""
    most = [round(_LARGEST_OVERHANG * (span.stop - span.start)) for span in area]
    rows, columns = (
        slice(max(0, span.start - more), min(length, span.stop + more))
        for span, more, length in zip(area, most, shape, strict=True)
    )
    return rows, columns


def _relative_to(area: tuple[slice, slice], window: tuple[slice, slice]) -> tuple[slice, slice]:
    """The same area, relative to the window's corner."""
    rows, columns = (slice(a.start - w.start, a.stop - w.start) for a, w in zip(area, window, strict=True))
    return rows, columns


def _enlarged(own: NDArray[np.bool_], rows: slice, columns: slice) -> tuple[slice, slice]:
    """The box, enlarged where the character's own strokes overhang its frame."""
    out = []
    for span, axis in ((rows, 1), (columns, 0)):
        used = np.flatnonzero(own.any(axis=axis))
        most = round(_LARGEST_OVERHANG * (span.stop - span.start))
        start, stop = span.start, span.stop
        if len(used):
            start = max(min(start, int(used[0]) - 1), start - most, 0)
            stop = min(max(stop, int(used[-1]) + 2), stop + most, own.shape[1 - axis])
        out.append(slice(start, stop))
    return out[0], out[1]


def _scaled(grey: Image, factor: float) -> Image:
    size = (max(1, round(grey.shape[1] * factor)), max(1, round(grey.shape[0] * factor)))
    way = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
    return np.asarray(cv2.resize(grey, size, interpolation=way), np.uint8)


def _line(cells: list[_Cell], empty: tuple[bool, ...], pitch: float, factor: float) -> Image:
    """The characters side by side at an even pitch; empty cells stay white."""
    line = np.full((LINE_HEIGHT_PX, max(1, round(pitch * len(cells)))), 255, np.uint8)
    for index, cell in enumerate(cells):
        if empty[index]:
            continue
        # Characters that overhang their box are reduced further, to fit the height of the line.
        fit = min(factor, LINE_HEIGHT_PX / cell.grey.shape[0])
        picture = _scaled(cell.grey, fit)
        y = max(0, (LINE_HEIGHT_PX - picture.shape[0]) // 2)
        x = round(pitch * (index + 0.5) - picture.shape[1] / 2)
        x0, x1 = max(0, x), min(line.shape[1], x + picture.shape[1])
        picture = picture[: LINE_HEIGHT_PX - y, x0 - x : x1 - x]
        into = line[y : y + picture.shape[0], x0:x1]
        np.minimum(into, picture, out=into)
    return line


def _outside(
    located: RegisteredPage,
    place: Field | Part,
    writing: Handwriting,
    found: Components,
    inside: NDArray[np.int64],
    boxes: tuple[Box, ...],
) -> float:
    """Share of the handwriting in and near the boxes that lies outside all of them."""
    beyond = writing.mask.copy()
    for box in boxes:
        beyond[writing.area(box, _OUTSIDE_MM)] = False
    # Ink near the boxes counts even if it touches none; ink farther away only if it continues into one.
    touching = found.mask(inside > 0)
    near = np.zeros_like(beyond)
    near[writing.area(_bounding_box(boxes), 1.5)] = True
    beyond &= touching | near
    if np.count_nonzero(beyond) < _LEAST_OUTSIDE_PX:
        return 0.0
    # Ink in another field belongs to that field and is no reason to doubt this one.
    for other in neighbours(located, place.box):
        beyond[writing.area(other)] = False
    area = int(beyond.sum())
    if area < _LEAST_OUTSIDE_PX:
        return 0.0
    return area / (area + int(inside[1:].sum()))
