"""Writes ``form.yaml`` the way a person would: one short field a line, long ones opened up."""

from __future__ import annotations

from typing import Any

import yaml

from samples.forms.kit import Entry, Sheet

_WIDTH = 150
_HEAD = (
    "# {title}（{title_en}）\n"
    "# Millimetres from the sheet's top left. Drawn by `python -m samples.forms`, so each box is where it is\n"
    "# printed. What every key means: templates_forms/README.md\n"
)


def form_yaml(sheet: Sheet, pages: list[list[Entry]]) -> str:
    """The text of ``form.yaml`` for a drawn form; pages are called page1.png, page2.png, …"""
    lines = [_HEAD.format(title=sheet.title, title_en=sheet.title_en)]
    lines += [f"id: {sheet.id}", f"title: {_flow({'ja': sheet.title, 'en': sheet.title_en})}"]
    lines += [f"edition: {_flow(sheet.edition, quoted=True)}", f"size_mm: {_flow(list(sheet.size_mm))}"]
    lines += [f"record_key: {_flow(list(sheet.record_key))}", f"hand_minutes: {sheet.hand_minutes}"]
    lines += [f"hand_minutes_source: {_flow(sheet.hand_minutes_source)}", "pages:"]
    for number, fields in enumerate(pages, start=1):
        lines += [f"  - blank: page{number}.png", "    fields:"]
        for entry in fields:
            lines += _field(entry, "      ")
    if sheet.rules:
        lines.append("rules:")
        lines += [f"  - {_flow(rule)}" for rule in sheet.rules]
    return "\n".join(lines) + "\n"


def _field(entry: Entry, indent: str) -> list[str]:
    short = f"{indent}- {_flow(entry)}"
    if len(short) <= _WIDTH:
        return [short]
    lines: list[str] = []
    for key, value in entry.items():
        lines += _key(key, value, indent + "  ")
    lines[0] = f"{indent}- {lines[0].strip()}"
    return lines


def _key(key: str, value: Any, indent: str) -> list[str]:
    one_line = f"{indent}{key}: {_flow(value)}"
    if len(one_line) <= 110 or not isinstance(value, dict | list):
        return [one_line]
    if isinstance(value, list):
        return [f"{indent}{key}:", *(f"{indent}  - {_flow(item)}" for item in value)]
    lines = [f"{indent}{key}:"]
    for inner, inner_value in value.items():
        lines += _key(inner, inner_value, indent + "  ")
    return lines


def _flow(value: Any, *, quoted: bool = False) -> str:
    style = '"' if quoted else None
    text = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10_000, default_style=style
    )
    return text.removesuffix("\n").removesuffix("\n...").strip()
