"""Reads Records from CSV and writes outcomes to CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from bots.base.errors import RecordsFileError
from bots.spec.model.bot import Bot, BotRecord, Outcome

OUTCOME_COLUMNS = ("key", "status", "receipt", "reason")


def key_of(bot: Bot, values: dict[str, str]) -> str:
    """Return the Record's key: its key fields joined by hyphens."""
    return "-".join(values.get(name, "") for name in bot.key_fields)


def read_records(file: Path, bot: Bot) -> list[BotRecord]:
    """Read Records from a CSV in UTF-8 (with or without BOM) with a header row of field names.

    Raises:
        RecordsFileError: the file cannot be read, has no header, or lacks a key field.
    """
    try:
        # Excel writes a byte order mark, which would become part of the first column's name.
        with file.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            names = reader.fieldnames or []
            missing = [k for k in bot.key_fields if k not in names]
            if missing:
                raise RecordsFileError(
                    f"{file}: キーの列「{missing[0]}」がありません。",
                    f"{file}: the key column {missing[0]!r} is missing",
                )
            return [_record(bot, file, reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RecordsFileError(
            f"{file} をUTF-8のCSVとして読めません。", f"cannot read {file} as CSV in UTF-8: {error}"
        ) from error


def _record(bot: Bot, file: Path, line: int, row: dict[str, str | None]) -> BotRecord:
    # csv.DictReader collects surplus columns under None and fills missing ones with None.
    if None in row or None in row.values():
        raise RecordsFileError(
            f"{file}: {line}行目の列の数が見出しと違います。",
            f"{file}: line {line} has not as many columns as the header",
        )
    values = {name: value or "" for name, value in row.items()}
    return BotRecord(key_of(bot, values), values)


def write_outcomes(file: Path, outcomes: Iterable[Outcome]) -> None:
    """Write ``key,status,receipt,reason``, UTF-8."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(OUTCOME_COLUMNS)
        writer.writerows((o.key, o.status, o.receipt, o.reason) for o in outcomes)
