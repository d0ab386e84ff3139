"""Filling in: the truth is what stands on the paper, for the sample forms and for one never seen."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import pytest
import yaml
import zxingcpp
from PIL import Image

from samples.people.answers import answers, applicant
from samples.writing.filling import Filled, fill
from samples.writing.handwriting import Sources, writer
from samples.writing.sheet import DPI, PX_MM, blank_sheet
from samples.writing.slips import Slip, plan, possible
from templates_forms.loader import load_form
from templates_forms.model import Box, Form
from templates_forms.values import normalise

TEMPLATES = Path(__file__).parents[2] / "templates_forms"


@pytest.fixture(scope="module")
def kyufukin() -> Form:
    return load_form(TEMPLATES / "kyufukin_shinsei")


@pytest.fixture
def unseen(tmp_path: Path) -> Form:
    """A form with every type of field on an empty A5 sheet."""
    options = [{"value": v, "label": v, "box": [x, 60, 8, 6]} for v, x in (("a", 10), ("b", 30), ("c", 50))]
    fields = [
        {"name": "memo", "type": "text", "box": [10, 10, 60, 8], "required": True},
        {"name": "reading", "type": "kana", "box": [10, 22, 60, 6], "cells": 12, "required": True},
        {"name": "romaji", "type": "latin", "box": [80, 22, 60, 6], "required": True},
        {"name": "code", "type": "digits", "box": [10, 32, 30, 6], "cells": [2, 3], "required": True},
        {"name": "fee", "type": "amount", "box": [80, 32, 40, 6], "required": True},
        {"name": "day", "type": "date", "box": [10, 42, 60, 8], "required": True},
        {"name": "day8", "type": "date", "box": [80, 42, 48, 6], "cells": 8, "required": True},
        {"name": "pick", "type": "choice", "mark": "circle", "options": options, "required": True},
        {
            "name": "picks",
            "type": "multi_choice",
            "mark": "fill",
            "options": _lower(options),
            "required": True,
        },
        {"name": "agreed", "type": "check", "box": [80, 60, 5, 5], "required": True},
        {"name": "stamp", "type": "seal", "box": [110, 60, 12, 12], "required": True},
        {"name": "signed", "type": "signature", "box": [10, 90, 60, 12], "required": True},
        {"name": "qr", "type": "barcode", "box": [110, 90, 25, 25], "required": True},
        {
            "name": "number",
            "type": "my_number",
            "box": [10, 110, 60, 6],
            "cells": [4, 4, 4],
            "required": True,
        },
        {"name": "zip", "type": "postal_code", "box": [10, 120, 40, 7], "required": True},
        {"name": "tel", "type": "phone", "box": [60, 120, 60, 7], "required": True},
        {"name": "account", "type": "account_number", "box": [10, 130, 40, 6], "cells": 7, "required": True},
    ]
    form = {
        "id": "unseen",
        "title": "見たことのない帳票",
        "size_mm": [148, 210],
        "pages": [{"blank": "p.png", "fields": fields}],
    }
    (tmp_path / "form.yaml").write_text(yaml.safe_dump(form, allow_unicode=True), encoding="utf-8")
    Image.new("L", (1165, 1654), 255).save(tmp_path / "p.png")
    return load_form(tmp_path)


def _lower(options: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{**option, "box": [10 + 20 * n, 75, 6, 6]} for n, option in enumerate(options)]


def filled(form: Form, seed: int, *slips: Slip) -> Filled:
    sheets = [blank_sheet(page.blank, form.size_mm) for page in form.pages]
    return fill(form, applicant(form, seed), writer(seed, Sources()), sheets, slips)


def ink(result: Filled, form: Form, box: Box, page: int = 1) -> int:
    """Pixels inside a box that are darker than on the blank sheet."""
    x0, y0, x1, y1 = (max(0, round(v * PX_MM)) for v in (box.x, box.y, box.right, box.bottom))
    blank = printed(form.pages[page - 1].blank, form.size_mm)[y0:y1, x0:x1].min(2).astype(int)
    return int((blank - result.sheets[page - 1].pixels[y0:y1, x0:x1].min(2) > 60).sum())


@cache
def printed(picture: Path, size_mm: tuple[float, float]) -> np.ndarray:
    return blank_sheet(picture, size_mm).pixels


def test_every_type_of_an_unseen_form_is_written(unseen: Form):
    result = filled(unseen, 4)
    for field in unseen.fields():
        value = result.values[field.name]
        assert normalise(field.type, value, field) == value, field.name
        assert (ink(result, unseen, field.box) > 40) == (value not in ("", "false")), field.name
    assert result.sheets[0].pixels.shape[0] == round(210 / 25.4 * DPI)


def test_chosen_options_are_marked_and_others_are_not(unseen: Form):
    for seed in (0, 1):
        result = filled(unseen, seed)
        for name in ("pick", "picks"):
            chosen = result.values[name].split("|")
            for option in unseen.field(name).options:
                assert (ink(result, unseen, option.box) > 150) == (option.value in chosen)


def test_barcode_can_be_read_back(unseen: Form):
    result = filled(unseen, 9)
    found = zxingcpp.read_barcodes(np.ascontiguousarray(result.sheets[0].pixels))
    assert result.values["qr"] in [code.text for code in found]


def test_same_seed_same_paper(kyufukin: Form):
    one, again, other = filled(kyufukin, 2), filled(kyufukin, 2), filled(kyufukin, 3)
    assert np.array_equal(one.sheets[0].pixels, again.sheets[0].pixels)
    assert not np.array_equal(one.sheets[0].pixels, other.sheets[0].pixels)


def test_truth_of_sample_forms_fits_cells_and_options():
    for folder in ("kyufukin_shinsei", "jido_teate_nintei", "hoiku_moshikomi"):
        form = load_form(TEMPLATES / folder)
        for seed in range(30):
            values = answers(form, applicant(form, seed))
            for field in form.fields():
                value = values[field.name]
                assert normalise(field.type, value, field) == value, (form.id, field.name)
                if field.cells:
                    assert len(value) <= sum(field.cells)
                if field.required and field.type.value not in ("check", "seal"):
                    assert value, (form.id, field.name)


def test_empty_required_field_stays_blank(kyufukin: Form):
    result = filled(kyufukin, 2, Slip("postal_code", "empty_required"))
    assert result.values["postal_code"] == ""
    assert ink(result, kyufukin, kyufukin.field("postal_code").box) == 0


def test_struck_out_keeps_the_right_value_and_adds_red(kyufukin: Form):
    plain, struck = filled(kyufukin, 2), filled(kyufukin, 2, Slip("account_number", "struck_out"))
    assert struck.values == plain.values
    box = kyufukin.field("account_number").box
    assert ink(struck, kyufukin, box) > ink(plain, kyufukin, box)
    assert _red(struck) > 200
    assert _red(plain) == 0


def _red(result: Filled) -> int:
    pixels = result.sheets[0].pixels.astype(int)
    return int((pixels[..., 2] - pixels[..., 1] > 60).sum())


def test_words_run_outside_their_box(kyufukin: Form):
    field = kyufukin.field("address")
    result = filled(kyufukin, 2, Slip("address", "outside_box"))
    box = field.box
    around = Box(box.x - 2, box.y - 6, box.width + 12, box.height + 12)
    inside = filled(kyufukin, 2)
    assert ink(result, kyufukin, around) - ink(result, kyufukin, box) > 100
    assert result.values["address"] == inside.values["address"]


def test_seal_over_text_leaves_the_text(kyufukin: Form):
    result = filled(kyufukin, 2, Slip("applicant_name", "seal_over"))
    assert _red(result) > 500
    assert result.values["applicant_name"] == filled(kyufukin, 2).values["applicant_name"]


def test_slips_are_only_planned_where_they_can_happen(kyufukin: Form):
    for seed in range(60):
        for slip in plan(kyufukin, Random(seed), 3.0):
            assert possible(kyufukin.field(slip.field), slip.kind)
    assert plan(kyufukin, Random(1), 0) == ()
