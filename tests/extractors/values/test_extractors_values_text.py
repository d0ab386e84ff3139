"""Free writing: lines as one value, its doubtful characters, and what speaks against it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from extractors.base import reasons
from extractors.base.model import FreeCut
from extractors.recognition.free_lines import LineText
from extractors.values.draft import logit
from extractors.values.text import join_lines, read_free
from templates_forms.model import Box, Field, FieldType

PIXELS = np.full((4, 4), 255, np.uint8)


def field(kind: FieldType = FieldType.TEXT) -> Field:
    return Field("x", "x", kind, 1, Box(0, 0, 10, 10))


def cut(lines: int = 1) -> FreeCut:
    return FreeCut(PIXELS, (PIXELS,) * lines, 0.1, 0.2, 0.05, 0.5)


def line(
    text: str,
    *scores: float,
    also: tuple[tuple[str, float], ...] = (),
    agree: bool = True,
    unread: float = 0.0,
    log_prob: float = -0.1,
    p: float = 0.9,
) -> LineText:
    return LineText(text, scores or (0.99,) * len(text), ((text, p), *also), agree, unread, log_prob)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (["若林", "4ー21一27"], "若林4-21-27"),
        (["4―2—1–3‐4－5"], "4-2-1-3-4-5"),
        (["一丁目ー"], "一丁目ー"),
        (["〒154"], "154"),
        (["-山田-"], "山田"),
        (["カ力ー"], "カカー"),
        (["力ード"], "カード"),
        (["工一ス"], "エース"),
        (["ス卜ア"], "ストア"),
        (["ア一卜"], "アート"),
        (["八イツ"], "ハイツ"),
        (["メ口ン"], "メロン"),
        (["ア口夕工"], "アロタ工"),
        (["山口 一郎"], "山口　一郎"),
        (["八王子"], "八王子"),
        (["4丁日2"], "4丁目2"),
        (["4丁自2"], "4丁目2"),
        (["四丁日"], "四丁日"),
    ],
)
def test_strokes_are_what_their_neighbours_make_them(raw: list[str], value: str) -> None:
    assert join_lines(field(), raw) == value


def test_only_texts_are_tidied() -> None:
    assert join_lines(field(FieldType.LATIN), ["-a", "1ー2"]) == "-a1ー2"
    assert join_lines(field(FieldType.DIGITS), ["03-", "12"]) == "0312"


def test_lines_are_one_value_with_all_that_speaks_for_it() -> None:
    first = line("山田", 0.9, 0.7, also=(("山由", 0.05),), p=0.8, log_prob=-0.3)
    second = line("花子", 0.75, 0.74, also=(("花于", 0.2),), p=0.7, unread=0.2, log_prob=-0.5)
    found = read_free(field(), cut(2), [first, second])
    assert (found.value, found.weak, found.reasons) == ("山田花子", (1, 3), ())
    assert [(c.value, round(c.probability, 9), c.source) for c in found.candidates] == [
        ("山田花子", 0.56, "line"),
        ("山田花于", 0.16, "line"),
        ("山由花子", 0.035, "line"),
        ("山由花于", 0.01, "line"),
    ]
    scores = [0.9, 0.7, 0.75, 0.74]
    assert found.features == {
        "length": 4.0,
        "lines": 2.0,
        "outside": 0.05,
        "struck": 0.2,
        "contrast": 0.5,
        "ink": 0.1,
        "written": 1.0,
        "product": pytest.approx(logit(0.56)),
        "all_scores": pytest.approx(sum(math.log(s) for s in scores)),
        "weakest": pytest.approx(logit(0.7)),
        "agree": 1.0,
        "unread": 0.2,
        "per_character": pytest.approx(-0.2),
    }


def test_features_stay_within_their_ends() -> None:
    low = read_free(
        field(), cut(), [line("山田", 0.0, 1e-9, unread=9.0, log_prob=-99.0, agree=False)]
    ).features
    assert (low["all_scores"], low["per_character"], low["unread"], low["agree"]) == (-12.0, -6.0, 3.0, 0.0)
    edge = read_free(field(), cut(), [line("山", 0.0, log_prob=5.0)]).features
    assert (edge["all_scores"], edge["per_character"]) == (pytest.approx(math.log(1e-4)), 0.0)
    high = read_free(field(), cut(), [line("山", 1.5)]).features
    assert high["all_scores"] == 0.0


def test_ink_that_nothing_is_read_from_is_unread() -> None:
    silent = read_free(field(), cut(), [line("")])
    assert (silent.value, silent.weak, silent.reasons) == ("", (), (reasons.INK_UNREAD,))
    assert (silent.features["written"], silent.features["unread"]) == (0.0, 0.0)
    assert "product" not in silent.features
    empty = read_free(field(), cut(0), [])
    assert (empty.reasons, empty.candidates, empty.features["unread"]) == ((), (), 0.0)
    assert read_free(field(), cut(), [line("", unread=2.0)]).features["unread"] == 2.0


@pytest.mark.parametrize(
    ("kind", "lines", "found"),
    [
        (FieldType.TEXT, [line("田")], ()),
        (FieldType.TEXT, [line("田"), line("田", agree=False)], (reasons.READERS_DISAGREE,)),
        (FieldType.TEXT, [line("田", unread=0.46), line("田")], (reasons.INK_UNREAD,)),
        (FieldType.TEXT, [line("田", unread=0.45), line("田")], ()),
        (FieldType.TEXT, [line("髙")], (reasons.VARIANT_CHARACTER,)),
        (FieldType.TEXT, [line("田髙")], (reasons.VARIANT_CHARACTER,)),
        (FieldType.LATIN, [line("髙")], ()),
    ],
)
def test_what_speaks_against_free_writing(
    kind: FieldType, lines: list[LineText], found: tuple[str, ...]
) -> None:
    assert read_free(field(kind), cut(), lines).reasons == found


def test_doubtful_characters_are_shown_only_where_the_value_is_what_was_read() -> None:
    spaced = read_free(field(), cut(), [line("山 田", 0.9, 0.1, 0.5)])
    assert (spaced.value, spaced.weak) == ("山　田", (2,))
    changed = read_free(field(FieldType.AMOUNT), cut(), [line("¥12", 0.9, 0.1, 0.1)])
    assert (changed.value, changed.weak) == ("12", ())


def test_no_more_than_eight_values_are_offered() -> None:
    many = tuple((f"{n}", 0.1 - n / 1000) for n in range(1, 12))
    found = read_free(field(FieldType.DIGITS), cut(), [line("0", also=many), line("5")])
    assert [c.value for c in found.candidates] == ["05", *(f"{n}5" for n in range(1, 8))]
