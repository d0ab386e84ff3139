"""Measures accuracy by box width and scan resolution: a plot and a table.

    python -m benchmarks.pictures.sweep --strokes kanjivg_strokes.npz --digits mnist_train.npz

draws a sheet with rows of boxes from 8 to 2.5 mm, lets writers of the scan maker fill it in, scans each sheet at
300, 200 and 150 dpi, and reads it. Writers, digits and faults come from the seed. It is here because it needs
both the sample maker and the reader, which do not import each other.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from extractors.base.errors import ExtractionError
from extractors.base.model import PageImage, RegisteredPage
from extractors.evaluation.character_counts import edit_distance
from extractors.evaluation.metrics import share
from extractors.reader.reader import Reader
from extractors.registration.identify import Library
from extractors.registration.register import locate
from samples.forms.build import build_template
from samples.forms.kit import Kit, spec
from samples.forms.kit import Sheet as Head
from samples.forms.paper import THICK, Inks
from samples.people import names
from samples.scanning import faults as fault_model
from samples.scanning import scanner
from samples.writing.handwriting import Sources, writer
from samples.writing.lettering import write_cells
from samples.writing.sheet import Sheet, blank_sheet
from templates_forms.model import Box, Form

WIDTHS = (8.0, 6.0, 5.0, 4.0, 3.5, 3.0, 2.5)
RESOLUTIONS = (300, 200, 150)
KINDS = ("digits", "kana")
CELLS = 12
ROWS = 2
_LEAST_HEIGHT = 5.0  # mm; narrow boxes on real forms stay this high


@dataclass(frozen=True, slots=True)
class Line:
    """One row of boxes as written and as read."""

    kind: str
    width: float
    dpi: int
    truth: str
    value: str

    @property
    def wrong(self) -> int:
        """Characters that are wrong, missing or too many."""
        return edit_distance(self.truth, self.value)


def name_of(kind: str, width: float, number: int) -> str:
    """The field's name for one row."""
    return f"{kind}_{round(width * 10):03d}_{number}"


def draw() -> Kit:
    """The sheet: per width two rows of digits and two of katakana."""
    kit = Kit(
        Head("sweep", "枠の幅の試し書き", "Box widths", "2026-04", 1.0, (), record_key=()),
        Inks(shade=(0.92, 0.92, 0.92)),
    )
    kit.paper.text(105, 14, "枠の幅をかえた試し書き", 14, align="centre", spacing=2)
    kit.paper.text(18, 22, "数字とカタカナを、枠の中に１字ずつ書いてください。", 8)
    y = 27.0
    for width in WIDTHS:
        height = max(_LEAST_HEIGHT, 1.25 * width)
        for kind in KINDS:
            for number in range(ROWS):
                words = f"{'数字' if kind == 'digits' else 'カナ'} {width:g} mm"
                kit.label(Box(18, y, 30, height), words, 7)
                field = spec(name_of(kind, width, number), kind, words, f"{kind} {width:g} mm")
                kit.cells(field, Box(52, y, width * CELLS, height), CELLS)
                y += height + 2.7
    kit.paper.frame(Box(15, 25, 180, y - 25), THICK)
    return kit


def written(chance: Random) -> dict[tuple[str, float, int], str]:
    """The text of one writer: random digits, and the furigana of invented names joined."""
    kana = [kana for block in (names.FAMILY, names.MEN, names.WOMEN) for _, kana in names.pairs(block)]
    found = {}
    for width in WIDTHS:
        for number in range(ROWS):
            found["digits", width, number] = "".join(chance.choices("0123456789", k=CELLS))
            found["kana", width, number] = "".join(chance.choices(kana, k=8))[:CELLS]
    return found


def scans(form: Form, seed: int, sources: Sources) -> tuple[dict[str, str], dict[int, PageImage]]:
    """One filled-in sheet: the value of each field, and the scan at each resolution."""
    chance = Random(f"sweep-{seed}")
    hand = writer(seed, sources)
    sheet: Sheet = blank_sheet(form.pages[0].blank, form.size_mm)
    values = {}
    for (kind, width, number), text in written(chance).items():
        name = name_of(kind, width, number)
        values[name] = text
        write_cells(sheet, hand, form.field(name).box, CELLS, dict(enumerate(text)))
    drawn = fault_model.draw(chance, "light", bilevel=False, dpi=300, colour=False)
    pictures = {}
    for dpi in RESOLUTIONS:
        noise = np.random.default_rng([seed, dpi])
        pixels = scanner.scan(sheet, replace(drawn, dpi=dpi), noise)
        _, stored = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, drawn.quality])
        colour = np.asarray(cv2.imdecode(stored, cv2.IMREAD_COLOR), np.uint8)
        pictures[dpi] = PageImage(f"{seed}", 1, colour, float(dpi))
    return values, pictures


def sweep(seeds: Sequence[int], sources: Sources, reader: Reader) -> Iterator[Line]:
    """Reads the sheets of some writers; a page that is not recognised counts as all wrong."""
    with TemporaryDirectory() as folder:
        form = build_template(draw(), Path(folder))
        library = Library([form])
        for seed in seeds:
            values, pictures = scans(form, seed, sources)
            for dpi, page in pictures.items():
                yield from _lines(values, dpi, _located(page, library), reader)


