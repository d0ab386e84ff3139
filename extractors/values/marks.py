"""Decides which options are chosen: ticks, rings around printed words, and filled marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from extractors.base import reasons
from extractors.base.model import Candidate, OptionInk
from extractors.confidence.calibration import OptionModel
from extractors.values.draft import Draft, logit
from templates_forms.model import Field, FieldType, Mark

_CLEAR = 0.9
_CANCELLED = 0.5
_RINGED = 0.7
_CROSSED = 0.3  # a ring leaves the word free; ink on the word crosses it out
# Most people mark exactly one option where one is expected.
_PRIOR_NONE = 0.05
_PRIOR_SEVERAL = 0.01


@dataclass(frozen=True, slots=True)
class MarkedOptions:
    """The options of a choice.

    Attributes:
        shares: (option value, probability that it is the chosen one), best first, summing to at most 1.
        chosen: values with a mark that is not cancelled.
        certainty: probability of the best explanation.
        reasons: reason codes.
        clear: probability of the least clear option, from 0.5 (undecided) to 1.
    """

    shares: tuple[tuple[str, float], ...]
    chosen: tuple[str, ...]
    certainty: float
    reasons: tuple[str, ...]
    clear: float


def option_probabilities(model: OptionModel, mark: Mark, inks: Sequence[OptionInk]) -> list[float]:
    """Probability for each option that it carries a valid mark, relative to the other options."""
    return [model.probability(mark, ink, [other for other in inks if other is not ink]) for ink in inks]


def single_choice(inks: Sequence[OptionInk], p: Sequence[float]) -> MarkedOptions:
    """Which single option is chosen: priors make none and several rare, and the ink decides the rest."""
    none = float(np.prod([1 - q for q in p])) * _PRIOR_NONE
    alone = []
    for i, q in enumerate(p):
        others = float(np.prod([1 - other for j, other in enumerate(p) if j != i]))
        alone.append(q * others / len(p))
    several = (1.0 - none / _PRIOR_NONE - sum(alone) * len(p)) * _PRIOR_SEVERAL
    total = none + sum(alone) + several
    pairs = [(ink.value, share / total) for ink, share in zip(inks, alone, strict=True)]
    shares = tuple(sorted(pairs, key=lambda pair: -pair[1]))
    chosen = tuple(ink.value for ink, q in zip(inks, p, strict=True) if q > 0.5)
    certainty = max([none, *alone]) / total
    return MarkedOptions(shares, chosen, certainty, tuple(_choice_reasons(inks, p, chosen)), _clearness(p))


def _choice_reasons(inks: Sequence[OptionInk], p: Sequence[float], chosen: tuple[str, ...]) -> list[str]:
    found = []
    if len(chosen) > 1:
        found.append(reasons.SEVERAL_MARKS)
    if _clearness(p) < _CLEAR:
        found.append(reasons.MARK_UNCLEAR)
    # A ring with ink in its centre is either a crossed-out mark or a mark on the word itself.
    if any(ink.cancel > _CANCELLED for ink in inks) or any(
        ink.ring > _RINGED and ink.centre > _CROSSED for ink in inks
    ):
        found.append(reasons.MARK_CANCELLED)
    return found


def _clearness(p: Sequence[float]) -> float:
    return float(min((max(q, 1 - q) for q in p), default=1.0))


def read_marks(field: Field, inks: Sequence[OptionInk], model: OptionModel) -> Draft:
    """Returns the value of a check, a choice or a multiple choice."""
    mark = field.mark or Mark.TICK
    p = option_probabilities(model, mark, inks)
    features = _features(inks, p)
    if field.type is FieldType.CHOICE:
        marked = single_choice(inks, p)
        none = 1.0 - sum(share for _, share in marked.shares)
        best = marked.shares[0][0] if marked.chosen else ""
        listed = [Candidate(value, share, "ink") for value, share in marked.shares[:4]]
        listed.append(Candidate("", max(none, 0.0), "ink"))
        features |= {"product": logit(marked.certainty), "chosen": float(len(marked.chosen))}
        ordered = tuple(sorted(listed, key=lambda c: (c.value != best, -c.probability)))
        return Draft(best, marked.reasons, ordered, (), features)
    return _independent(field, inks, p, features)


def _independent(
    field: Field, inks: Sequence[OptionInk], p: Sequence[float], features: dict[str, float]
) -> Draft:
    """The draft of options that do not exclude each other: a check, a multiple choice."""
    chosen = tuple(ink.value for ink, q in zip(inks, p, strict=True) if q > 0.5)
    found = [code for code in _choice_reasons(inks, p, chosen) if code != reasons.SEVERAL_MARKS]
    features |= {
        "product": logit(float(np.prod([max(q, 1 - q) for q in p]))),
        "chosen": float(len(chosen)),
    }
    listed = []
    # All combinations of the first six options: 64 at most; any further options keep their likeliest state.
    for picks in product((True, False), repeat=min(len(inks), 6)):
        values = [ink.value for ink, on in zip(inks, picks, strict=False) if on]
        values += [ink.value for ink, q in list(zip(inks, p, strict=True))[6:] if q > 0.5]
        share = float(np.prod([q if on else 1 - q for q, on in zip(p, picks, strict=False)]))
        listed.append(Candidate(_value(field, values), share, "ink"))
    listed.sort(key=lambda c: -c.probability)
    return Draft(_value(field, chosen), tuple(found), tuple(listed[:5]), (), features)


def _value(field: Field, chosen: Sequence[str]) -> str:
    if field.type is FieldType.CHECK:
        return "true" if chosen else "false"
    return "|".join(chosen)


def _features(inks: Sequence[OptionInk], p: Sequence[float]) -> dict[str, float]:
    return {
        "weakest": logit(_clearness(p)),
        "options": float(len(inks)),
        "cancel": max((ink.cancel for ink in inks), default=0.0),
    }
