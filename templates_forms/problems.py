"""Validates a template, with messages that name page, field and key."""

from __future__ import annotations

import difflib
import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from PIL import Image

from templates_forms.model import Box, Era, Field, FieldType, Form, PageTemplate
from templates_forms.rules import RULES

_SCHEMA = Path(__file__).with_name("form.schema.json")
_ERAS = frozenset("MTSHR")
_MOST_SHARED = 0.25  # of the smaller of two boxes; neighbours that were drawn by hand touch
_SLACK_MM = 0.5  # a box on the edge of the sheet may exceed it by rounding


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(_SCHEMA.read_text(encoding="utf-8")))


def schema_problems(data: Any) -> list[str]:
    """Return one sentence for each violation of ``form.schema.json``, in the order of the file."""
    errors = sorted(_validator().iter_errors(data), key=lambda e: [str(p) for p in e.absolute_path])
    return [f"{_where(data, list(error.absolute_path))}: {_sentence(error)}" for error in errors]


def _where(data: Any, path: list[Any]) -> str:
    """Return a position with field names instead of numbers: ``pages › #1 › fields › birth_date › year``."""
    words: list[str] = []
    here = data
    for step in path:
        here = here[step]
        if isinstance(step, int):
            name = here.get("name") or here.get("value") if isinstance(here, dict) else None
            words.append(str(name) if name else f"#{step + 1}")
        else:
            words.append(str(step))
    return " › ".join(words) or "form.yaml"


def _sentence(error: ValidationError) -> str:
    """Return a schema error in Japanese, with the validator's own message in brackets."""
    own, asked = error.message[:300], cast(Any, error.validator_value)
    # YAML 1.1 reads a bare yes, no and 2026-04-01 as boolean and date.
    if isinstance(error.instance, bool | date) and error.validator in ("type", "oneOf", "enum"):
        return f"値が文字列になっていません。引用符で囲んでください (put it in quotes): {own}"
    if error.validator == "required":
        missing = [key for key in asked if key not in cast(dict[str, Any], error.instance)]
        return f"キー {', '.join(missing)} がありません (missing key)"
    if error.validator == "additionalProperties":
        return _unknown_keys(error)
    if error.validator == "anyOf":
        needs = " / ".join("+".join(choice.get("required", [])) for choice in asked)
        return f"{needs} のどれかが必要です (one of these keys is needed)"
    if error.validator in ("enum", "const"):
        return f"使える値ではありません (not one of the allowed values): {own}"
    return f"値の形が違います (wrong kind of value): {own}"


def _unknown_keys(error: ValidationError) -> str:
    known = list(cast(dict[str, Any], error.schema).get("properties", {}))
    words = []
    for key in cast(dict[str, Any], error.instance):
        if key in known:
            continue
        near = difflib.get_close_matches(str(key), known, n=1)
        words.append(f"{key}（{near[0]} の誤り？）" if near else str(key))
    return f"知らないキーです (unknown key): {', '.join(words)}"


def meaning_problems(form: Form) -> list[str]:
    """Return the errors that a schema cannot express: duplicate names, boxes off the sheet, missing pictures."""
    problems: list[str] = []
    counts = Counter(field.name for field in form.fields())
    problems += [
        f"項目 {name}: 同じ名前が {n} 回あります (name used {n} times)" for name, n in counts.items() if n > 1
    ]
    for page in form.pages:
        problems += _blank_problems(page, form.folder)
        for field in page.fields:
            problems += _field_problems(field, form.size_mm)
        problems += _overlap_problems(page)
    for key in form.record_key:
        if key not in counts:
            problems.append(f"record_key: 項目 {key} がありません (no such field)")
    for rule in form.rules:
        if rule.rule not in RULES:
            near = difflib.get_close_matches(rule.rule, RULES, n=1) or sorted(RULES)
            problems.append(f"rules › {rule.rule}: 知らない規則です (unknown rule). {' / '.join(near)}")
        problems += [
            f"rules › {rule.rule}: 項目 {n} がありません (no such field)"
            for n in rule.fields
            if n not in counts
        ]
    return problems


