"""The QR code of a separator sheet: its content, and how it is found on a page.

    utsushi1|<form id>|<batch name, percent-encoded>|<mark>

The mark is a keyed fingerprint that needs this office's key, so that a QR code on an application cannot divide a stack.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from urllib.parse import quote, unquote

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from store.base.secrets import Vault

WORD = "utsushi1"  # with a version: sheets are printed once and used for years
MARK_LENGTH = 20  # hex digits: 80 bits cannot be guessed, and a shorter text makes larger modules
LONGEST_NAME = 60
_SIDES = (1100, 2200)  # the code is large: half the resolution of a scan is enough, and four times faster


@dataclass(frozen=True, slots=True)
class Separator:
    """The content of a sheet: the form of the pages after it ("" for any), and their batch's name."""

    form: str
    batch: str


def text_of(separator: Separator, vault: Vault) -> str:
    """The QR code's text."""
    # ASCII only: QR readers guess the encoding of anything else.
    return "|".join((WORD, separator.form, quote(separator.batch, safe=""), _mark(separator, vault)))


def read(text: str, vault: Vault) -> Separator | None:
    """The separator that a text stands for; None for anything that this office's key did not mark."""
    parts = text.split("|")
    if len(parts) != 4 or parts[0] != WORD:
        return None
    separator = Separator(parts[1], unquote(parts[2])[:LONGEST_NAME])
    # In constant time; a code with a wrong mark is an ordinary page, not an error.
    return separator if hmac.compare_digest(parts[3], _mark(separator, vault)) else None


def find(pixels: NDArray[np.uint8], vault: Vault) -> Separator | None:
    """The separator that a page is, if it is one.

    Args:
        pixels: uint8 BGR or grey, lying in any of the four directions.
    """
    grey = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    for code in _codes(np.asarray(grey, np.uint8)):
        separator = read(code, vault)
        if separator is not None:
            return separator
    return None


def _codes(grey: NDArray[np.uint8]) -> list[str]:
    """QR codes of a page; the second, finer pass only where the first found one that it could not decode."""
    found: list[str] = []
    for side in _SIDES:
        codes = zxingcpp.read_barcodes(
            _shrunk(grey, max(1, max(grey.shape) // side)),
            formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode),
            return_errors=True,  # a code that was found and not decoded is reported, too
        )
        found = [code.text for code in codes if code.valid]
        if found or not codes:
            break
    return found


def _shrunk(grey: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """The picture, smaller by a whole factor: that is several times faster than any other."""
    height, width = (size // factor for size in grey.shape)
    whole = grey[: height * factor, : width * factor]
    small = cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA) if factor > 1 else whole
    return np.ascontiguousarray(small)


def _mark(separator: Separator, vault: Vault) -> str:
    return vault.fingerprint(f"separator|{separator.form}|{separator.batch}")[:MARK_LENGTH]
