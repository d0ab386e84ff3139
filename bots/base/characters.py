"""Which characters a legacy page can hold, as a browser would send them.

Browsers follow the WHATWG encoders: a character outside the page's encoding is sent as ``&#26666;``, and
EUC-JP pages take no JIS X 0212 (three-byte) characters although Python's codec does.
"""

from __future__ import annotations

import unicodedata

ENCODINGS = {
    "utf-8": "utf-8",
    "cp932": "cp932",
    "shift_jis": "cp932",
    "windows-31j": "cp932",
    "euc-jp": "euc_jp",
    "latin-1": "latin-1",
    "iso-8859-1": "latin-1",
    "windows-1252": "cp1252",
    "ascii": "ascii",
}
_EUC_THREE_BYTE_LEAD = 0x8F


def codec(encoding: str) -> str:
    """Return Python's codec for an ``encoding`` of a bot.yaml; raises ``KeyError`` for an unknown one."""
    return ENCODINGS[encoding.lower()]


def _holds(character: str, name: str) -> bool:
    try:
        sent = character.encode(name)
        if name == "euc_jp" and sent[0] == _EUC_THREE_BYTE_LEAD:
            return False
        return sent.decode(name) == character
    except UnicodeError:
        return False


def unfit(text: str, encoding: str) -> list[str]:
    """Return the characters of ``text`` that a page in ``encoding`` cannot hold, each once, in order."""
    name = codec(encoding)
    return [c for c in dict.fromkeys(text) if not _holds(c, name)]


def describe(characters: list[str]) -> str:
    """Write characters so that a clerk can find them: ``鷗 (U+9DD7)``."""
    return ", ".join(
        f"{c if c.isprintable() else unicodedata.name(c, '?')} (U+{ord(c):04X})" for c in characters
    )


def byte_length(text: str, encoding: str) -> int:
    """Length in bytes as an old database column counts it; characters it cannot hold count as one."""
    return len(text.encode(codec(encoding), errors="replace"))
