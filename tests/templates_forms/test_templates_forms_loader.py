"""The loader: what a good form.yaml becomes, and what a bad one is told."""

from __future__ import annotations

import copy
import itertools
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from templates_forms.errors import TemplateError
from templates_forms.loader import load_form, load_library
from templates_forms.model import Box, FieldType, Handling, Mark, Part

GOOD = {
    "id": "test_form",
    "title": {"ja": "試験申請書", "en": "Test form"},
    "edition": "2026-04",
    "size_mm": [210, 297],
    "record_key": ["number"],
    "hand_minutes": 2.5,
    "hand_minutes_source": "measured",
    "pages": [
        {
            "blank": "page1.png",
            "fields": [
                {"name": "number", "label": "番号", "type": "digits", "box": [10, 10, 40, 6], "cells": 8},
                {"name": "postal", "type": "postal_code", "box": [10, 20, 35, 6], "cells": [3, 4]},
                {"name": "name", "type": "text", "box": [10, 30, 90, 12], "handling": "double"},
                {
                    "name": "born",
                    "type": "date",
                    "era": {
                        "options": [
                            {"value": "S", "label": "昭和", "box": [10, 50, 10, 6]},
                            {"value": "H", "label": "平成", "box": [22, 50, 10, 6]},
                        ]
                    },
                    "year": {"box": [35, 50, 8, 6], "cells": 2},
                    "month": {"box": [48, 50, 8, 6], "cells": 2},
                    "day": {"box": [61, 50, 8, 6], "cells": 2},
                },
                {
                    "name": "sex",
                    "type": "choice",
                    "mark": "circle",
                    "options": [
                        {"value": "male", "label": "男", "box": [10, 60, 8, 6]},
                        {"value": "female", "label": "女", "box": [22, 60, 8, 6]},
                    ],
                },
                {"name": "mine", "type": "my_number", "box": [10, 70, 60, 6], "cells": [4, 4, 4]},
                {"name": "agree", "type": "check", "box": [10, 80, 4, 4]},
            ],
        }
    ],
    "rules": [{"rule": "date_in_past", "fields": ["born"]}],
}


