"""Further counts beside the table of fields: single characters in boxes, long numbers, marks, and unread pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from extractors.evaluation.metrics import LabelledReading, Share, share
from templates_forms.model import DIGIT_TYPES, MARK_TYPES, FieldType
from templates_forms.values import SPACE

# From account numbers (7 digits) to My Number (12).
LONG_NUMBER = range(7, 13)
_DIGITS = frozenset(map(str, DIGIT_TYPES))
_MARKS = frozenset(map(str, (*MARK_TYPES, FieldType.SEAL)))
_GROUPS = {
    "digit": _DIGITS,
    "kana": frozenset({str(FieldType.KANA)}),
    "letter": frozenset({str(FieldType.LATIN)}),
}


@dataclass(frozen=True, slots=True)
class Counts:
    """Other counts of the fields of one evaluation.

    Attributes:
        characters: of ``digit``, ``kana`` and ``letter`` in boxes the share that is right, on pages that were read.
            Boxes left empty between two words are not counted; an extra character counts as one that is wrong.
        long_numbers: share of the numbers of 7 to 12 digits in boxes that are entirely right, unread pages included.
        marks: share of ticks, rings, filled marks and seals that are right, on pages that were read.
        marks_unread: marks on pages that were not read.
        unread: fields of pages that were not read, or read as another form.
    """

    characters: dict[str, Share]
    long_numbers: Share
    marks: Share
    marks_unread: int
    unread: int


def count(fields: Sequence[LabelledReading]) -> Counts:
    """Counts the fields of an evaluation."""
    read = [f for f in fields if f.decision != "unread"]
    marks = [f for f in fields if f.kind in _MARKS]
    long = [f for f in fields if f.kind in _DIGITS and len(f.truth) in LONG_NUMBER]
    marks_read = [f for f in marks if f.decision != "unread"]
    return Counts(
        {name: _characters(f for f in read if f.kind in kinds) for name, kinds in _GROUPS.items()},
        share(sum(f.right for f in long), len(long)),
        share(sum(f.right for f in marks_read), len(marks_read)),
        len(marks) - len(marks_read),
        len(fields) - len(read),
    )


def _characters(fields: Iterable[LabelledReading]) -> Share:
    total = wrong = 0
    for field in fields:
        truth, value = (text.replace(SPACE, "") for text in (field.truth, field.value))
        total += len(truth)
        wrong += edit_distance(truth, value)
    # Extra characters can outnumber the right ones.
    return share(max(total - wrong, 0), total)


def edit_distance(left: str, right: str) -> int:
    """Levenshtein distance: number of wrong, missing or extra characters."""
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, start=1):
        row, above = [i], row
        for j, b in enumerate(right, start=1):
            # Only two rows are kept: values are short, but there are very many of them.
            row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a != b)))
    return row[-1]
