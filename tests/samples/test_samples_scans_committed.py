"""The set in samples/scans is what its README and its truth say."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections import defaultdict
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader
from pypdf.errors import FileNotDecryptedError, PdfReadError, PdfStreamError

from samples.scanning import committed
from samples.scanning.broken import PASSWORD
from templates_forms.loader import load_library

ROOT = Path(__file__).parents[2]
SCANS = ROOT / "samples" / "scans"
BROKEN = SCANS / "broken"


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with (SCANS / "truth.csv").open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def _data(file: str) -> bytes:
    path = SCANS / file
    if path.is_file():
        return path.read_bytes()
    archive, _, member = file.rpartition("/")
    return zipfile.ZipFile(SCANS / archive).read(member)


def _pages(file: str) -> int:
    data = _data(file)
    if file.endswith(".pdf"):
        return len(PdfReader(io.BytesIO(data)).pages)
    with Image.open(io.BytesIO(data)) as picture:
        return getattr(picture, "n_frames", 1)


def test_sixty_applications_on_pages_that_are_there(rows: list[dict[str, str]]):
    forms = load_library(ROOT / "templates_forms")
    last = defaultdict(int)
    numbers = [row["value"] for row in rows if row["field"] == "application_no"]
    assert len(numbers) == 60
    for row in rows:
        assert any(field.name == row["field"] for field in forms[row["form"]].fields())
        last[row["file"]] = max(last[row["file"]], int(row["page"]))
    assert all(page <= _pages(file) for file, page in last.items())
    assert {Path(file).suffix for file in last} >= {".pdf", ".tif", ".jpg", ".png"}
    assert sum(path.stat().st_size for path in SCANS.rglob("*") if path.is_file()) < 8_000_000


def test_truth_names_every_good_file_and_no_broken_one(rows: list[dict[str, str]]):
    named = {row["file"].split("/")[0] for row in rows}
    good = {p.name for p in SCANS.iterdir() if p.is_file() and p.suffix not in (".csv", ".json")}
    assert named == good == {plan.name for plan in committed.plans()}


def test_two_people_share_one_number(rows: list[dict[str, str]]):
    twins = [row for row in rows if row["value"] == committed.TWIN_NUMBER]
    assert len(twins) == 2
    assert twins[0]["file"] != twins[1]["file"]
    names = {
        row["value"]
        for twin in twins
        for row in rows
        if (row["file"], row["page"], row["field"]) == (twin["file"], twin["page"], "applicant_name")
    }
    assert len(names) == 2


def test_broken_files_are_broken():
    assert (BROKEN / "zero_bytes.pdf").read_bytes() == b""
    assert not (BROKEN / "text_named.pdf").read_bytes().startswith(b"%PDF")
    with pytest.raises((PdfReadError, PdfStreamError)):
        len(PdfReader(BROKEN / "cut_off.pdf", strict=True).pages)
    locked = PdfReader(BROKEN / "password.pdf")
    with pytest.raises(FileNotDecryptedError):
        len(locked.pages)
    assert locked.decrypt(PASSWORD)
    for name in ("letter.pdf", "foreign_form.pdf"):
        assert len(PdfReader(BROKEN / name).pages) == 1


def test_duplicate_has_the_bytes_of_a_good_file():
    (copy,) = (BROKEN / "duplicate").iterdir()
    digest = hashlib.sha256(copy.read_bytes()).hexdigest()
    assert digest in {hashlib.sha256(p.read_bytes()).hexdigest() for p in SCANS.iterdir() if p.is_file()}


def test_every_kind_of_slip_and_fault_is_in_the_set():
    story = (SCANS / "made.json").read_text(encoding="utf-8")
    for word in ("struck_out", "empty_required", "outside_box", "seal_over", "touching"):
        assert word in story
    for fault in ("skew", "upside_down", "quarter_turn", "faint_toner", "dark_copy", "jpeg_blocks", "fax"):
        assert fault in story
    for fault in ("punch_holes", "folded_corner", "dust", "coloured_paper", "show_through", "shift", "scale"):
        assert fault in story
