"""From features to a calibrated probability: one small logistic model per kind of field, stored as plain JSON.

Platt 1999 with L2 and a cap: however certain the features look, a model fitted on n readings never states a
probability closer to 1 than n readings can show. Fitted offline by ``python -m extractors.training.fit_calibration``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from extractors.base.errors import MissingModel
from extractors.base.model import OptionInk
from templates_forms.model import Mark

SHIPPED = Path(__file__).parents[1] / "models" / "calibration.json"
"""The calibration that comes with the program."""


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic model over named features.

    Attributes:
        names: features in order; one that a reading lacks counts as its mean.
        mean, scale: for standardising.
        weights, bias: of the standardised features.
        cap: highest probability ever returned.
        samples: number of readings that it was fitted on.
        knots: increasing (model probability, observed share right) pairs for interpolation; may be empty.
    """

    # The names are stored with the weights, so that a model file stays valid when features are added.
    names: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    cap: float
    samples: int
    knots: tuple[tuple[float, float], ...] = field(default=())

    def probability(self, features: Mapping[str, float]) -> float:
        """Probability in [1 - cap, cap] that the reading is right."""
        total = self.bias
        for name, mean, scale, weight in zip(self.names, self.mean, self.scale, self.weights, strict=True):
            total += weight * (features.get(name, mean) - mean) / scale
        # Clamped, because `math.exp` overflows far outside this range.
        raw = 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))
        interpolated = _interpolate(raw, self.knots) if self.knots else raw
        return max(1.0 - self.cap, min(self.cap, interpolated))

    def to_json(self) -> dict[str, Any]:
        """Plain data for the model file."""
        return {
            "names": list(self.names),
            "mean": [round(v, 6) for v in self.mean],
            "scale": [round(v, 6) for v in self.scale],
            "weights": [round(v, 6) for v in self.weights],
            "bias": round(self.bias, 6),
            "cap": round(self.cap, 6),
            "samples": self.samples,
            "knots": [[round(x, 6), round(y, 6)] for x, y in self.knots],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Logistic:
        """The reverse of ``to_json``."""
        return cls(
            tuple(data["names"]),
            tuple(data["mean"]),
            tuple(data["scale"]),
            tuple(data["weights"]),
            float(data["bias"]),
            float(data["cap"]),
            int(data["samples"]),
            tuple((float(x), float(y)) for x, y in data.get("knots", [])),
        )


def _interpolate(value: float, knots: Sequence[tuple[float, float]]) -> float:
    """Interpolates linearly between the knots."""
    if value <= knots[0][0]:
        return knots[0][1]
    for (x0, y0), (x1, y1) in pairwise(knots):
        if value <= x1:
            return y0 + (y1 - y0) * (value - x0) / (x1 - x0)
    return knots[-1][1]


@dataclass(frozen=True, slots=True)
class OptionModel:
    """Whether an option carries a valid mark: one logistic model per way of marking."""

    models: Mapping[str, Logistic]

    def probability(self, mark: Mark, ink: OptionInk, others: Sequence[OptionInk]) -> float:
        """Probability that this option is marked.

        Args:
            mark: tick, circle or fill.
            ink: the option's ink.
            others: the other options of the same field.
        """
        return self.models[str(mark)].probability(option_features(ink, others))


def option_features(ink: OptionInk, others: Sequence[OptionInk]) -> dict[str, float]:
    """Features of the option model: the ink itself, and its difference to the strongest of the others."""
    return {
        "share": min(ink.share, 0.6),
        "log_share": math.log(ink.share + 0.002),
        "ring": ink.ring,
        "centre": ink.centre,
        "fill": ink.fill,
        "cancel": ink.cancel,
        "over_ring": ink.ring - max((other.ring for other in others), default=0.0),
        "over_share": ink.share - max((other.share for other in others), default=0.0),
    }


@dataclass(frozen=True, slots=True)
class Calibrator:
    """The calibrated models of all kinds of field.

    Attributes:
        kinds: by the kind of a reading (``digits``, ``kana``, ``text``…).
        options: for marks.
        note: origin of the fit, for the report.
    """

    kinds: Mapping[str, Logistic]
    options: OptionModel
    note: str = ""

    def confidence(self, kind: str, features: Mapping[str, float]) -> float | None:
        """Calibrated probability; None when no model of that kind has been fitted."""
        model = self.kinds.get(kind)
        return None if model is None else model.probability(features)


def load(path: Path = SHIPPED) -> Calibrator:
    """Reads a calibration file.

    Raises:
        MissingModel: the file is not there or is no calibration.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        kinds = {name: Logistic.from_json(model) for name, model in data["kinds"].items()}
        options = {name: Logistic.from_json(model) for name, model in data["options"].items()}
        return Calibrator(kinds, OptionModel(options), str(data.get("note", "")))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise MissingModel(f"{path.name} ({error})") from error


@lru_cache(maxsize=4)
def shipped(path: Path = SHIPPED) -> Calibrator:
    """Returns the calibration that comes with the program; it is read once per process."""
    return load(path)


def save(path: Path, calibrator: Calibrator) -> None:
    """Writes a calibration file."""
    data = {
        "note": calibrator.note,
        "kinds": {name: model.to_json() for name, model in sorted(calibrator.kinds.items())},
        "options": {name: model.to_json() for name, model in sorted(calibrator.options.models.items())},
    }
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
