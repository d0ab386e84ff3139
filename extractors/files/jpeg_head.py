"""Reads the header of a JPEG before anything is decoded."""

from __future__ import annotations

_LEAST_BYTES_PER_PIXEL = 1 / 300  # a block of 64 pixels takes at least two bits, one for each of its codes


def baseline_head(data: bytes) -> tuple[int, int, int] | None:
    """Returns width, height and components of a baseline JPEG; None for a progressive one and for anything else."""
    place = 2
    while data[:2] == b"\xff\xd8" and place + 9 < len(data) and data[place] == 0xFF:
        mark, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4], "big")
        if mark in (0xC0, 0xC1):
            height, width = (int.from_bytes(data[place + i : place + i + 2], "big") for i in (5, 7))
            return width, height, data[place + 9]
        if mark == 0xDA or (0xC2 <= mark <= 0xCF and mark not in (0xC4, 0xC8, 0xCC)):
            return None
        place += 2 + length
    return None


def has_too_few_bytes(data: bytes) -> bool:
    """Whether a baseline JPEG states more pixels than its bytes can hold: decoders return such a page as grey."""
    head = baseline_head(data)
    return head is not None and len(data) < head[0] * head[1] * _LEAST_BYTES_PER_PIXEL
