"""Values of rows of boxes: numbers, kana, letters and boxed text."""

from __future__ import annotations

from collections.abc import Sequence

from extractors.base import reasons
from extractors.base.alphabets import variants
from extractors.base.model import CellCut
from extractors.recognition.fusion import Row, alternatives
from extractors.values.draft import (
    Draft,
    candidates,
    merge_candidates,
    row_features,
    row_reasons,
    single_reader_candidates,
    weak_cells,
)
from templates_forms.model import DIGIT_TYPES, Field, FieldType
from templates_forms.values import SPACE, normalise

# Types with a fixed number of digits, in which an empty box inside is an error.
_FIXED = {FieldType.POSTAL_CODE, FieldType.MY_NUMBER, FieldType.ACCOUNT_NUMBER}


def read_cells(field: Field, row: Row, cut: CellCut) -> Draft:
    """Returns the value of a row of boxes, with alternatives and reasons to doubt it."""
    text = _ValueBuilder(field, row)
    found = row_reasons(row, cut)
    if field.type in DIGIT_TYPES:
        found += _number_reasons(field, row)
    weak = tuple(text.positions[i] for i in weak_cells(row) if text.positions[i] >= 0)
    if field.type is FieldType.TEXT and any(variants(char) for char in text.value):
        found.append(reasons.VARIANT_CHARACTER)
    fused = candidates([(text.value_of(string), p) for string, p in alternatives(row)], "fused")
    return Draft(
        value=text.value,
        reasons=tuple(dict.fromkeys(found)),
        candidates=merge_candidates(fused, single_reader_candidates(row, text.value_of)),
        weak=weak if text.value else (),
        features=row_features(row, cut),
        cells=text.cells(),
    )


def text_of(field: Field, row: Row, string: str) -> str:
    """Returns the field's value for one string of characters of the row's written cells."""
    return _ValueBuilder(field, row).value_of(string)


class _ValueBuilder:
    """Joins written characters: separators are left out, gaps become one space in types that allow spaces."""

    def __init__(self, field: Field, row: Row) -> None:
        self._field, self._row = field, row
        self.value = self.value_of("".join(row.characters()))
        self.positions = self._positions(row.characters())

    def value_of(self, string: str) -> str:
        """The field's value for these characters of the written cells."""
        shown = [(place, c) for place, c in zip(self._row.order, string, strict=True) if not self._skips(c)]
        if self._field.type in DIGIT_TYPES:
            return normalise(self._field.type, "".join(c for _, c in shown), self._field)
        text, last = "", None
        for place, char in shown:
            if last is not None and place > last + 1:
                text += SPACE
            text, last = text + char, place
        return normalise(self._field.type, text, self._field)

    def cells(self) -> tuple[int, ...]:
        """For each character of the value the printed box that contains it, -1 for an inserted one."""
        found = [-1] * len(self.value)
        for place, at in zip(self._row.order, self.positions, strict=True):
            if at >= 0:
                found[at] = place
        return tuple(found)

    def _skips(self, char: str) -> bool:
        return char in self._row.alphabet.skipped

    def _positions(self, characters: Sequence[str]) -> list[int]:
        """For each written cell its index in the value, or -1."""
        plain = [at for at, char in enumerate(self.value) if char != SPACE]
        kept = [i for i, char in enumerate(characters) if not self._skips(char)]
        found = [-1] * len(characters)
        # From the end: the normal form leaves characters out at the start only, such as leading zeros.
        for i, at in zip(kept[max(len(kept) - len(plain), 0) :], plain, strict=False):
            found[i] = at
        return found


def _number_reasons(field: Field, row: Row) -> list[str]:
    found = []
    if _has_gap(field.cells or (row.total,), row.order):
        found.append(reasons.GAP_IN_NUMBER)
    if field.type in _FIXED and 0 < len(row.order) < row.total:
        found.append(reasons.INCOMPLETE)
    return found


def _has_gap(groups: Sequence[int], order: Sequence[int]) -> bool:
    """Whether there is an empty box between two written ones of the same printed group."""
    start = 0
    for size in groups:
        inside = [place for place in order if start <= place < start + size]
        if inside and inside[-1] - inside[0] + 1 != len(inside):
            return True
        start += size
    return False
