"""The arithmetic of calibrated probabilities, and the file they are kept in."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from extractors.base.errors import MissingModel
from extractors.base.model import OptionInk
from extractors.confidence import calibration
from extractors.confidence.calibration import Calibrator, Logistic, OptionModel, option_features
from templates_forms.model import Box, Mark


def model(bias: float = 0.0, cap: float = 1.0, knots: tuple[tuple[float, float], ...] = ()) -> Logistic:
    return Logistic(("a", "b"), (2.0, 1.0), (4.0, 0.5), (3.0, -1.0), bias, cap, 7, knots)


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


@pytest.mark.parametrize(
    ("features", "odds"),
    [
        ({"a": 6.0, "b": 2.0}, 0.5 + 3.0 - 2.0),
        ({"a": 6.0}, 0.5 + 3.0),
        ({"b": 0.0}, 0.5 + 2.0),
        ({"c": 99.0}, 0.5),
        ({"a": 1e6}, 30.0),
        ({"a": -1e6}, -30.0),
    ],
)
def test_each_feature_weighs_by_its_distance_from_the_mean(features: dict[str, float], odds: float) -> None:
    assert model(0.5).probability(features) == pytest.approx(sigmoid(odds), rel=1e-14, abs=0)


def test_no_probability_lies_beyond_the_cap_on_either_side() -> None:
    assert model(9.0, cap=0.99).probability({}) == 0.99
    assert model(-9.0, cap=0.99).probability({}) == pytest.approx(0.01)
    assert model(1.0, cap=0.99).probability({}) == sigmoid(1.0)


KNOTS = ((0.5, 0.2), (0.75, 0.4), (0.75, 0.5), (0.9, 0.8))


@pytest.mark.parametrize(
    ("raw", "bent"),
    [(0.3, 0.2), (0.5, 0.2), (0.625, 0.3), (0.75, 0.4), (0.825, 0.65), (0.9, 0.8), (0.95, 0.8)],
)
def test_knots_bend_a_probability_along_straight_lines(raw: float, bent: float) -> None:
    found = model(math.log(raw / (1 - raw)), knots=KNOTS).probability({})
    assert found == pytest.approx(bent)


def test_knots_may_lie_above_each_other() -> None:
    steep = ((0.5, 0.2), (0.5, 0.3), (0.75, 0.4))
    assert model(knots=steep).probability({}) == 0.2
    assert model(1e-9, knots=steep).probability({}) == pytest.approx(0.3)


def ink(share: float, ring: float) -> OptionInk:
    return OptionInk("v", "v", share, ring, 0.3, 0.4, 0.5, Box(0, 0, 1, 1))


def test_an_option_is_seen_beside_the_strongest_of_the_others() -> None:
    assert option_features(ink(0.1, 0.9), [ink(0.04, 0.3), ink(0.02, 0.5)]) == {
        "share": 0.1,
        "log_share": pytest.approx(math.log(0.102)),
        "ring": 0.9,
        "centre": 0.3,
        "fill": 0.4,
        "cancel": 0.5,
        "over_ring": pytest.approx(0.4),
        "over_share": pytest.approx(0.06),
    }
    alone = option_features(ink(0.7, 0.9), [])
    assert (alone["share"], alone["over_ring"], alone["over_share"]) == (0.6, 0.9, 0.7)


def test_each_way_of_marking_has_its_own_model() -> None:
    ring = Logistic(("over_ring",), (0.0,), (1.0,), (1.0,), 0.0, 1.0, 1)
    tick = Logistic(("share",), (0.0,), (1.0,), (1.0,), 0.0, 1.0, 1)
    models = OptionModel({"circle": ring, "tick": tick})
    assert models.probability(Mark.CIRCLE, ink(0.1, 0.9), [ink(0.0, 0.5)]) == pytest.approx(sigmoid(0.4))
    assert models.probability(Mark.TICK, ink(0.1, 0.9), []) == pytest.approx(sigmoid(0.1))


def test_a_kind_without_a_model_has_no_confidence() -> None:
    calibrator = Calibrator({"digits": model(1.0)}, OptionModel({}))
    assert calibrator.confidence("digits", {}) == sigmoid(1.0)
    assert calibrator.confidence("kana", {}) is None


def test_the_file_keeps_six_places_and_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "calibration.json"
    third = 1 / 3
    fit = Logistic(("a",), (third,), (third,), (third,), third, third, 7, ((third, third), (0.75, 1.0)))
    calibration.save(file, Calibrator({"b": model(), "a": fit}, OptionModel({"tick": fit}), "検証用"))
    text = file.read_text(encoding="utf-8")
    assert (
        text.endswith("}\n") and '\n "note": "検証用",\n' in text and text.index('"a": {') < text.index('"b"')
    )
    kept = json.loads(text)["kinds"]["a"]
    assert kept == {
        "names": ["a"],
        "mean": [0.333333],
        "scale": [0.333333],
        "weights": [0.333333],
        "bias": 0.333333,
        "cap": 0.333333,
        "samples": 7,
        "knots": [[0.333333, 0.333333], [0.75, 1.0]],
    }
    again = calibration.load(file)
    six = (0.333333,)
    back = Logistic(("a",), six, six, six, *six, *six, 7, ((0.333333, 0.333333), (0.75, 1.0)))
    assert (again.kinds, again.options.models, again.note) == (
        {"a": back, "b": model()},
        {"tick": back},
        "検証用",
    )


def test_a_file_of_an_earlier_fit_needs_neither_note_nor_knots(tmp_path: Path) -> None:
    file = tmp_path / "calibration.json"
    calibration.save(file, Calibrator({"a": model()}, OptionModel({})))
    data = json.loads(file.read_text(encoding="utf-8"))
    del data["note"], data["kinds"]["a"]["knots"]
    file.write_text(json.dumps(data), encoding="utf-8")
    again = calibration.load(file)
    assert (again.kinds["a"].knots, again.note) == ((), "")


@pytest.mark.parametrize(
    "text", [None, "{", "{}", '{"kinds": {}}', '{"kinds": {"a": 1}, "options": {}}', "[]"]
)
def test_what_is_no_calibration_is_named(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "calibration.json"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(MissingModel, match=r"calibration\.json"):
        calibration.load(file)


def test_the_shipped_fit_is_read_once() -> None:
    assert calibration.shipped() is calibration.shipped()
    assert {"digits", "kana"} <= calibration.shipped().kinds.keys()
    assert calibration.load().note
