"""Reads a sample scan with a template that is being edited, or one field as several types for comparison."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2

from extractors.base.errors import BlankPage
from extractors.base.model import Image, Reading, RegisteredPage
from extractors.base.reasons import sentence
from extractors.confidence.decision import decide
from extractors.files.decode import Limits, open_pages
from extractors.reader.reader import Reader
from extractors.registration.identify import Library
from extractors.registration.register import locate
from extractors.values.rule_checks import apply_rules
from templates_forms.loader import FORM_FILE, form_of
from templates_forms.model import SECRET_TYPES, Box, Form

_MOST_PAGES = 12  # a sample for one form; a whole batch would keep a person waiting for minutes
_QUALITY = 72
_HIDDEN = "●"  # one for each character: the length shows whether the reading is plausible


def read_scan(
    folder: Path, data: Any, scan: Path, reader: Reader, field: str = "", types: Sequence[str] = ()
) -> dict[str, Any]:
    """Reads every field, or one field as each of several types.

    Args:
        folder: of the template, for its blank pages.
        data: of its ``form.yaml`` as it stands in the editor.
        scan: a filled form.
        reader: the engines.
        field: read only this one, once as each of ``types``.
        types: names of field types.

    Returns:
        ``pages`` (number in the form, JPEG as base64, secret fields painted over) and ``readings`` (index of the page
        in the list, field, value, confidence, decision, reasons, and the type it was read as).

    Raises:
        TemplateError: the data is no usable template.
        ExtractionError: the scan cannot be opened or matches no page of the form.
    """
    form = form_of(data, folder / FORM_FILE)
    # Part of the cache's key: a replaced blank or scan must be registered again.
    stamp = tuple((page.blank.name, page.blank.stat().st_mtime_ns) for page in form.pages)
    sheets = _located(str(folder), stamp, str(scan), scan.stat().st_mtime_ns, _without_fields(form))
    if field:
        return {
            "pages": [],
            "readings": [
                r for kind in types for r in _read_as_type(sheets, data, folder, field, kind, reader)
            ],
        }
    pages = [replace(sheet, form=form, cache={}) for sheet in sheets]
    hidden = form.secret_fields()
    return {
        "pages": [{"number": page.page_no, "jpeg": _jpeg(page, form)} for page in pages],
        "readings": [
            {"sheet": at, **_reading_data(reading, form, hidden)}
            for at, found in enumerate(reader.read(pages))
            for reading in decide(form, apply_rules(form, found))
        ],
    }


def _without_fields(form: Form) -> Form:
    """The form without fields and rules: registration does not depend on them, so the cache outlives their edits."""
    return replace(form, pages=tuple(replace(page, fields=()) for page in form.pages), rules=())


@lru_cache(maxsize=12)
def _located(folder: str, stamp: Any, scan: str, changed: int, form: Form) -> tuple[RegisteredPage, ...]:
    """The scan's pages registered to the template's blanks. Cached: fields change more often than pages."""
    library = Library([form])
    sheets = []
    for image in open_pages(Path(scan), Limits(pages=_MOST_PAGES)):
        try:
            sheets.append(locate(image, library, form.id))
        except BlankPage:
            continue
    return tuple(sheets)


def _read_as_type(
    sheets: Sequence[RegisteredPage], data: Any, folder: Path, field: str, kind: str, reader: Reader
) -> list[dict[str, Any]]:
    """Reads one field as if it had another type: the same ink with another alphabet."""
    pages = [
        {**page, "fields": [{**entry, "type": kind} for entry in page["fields"] if entry["name"] == field]}
        for page in data["pages"]
    ]
    # Rules and record key name fields that this form no longer has, and would not load.
    form = form_of({**data, "pages": pages, "rules": [], "record_key": []}, folder / FORM_FILE)
    where = form.field(field).page
    numbers = [at for at, sheet in enumerate(sheets) if sheet.page_no == where]
    located = [replace(sheets[at], form=form, cache={}) for at in numbers]
    # A field that is secret by its own type must not become readable because it is tried as another.
    hidden = form.secret_fields() | {f["name"] for p in data["pages"] for f in p["fields"] if _secret(f)}
    return [
        {"sheet": at, **_reading_data(reading, form, hidden)}
        for at, found in zip(numbers, reader.read(located), strict=True)
        for reading in decide(form, found)
    ]


def _secret(entry: dict[str, Any]) -> bool:
    return bool(entry.get("secret", entry["type"] in {kind.value for kind in SECRET_TYPES}))


def _reading_data(reading: Reading, form: Form, hidden: frozenset[str] | set[str]) -> dict[str, Any]:
    field = form.field(reading.field)
    return {
        "field": field.name,
        "label": field.label,
        "type": field.type.value,
        "page": reading.page,
        "value": _HIDDEN * len(reading.value) if field.name in hidden else reading.value,
        "secret": field.name in hidden,
        "confidence": reading.confidence,
        "decision": reading.decision.value if reading.decision else None,
        "reasons": [{"ja": sentence(code), "en": sentence(code, "en")} for code in reading.reasons],
    }


def _jpeg(page: RegisteredPage, form: Form) -> str:
    picture = page.sheet_color.copy()
    scale = picture.shape[1] / form.size_mm[0]
    for field in page.template.fields:
        if field.name in form.secret_fields():
            _cover(picture, field.box, scale)
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        raise ValueError("picture cannot be encoded")
    return base64.b64encode(data.tobytes()).decode("ascii")


def _cover(picture: Image, box: Box, scale: float) -> None:
    # 1 mm wider than the box: handwriting runs over its edges.
    y0, y1 = max(round((box.y - 1) * scale), 0), round((box.bottom + 1) * scale)
    x0, x1 = max(round((box.x - 1) * scale), 0), round((box.right + 1) * scale)
    picture[y0:y1, x0:x1] = (204, 204, 204)
