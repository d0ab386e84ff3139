"""The task of writing one field, and functions common to all field types."""

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
"""Maximum height of the characters of text other than names, in mm."""


@dataclass(slots=True)
class Task:
    """One field to write; ``others`` are the boxes of the page's other fields."""

    sheet: Sheet
    writer: Writer
    field: Field
    person: Person
    chance: Random
    others: Sequence[Box]
    slip: str = ""


def family_name(person: Person) -> str:
    """Return the text of the person's seal."""
    return person.human.family


def letter_scale(task: Task) -> float:
    """Return how much larger than usual the characters of this field are."""
    return 1.22 if task.slip == "touching" else 1.0


def mark_option(task: Task, box: Box, mark: Mark) -> None:
    """Mark a printed word or box in this writer's way."""
    if mark is Mark.CIRCLE:
        marks.ring(task.sheet, task.writer, box)
    elif mark is Mark.FILL:
        marks.scribble(task.sheet, task.writer, box)
    else:
        # Most people tick with レ or ✓; a cross or a filled box is rare.
        kinds = marks.TICKS
        marks.tick(
            task.sheet, task.writer, box, kinds[int(np.searchsorted((0.45, 0.85, 0.95), _habit(task)))]
        )


def _habit(task: Task) -> float:
    """Return a number from 0 to 1 that selects the tick shape; always the same for one writer."""
    return Random(f"tick-{task.writer.seed}").random()
