"""Searches all that a run left behind for the sample people's data: files, tables, logs, traces, Prefect's database.

python -m tests.end_to_end.secrets_search HOME [TRUTH.csv]

Secret values may stand in clear only in the originals and page pictures (`files/`) and in the legacy system itself;
names of people neither in logs, nor in Prefect's database, nor in file names.
"""

from __future__ import annotations

import csv
import io
import re
import sqlite3
import sys
import zipfile
from collections.abc import Iterator, Set
from pathlib import Path

from templates_forms.loader import load_library

ROOT = Path(__file__).resolve().parents[2]
SHORTEST = 5
LEGACY = "legacy_system.db"


def secrets_and_names(truth: Path) -> tuple[set[str], set[str]]:
    """Values of the secret fields of every form, and names as they are written, spaces left out."""
    forms = load_library(ROOT / "templates_forms")
    secret = {(form.id, name) for form in forms.values() for name in form.secret_fields()}
    with truth.open(encoding="utf-8-sig", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if len(row["value"]) >= SHORTEST]
    secrets = {row["value"] for row in rows if (row["form"], row["field"]) in secret}
    names = {"".join(row["value"].split()) for row in rows if row["field"].endswith("_name")}
    return secrets, names | {row["value"] for row in rows if row["field"].endswith("_name")}


def hits(home: Path, secrets: Set[str], names: Set[str]) -> list[str]:
    """Where something stands that should not; empty when all is well."""
    found: list[str] = []
    for path in sorted(path for path in home.rglob("*") if path.is_file()):
        place = path.relative_to(home)
        found += [f"a name in the file name {place}" for name in names if name in path.name]
        if path.name.startswith(LEGACY) or place.parts[0] in {"files", "inbox", "quarantine"}:
            continue  # the system that the city cannot change; originals
        people = names if path.suffix == ".log" or place.parts[0] == "prefect" else set()
        for inside, data in contents(path):
            found += [f"a secret in {place}{inside}" for one in secrets if spelled(one, data)]
            found += [f"a name in {place}{inside}" for one in people if spelled(one, data)]
    return sorted(set(found))


def spelled(value: str, data: bytes) -> bool:
    """Whether a value stands in data, as UTF-8, cp932 or escaped as in JSON; digits not as a part of longer digits."""
    ways = {value.encode(), value.encode("cp932", "ignore"), value.encode("unicode_escape")}
    found = [way for way in ways if len(way) >= SHORTEST and way in data]
    if value.isdecimal():
        return any(re.search(rb"(?<![0-9])" + re.escape(way) + rb"(?![0-9])", data) for way in found)
    return bool(found)


def contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """A file's bytes; of an archive each member's as well, of a database each table's: packing hides nothing."""
    data = path.read_bytes()
    yield "", data
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield f"!{name}", archive.read(name)
    if data.startswith(b"SQLite format 3\x00"):
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            database.text_factory = bytes
            for (table,) in database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
            ).fetchall():
                rows = database.execute(f'SELECT * FROM "{table.decode()}"').fetchall()
                cells = (
                    cell if isinstance(cell, bytes) else str(cell).encode() for row in rows for cell in row
                )
                yield f":{table.decode()}", b"\n".join(cells)


def main() -> int:
    home = Path(sys.argv[1])
    truth = Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "samples" / "scans" / "truth.csv"
    secrets, names = secrets_and_names(truth)
    found = hits(home, secrets, names)
    files = sum(1 for path in home.rglob("*") if path.is_file())
    print(f"{len(secrets)} secrets and {len(names)} names searched in {files} files: {len(found)} hits")
    print("\n".join(found[:40]))
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
