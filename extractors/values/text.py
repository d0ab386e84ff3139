"""Free writing: names, addresses, notes, and numbers or kana written on a line without boxes."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from extractors.base import reasons
from extractors.base.alphabets import variants
from extractors.base.model import FreeCut
from extractors.recognition.free_lines import LineText
from extractors.values.draft import Draft, candidates, ink_reasons, logit, unread_reason
from templates_forms.model import Field, FieldType
from templates_forms.values import SPACE, normalise

_WEAK = 0.75


def read_free(field: Field, cut: FreeCut, lines: Sequence[LineText]) -> Draft:
    """Returns the value of free writing: its lines joined, and all ink accounted for."""
    raw = [line.text for line in lines]
    value = join_lines(field, raw)
    unread = max((line.unread for line in lines), default=0.0)
    found = ink_reasons(cut) + unread_reason(unread)
    if lines and not all(line.agree for line in lines):
        found.append(reasons.READERS_DISAGREE)
    if field.type is FieldType.TEXT and any(variants(char) for char in value):
        found.append(reasons.VARIANT_CHARACTER)
    if cut.lines and not value:
        found.append(reasons.INK_UNREAD)
    return Draft(
        value=value,
        reasons=tuple(dict.fromkeys(found)),
        candidates=candidates(_alternatives(field, lines), "line") if lines else (),
        weak=_weak_indexes(value, lines) if value else (),
        features=_features(cut, lines, value, unread),
    )


def join_lines(field: Field, raw: Sequence[str]) -> str:
    """Joins lines to one value in the field's normal form."""
    text = "".join(raw)
    if field.type is FieldType.TEXT:
        text = _normalise_strokes(text)
    return normalise(field.type, text, field)


# Characters with the same shape in another script; next to katakana they are katakana.
_KATAKANA_SHAPES = str.maketrans("力一八二工口卜夕三千才", "カーハニエロトタミチオ")
_BESIDE_KATAKANA = re.compile(
    r"(?<=[ァ-ヶー])[力一八工口卜夕]|[力工口卜夕八](?=[ァ-ヶー])|[力工口卜夕八]一(?=[ァ-ヶー])"
)


def _normalise_strokes(text: str) -> str:
    """Replaces strokes between digits by hyphens (not 一 or ー); a 〒 sign at the start is not part of a text."""
    text = re.sub(r"(?<=[0-9])[ー―—–‐－一](?=[0-9])", "-", text)
    # Twice, because a replaced character can be the katakana that a neighbour needs.
    for _ in range(2):
        text = _BESIDE_KATAKANA.sub(lambda found: found[0].translate(_KATAKANA_SHAPES), text)
    text = re.sub(r"(?<=[0-9])丁[日自](?=[0-9])", "丁目", text)
    return text.removeprefix("〒").strip("-")


def _alternatives(field: Field, lines: Sequence[LineText], keep: int = 8) -> list[tuple[str, float]]:
    beams: list[tuple[tuple[str, ...], float]] = [((), 1.0)]
    for line in lines:
        beams = [((*head, text), p * q) for head, p in beams for text, q in line.alternatives]
        beams = sorted(beams, key=lambda pair: -pair[1])[:keep]
    return [(join_lines(field, head), p) for head, p in beams]


def _weak_indexes(value: str, lines: Sequence[LineText]) -> tuple[int, ...]:
    """Indexes of weak characters; only where the value equals the lines' text, character for character."""
    scores = [score for line in lines for score in line.scores]
    places = [i for i, char in enumerate(value) if char != SPACE]
    plain = [s for s, c in zip(scores, "".join(line.text for line in lines), strict=True) if not c.isspace()]
    if len(plain) != len(places):
        return ()
    return tuple(place for place, score in zip(places, plain, strict=True) if score < _WEAK)


def _features(cut: FreeCut, lines: Sequence[LineText], value: str, unread: float) -> dict[str, float]:
    common = {
        "length": float(len(value)),
        "lines": float(len(lines)),
        "outside": cut.ink_outside,
        "struck": cut.struck_out,
        "contrast": cut.contrast,
        "ink": cut.ink,
    }
    scores = [score for line in lines for score in line.scores]
    if not scores:
        return common | {"written": 0.0, "unread": unread}
    best = float(np.prod([line.alternatives[0][1] for line in lines]))
    return common | {
        "written": 1.0,
        "product": logit(best),
        "all_scores": float(np.clip(np.sum(np.log(np.maximum(scores, 1e-4))), -12.0, 0.0)),
        "weakest": logit(min(scores)),
        "agree": float(all(line.agree for line in lines)),
        "unread": min(unread, 3.0),
        "per_character": float(np.clip(sum(line.log_prob for line in lines) / len(scores), -6.0, 0.0)),
    }
