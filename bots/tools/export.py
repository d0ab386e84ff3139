"""Exports the values in the order of the system's own screens, for use without a bot.

One row for each Record and one column for each input, already in the system's style (era dates, half-width
kana), for keying by hand or for another RPA tool.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from bots.base.errors import RecordsFileError, ValueUnfit
from bots.run.entry import scope_of
from bots.run.preflight import preflight
from bots.spec.model.bot import Bot, BotRecord
from bots.spec.templating import Scope
from foundation.clock import today

REASON = "入力できない理由"


def columns_and_rows(
    bot: Bot, records: Iterable[BotRecord], include_masked: bool = False
) -> tuple[list[str], list[list[str]]]:
    """Compute the columns and one row for each Record.

    Args:
        bot: its screens define the order of the columns.
        records: what to export.
        include_masked: also write masked values; they are left out by default.

    Returns:
        Column headings (``key`` first, the reason why a Record cannot be keyed last) and the rows.
    """
    headings: dict[str, None] = {}
    values: list[dict[str, str]] = []
    for record in records:
        row = _row(bot, record, include_masked)
        values.append(row)
        headings |= dict.fromkeys(row)
    names = [h for h in headings if h != REASON]
    order = [*names, REASON]
    return order, [[row.get(name, "") for name in order] for row in values]


def _row(bot: Bot, record: BotRecord, include_masked: bool) -> dict[str, str]:
    scope = scope_of(bot, record, Scope({}, lookups=bot.lookups), today())
    row = {"key": record.key}
    try:
        for one in preflight(bot.enter.steps, scope):
            name = one.words
            while name in row:
                name += "'"  # two inputs may have the same label (氏名 of applicant and spouse)
            row[name] = "" if one.value.hidden and not include_masked else one.value.text
    except ValueUnfit as error:
        row[REASON] = error.ja
    return row


def export(bot: Bot, records: Iterable[BotRecord], out: Path, include_masked: bool = False) -> int:
    """Write ``.csv`` (UTF-8 with BOM, for Excel) or ``.xlsx``; returns the number of rows.

    Raises:
        RecordsFileError: another file suffix.
    """
    headings, rows = columns_and_rows(bot, records, include_masked)
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.suffix == ".csv":
        with out.open("w", encoding="utf-8-sig", newline="") as handle:
            csv.writer(handle).writerows([headings, *rows])
    elif out.suffix == ".xlsx":
        _write_excel(bot, headings, rows, out)
    else:
        raise RecordsFileError(f"{out}: .csv か .xlsx にしてください。", f"{out}: use .csv or .xlsx")
    return len(rows)


def _write_excel(bot: Bot, headings: Sequence[str], rows: Sequence[Sequence[str]], out: Path) -> None:
    from openpyxl import Workbook  # slow to load, and rarely needed
    from openpyxl.styles import Font

    book = Workbook()
    sheet = book.active
    # Excel allows 31 characters in the name of a sheet.
    sheet.title = bot.title[:31]
    sheet.append(list(headings))
    for row in rows:
        sheet.append(list(row))
    for cells in sheet.iter_rows():
        for cell in cells:
            # Text, or Excel drops leading zeros and runs values that begin with = as formulas.
            cell.number_format = "@"
            cell.data_type = "s"
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    # The headings and the key stay in view.
    sheet.freeze_panes = "B2"
    book.save(out)
