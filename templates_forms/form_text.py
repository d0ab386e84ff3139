"""Writes ``form.yaml`` for people to read: short fields on one line, long ones on several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

# A field stays on one line up to this length; about the width of a screen.
_WIDTH = 150
_KEY_WIDTH = 110

Entry = dict[str, Any]


def flow(value: Any, *, quoted: bool = False) -> str:
    """Return a value on one line in YAML flow style."""
    style = '"' if quoted else None
    # The width keeps PyYAML from breaking the line itself.
    text = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10_000, default_style=style
    )
    # PyYAML ends a bare scalar with a document end marker.
    return text.removesuffix("\n").removesuffix("\n...").strip()


def field_lines(entry: Mapping[str, Any], indent: str = "      ") -> list[str]:
    """Return the lines of one field below ``fields:``."""
    short = f"{indent}- {flow(dict(entry))}"
    if len(short) <= _WIDTH:
        return [short]
    lines: list[str] = []
    for key, value in entry.items():
        lines += _key(key, value, indent + "  ")
    lines[0] = f"{indent}- {lines[0].strip()}"
    return lines


def _key(key: str, value: Any, indent: str) -> list[str]:
    one_line = f"{indent}{key}: {flow(value)}"
    if len(one_line) <= _KEY_WIDTH or not isinstance(value, dict | list):
        return [one_line]
    if isinstance(value, list):
        return [f"{indent}{key}:", *(f"{indent}  - {flow(item)}" for item in value)]
    lines = [f"{indent}{key}:"]
    for inner, inner_value in value.items():
        lines += _key(inner, inner_value, indent + "  ")
    return lines


def form_text(data: Mapping[str, Any], remark: str = "") -> str:
    """Return the text of a ``form.yaml`` from its data, keys in the order given.

    Args:
        data: as the loader reads it; ``pages`` and ``rules`` take several lines, every other key one line.
        remark: the header comment.
    """
    lines = [f"# {line}".rstrip() for line in remark.splitlines()]
    for key, value in data.items():
        if key == "pages":
            lines.append("pages:")
            for page in value:
                lines += [f"  - blank: {flow(page['blank'])}", *_fields(page["fields"])]
        elif key == "rules" and value:
            lines += ["rules:", *(f"  - {flow(rule)}" for rule in value)]
        else:
            lines.append(f"{key}: {flow(value, quoted=key == 'edition')}")
    return "\n".join(lines) + "\n"


def _fields(entries: list[Entry]) -> list[str]:
    if not entries:
        return ["    fields: []"]
    return ["    fields:", *(line for entry in entries for line in field_lines(entry))]
