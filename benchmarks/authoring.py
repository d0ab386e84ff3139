"""``python -m benchmarks.authoring``: how well blank forms become templates, PDF and scanned.

Prints for every blank the share of fields that were found (IoU ≥ 0.7), that also have the right cells, and the right
type. ``--misses`` lists the errors; ``--held-out`` measures the held-out design.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time

import numpy as np
from pdf2image import convert_from_bytes
from PIL import Image

from benchmarks.rigs.designs.designs import DESIGNS, HELD_OUT
from benchmarks.rigs.designs.truth import Score, Truth, moved, score, truths_of
from extractors.recognition.paddle_engine import PaddleRecogniser
from pipelines.authoring import new_template
from samples.scanning.faults import Faults
from samples.scanning.scanner import scan
from samples.writing.sheet import Sheet
from templates_forms.loader import load_form

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ("kyufukin_shinsei", "jido_teate_nintei", "hoiku_moshikomi")
SCANS: dict[str, Faults] = {
    "grey 200 dpi": Faults(
        skew=0.7, scale=1.004, shift_mm=(0.8, -0.6), blur=0.8, noise=2.0, dust=4, quality=70
    ),
    "grey 300 dpi": Faults(skew=-1.3, scale=0.996, shift_mm=(-1.1, 0.7), blur=0.6, noise=2.5, dpi=300),
    "one-bit 300 dpi": Faults(skew=0.4, shift_mm=(0.5, 0.4), blur=0.5, noise=2.0, bilevel=True, dpi=300),
    "one-bit 200 dpi": Faults(skew=-0.5, blur=0.5, noise=2.0, bilevel=True, dpi=200),
}
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True)
class Blank:
    """A form to measure."""

    name: str
    pdf: bytes
    truths: Sequence[Truth]
    size: tuple[float, float]


def blanks(held_out: bool, only: Sequence[str]) -> Iterator[Blank]:
    for name in () if held_out else SAMPLES:
        form = load_form(ROOT / "templates_forms" / name)
        yield Blank(name, (form.folder / "blank.pdf").read_bytes(), truths_of(form), form.size_mm)
    for name, draw in (HELD_OUT if held_out else DESIGNS).items():
        canvas = draw()
        yield Blank(name, canvas.pdf(), canvas.truths, canvas.size)


def measure(blank: Blank, how: str, recogniser: PaddleRecogniser, keep: Path | None) -> tuple[Score, float]:
    """One blank, as its PDF or as a scan of it."""
    with tempfile.TemporaryDirectory() as temp:
        source = Path(temp) / "blank.pdf"
        truths = list(blank.truths)
        if how == "PDF":
            source.write_bytes(blank.pdf)
        else:
            source = source.with_suffix(".tif")
            truths = _scan(blank, SCANS[how], source)
        start = process_time()
        out = keep / how.replace(" ", "_") if keep else Path(temp) / "out"
        made = new_template(source, f"{blank.name}", out, recogniser)
        seconds = process_time() - start
        return score(truths, truths_of(made.form)), seconds


def _scan(blank: Blank, faults: Faults, path: Path) -> list[Truth]:
    pages = []
    for picture in convert_from_bytes(blank.pdf, dpi=600):
        pixels = np.ascontiguousarray(np.asarray(picture.convert("RGB").reduce(2))[:, :, ::-1])
        pages.append(Image.fromarray(scan(Sheet(pixels), faults, np.random.default_rng(5))))
    pages[0].save(path, save_all=True, append_images=pages[1:], dpi=(faults.dpi, faults.dpi))
    angle = np.deg2rad(-faults.skew)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shift = turn @ np.array(faults.shift_mm)
    middle = (blank.size[0] / 2, blank.size[1] / 2)
    return [moved(t, faults.scale, middle, (float(shift[0]), float(shift[1]))) for t in blank.truths]


def line(name: str, how: str, total: Score, seconds: float | None = None) -> str:
    def share(count: int) -> str:
        return f"{100 * count / max(total.fields, 1):6.1f}%"

    time = f"{seconds:6.1f} s (processor)" if seconds is not None else ""
    return (
        f"{name:20s} {how:16s} {total.fields:4d} fields  found {share(total.found)}  cells {share(total.cells)}"
        f"  groups {share(total.groups)}  type {share(total.types)}  extra {total.extra:3d} {time}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.authoring", description=__doc__)
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--only", default="", help="names of blanks, separated by commas")
    parser.add_argument(
        "--how", default="", help="PDF or names of scans, separated by commas; all when left out"
    )
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--keep", type=Path, help="keep the templates here")
    options = parser.parse_args(arguments)
    recogniser = PaddleRecogniser()
    recogniser.load()
    ways = [w for w in options.how.split(",") if w] or ["PDF", *SCANS]
    only = [n for n in options.only.split(",") if n]
    totals: dict[tuple[str, bool], Score] = {}
    for blank in blanks(options.held_out, only):
        if only and blank.name not in only:
            continue
        for how in ways:
            got, seconds = measure(blank, how, recogniser, options.keep)
            print(line(blank.name, how, got, seconds), flush=True)
            for miss in got.misses if options.misses else ():
                print(f"      {miss}")
            key = ("sample forms" if blank.name in SAMPLES else "other designs", how == "PDF")
            totals[key] = totals[key] + got if key in totals else got
    for (group, drawn), total in sorted(totals.items()):
        print(line(group, "PDF" if drawn else "scans", total))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
