"""The sample forms: drawn again they are the same, and every box is where it is printed."""

from __future__ import annotations

from io import BytesIO
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageChops
from pypdf import PdfReader

import templates_forms
from samples.forms import foreign
from samples.forms.__main__ import main
from samples.forms.errors import FontMissing
from samples.forms.fonts import _find
from templates_forms.loader import load_form, load_library
from templates_forms.model import Box, Field, FieldType, Form, Mark

ROOM = Path(templates_forms.__file__).parent
IDS = ("hoiku_moshikomi", "jido_teate_nintei", "kyufukin_shinsei")
FORMS = {form_id: load_form(ROOM / form_id) for form_id in IDS}
DARK = 150

COLUMNS = {
    "kyufukin_shinsei": """application_no applicant_kana applicant_name birth_date postal_code address phone
        household_size bank_code branch_code account_type account_number account_holder_kana amount consent""",
    "jido_teate_nintei": """application_no applicant_kana applicant_name birth_date sex postal_code address phone
        my_number bank_code branch_code account_type account_number account_holder_kana employment spouse
        spouse_name child1_kana child1_name child1_birth_date child2_kana child2_name child2_birth_date
        child3_kana child3_name child3_birth_date application_date seal""",
    "hoiku_moshikomi": """application_no child_kana child_name child_birth_date child_sex guardian_kana
        guardian_name relation postal_code address phone start_date preference1 preference2 preference3
        preference4 preference5 hours_from hours_to days reasons siblings allergy allergy_note single_parent
        consent""",
}