def _located(page: PageImage, library: Library) -> RegisteredPage | None:
    try:
        return locate(page, library)
    except ExtractionError:
        return None


def _lines(
    values: dict[str, str], dpi: int, located: RegisteredPage | None, reader: Reader
) -> Iterator[Line]:
    read = {r.field: r.value for r in reader.read([located])[0]} if located else {}
    for width in WIDTHS:
        for kind in KINDS:
            for number in range(ROWS):
                name = name_of(kind, width, number)
                yield Line(kind, width, dpi, values[name], read.get(name, "").replace("　", ""))


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the plot: shares with their 95% intervals."""

    kind: str
    width: float
    dpi: int
    characters: int
    right: int
    fields: int
    exact: int

    def row(self) -> list[str]:
        """As a line of the CSV file."""
        one, whole = share(self.right, self.characters), share(self.exact, self.fields)
        numbers = (one.value, one.low, one.high, whole.value, whole.low, whole.high)
        head = [self.kind, f"{self.width:g}", str(self.dpi), str(self.characters), str(self.fields)]
        return head + [f"{number:.4f}" for number in numbers]


def points(lines: Sequence[Line]) -> list[Point]:
    """Sums the lines up per kind, width and resolution."""
    groups: dict[tuple[str, float, int], list[Line]] = defaultdict(list)
    for line in lines:
        groups[line.kind, line.width, line.dpi].append(line)
    return [
        Point(
            *key,
            characters=sum(len(line.truth) for line in group),
            right=sum(max(0, len(line.truth) - line.wrong) for line in group),
            fields=len(group),
            exact=sum(not line.wrong for line in group),
        )
        for key, group in groups.items()
    ]


COLUMNS = [
    "kind",
    "width_mm",
    "dpi",
    "characters",
    "fields",
    "character",
    "low",
    "high",
    "field",
    "field_low",
    "field_high",
]


def write_csv(found: Sequence[Point], path: Path) -> None:
    """Writes the table."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(COLUMNS)
        table.writerows(point.row() for point in found)


def plot(found: Sequence[Point], path: Path) -> None:
    """Draws accuracy against width, a line per resolution: characters above, whole fields below."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt
    from matplotlib.ticker import PercentFormatter

    mpl.rcParams["font.family"] = ["Noto Sans CJK JP", "IPAexGothic", "DejaVu Sans"]
    figure, axes = plt.subplots(2, 2, figsize=(9, 6.4), sharex=True, sharey="row", layout="constrained")
    titles = {"digits": "数字  digits", "kana": "カタカナ  katakana"}
    for column, kind in enumerate(KINDS):
        for dpi, colour, marker in zip(RESOLUTIONS, ("#1f5fa8", "#d9822b", "#6b8e23"), "os^", strict=True):
            own = sorted((p for p in found if p.kind == kind and p.dpi == dpi), key=lambda p: p.width)
            for axis, shares in (
                (axes[0, column], [share(p.right, p.characters) for p in own]),
                (axes[1, column], [share(p.exact, p.fields) for p in own]),
            ):
                widths = [p.width for p in own]
                style = {"color": colour, "marker": marker, "markersize": 4, "linewidth": 1.5}
                axis.plot(widths, [s.value for s in shares], label=f"{dpi} dpi", **style)
                axis.fill_between(
                    widths,
                    [s.low for s in shares],
                    [s.high for s in shares],
                    color=colour,
                    alpha=0.1,
                    linewidth=0,
                )
        axes[0, column].set_title(titles[kind])
        axes[1, column].set_xlabel("枠の幅  width of a box, mm")
    axes[0, 0].set_ylabel("1文字の正解率\none character right")
    axes[1, 0].set_ylabel(f"{CELLS}文字の項目の正解率\nfield of {CELLS} boxes, all right")
    for axis in axes.flat:
        axis.set_xticks(WIDTHS, [f"{w:g}" for w in WIDTHS], fontsize=8)
        axis.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axis.grid(color="0.9")
        axis.spines[["top", "right"]].set_visible(False)
    axes[0, 0].invert_xaxis()  # shared: from wide to narrow
    axes[0, 0].legend(loc="lower left", frameon=False)
    figure.savefig(path, dpi=130)
    plt.close(figure)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Reading against box width and resolution")
    parser.add_argument("--writers", type=int, default=12, help="sheets, each by a hand of its own")
    parser.add_argument("--seed", type=int, default=310_000, help="seed of the first hand")
    parser.add_argument("--strokes", type=Path, help="stroke file of the sample maker")
    parser.add_argument("--digits", type=Path, help="digit file of the sample maker")
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    given = parser.parse_args()
    lines: list[Line] = []
    seeds = range(given.seed, given.seed + given.writers)
    for line in sweep(seeds, Sources(given.strokes, given.digits), Reader()):
        lines.append(line)
        if len(lines) % (len(WIDTHS) * len(KINDS) * ROWS) == 0:
            print(f"sheet {len(lines) // (len(WIDTHS) * len(KINDS) * ROWS)}", file=sys.stderr, flush=True)
    found = points(lines)
    given.out.mkdir(parents=True, exist_ok=True)
    write_csv(found, given.out / "width_resolution.csv")
    plot(found, given.out / "width_resolution.png")
    print((given.out / "width_resolution.csv").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
