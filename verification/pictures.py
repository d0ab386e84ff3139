"""Pictures for the screen, cropped from the stored sheets: a field, the field with its surroundings, a whole page.

Decoded sheets stay in memory for a while, so that the next crop of the same page takes milliseconds. Secret fields are
painted over on whole pages and surroundings.
"""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from threading import Lock
from typing import Final

from PIL import Image, ImageDraw, UnidentifiedImageError

from store.base.errors import FileDamaged
from store.base.files import FileStore
from templates_forms.model import Box

Outline = Sequence[tuple[float, float]]
MM_PER_INCH: Final = 25.4
_CACHED_SHEETS: Final = 16  # decoded A4 pages of some 4 to 12 MB each
_COVER: Final = (208, 208, 212)
_STROKE: Final = (150, 150, 156)


class Pictures:
    """Reads and crops stored pictures. Safe for threads."""

    def __init__(self, files: FileStore) -> None:
        self._files = files
        self._sheets: OrderedDict[str, Image.Image] = OrderedDict()
        self._lock = Lock()

    def crop(
        self,
        sha256: str,
        dpi: float,
        box: Box,
        margin: tuple[float, float] = (5.0, 3.0),
        cover: Iterable[Box] = (),
    ) -> bytes:
        """JPEG of a box with `margin` (x, y) around it, all in mm. Raises FileDamaged."""
        scale = dpi / MM_PER_INCH
        sheet = self._sheet(sha256)
        left, top = (box.x - margin[0]) * scale, (box.y - margin[1]) * scale
        right, bottom = (box.right + margin[0]) * scale, (box.bottom + margin[1]) * scale
        frame = (
            max(0, round(left)),
            max(0, round(top)),
            min(sheet.width, round(right)),
            min(sheet.height, round(bottom)),
        )
        if frame[0] >= frame[2] or frame[1] >= frame[3]:
            raise FileDamaged("box")
        part = sheet.crop(frame)
        _paint(part, cover, scale, frame[0], frame[1])
        return _jpeg(part)

    def page(
        self,
        sha256: str,
        dpi: float | None,
        cover: Iterable[Box] = (),
        rotation: int = 0,
        width: int = 0,
        outlines: Iterable[Outline] = (),
    ) -> bytes:
        """JPEG of a whole page, turned clockwise by `rotation`, at most `width` px wide.

        `cover` are boxes in mm on an upright sheet, `outlines` corners in px on a page as scanned. Raises FileDamaged.
        """
        sheet = self._sheet(sha256).copy()  # the cached sheet must stay without covers
        _paint(sheet, cover, (dpi or MM_PER_INCH) / MM_PER_INCH, 0, 0)
        for outline in outlines:
            ImageDraw.Draw(sheet).polygon(outline, fill=_COVER[0] if sheet.mode == "L" else _COVER)
        if rotation % 360:
            # Pillow turns counterclockwise.
            sheet = sheet.rotate(-rotation % 360, expand=True)
        if width and sheet.width > width:
            sheet = sheet.resize((width, round(sheet.height * width / sheet.width)), Image.Resampling.LANCZOS)
        return _jpeg(sheet)

    def size(self, sha256: str) -> tuple[int, int]:
        """Width and height of a stored picture in px. Raises FileDamaged."""
        sheet = self._sheet(sha256)
        return sheet.width, sheet.height

    def _sheet(self, sha256: str) -> Image.Image:
        with self._lock:
            if sha256 in self._sheets:
                self._sheets.move_to_end(sha256)
                return self._sheets[sha256]
        try:
            # Outside the lock: decoding takes longest, and two threads may decode different sheets.
            opened = Image.open(io.BytesIO(self._files.read(sha256)))
            sheet = opened.convert("L") if opened.mode in {"1", "L"} else opened.convert("RGB")
        except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
            raise FileDamaged(sha256[:12]) from error
        with self._lock:
            self._sheets[sha256] = sheet
            while len(self._sheets) > _CACHED_SHEETS:
                self._sheets.popitem(last=False)
        return sheet


def _paint(part: Image.Image, boxes: Iterable[Box], scale: float, left: int, top: int) -> None:
    """Cover boxes (mm) with a hatched patch, which shows that something is hidden."""
    pen = ImageDraw.Draw(part)
    flat = part.mode == "L"
    for box in boxes:
        # Two pixels more on each side, because strokes often touch the edge of a box.
        x0, y0 = box.x * scale - left - 2, box.y * scale - top - 2
        x1, y1 = box.right * scale - left + 2, box.bottom * scale - top + 2
        pen.rectangle((x0, y0, x1, y1), fill=_COVER[0] if flat else _COVER)
        step, height = 12, y1 - y0
        x = x0
        while x < x1:
            pen.line(
                (x, y1, min(x + height, x1), y1 - min(height, x1 - x)), fill=_STROKE[0] if flat else _STROKE
            )
            x += step


def _jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88)
    return out.getvalue()
