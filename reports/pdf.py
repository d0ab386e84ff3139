"""A report as PDF: A4 pages with the headline, the charts, every table and the assumptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Image, Spacer, Table

from reports.headings import COLUMNS, VALUES
from reports.model import Report
from reports.paper import FONT, HEADING, MARGIN, SMALL, TITLE, build, grid, para

WIDTH = A4[0] - 2 * MARGIN
MOST_ROWS = 400
"""Longer tables are cut, with a note that Excel and CSV contain the rest."""


def render(
    report: Report,
    headline: str,
    titles: Mapping[str, str],
    tables: Mapping[str, pd.DataFrame],
    pictures: Sequence[Path],
) -> bytes:
    """The report as PDF."""
    span = f"{report.span.since} から {report.span.until} の前日まで"
    story: list[Flowable] = [para(f"写し 報告　{report.office}", TITLE), para(span), Spacer(1, 2 * mm)]
    story += [para(headline, HEADING), _side_by_side(pictures)]
    for name, title in titles.items():
        story.append(para(title, HEADING))
        table = tables[name]
        story.append(_table(table) if len(table) else para("なし (nothing)", SMALL))
        if len(table) > MOST_ROWS:
            story.append(para(f"ほか {len(table) - MOST_ROWS} 行は Excel と CSV にあります。", SMALL))
    story.append(para("注記 (what was assumed)", HEADING))
    story += [para(f"・{note}", SMALL) for note in report.notes]
    return build(
        story, f"写し 報告 {report.office} {report.span.label}", f"{report.office}　写し 報告　{span}"
    )


def format_value(value: object) -> object:
    """A value as text: numbers with two decimals, as on screen."""
    if value is None or value != value:  # NaN is unequal to itself
        return "－"
    if isinstance(value, bool):  # before numbers: True is an int
        return "計測" if value else "仮定"
    return f"{value:,.2f}" if isinstance(value, float) else value


def cells(table: pd.DataFrame) -> tuple[list[str], list[list[object]]]:
    """Headings and rows of a table for display."""
    words = [VALUES.get(str(name), {}) for name in table.columns]
    rows = [
        [format_value(known.get(str(value), value)) for known, value in zip(words, row, strict=True)]
        for row in table.itertuples(index=False)
    ]
    return [COLUMNS.get(str(name), str(name)) for name in table.columns], rows


def _table(table: pd.DataFrame) -> Table:
    names, rows = cells(table.head(MOST_ROWS))
    widths = [max(_width(name), *(_width(row[at]) for row in rows)) for at, name in enumerate(names)]
    # Columns share the page by their longest text, at most 26 wide, so that one long text leaves room for the others.
    share = WIDTH / mm / sum(min(width, 26) + 2 for width in widths)
    return grid(names, rows, [(min(width, 26) + 2) * share for width in widths])


def _width(value: object) -> int:
    # From U+2E80 on lie the East Asian blocks, whose characters are twice as wide as Latin ones.
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in str(value))


def _side_by_side(pictures: Sequence[Path]) -> Table:
    """Charts, two in a row."""
    width = WIDTH / 2 - 2 * mm
    cells: list[list[object]] = []
    for at in range(0, len(pictures), 2):
        # 4.2 : 8 as in `charts.draw`.
        pair = [Image(str(path), width, width * 4.2 / 8) for path in pictures[at : at + 2]]
        cells.append([*pair, ""] if len(pair) == 1 else list(pair))
    table = Table(cells, [WIDTH / 2, WIDTH / 2])
    table.setStyle([("FONTNAME", (0, 0), (-1, -1), FONT)])
    return table
