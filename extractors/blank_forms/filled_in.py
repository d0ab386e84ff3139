"""Refuses forms that somebody has already filled in: a template must be made from an empty one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from extractors.base.errors import AuthoringError
from extractors.base.ink import vermilion
from extractors.blank_forms.model import PX, BlankPage
from extractors.files.decode import kind_of
from templates_forms.authoring.fields.drafts import Draft
from templates_forms.authoring.print.character_rows import written_boxes, written_frames
from templates_forms.authoring.print.faces import find_faces
from templates_forms.authoring.print.model import centre_inside
from templates_forms.model import Box

# Fewer letters in boxes may be part of the form, such as an example.
_WRITTEN_CELLS = 4
_WRITTEN_FRAMES = 2
_SEAL_SHARE = 0.12


def refuse_filled_pdf(path: Path) -> None:
    """Checks the form fields of a PDF: a person must have entered any value in them.

    Raises:
        AuthoringError: ``filled_in``.
    """
    if not path.is_file() or kind_of(path) != "pdf":
        return
    try:
        fields = PdfReader(path).get_fields() or {}
    except (PyPdfError, OSError, ValueError, KeyError, RecursionError):
        return  # the error of a damaged file is raised where its pages are drawn
    written = [
        name for name, field in fields.items() if str(field.get("/V", "") or "").strip() not in ("", "/Off")
    ]
    if written:
        raise _filled_in_error(path.name)


def refuse_filled_in(name: str, page: BlankPage, drafts: Sequence[Draft]) -> None:
    """Checks for seals in red ink, and for letters inside the boxes for single characters.

    Raises:
        AuthoringError: ``filled_in``.
    """
    faces = find_faces(page.print.rulings, page.print.size_mm)
    in_rows = written_boxes(faces, page.print.glyphs)
    if written_frames(faces, page.print.glyphs) >= _WRITTEN_FRAMES:
        raise _filled_in_error(name)
    if max(in_rows, written_cells(page, drafts)) >= _WRITTEN_CELLS or _has_seal(page, drafts):
        raise _filled_in_error(name)


def written_cells(page: BlankPage, drafts: Sequence[Draft]) -> int:
    """Number of boxes for one character that contain a letter in their middle."""
    boxes = [(d.box, sum(d.groups)) for d in drafts if d.groups]
    boxes += [(part.box, sum(part.groups)) for d in drafts for part in d.parts.values() if part.groups]
    cells = [cell for box, count in boxes for cell in box.columns(count)]
    return sum(1 for cell in cells if any(_in_the_middle(g.box, cell) for g in page.print.glyphs))


def _in_the_middle(letter: Box, cell: Box) -> bool:
    large = letter.height > 0.34 * cell.height
    return large and centre_inside(
        letter, Box(cell.x, cell.y + 0.2 * cell.height, cell.width, 0.6 * cell.height)
    )


def _has_seal(page: BlankPage, drafts: Sequence[Draft]) -> bool:
    """Whether red ink covers a good part of a seal field."""
    if page.colour is None:
        return False
    for draft in drafts:
        if draft.shape.value != "seal":
            continue
        box = draft.box
        part = page.colour[
            max(round(box.y * PX), 0) : round(box.bottom * PX),
            max(round(box.x * PX), 0) : round(box.right * PX),
        ]
        if part.size and float(np.mean(vermilion(part) > 0)) > _SEAL_SHARE:
            return True
    return False


def _filled_in_error(name: str) -> AuthoringError:
    return AuthoringError(
        "filled_in",
        f"「{name}」には記入があるようです。何も書かれていない用紙か、配布用の PDF を指定してください。",
        f"{name} seems to be filled in; give an empty sheet or the PDF that is handed out.",
    )