def _blank_problems(page: PageTemplate, folder: Path) -> list[str]:
    where = f"pages › #{page.number} › blank"
    # A template may come from another office, so its paths are not trusted.
    if not page.blank.resolve().is_relative_to(folder.resolve()):
        return [f"{where}: フォルダーの外を指しています (points outside the folder)"]
    if not page.blank.is_file():
        return [f"{where}: {page.blank.name} がありません (picture not found)"]
    try:
        with Image.open(page.blank) as picture:
            picture.verify()
    except (OSError, SyntaxError) as error:
        return [f"{where}: {page.blank.name} を画像として開けません (not a picture): {error}"]
    return []


def _field_problems(field: Field, size: tuple[float, float]) -> list[str]:
    problems = [
        f"項目 {field.name} › {key}: 枠が用紙の外か、大きさが 0 です (box is off the sheet or empty)"
        for key, box in _boxes(field)
        if _is_off_sheet(box, size)
    ]
    if field.type in (FieldType.CHOICE, FieldType.MULTI_CHOICE):
        values = [option.value for option in field.options]
        if len(set(values)) < max(2 if field.type is FieldType.CHOICE else 1, len(values)):
            problems.append(f"項目 {field.name} › options: 異なる選択肢が必要です (needs distinct options)")
    if field.era:
        problems += _era_problems(field.name, field.era)
    if field.pattern is not None:
        problems += _pattern_problems(field.name, field.pattern)
    return problems


def _overlap_problems(page: PageTemplate) -> list[str]:
    """Return the overlaps of fields: both would read the same ink. Seals may overlap, they are pressed over names."""
    places = [(field, [box for _, box in _ink_boxes(field)]) for field in page.fields]
    found = []
    for i, (first, mine) in enumerate(places):
        for second, theirs in places[i + 1 :]:
            if FieldType.SEAL in (first.type, second.type) or first.name == second.name:
                continue
            if max((_shared(a, b) for a in mine for b in theirs), default=0.0) > _MOST_SHARED:
                found.append(
                    f"項目 {first.name} と {second.name} の枠が重なっています。"
                    f"離すか、どちらかを削除してください (boxes overlap)"
                )
    return found


def _ink_boxes(field: Field) -> Iterator[tuple[str, Box]]:
    """Yield the boxes that are written into, without the outer box around options and parts of a date."""
    boxes = list(_boxes(field))
    yield from boxes[1:] or boxes


def _shared(a: Box, b: Box) -> float:
    """Return the common area of two boxes, as a share of the smaller one."""
    width = min(a.right, b.right) - max(a.x, b.x)
    height = min(a.bottom, b.bottom) - max(a.y, b.y)
    smaller = min(a.width * a.height, b.width * b.height)
    return width * height / smaller if width > 0 and height > 0 and smaller > 0 else 0.0


def _boxes(field: Field) -> Iterator[tuple[str, Box]]:
    yield "box", field.box
    for option in field.options:
        yield f"options › {option.value}", option.box
    for option in field.era.options if field.era else ():
        yield f"era › options › {option.value}", option.box
    for key, part in (("year", field.year), ("month", field.month), ("day", field.day)):
        if part:
            yield key, part.box


def _is_off_sheet(box: Box, size: tuple[float, float]) -> bool:
    if not all(map(math.isfinite, (box.x, box.y, box.width, box.height))):
        return True
    outside = box.x < 0 or box.y < 0 or box.right > size[0] + _SLACK_MM or box.bottom > size[1] + _SLACK_MM
    return outside or box.width <= 0 or box.height <= 0


def _era_problems(name: str, era: Era) -> list[str]:
    strange = sorted({option.value for option in era.options} - _ERAS)
    if not strange:
        return []
    return [f"項目 {name} › era: 元号は M T S H R のどれかです (no such era): {', '.join(strange)}"]


def _pattern_problems(name: str, pattern: str) -> list[str]:
    try:
        re.compile(pattern)
    except re.error as error:
        return [f"項目 {name} › pattern: 正規表現として読めません (not a regular expression): {error}"]
    return []
