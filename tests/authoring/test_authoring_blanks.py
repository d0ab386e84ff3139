"""Blank forms become templates: the figures that the documents give are kept, and bad input is told in words."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import templates_forms
from benchmarks.authoring import SCANS, Blank, blanks, measure
from benchmarks.rigs.designs.designs import DESIGNS
from benchmarks.rigs.designs.form_canvas import FormCanvas
from benchmarks.rigs.designs.truth import Score, truths_of
from extractors.base.errors import AuthoringError, UnreadableFile
from extractors.recognition.paddle_engine import PaddleRecogniser
from pipelines.authoring import new_template
from pipelines.cli import app
from templates_forms.authoring.errors import BadId, FolderTaken, NothingFound
from templates_forms.loader import load_form
from templates_forms.model import Box

ROOM = Path(templates_forms.__file__).parent
SAMPLES = ("kyufukin_shinsei", "jido_teate_nintei", "hoiku_moshikomi")


class NeverAsked:
    """A recogniser for PDFs whose letters stand in the file: it must not be needed."""

    alphabet = ("",)

    def probabilities(self, lines, columns):
        raise AssertionError("letters of a drawn PDF were read from pixels")


@pytest.fixture(scope="module")
def recogniser() -> PaddleRecogniser:
    return PaddleRecogniser()


def by_name(name: str) -> Blank:
    return next(blank for blank in blanks(False, []) if blank.name == name)


def shares(got: Score) -> tuple[float, float, float]:
    return got.found / got.fields, got.cells / got.fields, got.types / got.fields


@pytest.mark.parametrize("name", SAMPLES)
def test_drawn_sample_forms_are_found(name):
    got, _ = measure(by_name(name), "PDF", NeverAsked(), None)
    found, cells, types = shares(got)
    assert (found >= 0.98, cells >= 0.98, types >= 0.95) == (True, True, True), got.misses


@pytest.mark.parametrize("name", sorted(DESIGNS))
def test_drawn_forms_of_other_designs_are_found(name):
    got, _ = measure(by_name(name), "PDF", NeverAsked(), None)
    found, cells, types = shares(got)
    assert (found >= 0.9, cells >= 0.9, types >= 0.85) == (True, True, True), got.misses


@pytest.mark.parametrize(
    ("name", "how"), [("jido_teate_nintei", "grey 200 dpi"), ("hojokin", "one-bit 200 dpi")]
)
def test_scanned_blanks_are_found(name, how, recogniser):
    got, _ = measure(by_name(name), how, recogniser, None)
    found, cells, types = shares(got)
    assert (found >= 0.9, cells >= 0.9, types >= 0.85) == (True, True, True), got.misses


def test_the_template_is_whole_and_says_what_it_proposes(tmp_path):
    made = new_template(ROOM / "jido_teate_nintei" / "blank.pdf", "jido", tmp_path, NeverAsked())
    form = load_form(tmp_path / "jido")
    assert form.title == "児童手当認定請求書"
    assert form.pages[0].blank.name == "page1.png"
    with Image.open(form.pages[0].blank) as picture:
        assert picture.size == (1654, 2339)
    assert made.pictures[0].is_file()
    fields = {field.name: field for field in form.fields()}
    assert fields["application_no"].cells == (8,)
    assert fields["applicant_kana"].type.value == "kana"
    assert fields["applicant_my_number"].secret
    assert [option.value for option in fields["applicant_sex"].options] == ["male", "female"]
    assert [option.value for option in fields["applicant_birth_date"].era.options] == ["S", "H"]
    assert {rule.rule for rule in form.rules} >= {
        "postal_code_matches_address",
        "kana_matches_name",
        "my_number_check_digit",
    }


def test_the_command_makes_a_template_that_passes_check(tmp_path):
    run = CliRunner().invoke
    blank = str(ROOM / "kyufukin_shinsei" / "blank.pdf")
    done = run(app, ["template", "new", blank, "--id", "mine", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert run(app, ["template", "check", str(tmp_path)]).exit_code == 0


def refused(error, source: Path, tmp_path: Path, recogniser=None) -> Exception:
    """The error; nothing may be left in the target folder."""
    out = tmp_path / "out"
    with pytest.raises(error) as caught:
        new_template(source, "mine", out, recogniser or NeverAsked())
    assert not out.exists() or not list(out.iterdir())
    return caught.value


def test_a_page_without_lines_is_refused(tmp_path):
    paper = np.full((2339, 1654), 255, np.uint8)
    Image.fromarray(paper).save(tmp_path / "white.png", dpi=(200, 200))
    assert refused(AuthoringError, tmp_path / "white.png", tmp_path).code == "no_lines"


def test_a_photograph_is_refused(tmp_path):
    with Image.open(ROOM / "jido_teate_nintei" / "page1.png") as page:
        wide, high = page.size
        corners = (60, 40, -30, high + 20, wide + 40, high - 30, wide - 140, 90)
        photo = page.convert("L").transform(
            page.size, Image.Transform.QUAD, corners, Image.Resampling.BILINEAR, fillcolor=90
        )
    photo.save(tmp_path / "photo.jpg")
    error = refused(AuthoringError, tmp_path / "photo.jpg", tmp_path)
    assert error.code == "photo"
    assert "スキャナー" in error.ja


def test_a_filled_in_form_is_refused(tmp_path, recogniser):
    error = refused(AuthoringError, ROOM.parent / "samples" / "scans" / "jido_01.pdf", tmp_path, recogniser)
    assert error.code == "filled_in"
    assert "何も書かれていない" in error.ja


def test_a_pdf_with_typed_cells_is_refused(tmp_path):
    pencil = DESIGNS["hojokin"]()
    for i in range(7):
        pencil.text(81.5 + 7 * i, 157, str(i), 12, "centre")
    (tmp_path / "typed.pdf").write_bytes(pencil.pdf())
    assert refused(AuthoringError, tmp_path / "typed.pdf", tmp_path).code == "filled_in"


def test_a_cut_off_pdf_is_refused(tmp_path):
    data = (ROOM / "jido_teate_nintei" / "blank.pdf").read_bytes()
    (tmp_path / "cut.pdf").write_bytes(data[: len(data) // 2])
    assert refused(UnreadableFile, tmp_path / "cut.pdf", tmp_path).code == "cut_off"


def test_a_table_of_words_alone_is_refused(tmp_path):
    pencil = FormCanvas()
    for i in range(12):
        pencil.rect(Box(20, 20 + 8 * i, 60, 8), shade=0.9)
        pencil.text(50, 24 + 8 * i, "説明の言葉です", 9, "centre")
    (tmp_path / "words.pdf").write_bytes(pencil.pdf())
    refused(NothingFound, tmp_path / "words.pdf", tmp_path)


@pytest.mark.parametrize("form_id", ["Form", "1st", "../x", "", "a b", "申請"])
def test_ids_that_no_form_can_have_are_refused(tmp_path, form_id):
    with pytest.raises(BadId):
        new_template(ROOM / "jido_teate_nintei" / "blank.pdf", form_id, tmp_path, NeverAsked())


def test_nothing_is_overwritten(tmp_path):
    shutil.copytree(ROOM / "jido_teate_nintei", tmp_path / "mine")
    before = sorted(path.name for path in (tmp_path / "mine").iterdir())
    with pytest.raises(FolderTaken):
        new_template(ROOM / "jido_teate_nintei" / "blank.pdf", "mine", tmp_path, NeverAsked())
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == before


def test_every_scan_of_the_measure_is_described():
    assert all(truths_of(load_form(ROOM / name)) for name in SAMPLES)
    assert {faults.dpi for faults in SCANS.values()} == {200, 300}
