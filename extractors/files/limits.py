"""What a file from outside may ask of this machine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may ask of this machine.

    Attributes:
        file_bytes: size of a file.
        pages: pages in one file.
        pixels: pixels of one page before it is made smaller.
        side: pixels along one edge.
        least_side: below this a picture can hold no form.
        kept_side: larger pages are made smaller to this, so that memory stays bounded.
        seconds: time for one page of a PDF.
        average_seconds: time for a page of a PDF on average; many slow pages must not hold a worker for hours.
        dpi: resolution at which a PDF without a scan's own resolution is drawn.
        most_dpi: scans inside a PDF are not drawn finer than this.
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
