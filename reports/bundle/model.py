"""Data classes of a bundle about one application; secret values are masked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from templates_forms.model import Box

Translate = Callable[[str, str | None], str]
"""The text of a code word: `translate("state", "entered")`."""


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field: the reading, the settled value and who settled it. `number` is its mark on the sheet."""

    number: int
    name: str
    label: str
    page: int
    box: Box
    read: str
    confidence: float | None
    decision: str
    reasons: tuple[str, ...]
    value: str
    origin: str
    secret: bool


@dataclass(frozen=True, slots=True)
class VerificationRow:
    """A person's verification of a field."""

    at: str
    field: str
    label: str
    who: str
    outcome: str
    shown: str
    value: str
    seconds: float
    note: str


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry into a legacy system: its journal (time, state, actor), and each field as settled and as read back."""

    id: int
    system: str
    state: str
    record_version: int
    receipt: str
    seconds: float | None
    journal: tuple[tuple[str, str, str], ...]
    compared: tuple[tuple[str, str, str, bool | None], ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of the application: JPEG of the scan and of the registered sheet, secret fields covered in both.

    `scan_sha256` and `picture_sha256` are those of the stored pictures, uncovered; `size_mm` is the printed sheet's.
    """

    number: int
    scan: bytes | None
    sheet: bytes | None
    size_mm: tuple[float, float] | None
    scan_sha256: str
    picture_sha256: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside the PDF."""

    name: str
    data: bytes
    mime: str
    description: str
    relation: str = "Data"


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything that goes into the PDF, and as data into `facts.json`."""

    office: str
    document: int
    title: str
    edition: str
    state: str
    key: str
    opened: str
    made_at: str
    made_by: str
    file_name: str
    file_sha256: str
    file_size: int
    fields: tuple[FieldRow, ...]
    verifications: tuple[VerificationRow, ...]
    versions: tuple[tuple[int, str, str, str], ...]
    entries: tuple[EntryRow, ...]
    proof: Mapping[str, Any]
