"""The true fields of a drawn blank form, and the score of found fields against them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from templates_forms.authoring.print.model import overlap
from templates_forms.model import Box, Field, Form

FOUND = 0.7
"""Least intersection over union of a field that counts as found."""


@dataclass(frozen=True, slots=True)
class Truth:
    """A field: its whole extent on the sheet, its character boxes per group, its type.

    ``groups`` of a date are those of its year, month and day one after the other.
    """

    name: str
    page: int
    type: str
    box: Box
    groups: tuple[int, ...] = ()
    options: int = 0

    @property
    def count(self) -> int:
        return sum(self.groups)


def iou(a: Box, b: Box) -> float:
    """Intersection over union, 0 to 1."""
    shared = overlap(a, b)
    return shared / (a.width * a.height + b.width * b.height - shared) if shared else 0.0


def truth_of(field: Field) -> Truth:
    """A template's field as a ``Truth``."""
    boxes = [o.box for o in field.options] + [o.box for o in (field.era.options if field.era else ())]
    parts = [p for p in (field.year, field.month, field.day) if p]
    boxes += [p.box for p in parts]
    box = field.box if not boxes else boxes[0]
    for other in boxes:
        box = box.union(other)
    groups = field.cells or tuple(size for p in parts for size in (p.cells or ()))
    return Truth(field.name, field.page, field.type.value, box, groups, len(field.options))


def truths_of(form: Form) -> list[Truth]:
    return [truth_of(field) for field in form.fields()]


def moved(truth: Truth, scale: float, middle: tuple[float, float], shift: tuple[float, float]) -> Truth:
    """Where a field lies on a scan that was made larger round the sheet's middle and shifted, mm."""
    box = truth.box
    x = middle[0] + scale * (box.x - middle[0]) + shift[0]
    y = middle[1] + scale * (box.y - middle[1]) + shift[1]
    return replace(truth, box=Box(x, y, scale * box.width, scale * box.height))


@dataclass(frozen=True, slots=True)
class Score:
    """How many fields of a form there are, how many were found, and how many of all were right in each way."""

    fields: int
    found: int
    cells: int
    groups: int
    types: int
    extra: int
    misses: tuple[str, ...] = ()

    def __add__(self, other: Score) -> Score:
        return Score(
            self.fields + other.fields,
            self.found + other.found,
            self.cells + other.cells,
            self.groups + other.groups,
            self.types + other.types,
            self.extra + other.extra,
            self.misses + other.misses,
        )


def score(truths: Sequence[Truth], found: Sequence[Truth]) -> Score:
    """Pairs every field with the found one that overlaps it most, each found one once."""
    pairs = sorted(
        (
            (iou(t.box, f.box), i, j)
            for i, t in enumerate(truths)
            for j, f in enumerate(found)
            if t.page == f.page
        ),
        reverse=True,
    )
    match: dict[int, int] = {}
    for value, i, j in pairs:
        if value >= FOUND and i not in match and j not in match.values():
            match[i] = j
    misses: list[str] = []
    cells = groups = types = 0
    for i, truth in enumerate(truths):
        if i not in match:
            best = max((value for value, k, _ in pairs if k == i), default=0.0)
            misses.append(f"{truth.name}: not found (best {best:.2f})")
            continue
        other = found[match[i]]
        cells += other.count == truth.count
        groups += other.groups == truth.groups
        types += other.type == truth.type
        if other.count != truth.count or other.groups != truth.groups:
            misses.append(f"{truth.name}: cells {other.groups} for {truth.groups}")
        if other.type != truth.type:
            misses.append(f"{truth.name}: {other.type} for {truth.type} ({other.name})")
    extras = [f for j, f in enumerate(found) if j not in match.values()]
    misses += [
        f"extra {f.type} {f.name} at {f.box.x:.0f},{f.box.y:.0f} {f.box.width:.0f}x{f.box.height:.0f}"
        for f in extras
    ]
    return Score(len(truths), len(match), cells, groups, types, len(extras), tuple(misses))
