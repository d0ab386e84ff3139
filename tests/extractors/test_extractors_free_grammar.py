"""Rules of Japanese writing decide between shapes that the ink alone cannot distinguish."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from extractors.base.alphabets import prior_weight
from extractors.recognition.free_grammar import ADDRESS, NAME, OTHER, content_of, log_prior, pair_odds
from extractors.recognition.free_lines import FreeLine, decode, log_probability
from extractors.values.knowledge import name_suggestions_without_kana, word_suggestions
from templates_forms.loader import load_library


def line(*steps: dict[str, float]) -> FreeLine:
    """A line with characters 40 px apart, a blank step between any two."""
    characters = tuple(dict.fromkeys(char for step in steps for char in step))
    rows = []
    picture = np.full((48, 40 * len(steps)), 255, np.uint8)
    for number, step in enumerate(steps):
        row = np.full(len(characters) + 1, 1e-6)
        for char, p in step.items():
            row[1 + characters.index(char)] = p
        row[0] = max(1e-6, 1 - sum(step.values()))
        blank = np.full(len(characters) + 1, 1e-6)
        blank[0] = 1.0
        rows += [row / row.sum(), blank / blank.sum()]
        picture[10:40, 40 * number + 2 : 40 * number + 20] = 0
    return FreeLine(picture, (np.array(rows),), characters)


def test_a_hyphen_that_touches_digits_is_read_in_an_address_only() -> None:
    seen = line({"3": 0.99}, {"-": 0.1}, {"4": 0.99})
    assert decode(seen, ADDRESS).text == "3-4"
    assert pair_odds(ADDRESS, "3", "-") > pair_odds(None, "3", "-") == 1.0


def test_same_strokes_take_the_script_of_their_neighbours() -> None:
    hiragana = line({"わ": 0.99}, {"リ": 0.5, "り": 0.5})
    kanji = line({"第": 0.99}, {"ニ": 0.5, "二": 0.5})
    katakana = line({"コ": 0.99}, {"一": 0.5, "ー": 0.5})
    assert [decode(seen, OTHER).text for seen in (hiragana, kanji, katakana)] == ["わり", "第二", "コー"]


def test_no_digit_stands_in_a_name() -> None:
    seen = line({"古": 0.9}, {"1": 0.6, "川": 0.4})
    assert decode(seen, NAME).text == "古川"
    assert log_prior(NAME, "古川") > log_prior(NAME, "古1")


def test_a_character_passed_over_is_read_if_its_ink_is_left() -> None:
    seen = line({"荒": 0.9}, {"井": 0.9}, {"誠": 0.1})
    assert decode(seen, NAME).text == "荒井誠"


@pytest.mark.parametrize(("usual", "other"), [("恵", "惠"), ("黒", "黑"), ("静", "靜")])
def test_chinese_forms_are_expected_less_and_forms_of_names_more(usual: str, other: str) -> None:
    assert prior_weight(other) < 0.1 * prior_weight(usual)
    assert prior_weight("髙") > prior_weight("高") and prior_weight("邉") > prior_weight("邊")


def test_content_comes_from_the_form_or_its_label() -> None:
    form = load_library(Path("templates_forms"))["kyufukin_shinsei"]
    assert content_of(form.field("applicant_name")) == NAME
    assert content_of(form.field("address")) == ADDRESS


def test_a_name_that_exists_beats_a_slightly_likelier_one_that_does_not() -> None:
    seen = line({"岡": 0.99}, {"太": 0.6, "本": 0.4}, {"奏": 0.99}, {"太": 0.9})
    text = decode(seen, NAME)
    assert text.text == "岡太奏太"
    assert name_suggestions_without_kana(seen, text, "")[0].lines == ("岡本奏太",)
    assert text.text in {s.lines[0] for s in name_suggestions_without_kana(seen, text, "")}, (
        "the reading by ink alone stays"
    )


def test_a_run_of_katakana_is_made_of_words_if_the_ink_allows_it() -> None:
    seen = line({"ブ": 0.7, "プ": 0.3}, {"ラ": 0.99}, {"ザ": 0.99})
    assert word_suggestions(seen, decode(seen, ADDRESS), ADDRESS)[0].lines == ("プラザ",)


def certain(text: str) -> FreeLine:
    """A line of which the reader has no doubt at all."""
    return line(*({char: 0.99} for char in text))


@pytest.mark.parametrize(("seen", "meant"), [("由口洋子", "田口洋子"), ("福由健一", "福田健一")])
def test_a_family_name_that_exists_is_found_behind_a_lookalike(seen: str, meant: str) -> None:
    read = certain(seen)
    assert name_suggestions_without_kana(read, decode(read, NAME), "")[0].lines == (meant,)


def test_a_name_that_exists_is_not_exchanged_for_its_lookalike() -> None:
    read = certain("由良真由美")
    assert name_suggestions_without_kana(read, decode(read, NAME), "")[0].lines == ("由良真由美",)


@pytest.mark.parametrize(
    ("seen", "meant"), [("青葉マンシヨン", "青葉マンション"), ("コーボ青葉", "コーポ青葉")]
)
def test_an_address_ends_in_words_that_buildings_have(seen: str, meant: str) -> None:
    read = certain(seen)
    assert word_suggestions(read, decode(read, ADDRESS), ADDRESS)[0].lines == (meant,)


def test_a_stranger_stays_far_less_likely_than_a_lookalike() -> None:
    read = certain("由口")
    assert log_probability(read, "由口") > log_probability(read, "田口") > log_probability(read, "川口")
