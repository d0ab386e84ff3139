"""The fields that people corrected most, each with a suggestion by rule."""

from __future__ import annotations

from typing import Final

import pandas as pd

SHOWN: Final = 10
FEWEST: Final = 5
"""Fields with fewer verified readings are left out: their share is mostly chance."""

WORST_COLUMNS = ["form", "field", "judged", "wrong", "share_wrong", "asked_share", "suggestion"]


def worst(by_field: pd.DataFrame) -> pd.DataFrame:
    """The fields with the largest share of corrected readings.

    Args:
        by_field: frame of ``accuracy.by_field``.

    Returns:
        `share_wrong` of the verified readings; `asked_share`: verified of all readings; `suggestion`: a code word.
    """
    rows = []
    for row in by_field[by_field["judged"] >= FEWEST].to_dict("records"):
        verified, read = int(row["judged"]), int(row["read"])
        wrong = verified - int(row["right"])
        if wrong:
            share, asked = wrong / verified, 1 - int(row["accepted"]) / read if read else 0.0
            suggestion = _suggest(share, asked, int(row["quality_wrong"]))
            rows.append((row["form"], row["field"], verified, wrong, share, asked, suggestion))
    frame = pd.DataFrame(rows, columns=WORST_COLUMNS)
    return frame.sort_values(["share_wrong", "wrong"], ascending=False).head(SHOWN).reset_index(drop=True)


def _suggest(share: float, asked: float, quality_wrong: int) -> str:
    """Code word of the most serious cause: `suggestion.…` in the catalogue."""
    # Errors among accepted values first, because nobody sees those.
    if quality_wrong:
        return "handling"
    # Half wrong points to the form rather than the reader: a box too narrow, or none for each character.
    if share >= 0.5:
        return "box"
    # Hardly anything wrong, but half of it asked: the threshold is too strict for lack of samples.
    return "dictionary" if share >= 0.1 else "calibration" if asked >= 0.5 else "watch"
