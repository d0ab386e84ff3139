"""One field about to be written, and what all kinds of fields share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from samples.people.people import Person
from samples.writing import marks
from samples.writing.handwriting import Writer
from samples.writing.sheet import Sheet
from templates_forms.model import Box, Field, Mark

TEXT_HEIGHT = 6.2
"""Letters of words other than names grow no taller than this, in mm."""


@dataclass(slots=True)
class Task:
    """One field about to be written."""

    sheet: Sheet
    writer: Writer
    field: Field
    person: Person
    chance: Random
    others: Sequence[Box]
    slip: str = ""


def family_name(person: Person) -> str:
    """What the person's seal says."""
    return person.human.family


def grow(task: Task) -> float:
    """How much larger than usual the letters of this field are."""
    return 1.22 if task.slip == "touching" else 1.0


def mark_option(task: Task, box: Box, mark: Mark) -> None:
    """Marks a printed word or box in this hand's way."""
    if mark is Mark.CIRCLE:
        marks.ring(task.sheet, task.writer, box)
    elif mark is Mark.FILL:
        marks.scribble(task.sheet, task.writer, box)
    else:
        kinds = marks.TICKS
        marks.tick(
            task.sheet, task.writer, box, kinds[int(np.searchsorted((0.45, 0.85, 0.95), _habit(task)))]
        )


def _habit(task: Task) -> float:
    """One hand ticks in one way."""
    return Random(f"tick-{task.writer.seed}").random()
