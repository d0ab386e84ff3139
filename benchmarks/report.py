"""Measures the seconds of a report over a large city's applications of a year.

python -m benchmarks.report --documents 200000
"""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import date
from pathlib import Path

from sqlalchemy import Connection

from reports import building, exports
from reports.model import HandBaseline, Span
from store.database import Store

FORMS = ("jido_teate_nintei", "kyufukin_shinsei")
FIELDS = 12
ASKED = 3
CERTAINTY = "0.5 + (i * 7919 % 500) / 1000.0"
YEAR = Span(date(2026, 4, 1), date(2027, 4, 1))
FAR = "'9999-12-31 00:00:00.000000'"
LONG_AGO = "'2026-04-01 00:00:00.000000'"


def fill(store: Store, documents: int) -> None:
    """Applications with pages, readings, verifications and entries, spread over the year by the database itself."""
    with store.engine.begin() as connection:
        _applications(connection, documents)
        _readings(connection, documents)
        _answers(connection, documents)
        _entries(connection, documents)
        connection.exec_driver_sql("ANALYZE")


def insert(connection: Connection, table: str, count: int, where: str = "1", **columns: object) -> None:
    """Rows 1 to `count`, each column an SQL expression over `i`."""
    names, values = (
        ", ".join(f'"{name}"' for name in columns),
        ", ".join(str(one) for one in columns.values()),
    )
    connection.exec_driver_sql(
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
        f" INSERT INTO {table} ({names}) SELECT {values} FROM n WHERE {where}"
    )


def moment(number: str, documents: int) -> str:
    """The arrival of the application with that number, spread over the year."""
    minutes = f"(({number}) * 17 % {documents}) * 525000 / {documents}"
    return f"strftime('%Y-%m-%d %H:%M:%f000', '2026-04-01 00:00:00', '+' || ({minutes}) || ' minutes')"


def form(number: str) -> str:
    return f"CASE ({number}) % 2 WHEN 0 THEN '{FORMS[0]}' ELSE '{FORMS[1]}' END"


def _applications(connection: Connection, documents: int) -> None:
    came = moment("i", documents)
    tally = ",".join(f"field_{n}={'verify' if n < ASKED else 'accept'}" for n in range(FIELDS))
    office = "CASE i WHEN 1 THEN '本庁' WHEN 2 THEN '東支所' ELSE '西支所' END"
    insert(connection, "batch", 3, id="i", name="'b'", source="'inbox'", office=office, dropped_at=LONG_AGO)
    insert(
        connection, "source_file", documents, id="i", batch_id="1 + i % 3", sha256="printf('%064x', i)",
        original_name="'f.pdf'", size=1, kept_path="'x'", state="'split'", attempts=0, received_at=came,
        updated_at=came,
    )  # fmt: skip
    insert(
        connection, "document", documents, id="i", batch_id="1 + i % 3", file_id="i", form_id=form("i"),
        state="CASE WHEN i % 20 = 0 THEN 'verifying' ELSE 'entered' END", secret_fields="'[]'", key_fields="'[]'",
        priority=5, due=FAR, read_run="'r'", tally=f"'{tally}'", round=1, version=5, opened_at=came, updated_at=came,
        attempts=0,
    )  # fmt: skip
    insert(
        connection, "page", documents, id="i", file_id="i", document_id="i", index_in_file=1, form_id=form("i"),
        page_no=1, state="'located'", rotation=0, suggestions="'[]'",
    )  # fmt: skip


def _readings(connection: Connection, documents: int) -> None:
    field = f"((i - 1) % {FIELDS})"
    insert(
        connection, "reading", documents * FIELDS, id="i", document_id=f"1 + (i - 1) / {FIELDS}", run="'r'",
        field=f"'field_' || {field}", page_no=1, value="'v' || i", secret=0, confidence=CERTAINTY,
        decision=f"CASE WHEN {field} < {ASKED} THEN 'verify' ELSE 'accept' END", reasons="'[]'", candidates="'[]'",
        weak="'[]'", cells="'[]'", model_version="'m'", created_at=LONG_AGO,
    )  # fmt: skip


def _answers(connection: Connection, documents: int) -> None:
    document, field = f"1 + (i - 1) / {ASKED}", f"((i - 1) % {ASKED})"
    mode = f"CASE {field} WHEN 2 THEN 'quality' ELSE 'verify' END"
    insert(
        connection, "item", documents * ASKED, id="i", document_id=document, form_id=form(document),
        field=f"'field_' || {field}", page_no=1, round=1, mode=mode, presentation="'confirm'", state="'done'", seat=1,
        reasons="'[]'", secret=0, confidence=0.7, priority=5, due=FAR, attempts=0, created_at=LONG_AGO,
    )  # fmt: skip
    insert(
        connection, "verification", documents * ASKED, id="i", document_id=document, item_id="i",
        field=f"'field_' || {field}", user="CASE i % 2 WHEN 0 THEN 'sato' ELSE 'mori' END", value="'v' || i", secret=0,
        outcome="CASE WHEN i % 9 = 0 THEN 'corrected' ELSE 'confirmed' END", note="''", active_seconds="2.0 + i % 11",
        shown="'confirm'", mode=mode, decision="'verify'", confidence=CERTAINTY, agrees="i % 9 > 0",
        token="'t' || i", created_at=moment(document, documents),
    )  # fmt: skip


def _entries(connection: Connection, documents: int) -> None:
    came = moment("i", documents)
    insert(
        connection, "record", documents, "i % 20 > 0", id="i", document_id="i", version=1, form_id=form("i"),
        record_key="'k' || i", values="'{}'", secret_values="'{}'", origins="'{}'", digest="'d'", settled_by="'sato'",
        settled_at=came,
    )  # fmt: skip
    insert(
        connection, "entry", documents, "i % 20 > 0", id="i", document_id="i", record_id="i", system="'fukushi'",
        key="'k' || i", state="'confirmed'", seconds="3.0 + i % 5", planned_at=came, updated_at=came,
        confirmed_at=came, attempts=1,
    )  # fmt: skip
    insert(
        connection, "activity_time", documents, "i % 25 = 0", id="i", at=came, person="'kato'",
        activity="'exception'", document_id="i", form_id=form("i"), seconds=20.0, basis="'measured'", note="''",
    )  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--documents", type=int, default=200_000)
    count = parser.parse_args().documents
    settings = building.ReportSettings("若葉市", {form: HandBaseline(6.0, False, "test") for form in FORMS})
    with tempfile.TemporaryDirectory() as folder:
        store = Store("", Path(folder) / "state")
        store.migrate()
        fill(store, count)
        begun, worked = time.perf_counter(), time.process_time()
        report = building.build(store, YEAR, settings)
        built = time.perf_counter() - begun
        exports.write(report, Path(folder) / "out")
        whole, worked = time.perf_counter() - begun, time.process_time() - worked
    applications = int(report.states["documents"].sum())
    files = f"with PDF, Excel, CSV and charts {whole:.1f} s ({worked:.1f} s of processor)"
    print(f"{applications:,} documents: figures {built:.1f} s, {files}")
    return 0 if applications == count and report.applications == count - count // 20 else 1


if __name__ == "__main__":
    raise SystemExit(main())
