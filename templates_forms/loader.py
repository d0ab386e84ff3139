"""Loads ``form.yaml`` into the model, and says in words what is wrong with it."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from PIL import Image

from templates_forms.errors import TemplateError
from templates_forms.model import (
    MARK_TYPES,
    SECRET_TYPES,
    Box,
    Era,
    Field,
    FieldType,
    Form,
    Handling,
    Mark,
    Option,
    PageTemplate,
    Part,
    Rule,
)

FORM_FILE = "form.yaml"
_SCHEMA = Path(__file__).with_name("form.schema.json")


def load_form(folder: Path) -> Form:
    """Reads one template folder (or the path of its ``form.yaml``).

    Raises:
        TemplateError: the YAML is cut off, breaks the schema, or names blanks that are not there.
    """
    path = folder if folder.is_file() else folder / FORM_FILE
    data = _parse(path)
    problems = _schema_problems(data)
    if problems:
        raise TemplateError(path, problems)
    form = _form(data, path.parent)
    problems = _meaning_problems(form)
    if problems:
        raise TemplateError(path, problems)
    return form


def load_library(folder: Path) -> dict[str, Form]:
    """Every template below a folder, by form id, in the order of their folder names.

    Raises:
        TemplateError: a template is not usable, two share an id, or there is none.
    """
    if (folder / FORM_FILE).is_file():
        form = load_form(folder)
        return {form.id: form}
    forms: dict[str, Form] = {}
    for path in sorted(folder.glob(f"*/{FORM_FILE}")):
        form = load_form(path)
        if form.id in forms:
            first = forms[form.id].folder
            raise TemplateError(path, [f"id '{form.id}' は {first} でも使われています (id is used twice)"])
        forms[form.id] = form
    if not forms:
        raise TemplateError(folder, ["form.yaml を含むフォルダーがありません (no template folder in here)"])
    return forms


def _parse(path: Path) -> Any:
    if not path.is_file():
        raise TemplateError(path, ["ファイルがありません (file not found)"])
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TemplateError(path, [f"YAML として読めません (not valid YAML): {error}"]) from error


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(_SCHEMA.read_text(encoding="utf-8")))


def _schema_problems(data: Any) -> list[str]:
    errors = sorted(_validator().iter_errors(data), key=lambda e: [str(p) for p in e.absolute_path])
    return [f"{_where(data, list(error.absolute_path))}: {error.message[:300]}" for error in errors]


def _where(data: Any, path: list[Any]) -> str:
    """Names a place by field name rather than by number: ``page 1, field birth_date, key year``."""
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


def _box(values: list[float]) -> Box:
    return Box(*(float(v) for v in values))


def _cells(value: int | list[int] | None) -> tuple[int, ...] | None:
    if value is None:
        return None
    return (value,) if isinstance(value, int) else tuple(value)


def _options(data: list[dict[str, Any]] | None) -> tuple[Option, ...]:
    return tuple(Option(str(o["value"]), str(o.get("label", o["value"])), _box(o["box"])) for o in data or [])


def _part(data: dict[str, Any] | None) -> Part | None:
    return Part(_box(data["box"]), _cells(data.get("cells"))) if data else None


def _era(data: dict[str, Any] | None) -> Era | None:
    if not data:
        return None
    mark = Mark(data["mark"]) if "mark" in data else (Mark.CIRCLE if data.get("options") else None)
    return Era(mark, _options(data.get("options")), data.get("fixed"))


def _title(value: str | dict[str, str]) -> tuple[str, str]:
    if isinstance(value, str):
        return value, value
    return value["ja"], value.get("en", value["ja"])


def _field(data: dict[str, Any], page: int) -> Field:
    kind = FieldType(data["type"])
    options, era = _options(data.get("options")), _era(data.get("era"))
    parts = [_part(data.get(key)) for key in ("year", "month", "day")]
    boxes = [_box(data["box"])] if "box" in data else []
    if not boxes:
        boxes = [o.box for o in options] + [o.box for o in (era.options if era else ())]
        boxes += [part.box for part in parts if part]
    box = boxes[0]
    for other in boxes[1:]:
        box = box.union(other)
    label, label_en = _title(data.get("label", data["name"]))
    mark = Mark(data["mark"]) if "mark" in data else (Mark.TICK if kind in MARK_TYPES else None)
    return Field(
        name=data["name"],
        label=label,
        label_en=data.get("label_en", label_en),
        type=kind,
        page=page,
        box=box,
        cells=_cells(data.get("cells")),
        required=bool(data.get("required", False)),
        handling=Handling(data.get("handling", "auto")),
        mark=mark,
        options=options,
        era=era,
        year=parts[0],
        month=parts[1],
        day=parts[2],
        secret=bool(data.get("secret", kind in SECRET_TYPES)),
        max_length=data.get("max_length"),
        pattern=data.get("pattern"),
        content=data.get("content"),
    )


def _rule(data: dict[str, Any]) -> Rule:
    values = tuple(str(v) for v in data.get("values", []))
    return Rule(data["rule"], tuple(data.get("fields", [])), bool(data.get("required", False)), values)


def _form(data: dict[str, Any], folder: Path) -> Form:
    pages = tuple(
        PageTemplate(number, folder / page["blank"], tuple(_field(f, number) for f in page["fields"]))
        for number, page in enumerate(data["pages"], start=1)
    )
    title, title_en = _title(data["title"])
    width, height = data["size_mm"]
    return Form(
        id=data["id"],
        title=title,
        title_en=title_en,
        edition=str(data.get("edition", "")),
        size_mm=(float(width), float(height)),
        record_key=tuple(data.get("record_key", [])),
        pages=pages,
        rules=tuple(_rule(r) for r in data.get("rules", [])),
        folder=folder,
        hand_minutes=data.get("hand_minutes"),
        hand_minutes_source=data.get("hand_minutes_source"),
        system=data.get("system"),
        error_target=data.get("error_target"),
        retention_days=data.get("retention_days"),
    )


def _meaning_problems(form: Form) -> list[str]:
    problems: list[str] = []
    counts = Counter(field.name for field in form.fields())
    problems += [
        f"項目 {name}: 同じ名前が {n} 回あります (name used {n} times)" for name, n in counts.items() if n > 1
    ]
    for page in form.pages:
        problems += _blank_problems(page)
        for field in page.fields:
            problems += _field_problems(field, form.size_mm)
    for key in form.record_key:
        if key not in counts:
            problems.append(f"record_key: 項目 {key} がありません (no such field)")
    for rule in form.rules:
        problems += [
            f"rules › {rule.rule}: 項目 {n} がありません (no such field)"
            for n in rule.fields
            if n not in counts
        ]
    return problems


def _blank_problems(page: PageTemplate) -> list[str]:
    if not page.blank.resolve().is_relative_to(page.blank.parent.parent.resolve()):
        return [f"pages › {page.number} › blank: フォルダーの外を指しています (points outside the folder)"]
    if not page.blank.is_file():
        return [f"pages › {page.number} › blank: {page.blank.name} がありません (picture not found)"]
    try:
        with Image.open(page.blank) as picture:
            picture.verify()
    except (OSError, SyntaxError) as error:
        return [f"pages › {page.number} › blank: 画像として開けません (not a picture): {error}"]
    return []


def _field_problems(field: Field, size: tuple[float, float]) -> list[str]:
    problems = []
    boxes = {"box": field.box} | {f"options › {o.value}": o.box for o in field.options}
    for key, box in boxes.items():
        outside = box.x < 0 or box.y < 0 or box.right > size[0] + 0.5 or box.bottom > size[1] + 0.5
        if outside or box.width <= 0 or box.height <= 0:
            problems.append(
                f"項目 {field.name} › {key}: 枠が用紙の外か、大きさが 0 です (box is off the sheet or empty)"
            )
    if field.type in (FieldType.CHOICE, FieldType.MULTI_CHOICE):
        values = [option.value for option in field.options]
        if len(set(values)) < max(2 if field.type is FieldType.CHOICE else 1, len(values)):
            problems.append(f"項目 {field.name} › options: 異なる選択肢が必要です (needs distinct options)")
    return problems
