"""Writes a new template folder atomically."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from templates_forms.authoring.errors import BadId, FolderTaken
from templates_forms.form_text import form_text
from templates_forms.loader import FORM_FILE, load_form
from templates_forms.model import Form

_ID = re.compile(r"^[a-z][a-z0-9_]{0,60}$")
_LEFT_SECONDS = 3600.0
_GREYS = 16  # enough for the edges of print, and the file has a third of the size of 256 greys
_REMARK = (
    "{title}\n"
    "Proposed by `utsushi template new` from {source}. Look it over: found1.png shows every field.\n"
    "Millimetres from the sheet's top left. What every key means: templates_forms/README.md"
)


def checked_id(form_id: str) -> str:
    """Return a form id after checking it.

    Raises:
        BadId: it has other characters than small letters, digits and _.
    """
    if not _ID.match(form_id):
        raise BadId(form_id)
    return form_id


def target_folder(out: Path, form_id: str) -> Path:
    """Return the template's folder: ``out/form_id``, or ``out`` itself when it has that name.

    Raises:
        FolderTaken: the folder is not empty.
    """
    folder = out if out.name == form_id else out / form_id
    if folder.exists() and any(folder.iterdir()):
        raise FolderTaken(folder)
    return folder


def write_template(
    folder: Path, data: Mapping[str, Any], pictures: Sequence[tuple[Image.Image, int]], source: str
) -> Form:
    """Write ``form.yaml`` and the pages beside the target, check them, and move them there in one step.

    Args:
        folder: must not exist, or be empty.
        data: of ``form.yaml``.
        pictures: grey pages with their resolution.
        source: name of the file that the template was made from.

    Raises:
        TemplateError: the data violates the schema; nothing is left behind.
    """

    def fill(temporary: Path) -> None:
        for number, (picture, dpi) in enumerate(pictures, start=1):
            few = picture.convert("L").point([round(round(v / 17) * 17) for v in range(256)])
            few.save(temporary / f"page{number}.png", optimize=True, dpi=(dpi, dpi))
        text = form_text(data, _REMARK.format(title=data["title"], source=source))
        (temporary / FORM_FILE).write_text(text, encoding="utf-8")

    return create_folder_atomically(folder, fill)


def _sweep(library: Path) -> None:
    """Remove what installations left behind that were killed: hidden folders that nobody has written into for long."""
    for left in library.glob(f".*-????????/{FORM_FILE}"):
        if time.time() - left.stat().st_mtime > _LEFT_SECONDS:
            shutil.rmtree(left.parent, ignore_errors=True)


def create_folder_atomically(folder: Path, fill: Callable[[Path], None]) -> Form:
    """Let ``fill`` write into a temporary folder, check the template, and rename the folder to its name."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    _sweep(folder.parent)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        fill(temporary)
        load_form(temporary)
        # mkdtemp creates folders that only their owner can enter.
        temporary.chmod(0o755)
        # An empty folder is allowed by target_folder, but rename needs the name to be free.
        if folder.exists():
            folder.rmdir()
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)  # after success it has been renamed
    return load_form(folder)
