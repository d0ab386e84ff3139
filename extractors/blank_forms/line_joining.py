"""Joins pieces of lines: overlapping strokes into one line, chains of dots and dashes into a dotted line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from templates_forms.authoring.print.model import Ruling

_SAME_LINE_MM = 0.22
_TOUCHING_MM = 0.3
_DOT_MM = 3.2  # the longest dash
# The largest gap between dashes of one dotted line.
_DOT_GAP_MM = 2.2
_FEWEST_DOTS = 4
_SHORTEST_MM = 1.2


def join_lines(pieces: Iterable[Ruling]) -> tuple[Ruling, ...]:
    """Returns the lines as a person sees them, horizontal ones first; single dots are left out."""
    found: list[Ruling] = []
    for level in (True, False):
        for row in _rows([p for p in pieces if p.level == level]):
            found += _join_row(row)
    return tuple(found)


def _rows(pieces: list[Ruling]) -> list[list[Ruling]]:
    """Groups pieces that lie on one line, however it is divided into pieces."""
    rows: list[list[Ruling]] = []
    for piece in sorted(pieces, key=lambda p: p.at):
        if rows and piece.at - rows[-1][0].at <= _SAME_LINE_MM:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return rows


def _join_row(row: list[Ruling]) -> list[Ruling]:
    solid = _merged([p for p in row if not p.dotted], _TOUCHING_MM)
    dots = [p for p in solid if p.length <= _DOT_MM]
    lines = [p for p in solid if p.length > _DOT_MM]
    lines += _merged([p for p in row if p.dotted], _DOT_GAP_MM)
    chains, alone = _chains(dots)
    # A short solid piece is still the side of a small box; single dots are noise.
    return lines + chains + [p for p in alone if p.length >= _SHORTEST_MM]


def _merged(pieces: list[Ruling], gap: float) -> list[Ruling]:
    out: list[Ruling] = []
    for piece in sorted(pieces, key=lambda p: p.low):
        if out and piece.low - out[-1].high <= gap:
            out[-1] = _union([out[-1], piece], piece.dotted)
        else:
            out.append(piece)
    return out


def _union(pieces: list[Ruling], dotted: bool) -> Ruling:
    weights = [max(p.length, 0.01) for p in pieces]
    at = float(np.average([p.at for p in pieces], weights=weights))
    # A thick part of a thin line is a crossing, so the width is that of most of the length.
    width = float(np.average([p.width for p in pieces], weights=weights))
    return Ruling(pieces[0].level, at, min(p.low for p in pieces), max(p.high for p in pieces), width, dotted)


def _chain(run: list[Ruling]) -> Ruling:
    """One dotted line; its width is the average ink across it, gaps included."""
    whole = _union(run, True)
    return replace(whole, width=whole.width * sum(dot.length for dot in run) / max(whole.length, 0.01))


def _chains(dots: list[Ruling]) -> tuple[list[Ruling], list[Ruling]]:
    """Joins dots that follow one another at short distances into lines; returns those and the remaining dots."""
    chains: list[Ruling] = []
    alone: list[Ruling] = []
    run: list[Ruling] = []
    # The final None closes the last run.
    for dot in [*dots, None]:
        if run and (dot is None or dot.low - run[-1].high > _DOT_GAP_MM):
            if len(run) >= _FEWEST_DOTS:
                chains.append(_chain(run))
            else:
                alone += run
            run = []
        if dot is not None:
            run.append(dot)
    return chains, alone
