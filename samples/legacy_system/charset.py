"""Encodes and decodes cp932, and handles characters outside it.

A browser sends a character that the page's character set lacks as a decimal reference (``&#134047;``), so
this module receives such references; 〜 (U+301C) is one, because Windows' table has ～ (U+FF5E) instead.
"""

import re
from urllib.parse import parse_qsl

CHARSET = "Shift_JIS"
_REFERENCE = re.compile(r"&#\d{2,7};")


def encode(page: str) -> bytes:
    """Return a page as bytes; characters outside cp932 become numeric references."""
    return page.encode("cp932", errors="xmlcharrefreplace")


def parse_form(body: bytes) -> dict[str, str]:
    """Return a posted or queried form, its values decoded as cp932; the last of two values of one name wins."""
    # A browser percent-encodes the body, so everything else in it is damage.
    pairs = parse_qsl(
        body.decode("ascii", errors="replace"), keep_blank_values=True, encoding="cp932", errors="replace"
    )
    return dict(pairs)


def has_foreign(text: str) -> bool:
    """Whether a text contains a character that cp932 could not transmit."""
    return bool(_REFERENCE.search(text)) or "\N{REPLACEMENT CHARACTER}" in text


def to_geta(text: str) -> str:
    """Replace each character outside cp932 by 〓 (geta), the printers' placeholder for a missing type."""
    return _REFERENCE.sub("〓", text).replace("\N{REPLACEMENT CHARACTER}", "〓")
