"""Finds the element that a changed page now has in place of a recorded one: by words, names and place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from bots.base.text import without_spaces
from bots.workshop.page_elements import Found

Facts = Mapping[str, Any]
# What is kept of an element with its step: enough to find it again, and no value of a record.
KEPT = (
    "kind",
    "words",
    "labels",
    "beside",
    "heads",
    "headers",
    "name",
    "id",
    "title",
    "alt",
    "placeholder",
    "css",
    "part",
)
_FEWEST = 0.35
_WEIGHTS = {"words": 3.0, "named": 2.0, "heads": 2.0, "place": 1.0, "kind": 1.0}
_ALIKE = ({"button", "link"}, {"input", "password", "select"}, {"check", "radio"})


def remembered(facts: Facts, box: Sequence[float]) -> dict[str, Any]:
    """Return what to keep of an element with its step."""
    return {**{name: facts[name] for name in KEPT}, "box": list(box)}


def most_similar(old: Facts, found: Sequence[Found], most: int = 4) -> list[Found]:
    """Return the elements that are most like a recorded one, best first."""
    scored = [(likeness(old, one.facts, one.box), one) for one in found]
    good = sorted((pair for pair in scored if pair[0] >= _FEWEST), key=lambda pair: -pair[0])
    return [one for _, one in good[:most]]


def likeness(old: Facts, new: Facts, box: Sequence[float]) -> float:
    """Return how alike two elements are, 0 to 1."""
    if not _same_use(str(old.get("kind")), str(new["kind"])):
        return 0.0
    parts = {
        "kind": 1.0 if old.get("kind") == new["kind"] else 0.0,
        "words": _alike(old.get("words", ""), new["words"]),
        "named": max(_equal(old.get(n, ""), new[n]) for n in ("name", "id", "title", "alt", "placeholder")),
        "heads": _closest(
            [*old.get("labels", []), *old.get("heads", [])], [*new["labels"], *new["heads"], *new["beside"]]
        ),
        "place": _near(old.get("box") or [], box),
    }
    # What the old element did not have says nothing against the new one.
    known = {
        "words": old.get("words"),
        "named": any(old.get(n) for n in ("name", "id", "title", "alt", "placeholder")),
    }
    weights = {n: w for n, w in _WEIGHTS.items() if known.get(n, True)}
    return sum(parts[n] * w for n, w in weights.items()) / sum(weights.values())


def _same_use(old: str, new: str) -> bool:
    return old == new or any({old, new} <= group for group in _ALIKE)


def _alike(old: str, new: str) -> float:
    left, right = without_spaces(old), without_spaces(new)
    return SequenceMatcher(None, left, right).ratio() if left and right else 0.0


def _equal(old: str, new: str) -> float:
    return 1.0 if old and old == new else 0.0


def _closest(old: Sequence[str], new: Sequence[str]) -> float:
    return max((_alike(a, b) for a in old for b in new), default=0.0)


def _near(old: Sequence[float], new: Sequence[float]) -> float:
    if len(old) != 4:
        return 0.0
    away = abs(old[0] - new[0]) + abs(old[1] - new[1])
    return max(0.0, 1 - away / 600)
