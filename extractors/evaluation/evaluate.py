"""Compares readings with a truth file: accuracy on a folder of scans, and how well confidence is calibrated."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

from extractors.base.errors import ExtractionError
from extractors.base.model import Reading
from extractors.confidence.decision import Policy
from extractors.evaluation.character_counts import Counts, count
from extractors.evaluation.metrics import LabelledReading, Share, Summary, bins, ece, share, summarise
from extractors.reader.read_paths import PageResult, Progress, read_paths
from extractors.reader.reader import Reader
from templates_forms.model import DIGIT_TYPES, MARK_TYPES, Field, FieldType, Form
from templates_forms.values import normalise, same

__all__ = ["Evaluation", "evaluate", "read_paths"]

# `samples.make` writes this file beside its scans.
TRUTH = "truth.csv"
TRUTH_COLUMNS = ("file", "page", "form", "field", "value")


class InvalidTruth(ExtractionError):
    """The truth file cannot be used."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            "bad_truth",
            f"正解ファイルを使えません: {path.name}（{why}）。列は {','.join(TRUTH_COLUMNS)} です。",
            f"{path.name} cannot be used ({why}); its columns are {','.join(TRUTH_COLUMNS)}",
        )


@dataclass(frozen=True, slots=True)
class TruthField:
    """One line of the truth file."""

    file: str
    page: int
    form: str
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How well a folder was read.

    Attributes:
        fields: every field of the truth file, compared.
        pages: pages with a truth.
        registered: those registered to the right template.
        wrong_forms: pages identified as another form or page than they are, foreign sheets included.
        forms_right: share of documents with every field right.
        seconds: wall time of the whole run.
        pages_read: pages given to the reader, including those without a truth.
        states: per field type, ``proven`` or ``unproven``.
    """

    fields: tuple[LabelledReading, ...]
    pages: int
    registered: int
    wrong_forms: int
    forms_right: Share
    forms_safe: Share
    seconds: float
    pages_read: int
    states: dict[str, str]

    def by_kind(self) -> list[Summary]:
        """One summary per field type, with free writing separate."""
        groups: dict[str, list[LabelledReading]] = defaultdict(list)
        for field in self.fields:
            groups[field.kind].append(field)
        return [summarise(kind, groups[kind]) for kind in sorted(groups)]

    def groups(self) -> list[Summary]:
        """All fields; boxes and marks together; free writing together."""
        free = [f for f in self.fields if f.kind.endswith("*")]
        boxed = [f for f in self.fields if not f.kind.endswith("*")]
        return [
            summarise("boxes and marks", boxed),
            summarise("free writing", free),
            summarise("all", self.fields),
        ]

    @property
    def seconds_per_page(self) -> float:
        """Wall time per page, registration and decoding included."""
        return self.seconds / max(self.pages_read, 1)

    def reliability(self) -> list[tuple[float, float, int]]:
        """Bins of (mean confidence, share right, number) over all fields."""
        return bins([(f.confidence, f.right) for f in self.fields if f.confidence is not None])

    def counts(self) -> Counts:
        """Single characters, long numbers, marks, and the fields lost on unread pages."""
        return count(self.fields)

    def to_json(self) -> dict[str, Any]:
        """Plain data: the table, the figures of the run, and every wrong field."""
        return {
            "kinds": [asdict(s) | _values(s) for s in (*self.by_kind(), *self.groups())],
            "ece": ece([(f.confidence, f.right) for f in self.fields if f.confidence is not None]),
            "counts": asdict(self.counts()),
            "pages": self.pages,
            "pages_registered": self.registered,
            "wrong_forms": self.wrong_forms,
            "forms_all_right": asdict(self.forms_right),
            "forms_no_wrong_accepted": asdict(self.forms_safe),
            "seconds_per_page": round(self.seconds_per_page, 3),
            "reliability": self.reliability(),
            "states": self.states,
            "wrong": [asdict(f) for f in self.fields if not f.right],
        }

    def write_json(self, path: Path) -> None:
        """Writes ``to_json`` to a file."""
        path.write_text(json.dumps(self.to_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _values(summary: Summary) -> dict[str, float]:
    return {
        "accuracy": summary.right.value,
        "coverage": summary.accepted.value,
        "accepted_error": summary.wrong_accepted.value,
    }


def kind_of(field: Field) -> str:
    """The row of the table for a field: its type, ``*`` when written without boxes."""
    boxed = field.cells or field.options or any((field.year, field.month, field.day))
    written = field.type in DIGIT_TYPES or field.type in (
        FieldType.TEXT,
        FieldType.KANA,
        FieldType.LATIN,
        FieldType.DATE,
    )
    return f"{field.type}*" if written and not boxed and field.type not in MARK_TYPES else str(field.type)


def load_truth(path: Path) -> list[TruthField]:
    """Reads ``truth.csv``.

    Raises:
        InvalidTruth: it is missing, has other columns, or a page that is not a number.
    """
    try:
        # A CSV that was saved by Excel begins with a byte order mark.
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream)
            if not set(TRUTH_COLUMNS) <= set(rows.fieldnames or ()):
                raise InvalidTruth(path, "列が足りません")
            return [
                TruthField(r["file"], int(r["page"]), r["form"], r["field"], r["value"] or "") for r in rows
            ]
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise InvalidTruth(path, str(error)) from error


def evaluate(
    directory: Path,
    templates: Mapping[str, Form],
    *,
    reader: Reader | None = None,
    policy: Policy | None = None,
    today: date | None = None,
    progress: Progress | None = None,
    on_page: Callable[[PageResult], None] | None = None,
) -> Evaluation:
    """Reads a folder and compares it with its ``truth.csv``.

    A field of the truth whose page was not read, or read as another form, counts as wrong. Files without
    a truth are read too: any page identified as a form there counts as a wrong form, unless the file is an exact copy
    of a file with a truth.

    Args:
        directory: scans and ``truth.csv``.
        templates: the installed forms.
        reader, policy, today, progress: as for ``read_paths``.
        on_page: called with every result.

    Raises:
        InvalidTruth: the truth file cannot be used.
    """
    truth = load_truth(directory / TRUTH)
    chosen = policy or Policy()
    copies = _copies(directory, {line.file for line in truth})
    # Finding the copies is no part of reading.
    start = perf_counter()
    results: list[PageResult] = []
    for result in read_paths(
        [directory], templates, reader=reader, policy=chosen, today=today, progress=progress
    ):
        if result.file.rpartition("/")[2] not in copies:
            results.append(result)
        if on_page is not None:
            on_page(result)
    return compare(truth, results, templates, perf_counter() - start, chosen)


def _copies(directory: Path, known: set[str]) -> frozenset[str]:
    """Names of files with exactly the bytes of a file that has a truth: a duplicate, not a wrong form."""
    paths = [path for path in sorted(directory.rglob("*")) if path.is_file()]
    contents = {hashlib.sha256(path.read_bytes()).digest() for path in paths if path.name in known}
    others = [path for path in paths if path.name not in known]
    return frozenset(p.name for p in others if hashlib.sha256(p.read_bytes()).digest() in contents)


def compare(
    truth: Sequence[TruthField],
    results: Sequence[PageResult],
    templates: Mapping[str, Form],
    seconds: float,
    policy: Policy | None = None,
) -> Evaluation:
    """Compares existing results with the truth; see ``evaluate``."""
    by_page: dict[tuple[str, int], PageResult] = {}
    for result in results:
        by_page[(result.file, result.page)] = result
        # A truth file may name a file without its folder.
        by_page.setdefault((result.file.rpartition("/")[2], result.page), result)
    fields = [_label(line, by_page.get((line.file, line.page)), templates) for line in truth]
    expected = {(line.file, line.page): line.form for line in truth}
    registered = sum(_is_form(by_page.get(key), form) for key, form in expected.items())
    taken = [r for r in results if r.form is not None]
    wrong = sum(_expected(expected, r) != r.form for r in taken)
    right, safe = _documents(fields, results)
    chosen = policy or Policy()
    states = {str(kind): str(chosen.state(kind)) for kind in FieldType}
    used = {field.kind.rstrip("*") for field in fields}
    return Evaluation(
        fields=tuple(fields),
        pages=len(expected),
        registered=registered,
        wrong_forms=wrong,
        forms_right=right,
        forms_safe=safe,
        seconds=seconds,
        pages_read=len(taken),
        states={kind: state for kind, state in states.items() if kind in used},
    )


def _is_form(result: PageResult | None, form: str) -> bool:
    return result is not None and result.form == form


def _expected(expected: Mapping[tuple[str, int], str], result: PageResult) -> str | None:
    return expected.get((result.file, result.page)) or expected.get(
        (result.file.rpartition("/")[2], result.page)
    )


def _label(line: TruthField, result: PageResult | None, templates: Mapping[str, Form]) -> LabelledReading:
    form = templates.get(line.form)
    field = next((f for f in form.fields() if f.name == line.field), None) if form else None
    kind = kind_of(field) if field else "unknown"
    reading = _reading(line, result)
    if reading is None or field is None:
        truth = normalise(field.type, line.value, field) if field else line.value
        return LabelledReading(
            line.file, line.page, line.form, line.field, kind, truth, "", False, None, "unread"
        )
    return LabelledReading(
        line.file,
        line.page,
        line.form,
        line.field,
        kind,
        normalise(field.type, line.value, field),
        reading.value,
        same(field.type, reading.value, line.value, field),
        reading.confidence,
        str(reading.decision or "verify"),
        reading.reasons,
    )


def _reading(line: TruthField, result: PageResult | None) -> Reading | None:
    # Another form may have a field of the same name.
    if result is None or result.form != line.form:
        return None
    return next((r for r in result.readings if r.field == line.field), None)


def _documents(fields: Sequence[LabelledReading], results: Sequence[PageResult]) -> tuple[Share, Share]:
    """Share of documents that are entirely right, and share without a wrong accepted field."""
    starts = _document_starts(results)
    whole: dict[tuple[str, int], list[LabelledReading]] = defaultdict(list)
    for field in fields:
        whole[(field.file, starts.get((field.file, field.page), field.page))].append(field)
    right = sum(all(f.right for f in group) for group in whole.values())
    safe = sum(all(f.right or f.decision != "accept" for f in group) for group in whole.values())
    return share(right, len(whole)), share(safe, len(whole))


def _document_starts(results: Sequence[PageResult]) -> dict[tuple[str, int], int]:
    """For each page the first page of its document."""
    starts: dict[tuple[str, int], int] = {}
    last: PageResult | None = None
    start = 0
    for result in results:
        if result.form is None:
            continue
        # Pages of one document follow one another in a file; any other page begins a new one.
        goes_on = last is not None and last.file == result.file and last.form == result.form
        if not (goes_on and last is not None and result.form_page == last.form_page + 1):
            start = result.page
        for name in (result.file, result.file.rpartition("/")[2]):
            starts[(name, result.page)] = start
        last = result
    return starts
