"""Which characters a page in a legacy encoding can represent, as a browser would send them.

Browsers follow the WHATWG encoders: a character outside the page's encoding is sent as ``&#26666;``, and
EUC-JP pages take no JIS X 0212 (three-byte) characters although Python's codec does.
"""

from __future__ import annotations

import unicodedata

ENCODINGS = {
    "utf-8": "utf-8",
    "cp932": "cp932",
    # WHATWG: a page labelled Shift_JIS is windows-31j, which is Python's cp932.
    "shift_jis": "cp932",
    "windows-31j": "cp932",
    "euc-jp": "euc_jp",
    "latin-1": "latin-1",
    "iso-8859-1": "latin-1",
    "windows-1252": "cp1252",
    "ascii": "ascii",
}
# WHATWG's EUC-JP encoder never writes the lead byte 0x8F of JIS X 0212, though its decoder reads it.
_EUC_THREE_BYTE_LEAD = 0x8F


def codec(encoding: str) -> str:
    """Return Python's codec for an ``encoding`` of a bot.yaml; raises ``KeyError`` for an unknown one."""
    return ENCODINGS[encoding.lower()]


def _can_encode(character: str, name: str) -> bool:
    try:
        sent = character.encode(name)
        if name == "euc_jp" and sent[0] == _EUC_THREE_BYTE_LEAD:
            return False
        # A few codecs map two characters to one code; only a lossless round trip counts.
        return sent.decode(name) == character
    except UnicodeError:
        return False


def unencodable(text: str, encoding: str) -> list[str]:
    """Return the characters of ``text`` that ``encoding`` cannot represent, each once, in order of appearance."""
    name = codec(encoding)
    return [c for c in dict.fromkeys(text) if not _can_encode(c, name)]


def describe(characters: list[str]) -> str:
    """Write characters so that a clerk can find them: ``鷗 (U+9DD7)``."""
    return ", ".join(
        f"{c if c.isprintable() else unicodedata.name(c, '?')} (U+{ord(c):04X})" for c in characters
    )


def byte_length(text: str, encoding: str) -> int:
    """Length in bytes as an old database column counts it; a character outside the encoding counts as one."""
    return len(text.encode(codec(encoding), errors="replace"))
