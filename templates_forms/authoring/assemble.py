"""Assembles the proposed fields of all pages into the data of one ``form.yaml``."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

from templates_forms.authoring.fields.drafts import Draft
from templates_forms.authoring.fields.form_entries import entry_of, rules_of
from templates_forms.authoring.fields.kinds import Kind
from templates_forms.authoring.fields.naming import NameAllocator
from templates_forms.authoring.print.model import Print
from templates_forms.authoring.print.words import Line, lines_of
from templates_forms.form_text import Entry

_TITLE_SHARE = 0.42  # of the sheet's height: the title is in its upper part
_LEAST_TITLE, _LONGEST_TITLE = 4, 40
_TITLE_WORDS = (
    "申請書",
    "請求書",
    "申込書",
    "届",
    "届出書",
    "申告書",
    "依頼書",
    "同意書",
    "調査票",
    "報告書",
    "証明書",
    "委任状",
    "願",
    "票",
    "書",
)

Found = Sequence[tuple[Draft, Kind]]


def form_data(
    form_id: str, pages: Sequence[Print], found: Sequence[Found], title: str | None, edition: str
) -> dict[str, Any]:
    """Return the data of a ``form.yaml``; its pictures are named ``page1.png`` and so on.

    Args:
        form_id: id of the form.
        pages: what is printed on each page.
        found: the fields of each page.
        title: given by a person; None for the largest line at the top of the first page.
        edition: the printed edition.
    """
    names = NameAllocator()
    entries = [[entry_of(draft, kind, names) for draft, kind in page] for page in found]
    every = [entry for page in entries for entry in page]
    data: dict[str, Any] = {
        "id": form_id,
        "title": title or title_of(pages[0]) or form_id,
        "edition": edition,
    }
    data["size_mm"] = [_short(v) for v in pages[0].size_mm]
    key = _record_key(every)
    if key:
        data["record_key"] = key
    data["pages"] = [
        {"blank": f"page{number}.png", "fields": page} for number, page in enumerate(entries, start=1)
    ]
    rules = rules_of(every)
    if rules:
        data["rules"] = rules
    return data


def _short(value: float) -> float:
    rounded = round(value, 1)
    return int(rounded) if rounded == int(rounded) else rounded


def _record_key(entries: Sequence[Entry]) -> list[str]:
    return [str(e["name"]) for e in entries if e["name"] == "application_no"][:1]


def title_of(page: Print) -> str | None:
    """Return the largest line in the upper part of a page that looks like the name of a form."""
    top = [g for g in page.glyphs if g.box.y < _TITLE_SHARE * page.size_mm[1]]
    lines = [line for line in lines_of(top) if _LEAST_TITLE <= len(line.text) <= _LONGEST_TITLE]
    if not lines:
        return None
    best = max(lines, key=_title_rank)
    return unicodedata.normalize("NFKC", best.text)


def _title_rank(line: Line) -> tuple[float, float]:
    sizes = sorted(g.size for g in line.glyphs)
    size = sizes[len(sizes) // 2]
    named = any(line.text.rstrip("）)").endswith(word) for word in _TITLE_WORDS)
    # A line that ends like a form's name (…申請書) may be smaller than the issuer's name above it.
    return size * (1.35 if named else 1.0), -line.box.y