@pytest.fixture(scope="module")
def again(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    assert main(["--out", str(folder), "--overlay", str(folder / "overlay")]) == 0
    return folder


def blank(form: Form, page: int) -> Image.Image:
    return Image.open(form.pages[page - 1].blank).convert("L")


def cut(picture: Image.Image, box: Box, shrink_mm: float = 0.0) -> np.ndarray:
    scale = picture.width / 210
    edges = (box.x + shrink_mm, box.y + shrink_mm, box.right - shrink_mm, box.bottom - shrink_mm)
    return np.asarray(picture.crop([round(v * scale) for v in edges]))


def cells(field: Field) -> list[Box]:
    parts = [part for part in (field.year, field.month, field.day) if part]
    return [*field.cell_boxes(), *(cell for part in parts for cell in part.cell_boxes())]


def circles(field: Field) -> list[Box]:
    words = list(field.era.options) if field.era else []
    return [o.box for o in words + list(field.options if field.mark is Mark.CIRCLE else ())]


def pieces(field: Field) -> list[Box]:
    parts = [part.box for part in (field.year, field.month, field.day) if part]
    boxes = parts + circles(field) + [o.box for o in field.options if field.mark is Mark.TICK]
    return boxes or [field.box]


@pytest.mark.parametrize("form_id", IDS)
def test_drawn_again_it_is_the_same(again, form_id):
    new, kept = again / form_id, ROOM / form_id
    assert (new / "form.yaml").read_text(encoding="utf-8") == (kept / "form.yaml").read_text(encoding="utf-8")
    for picture in sorted(kept.glob("page*.png")):
        with Image.open(picture) as old, Image.open(new / picture.name) as fresh:
            assert old.size == fresh.size
            # another version of poppler may shade an edge differently, but nothing moves
            assert np.asarray(ImageChops.difference(old, fresh)).mean() < 1.0
            assert min(old.info["dpi"]) > 199


def test_the_same_drawing_gives_the_same_bytes():
    assert foreign.draw().paper.pdf() == foreign.draw().paper.pdf()


@pytest.mark.parametrize("form_id", IDS)
def test_the_fields_are_the_agreed_columns(form_id):
    assert {field.name for field in FORMS[form_id].fields()} == set(COLUMNS[form_id].split())
    assert all(field.label != field.name and field.label_en for field in FORMS[form_id].fields())
    assert FORMS[form_id].record_key == ("application_no",)
    assert "assumed" in (FORMS[form_id].hand_minutes_source or "")


@pytest.mark.parametrize("form_id", IDS)
def test_boxes_never_overlap(form_id):
    for page in FORMS[form_id].pages:
        boxes = [(field.name, box) for field in page.fields for box in pieces(field)]
        for (name, one), (other, two) in combinations(boxes, 2):
            apart = one.right <= two.x or two.right <= one.x or one.bottom <= two.y or two.bottom <= one.y
            assert apart, f"{name} and {other}"


@pytest.mark.parametrize("form_id", IDS)
def test_cells_stand_on_their_printed_frames(form_id):
    seen = 0
    for field in FORMS[form_id].fields():
        picture = blank(FORMS[form_id], field.page)
        for cell in cells(field):
            seen += 1
            assert (cut(picture, cell, 0.4) > 230).all(), f"{field.name}: print inside a cell"
            grown = cut(picture, Box(cell.x, cell.y - 0.3, cell.width, 0.6))
            assert grown.min(axis=0).mean() < DARK, f"{field.name}: no line above a cell"
            side = cut(picture, Box(cell.x - 0.3, cell.y, 0.6, cell.height))
            assert side.min() < 215, f"{field.name}: no divider left of a cell"
    assert seen > 60


@pytest.mark.parametrize("form_id", IDS)
def test_words_to_ring_are_inside_their_boxes_with_room(form_id):
    for field in FORMS[form_id].fields():
        picture = blank(FORMS[form_id], field.page)
        for box in circles(field):
            inner = Box(box.x + 1.6, box.y + 0.9, box.width - 3.2, box.height - 1.8)
            assert (cut(picture, inner) < DARK).any(), f"{field.name}: no word"
            inside = cut(picture, box).copy()
            margin = round(1.4 * picture.width / 210)
            inside[2:-2, margin:-margin] = 255
            assert (inside > DARK).all(), f"{field.name}: no room for a ring"


@pytest.mark.parametrize("form_id", IDS)
def test_squares_to_tick_are_empty_and_framed(form_id):
    for field in FORMS[form_id].fields():
        ticks = [o.box for o in field.options] if field.mark is Mark.TICK else []
        picture = blank(FORMS[form_id], field.page)
        for box in ticks + ([field.box] if field.type is FieldType.CHECK else []):
            assert (cut(picture, box, 0.4) > 230).all()
            edge = cut(picture, Box(box.x - 0.3, box.y, 0.6, box.height))
            assert edge.min(axis=1).mean() < DARK


@pytest.mark.parametrize("form_id", IDS)
def test_free_fields_are_white(form_id):
    for field in FORMS[form_id].fields():
        if field.type in (FieldType.TEXT, FieldType.PHONE) and not field.cells and field.content != "note":
            assert (cut(blank(FORMS[form_id], field.page), field.box) > 230).all(), field.name


def test_one_form_has_corner_marks_and_one_has_none():
    corner = Box(8.5, 8.5, 4, 4)
    assert (cut(blank(FORMS["kyufukin_shinsei"], 1), corner) < 60).all()
    assert (cut(blank(FORMS["jido_teate_nintei"], 1), corner) > 230).all()


def test_the_bulk_form_has_very_narrow_boxes():
    widths = [cell.width for field in FORMS["kyufukin_shinsei"].fields() for cell in cells(field)]
    assert min(widths) == pytest.approx(3.5)
    assert max(widths) <= 5
    assert sum(width == pytest.approx(3.5) for width in widths) > 60


@pytest.mark.parametrize(
    ("form_id", "words"),
    [
        ("kyufukin_shinsei", ["様式第１号", "支給申請書", "記入上の注意", "若葉市長", "受　付　印"]),
        ("jido_teate_nintei", ["様式第２号", "児童手当", "記入上の注意", "若葉市長", "印"]),
        ("hoiku_moshikomi", ["様式第４号", "保育施設等利用申込書", "記入上の注意", "若葉市福祉事務所長"]),
    ],
)
def test_the_print_original_carries_its_fonts_and_words(form_id, words):
    reader = PdfReader(BytesIO((ROOM / form_id / "blank.pdf").read_bytes()))
    assert len(reader.pages) == len(FORMS[form_id].pages)
    page = reader.pages[0]
    assert [round(float(v) / 72 * 25.4) for v in page.mediabox[2:]] == [210, 297]
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    embedded = [f for f in fonts if "/FontDescriptor" in f]
    assert embedded and all("/FontFile2" in f["/FontDescriptor"] for f in embedded)
    text = page.extract_text()
    assert all(word in text for word in words)


def test_the_three_make_the_library(again):
    assert set(load_library(ROOM)) >= set(IDS)
    assert foreign.SHEET.id not in load_library(ROOM)
    assert len(list((again / "overlay").glob("*.png"))) == 4


def test_a_machine_without_the_font_is_told_which_package(monkeypatch):
    monkeypatch.setattr("samples.forms.fonts._FOLDERS", ())
    monkeypatch.setattr("samples.forms.fonts.shutil.which", lambda name: None)
    with pytest.raises(FontMissing, match="fonts-ipaexfont"):
        _find("mincho")
