"""The command: the same seed gives the same bytes, and the truth covers every field once."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader

from samples.make import main
from templates_forms.loader import load_library

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates_forms"


def make(out: Path, *more: str) -> int:
    return main(["--out", str(out), "--templates", str(TEMPLATES), "--seed", "3", *more])


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}


def page_count(folder: Path, file: str) -> int:
    path = folder / file
    if not path.is_file():
        archive, _, member = file.rpartition("/")
        data = zipfile.ZipFile(folder / archive).read(member)
    else:
        data = path.read_bytes()
    if file.endswith(".pdf"):
        return len(PdfReader(io.BytesIO(data)).pages)
    with Image.open(io.BytesIO(data)) as picture:
        return getattr(picture, "n_frames", 1)


def test_same_seed_same_bytes(tmp_path: Path):
    args = ("--count", "3", "--forms", "kyufukin_shinsei", "--formats", "jpeg,tiff,zip")
    assert make(tmp_path / "a", *args) == make(tmp_path / "b", *args) == 0
    assert digests(tmp_path / "a") == digests(tmp_path / "b")


def test_truth_covers_every_field_once(tmp_path: Path):
    assert make(tmp_path, "--count", "5", "--formats", "pdf,jpeg,zip", "--faults", "light") == 0
    forms = load_library(TEMPLATES)
    with (tmp_path / "truth.csv").open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    stories = json.loads((tmp_path / "made.json").read_text(encoding="utf-8"))
    assert len(stories) == 5
    wanted: Counter[tuple[str, str, str, str]] = Counter()
    for story in stories:
        form = forms[story["form"]]
        assert max(story["pages"]) <= page_count(tmp_path, story["file"])
        for field in form.fields():
            wanted[story["file"], str(story["pages"][field.page - 1]), form.id, field.name] += 1
    assert wanted == Counter((r["file"], r["page"], r["form"], r["field"]) for r in rows)
    assert set(wanted.values()) == {1}


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--forms", "no_such_form"], "kyufukin_shinsei"),
        (["--strokes", "nowhere.npz"], "--strokes"),
        (["--formats", "docx"], "pdf"),
    ],
)
def test_bad_usage_says_what_there_is(
    arguments: list[str], word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert make(tmp_path / "out", *arguments) == 2
    assert word in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
