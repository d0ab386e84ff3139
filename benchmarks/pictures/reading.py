"""Draws the pictures of docs/reading.md: the steps of a page and of one of its fields, from a sample scan.

python -m benchmarks.pictures.reading
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import matplotlib as mpl
import numpy as np
from matplotlib.patches import Rectangle

from extractors.base.model import PX_PER_MM, Image, Reading, RegisteredPage
from extractors.cutting.frames import handwriting
from extractors.files.decode import open_pages
from extractors.reader.overlay import draw
from extractors.reader.reader import Reader
from extractors.recognition.glyphs import OnnxGlyphReader
from extractors.recognition.paddle_engine import PaddleRecogniser
from extractors.recognition.plan import FieldTask, RowJob, cut_fields
from extractors.recognition.recognise import read_rows
from extractors.registration.identify import Library
from extractors.registration.register import locate
from templates_forms.loader import load_library
from templates_forms.model import Box

mpl.use("Agg")
mpl.rcParams["font.family"] = ["Noto Sans CJK JP", "IPAexGothic", "DejaVu Sans"]
_MARGIN_MM = 2.0
_LIKELIEST = 3
_BLUE, _GREY = "#1f5fa8", "#8a8f98"


@dataclass(frozen=True, slots=True)
class Journey:
    """One row of boxes at each step."""

    located: RegisteredPage
    task: FieldTask
    job: RowJob
    reading: Reading


def trace_page(scan: Path, page_no: int, field: str, templates: Path) -> Journey:
    """Reads one page and records the steps of one field with boxes."""
    library = Library(load_library(templates).values())
    page = next(page for page in open_pages(scan) if page.index == page_no)
    located = locate(page, library)
    lines, glyphs = PaddleRecogniser(), OnnxGlyphReader()
    task = next(task for task in cut_fields(located) if task.field.name == field)
    read_rows(list(task.rows.values()), lines, glyphs)
    readings = Reader(lines=lines, glyphs=glyphs).read([located])[0]
    return Journey(located, task, task.rows["whole"], next(r for r in readings if r.field == field))


def page_picture(journey: Journey, path: Path) -> None:
    """The page as scanned, and registered to its template with the fields' boxes."""
    from matplotlib import pyplot as plt

    located = journey.located
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 6.6), layout="constrained")
    left.imshow(_rgb(_smaller(located.page.pixels, 1100)))
    left.set_title("読み込んだページ  the page as it came", fontsize=10)
    right.imshow(_rgb(_smaller(draw(located), 1100)))
    right.set_title(f"重ね合わせ  registered, residual {located.residual_mm:.3f} mm", fontsize=10)
    for axis in (left, right):
        axis.set(xticks=[], yticks=[])
    figure.savefig(path, dpi=110)
    plt.close(figure)


def row_picture(journey: Journey, path: Path) -> None:
    """One row of boxes from the registered page to the candidates of each box."""
    from matplotlib import pyplot as plt

    job, cut = journey.job, journey.job.cut
    places = job.written
    figure = plt.figure(figsize=(9, 6.2))
    box = journey.task.field.box
    steps = (
        ("1  登録したページの項目  the field on the registered page", _crop(journey.located, box)),
        ("2  枠を消した筆跡  frame removed, crossing strokes kept", _hand(journey.located, box)),
        ("3  組み直した行  recomposed line, for PaddleOCR", cut.line),
    )
    for number, (title, picture) in enumerate(steps):
        axis = figure.add_axes((0.03, 0.765 - 0.155 * number, 0.94, 0.115), anchor="W")
        _show(axis, picture)
        axis.set_title(title, fontsize=9, loc="left")
    figure.text(0.03, 0.435, "4  1枠ずつ  one box each, for the glyph reader", fontsize=9)
    figure.text(0.03, 0.295, "5  候補  candidates, both readers together", fontsize=9)
    pitch = min(0.94 / len(places), 0.09)
    for column, place in enumerate(places):
        left = 0.03 + pitch * column
        _show(figure.add_axes((left, 0.325, 0.85 * pitch, 0.1), anchor="W"), cut.cells[place])
        _candidates(figure.add_axes((left, 0.02, 0.85 * pitch, 0.265)), job, column)
    confidence = journey.reading.confidence or 0.0
    figure.suptitle(
        f"{journey.task.field.label}: {journey.reading.value}   確信度 {confidence:.4f}", fontsize=11
    )
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _candidates(axis: Any, job: RowJob, column: int) -> None:
    """The most likely characters of one box after fusion of both readers, as bars."""
    assert job.row is not None
    shares = job.row.fused[column]
    best = np.argsort(-shares)[:_LIKELIEST]
    for rank, k in enumerate(best):
        axis.add_patch(
            Rectangle((0.36, -rank - 0.2), 0.62 * float(shares[k]), 0.4, color=_BLUE if not rank else _GREY)
        )
        axis.text(0.0, -rank, job.row.alphabet.characters[k], va="center", fontsize=12)
        axis.text(0.36, -rank - 0.47, _share(float(shares[k])), va="center", fontsize=5.5, color="0.35")
    axis.set(xlim=(0, 1), ylim=(-_LIKELIEST + 0.3, 0.5))
    axis.axis("off")


def _share(value: float) -> str:
    return f"{value:.3f}" if value >= 0.0005 else "<0.001"


def _show(axis: Any, picture: Image) -> None:
    axis.imshow(_rgb(picture) if picture.ndim == 3 else picture, cmap="gray", vmin=0, vmax=255)
    axis.set(xticks=[], yticks=[])
    for spine in axis.spines.values():
        spine.set_color("0.85")


def _crop(located: RegisteredPage, box: Box) -> Image:
    x0, y0 = round((box.x - _MARGIN_MM) * PX_PER_MM), round((box.y - _MARGIN_MM) * PX_PER_MM)
    x1, y1 = round((box.right + _MARGIN_MM) * PX_PER_MM), round((box.bottom + _MARGIN_MM) * PX_PER_MM)
    return located.sheet_color[y0:y1, x0:x1]


def _hand(located: RegisteredPage, box: Box) -> Image:
    return handwriting(located, box, _MARGIN_MM).grey


def _rgb(picture: Image) -> Image:
    return np.ascontiguousarray(picture[:, :, ::-1])


def _smaller(picture: Image, height: int) -> Image:
    factor = height / max(picture.shape[:2])
    return np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Pictures of docs/reading.md")
    parser.add_argument("--scan", type=Path, default=Path("samples/scans/kyufukin_06.jpg"))
    parser.add_argument("--page", type=int, default=1)
    parser.add_argument("--field", default="applicant_kana")
    parser.add_argument("--templates", type=Path, default=Path("templates_forms"))
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    journey = trace_page(given.scan, given.page, given.field, given.templates)
    page_picture(journey, given.out / "journey_page.png")
    row_picture(journey, given.out / "journey_row.png")


if __name__ == "__main__":
    main()
