"""Limits on files of unknown origin."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on one file.

    Attributes:
        file_bytes: size of a file.
        pages: pages in one file.
        pixels: pixels of one page before it is made smaller.
        side: pixels along one edge.
        least_side: a picture smaller than this cannot hold a form.
        kept_side: larger pages are reduced to this, so that memory stays bounded.
        seconds: time for one page of a PDF.
        average_seconds: average time for a page of a PDF; many slow pages must not block a worker for hours.
        dpi: resolution at which a PDF without a scan is drawn.
        most_dpi: highest resolution at which scans inside a PDF are drawn.
    """

    file_bytes: int = 300_000_000
    pages: int = 2000
    pixels: int = 110_000_000
    side: int = 15_000
    least_side: int = 200
    kept_side: int = 5200
    seconds: float = 30.0
    average_seconds: float = 3.0
    dpi: int = 200
    most_dpi: int = 300
