"""Finds the Japanese fonts of the printed forms and registers them for embedding."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from samples.forms.errors import FontMissing

MINCHO = "mincho"
GOTHIC = "gothic"

# reportlab embeds TrueType outlines only, so Noto CJK (CFF outlines) is of no use here.
# IPAex first: the IPA fonts are its predecessors with fixed-width Latin letters.
_FAMILIES = {
    MINCHO: (("IPAexMincho", "ipaexm.ttf"), ("IPAMincho", "ipam.ttf")),
    GOTHIC: (("IPAexGothic", "ipaexg.ttf"), ("IPAGothic", "ipag.ttf")),
}
_FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("~/.local/share/fonts").expanduser(),
    Path("~/.fonts").expanduser(),
    Path("/Library/Fonts"),
    Path("C:/Windows/Fonts"),
)


@cache
def register_fonts() -> None:
    """Register ``MINCHO`` and ``GOTHIC`` with reportlab, once per process.

    Raises:
        FontMissing: neither IPAex nor IPA fonts are installed.
    """
    for face in (MINCHO, GOTHIC):
        try:
            pdfmetrics.registerFont(TTFont(face, str(_find(face))))
        except TTFError as error:
            raise FontMissing(_FAMILIES[face][0][0]) from error


def _find(face: str) -> Path:
    for family, file_name in _FAMILIES[face]:
        for folder in _FOLDERS:
            for path in sorted(folder.rglob(file_name)) if folder.is_dir() else ():
                return path
        # The folders first: fontconfig is missing on Windows and macOS.
        path_by_name = _query_fontconfig(family)
        if path_by_name:
            return path_by_name
    raise FontMissing(_FAMILIES[face][0][0])


def _query_fontconfig(family: str) -> Path | None:
    command = shutil.which("fc-list")
    if not command:
        return None
    answer = subprocess.run(
        [command, f":family={family}", "file"], capture_output=True, text=True, check=False, timeout=20
    )
    paths = (Path(line.strip().rstrip(":").strip()) for line in answer.stdout.splitlines())
    return next((p for p in sorted(paths) if p.suffix.lower() == ".ttf"), None)
