"""Loads ``form.yaml`` into the model, and reports its errors in words."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

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
from templates_forms.problems import meaning_problems, schema_problems

FORM_FILE = "form.yaml"


def load_form(folder: Path) -> Form:
    """Load one template folder (or the path of its ``form.yaml``).

    Raises:
        TemplateError: the YAML is truncated, violates the schema, or names missing blanks.
    """
    path = folder if folder.is_file() else folder / FORM_FILE
    return form_of(_parse(path), path)


def form_data(folder: Path) -> Any:
    """Return the unchecked data of a ``form.yaml``. Raises TemplateError when it is not YAML."""
    return _parse(folder if folder.is_file() else folder / FORM_FILE)


def form_of(data: Any, path: Path) -> Form:
    """Build a form from its data, checked as the content of ``path``.

    Args:
        data: of the YAML.
        path: of the ``form.yaml``; the pictures must be beside it.

    Raises:
        TemplateError: it violates the schema, or names missing blanks.
    """
    problems = schema_problems(data)
    if problems:
        raise TemplateError(path, problems)
    form = _form(data, path.parent)
    problems = meaning_problems(form)
    if problems:
        raise TemplateError(path, problems)
    return form


def load_library(folder: Path) -> dict[str, Form]:
    """Load every template below a folder, by form id, in the order of their folder names.

    Raises:
        TemplateError: a template is not usable, two have the same id, or there is none.
    """
    forms, broken = load_usable(folder)
    if broken:
        raise broken[0]
    if not forms:
        raise TemplateError(folder, ["form.yaml を含むフォルダーがありません (no template folder in here)"])
    return forms


def load_usable(folder: Path) -> tuple[dict[str, Form], list[TemplateError]]:
    """Load the templates below a folder that can be used, and return the errors of those that cannot.

    An office that runs must not stop for one template. Of two with the same id the first counts.
    """
    if (folder / FORM_FILE).is_file():
        form = load_form(folder)
        return {form.id: form}, []
    forms: dict[str, Form] = {}
    broken: list[TemplateError] = []
    # Sorted, so that the order does not depend on the file system. Hidden folders are installations that were cut off.
    paths = (p for p in folder.glob(f"*/{FORM_FILE}") if not p.parent.name.startswith("."))
    for path in sorted(paths):
        try:
            form = load_form(path)
            if form.id in forms:
                first = forms[form.id].folder
                problem = f"id '{form.id}' は {first} でも使われています (id is used twice)"
                raise TemplateError(path, [problem])
        except TemplateError as error:
            broken.append(error)
        else:
            forms[form.id] = form
    return forms, broken


# libyaml's loader is several times as fast; PyYAML's wheels for some systems lack it.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _UniqueKeyLoader(_SafeLoader):  # type: ignore[misc]
    """SafeLoader that refuses a duplicate key, because the second one would silently replace the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        # The merge key `<<` may occur several times.
        names = (key for key, _ in node.value if isinstance(key, yaml.ScalarNode) and key.value != "<<")
        for key in names:
            if key.value in seen:
                problem = f"キー {key.value} が二度あります (key given twice)"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping


def _parse(path: Path) -> Any:
    if not path.is_file():
        raise TemplateError(path, ["ファイルがありません (file not found)"])
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeyLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TemplateError(path, [f"YAML として読めません (not valid YAML): {error}"]) from error


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
    # Era words are ringed unless the template says otherwise.
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
        # A field without a box of its own lies where its options, eras and parts are.
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
        version=data.get("version", 1),
    )
