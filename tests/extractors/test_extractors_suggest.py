"""Check digits, existing postal codes and existing names influence values, with a reason."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np

from extractors.base import reasons
from extractors.base.alphabets import Alphabet, for_type
from extractors.recognition.fusion import Row
from extractors.recognition.plan import WHOLE, FieldTask, RowJob
from extractors.values.draft import Draft
from extractors.values.suggestions import kana as suggest_kana
from extractors.values.suggestions import numbers
from templates_forms import postal
from templates_forms.loader import load_library
from templates_forms.model import FieldType

FORM = load_library(Path("templates_forms"))["kyufukin_shinsei"]


def row(
    alphabet: Alphabet,
    cells: list[dict[str, float]],
    order: list[int],
    total: int,
    kind: str,
    not_character: list[float],
) -> Row:
    fused = np.full((len(cells), len(alphabet.characters)), 1e-9)
    for i, cell in enumerate(cells):
        for char, p in cell.items():
            fused[i, alphabet.index()[char]] = p
    return Row(alphabet, fused, fused, fused, np.array(not_character), 0.0, tuple(order), total, kind)


def task(name: str, read: Row) -> FieldTask:
    job = cast(RowJob, SimpleNamespace(row=read))
    return FieldTask(FORM.field(name), cast("object", None), rows={WHOLE: job})  # type: ignore[arg-type]


def test_a_postal_code_that_does_not_exist_gives_way_to_one_that_does() -> None:
    name = next(f.name for p in FORM.pages for f in p.fields if f.type is FieldType.POSTAL_CODE)
    alphabet = for_type(FieldType.POSTAL_CODE, True)
    assert alphabet is not None
    cells = [{c: 0.98} for c in "1400001"]
    other = next(d for d in "98765432" if not postal.towns(f"140{d}001"))
    cells[3] = {other: 0.6, "0": 0.4}
    read = row(alphabet, cells, list(range(7)), 7, "digits", [0.0] * 7)
    found = numbers.weigh_page(FORM, [task(name, read)], {name: Draft(f"140{other}001")})[name]
    assert found.value == "1400001"
    assert reasons.KNOWLEDGE_USED in found.reasons
    assert len(found.candidates) > 1, "the reading by ink alone stays"


def telephone(first: dict[str, float]) -> Draft:
    """What is made of 09031548970 whose second digit may be another; the ink prefers the first of ``first``."""
    alphabet = for_type(FieldType.PHONE, True)
    assert alphabet is not None
    cells = [{c: 0.98} for c in "09031548970"]
    cells[1] = first
    read = row(alphabet, cells, list(range(11)), 11, "digits", [0.0] * 11)
    ink = "".join(max(cell, key=lambda c: cell[c]) for cell in cells)
    return numbers.weigh_page(FORM, [task("phone", read)], {"phone": Draft(ink)})["phone"]


def test_a_telephone_number_that_nobody_is_given_yields_to_a_likely_one() -> None:
    found = telephone({"4": 0.7, "9": 0.29})
    assert found.value == "09031548970"
    assert reasons.KNOWLEDGE_USED in found.reasons
    assert "04031548970" in {candidate.value for candidate in found.candidates}, (
        "the reading by ink alone stays"
    )


def test_clear_ink_is_not_overruled_by_the_numbering_plan() -> None:
    found = telephone({"4": 0.98, "9": 0.01})
    assert found.value == "04031548970"
    assert reasons.KNOWLEDGE_USED not in found.reasons


def kana(cells: list[dict[str, float]], order: list[int], not_character: list[float]) -> str:
    alphabet = for_type(FieldType.KANA, True)
    assert alphabet is not None
    name = next(f.name for p in FORM.pages for f in p.fields if f.type is FieldType.KANA)
    read = row(alphabet, cells, order, 16, "kana", not_character)
    return suggest_kana.weigh_page(FORM, [task(name, read)], {name: Draft("？")})[name].value


def test_dirt_behind_a_whole_name_is_left_out() -> None:
    cells = [{c: 0.97} for c in "ヤノハナコ"] + [{"モ": 0.6}]
    assert kana(cells, [0, 1, 3, 4, 5, 8], [0.0] * 5 + [0.3]) == "ヤノ　ハナコ"


def test_names_that_exist_decide_between_likely_readings() -> None:
    cells = [{"ス": 0.97}, {"ス": 0.55, "ズ": 0.45}, {"キ": 0.97}, {"ユ": 0.97}, {"イ": 0.97}]
    assert kana(cells, [0, 1, 2, 4, 5], [0.0] * 5) == "スズキ　ユイ"
