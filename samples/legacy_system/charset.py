"""cp932 in and out, and what the system does with characters that cp932 does not hold.

A browser sends a character that the page's character set lacks as a decimal reference (``&#134047;``), so
that is what arrives here; 〜 (U+301C) is among them, because Windows' table has ～ (U+FF5E) instead.
"""

import re
from urllib.parse import parse_qsl

CHARSET = "Shift_JIS"
_REFERENCE = re.compile(r"&#\d{2,7};")


def encode(page: str) -> bytes:
    """A page as bytes; what cp932 lacks goes out as a numeric reference."""
    return page.encode("cp932", errors="xmlcharrefreplace")


def parse_form(body: bytes) -> dict[str, str]:
    """A posted or queried form, its values decoded as cp932; of two values of one name the last stays."""
    pairs = parse_qsl(
        body.decode("ascii", errors="replace"), keep_blank_values=True, encoding="cp932", errors="replace"
    )
    return dict(pairs)


def has_foreign(text: str) -> bool:
    """Whether a text holds a character that did not come through cp932."""
    return bool(_REFERENCE.search(text)) or "\N{REPLACEMENT CHARACTER}" in text


def to_geta(text: str) -> str:
    """Each foreign character as 〓."""
    return _REFERENCE.sub("〓", text).replace("\N{REPLACEMENT CHARACTER}", "〓")
