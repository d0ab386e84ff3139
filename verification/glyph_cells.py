"""The cells of the glyph grid: replacing a doubtful character, and finding easily confused groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from store.base.errors import InvalidAnswer
from templates_forms.model import Field
from verification import typed_values


def replaced(field: Field, value: str, place: int, character: str) -> str:
    """The value with the character at `place` replaced. Raises InvalidAnswer unless that is one character that fits."""
    normal = typed_values.normal_form(field, value[:place] + character.strip() + value[place + 1 :])
    if not character.strip() or len(normal) != len(value):
        raise InvalidAnswer("1")
    return normal


def beside(group: str, waiting: Sequence[str], alike: Iterable[frozenset[str]]) -> list[str]:
    """The characters that are easily confused with `group`, in the order of `waiting`."""
    partners = {other for pair in alike if group in pair for other in pair} - {group}
    return [key for key in waiting if key in partners]