def write(folder: Path, data: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    Image.new("L", (210, 297), 255).save(folder / "page1.png")
    text = data if isinstance(data, str) else yaml.safe_dump(data, allow_unicode=True, sort_keys=False)
    (folder / "form.yaml").write_text(text, encoding="utf-8")
    return folder


def field(data: dict, name: str) -> dict:
    return next(f for f in data["pages"][0]["fields"] if f["name"] == name)


def problems(folder: Path) -> str:
    with pytest.raises(TemplateError) as caught:
        load_form(folder)
    assert caught.value.path == folder / "form.yaml"
    assert str(folder / "form.yaml") in str(caught.value)
    assert caught.value.ja and caught.value.en
    return "\n".join(caught.value.problems)


def test_a_good_form_becomes_the_model(tmp_path):
    form = load_form(write(tmp_path, GOOD))
    assert (form.id, form.title, form.title_en) == ("test_form", "試験申請書", "Test form")
    assert form.size_mm == (210.0, 297.0)
    assert form.record_key == ("number",)
    assert form.field("number").cell_count == 8
    assert form.field("postal").cells == (3, 4)
    assert form.field("name").handling is Handling.DOUBLE
    assert form.field("sex").mark is Mark.CIRCLE
    assert form.field("agree").mark is Mark.TICK
    assert form.secret_fields() == {"mine"}
    born = form.field("born")
    assert born.type is FieldType.DATE
    assert born.box == Box(10, 50, 59, 6)
    assert born.era is not None and born.era.mark is Mark.CIRCLE
    assert born.day == Part(Box(61, 50, 8, 6), (2,))
    assert born.label == "born"


def test_the_yaml_file_itself_may_be_named(tmp_path):
    assert load_form(write(tmp_path, GOOD) / "form.yaml").id == "test_form"


@given(count=st.integers(1, 40), x=st.floats(0, 100), width=st.floats(1, 100))
def test_cells_tile_the_box(count, x, width):
    cells = Box(x, 5, width, 6).columns(count)
    assert len(cells) == count
    assert cells[0].x == x and cells[-1].right == pytest.approx(x + width)
    for left, right in itertools.pairwise(cells):
        assert left.right == pytest.approx(right.x)


def no_key(data):
    del data["size_mm"]


def misspelt_key(data):
    field(data, "number")["cels"] = field(data, "number").pop("cells")


def bad_type(data):
    field(data, "number")["type"] = "number"


def bad_box(data):
    field(data, "name")["box"] = [1, 2, 3]


def box_in_words(data):
    field(data, "name")["box"] = "left"


def no_box(data):
    del field(data, "name")["box"]


def no_options(data):
    del field(data, "sex")["options"]


def same_options(data):
    field(data, "sex")["options"][1]["value"] = "male"


def one_option(data):
    field(data, "sex")["options"].pop()


def half_a_date(data):
    del field(data, "born")["month"]


def strange_era(data):
    field(data, "born")["era"]["options"][0]["value"] = "X"


def empty_era(data):
    field(data, "born")["era"] = {"mark": "circle"}


def zero_cells(data):
    field(data, "number")["cells"] = 0


def bad_handling(data):
    field(data, "name")["handling"] = "twice"


def bad_mark(data):
    field(data, "sex")["mark"] = "underline"


def bad_name(data):
    field(data, "name")["name"] = "氏名"


def name_twice(data):
    field(data, "name")["name"] = "number"


def off_sheet(data):
    field(data, "name")["box"] = [180, 30, 90, 12]


def option_off_sheet(data):
    field(data, "sex")["options"][0]["box"] = [-4, 60, 8, 6]


def part_off_sheet(data):
    field(data, "born")["box"] = [10, 50, 59, 6]
    field(data, "born")["year"]["box"] = [300, 50, 8, 6]


def flat_box(data):
    field(data, "name")["box"] = [10, 30, 90, 0]


def bad_pattern(data):
    field(data, "name")["pattern"] = "([a-z"


def no_such_key_field(data):
    data["record_key"] = ["application_no"]


def no_such_rule_field(data):
    data["rules"] = [{"rule": "date_in_past", "fields": ["birthday"]}]


def misspelt_rule(data):
    data["rules"] = [{"rule": "date_in_pest", "fields": ["born"]}]


def no_picture(data):
    data["pages"][0]["blank"] = "page9.png"


def picture_of_a_neighbour(data):
    data["pages"][0]["blank"] = "../other/page1.png"


def not_a_picture(data):
    data["pages"][0]["blank"] = "form.yaml"


def no_pages(data):
    data["pages"] = []


def bad_id(data):
    data["id"] = "Test Form"


def free_minutes(data):
    data["hand_minutes"] = -1


def unquoted_yes(data):
    field(data, "sex")["options"][0]["value"] = True


BAD = [
    (no_key, ["form.yaml", "size_mm"]),
    (misspelt_key, ["number", "cels", "cells の誤り"]),
    (bad_type, ["number › type", "'number'"]),
    (bad_box, ["name › box"]),
    (box_in_words, ["name › box", "left"]),
    (no_box, ["name", "box"]),
    (no_options, ["sex", "options"]),
    (same_options, ["sex › options"]),
    (one_option, ["sex › options"]),
    (half_a_date, ["born", "year+month"]),
    (strange_era, ["born › era", "X"]),
    (empty_era, ["born › era", "options / fixed"]),
    (zero_cells, ["number › cells"]),
    (bad_handling, ["name › handling", "twice"]),
    (bad_mark, ["sex › mark", "underline"]),
    (bad_name, ["氏名 › name"]),
    (name_twice, ["number", "2 回"]),
    (off_sheet, ["name › box", "用紙の外"]),
    (option_off_sheet, ["sex › options › male", "用紙の外"]),
    (part_off_sheet, ["born › year", "用紙の外"]),
    (flat_box, ["name › box", "大きさが 0"]),
    (bad_pattern, ["name › pattern"]),
    (no_such_key_field, ["record_key", "application_no"]),
    (no_such_rule_field, ["date_in_past", "birthday"]),
    (misspelt_rule, ["date_in_pest", "date_in_past"]),
    (no_picture, ["#1 › blank", "page9.png"]),
    (picture_of_a_neighbour, ["#1 › blank", "外"]),
    (not_a_picture, ["#1 › blank", "画像として開けません"]),
    (no_pages, ["pages"]),
    (bad_id, ["id", "Test Form"]),
    (free_minutes, ["hand_minutes"]),
    (unquoted_yes, ["sex", "value", "引用符"]),
]


@pytest.mark.parametrize(("spoil", "words"), BAD, ids=[spoil.__name__ for spoil, _ in BAD])
def test_a_bad_form_is_told_where_it_is_bad(tmp_path, spoil, words):
    data = copy.deepcopy(GOOD)
    spoil(data)
    write(tmp_path / "other", GOOD)
    said = problems(write(tmp_path / "form", data))
    for word in words:
        assert word in said


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("id: [cut off", "YAML"),
        ("", "form.yaml"),
        ("- a\n- b\n", "form.yaml"),
        ("id: a\nid: b\n", "二度"),
        ("[a, b]: c\n", "YAML"),
        ("id: a\nrun: !!python/object/apply:os.system ['true']\n", "YAML"),
    ],
)
def test_what_is_no_form_at_all(tmp_path, text, word):
    assert word in problems(write(tmp_path, text))


def test_a_file_in_another_encoding(tmp_path):
    write(tmp_path, GOOD)
    (tmp_path / "form.yaml").write_bytes("title: 申請書".encode("cp932"))
    assert "YAML" in problems(tmp_path)


def test_a_folder_without_form_yaml(tmp_path):
    assert "not found" in problems(tmp_path)


def test_every_problem_is_told_at_once(tmp_path):
    data = copy.deepcopy(GOOD)
    bad_box(data), bad_handling(data), bad_id(data)
    said = problems(write(tmp_path, data))
    assert len(said.splitlines()) == 3


def test_a_library_holds_each_form_once(tmp_path):
    write(tmp_path / "b", GOOD | {"id": "second"})
    write(tmp_path / "a", GOOD)
    (tmp_path / "not_a_template").mkdir()
    assert list(load_library(tmp_path)) == ["test_form", "second"]
    assert list(load_library(tmp_path / "a")) == ["test_form"]
    write(tmp_path / "c", GOOD)
    with pytest.raises(TemplateError, match="test_form"):
        load_library(tmp_path)


def test_an_empty_library_is_an_error(tmp_path):
    with pytest.raises(TemplateError, match="no template folder"):
        load_library(tmp_path)
