"""Compares two editions of a form (moved, added, removed fields), and copies a person's settings to the new one."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from templates_forms.authoring.print.words import plain
from templates_forms.model import Box, Field, Form

MOVED_MM = 0.5
"""A field displaced by more than this has moved; less is the tolerance of printing and drawing."""
_FARTHEST_MM = 120.0
_TOO_UNLIKE = 1.15
_OTHER_TYPE, _OTHER_CELLS = 0.35, 0.2
_NO_PAIR = 100.0
_COPIED_KEYS = (
    "name",
    "label",
    "label_en",
    "required",
    "handling",
    "secret",
    "max_length",
    "pattern",
    "content",
)
_COPIED_FORM_KEYS = ("hand_minutes", "hand_minutes_source", "system", "error_target", "retention_days")


@dataclass(frozen=True, slots=True)
class Pair:
    """A field of the old edition and the same field in the new one.

    Attributes:
        right_mm, down_mm: by how much its upper left corner moved.
        wider_mm, higher_mm: by how much it grew.
        changes: what else is different, in words.
    """

    old: Field
    new: Field
    right_mm: float
    down_mm: float
    wider_mm: float
    higher_mm: float
    changes: tuple[str, ...]

    @property
    def moved(self) -> bool:
        """Whether its position or size differs."""
        away = max(abs(v) for v in (self.right_mm, self.down_mm, self.wider_mm, self.higher_mm))
        return away > MOVED_MM or self.old.page != self.new.page


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two editions side by side."""

    pairs: tuple[Pair, ...]
    vanished: tuple[Field, ...]
    appeared: tuple[Field, ...]

    @property
    def same(self) -> bool:
        """Whether a scan of one could be read by the template of the other."""
        return not self.vanished and not self.appeared and not any(p.moved or p.changes for p in self.pairs)


def compare(old: Form, new: Form) -> Comparison:
    """Pair the fields of two editions by label, type and position, each at most once, and list the differences."""
    before, after = list(old.fields()), list(new.fields())
    # The Hungarian algorithm: a greedy pairing would join a field with its look-alike in the next row.
    costs = np.array([[_dissimilarity(a, b) for b in after] for a in before]).reshape(len(before), len(after))
    from scipy.optimize import linear_sum_assignment  # slow to load, and rarely needed

    rows, columns = linear_sum_assignment(costs)
    matched = [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if costs[i, j] < _TOO_UNLIKE]
    pairs = tuple(_pair(before[i], after[j]) for i, j in matched)
    left, right = {i for i, _ in matched}, {j for _, j in matched}
    return Comparison(
        pairs,
        tuple(f for i, f in enumerate(before) if i not in left),
        tuple(f for j, f in enumerate(after) if j not in right),
    )


def _dissimilarity(a: Field, b: Field) -> float:
    """Return 0 for the same field in the same place; more than ``_TOO_UNLIKE`` for unrelated fields."""
    away = float(np.hypot(a.box.x - b.box.x, a.box.y - b.box.y)) / _FARTHEST_MM + 0.5 * (a.page != b.page)
    if away > 1.5:
        return _NO_PAIR
    words = 0.0 if a.name == b.name else 1 - _text_similarity(a.label, b.label)
    kind = _OTHER_TYPE * (a.type is not b.type)
    cells = _OTHER_CELLS * (a.cell_count != b.cell_count)
    return away + 0.9 * words + kind + cells


def _text_similarity(a: str, b: str) -> float:
    a, b = plain(a), plain(b)
    if a in b or b in a:
        return max(0.8, difflib.SequenceMatcher(None, a, b).ratio())
    return difflib.SequenceMatcher(None, a, b).ratio()


def _pair(old: Field, new: Field) -> Pair:
    a, b = old.box, new.box
    right, down, wider, higher = (
        round(v, 2) for v in (b.x - a.x, b.y - a.y, b.width - a.width, b.height - a.height)
    )
    return Pair(old, new, right, down, wider, higher, tuple(_changes(old, new)))


def _changes(old: Field, new: Field) -> list[str]:
    words = []
    if old.type is not new.type:
        words.append(f"種類 {old.type.value} → {new.type.value}")
    if old.cells != new.cells:
        words.append(f"枠 {_cells(old)} → {_cells(new)}")
    removed = [o.label for o in old.options if plain(o.label) not in {plain(n.label) for n in new.options}]
    added = [n.label for n in new.options if plain(n.label) not in {plain(o.label) for o in old.options}]
    if removed:
        words.append(f"選択肢がなくなった: {'、'.join(removed)}")
    if added:
        words.append(f"選択肢が増えた: {'、'.join(added)}")
    return words


def _cells(field: Field) -> str:
    return "-".join(map(str, field.cells)) if field.cells else "なし"


def carried_over(
    old_data: Mapping[str, Any], new_data: Mapping[str, Any], comparison: Comparison
) -> dict[str, Any]:
    """Return the new edition's data with names, labels, handling and rules of the old one where a field is the same.

    Args:
        old_data, new_data: the data of their ``form.yaml``; positions come from the new one.
        comparison: of the two.
    """
    old_entries = {e["name"]: e for page in old_data["pages"] for e in page["fields"]}
    names = {pair.new.name: pair.old.name for pair in comparison.pairs}
    taken = set(names.values())
    pages = []
    for page in new_data["pages"]:
        entries = []
        for entry in page["fields"]:
            old = old_entries.get(names.get(entry["name"], ""))
            entries.append(_with_old_settings(entry, old) if old else _unique(entry, taken))
        pages.append({**page, "fields": entries})
    data = {
        **new_data,
        **{key: old_data[key] for key in _COPIED_FORM_KEYS if key in old_data},
        "pages": pages,
    }
    data["title"] = old_data["title"]
    every = {entry["name"] for page in pages for entry in page["fields"]}
    data["rules"] = [r for r in old_data.get("rules", []) if set(r.get("fields", [])) <= every]
    data["record_key"] = [key for key in old_data.get("record_key", []) if key in every]
    return {key: value for key, value in data.items() if value or key == "pages"}


def _with_old_settings(entry: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    out = {**entry, **{key: old[key] for key in _COPIED_KEYS if key in old}}
    out["type"] = old["type"]
    if "options" in entry and "options" in old:
        values = {plain(str(o.get("label", o["value"]))): o["value"] for o in old["options"]}
        out["options"] = [
            {**o, "value": values.get(plain(str(o.get("label", ""))), o["value"])} for o in entry["options"]
        ]
    # A mark is made of options, a date of parts: where the shape of a field changed, so did its type.
    if ("options" in entry) != ("options" in old) or (old["type"] == "date") != (entry["type"] == "date"):
        out["type"] = entry["type"]
    return out


def _unique(entry: Mapping[str, Any], taken: set[str]) -> dict[str, Any]:
    name, count = str(entry["name"]), 1
    while name in taken:
        count += 1
        name = f"{entry['name']}_{count}"
    taken.add(name)
    return {**entry, "name": name}


def box_position_text(box: Box) -> str:
    """Return a box's position in words, in Japanese."""
    return f"左から {box.x:.1f} mm、上から {box.y:.1f} mm"
