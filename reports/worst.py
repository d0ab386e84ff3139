"""The fields that people had to correct most, and what may help, by rule."""

from __future__ import annotations

from typing import Final

import pandas as pd

SHOWN: Final = 10
FEWEST: Final = 5
"""Fewer judged readings say nothing about a field."""

WORST_COLUMNS = ["form", "field", "judged", "wrong", "share_wrong", "asked_share", "suggestion"]


def worst(by_field: pd.DataFrame) -> pd.DataFrame:
    """The fields with the largest share of corrected readings.

    Args:
        by_field: frame of ``accuracy.by_field``.

    Returns:
        `share_wrong` of the judged readings; `asked_share` of all readings, those that people saw; a code word.
    """
    rows = []
    for row in by_field[by_field["judged"] >= FEWEST].to_dict("records"):
        judged, read = int(row["judged"]), int(row["read"])
        wrong = judged - int(row["right"])
        if wrong:
            share, asked = wrong / judged, 1 - int(row["accepted"]) / read if read else 0.0
            suggestion = _suggest(share, asked, int(row["quality_wrong"]))
            rows.append((row["form"], row["field"], judged, wrong, share, asked, suggestion))
    frame = pd.DataFrame(rows, columns=WORST_COLUMNS)
    return frame.sort_values(["share_wrong", "wrong"], ascending=False).head(SHOWN).reset_index(drop=True)


def _suggest(share: float, asked: float, quality_wrong: int) -> str:
    """Accepted ones were wrong: ask people. Half wrong: the box. Some wrong: a dictionary. Much asked: calibrate."""
    if quality_wrong:
        return "handling"
    if share >= 0.5:
        return "box"
    return "dictionary" if share >= 0.1 else "calibration" if asked >= 0.5 else "watch"
