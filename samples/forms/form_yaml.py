"""Writes ``form.yaml`` for people to read: short fields on one line, long ones on several."""

from __future__ import annotations

from samples.forms.kit import Entry, Sheet
from templates_forms.form_text import field_lines, flow

_HEAD = (
    "# {title}（{title_en}）\n"
    "# Millimetres from the sheet's top left. Drawn by `python -m samples.forms`, so each box is where it is\n"
    "# printed. What every key means: templates_forms/README.md\n"
)


def form_yaml(sheet: Sheet, pages: list[list[Entry]]) -> str:
    """Return the text of ``form.yaml`` for a drawn form; its pages are named page1.png, page2.png, …"""
    lines = [_HEAD.format(title=sheet.title, title_en=sheet.title_en)]
    lines += [f"id: {sheet.id}", f"title: {flow({'ja': sheet.title, 'en': sheet.title_en})}"]
    lines += [f"edition: {flow(sheet.edition, quoted=True)}", f"size_mm: {flow(list(sheet.size_mm))}"]
    lines += [f"record_key: {flow(list(sheet.record_key))}", f"hand_minutes: {sheet.hand_minutes}"]
    lines += [f"hand_minutes_source: {flow(sheet.hand_minutes_source)}", "pages:"]
    for number, fields in enumerate(pages, start=1):
        lines += [f"  - blank: page{number}.png", "    fields:"]
        for entry in fields:
            lines += field_lines(entry)
    if sheet.rules:
        lines.append("rules:")
        lines += [f"  - {flow(rule)}" for rule in sheet.rules]
    return "\n".join(lines) + "\n"
