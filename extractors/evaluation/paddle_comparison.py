"""The plain recogniser on the same fields: PP-OCRv6 without further work, its mean score as confidence.

Each field is cut from the registered page as it is, frames and printed words included, and read by PaddleOCR's
``TextRecognition``. The text is normalised for its type, which ignores differences in hyphens, widths and ¥.
The plain recogniser gets help: pages are registered for it, and for a date it gets separate crops of
year, month and day as well as the era. Ticks, rings and seals are left out, because it cannot read them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from extractors.base.errors import ExtractionError
from extractors.base.model import PX_PER_MM, Image, RegisteredPage
from extractors.confidence.decision import Policy
from extractors.evaluation.bench.pages import pages
from extractors.evaluation.bench.plain_paddle import RawLines, RawText
from extractors.evaluation.evaluate import TRUTH, Evaluation, TruthField, evaluate, kind_of, load_truth
from extractors.evaluation.metrics import LabelledReading, Summary, summarise
from extractors.reader.read_paths import Progress
from extractors.reader.reader import Reader
from extractors.registration.identify import Library
from extractors.registration.register import locate
from templates_forms.model import DIGIT_TYPES, Box, Field, FieldType, Form
from templates_forms.values import normalise, same, to_wareki

SCORES = (0.9, 0.99)
"""Scores from which a user might accept a text."""

_WRITTEN = DIGIT_TYPES | {FieldType.TEXT, FieldType.KANA, FieldType.LATIN, FieldType.DATE}


@dataclass(frozen=True, slots=True)
class Row:
    """One field type, or a group of them, read in both ways.

    Attributes:
        name: field type, ``*`` for free writing.
        raw: the plain recogniser, one summary for each of ``SCORES`` as the limit of acceptance.
        ours: the same fields read by `extractors`.
    """

    name: str
    raw: tuple[Summary, ...]
    ours: Summary


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same written fields read by the plain recogniser and by `extractors`.

    Attributes:
        raw: ``confidence`` is the recogniser's score, ``decision`` is always ``verify``.
        ours: in the same order.
    """

    raw: tuple[LabelledReading, ...]
    ours: tuple[LabelledReading, ...]

    def rows(self) -> list[Row]:
        """One row per field type, then boxed fields, free writing, and all together."""
        kinds: dict[str, list[int]] = defaultdict(list)
        for place, field in enumerate(self.raw):
            kinds[field.kind].append(place)
        rows = [self._row(kind, kinds[kind]) for kind in sorted(kinds)]
        free = [i for kind in kinds if kind.endswith("*") for i in kinds[kind]]
        boxed = [i for kind in kinds if not kind.endswith("*") for i in kinds[kind]]
        every = list(range(len(self.raw)))
        groups = (("in boxes", boxed), ("free writing", free), ("all", every))
        return rows + [self._row(name, places) for name, places in groups if places]

    def _row(self, name: str, places: Sequence[int]) -> Row:
        raw = [self.raw[i] for i in places]
        limits = tuple(summarise(name, [_accepted(field, score) for field in raw]) for score in SCORES)
        return Row(name, limits, summarise(name, [self.ours[i] for i in places]))

    def to_json(self) -> dict[str, Any]:
        """Plain data: the rows and every field of both readers."""
        return {
            "scores": SCORES,
            "rows": [asdict(row) for row in self.rows()],
            "raw": [asdict(field) for field in self.raw],
            "ours": [asdict(field) for field in self.ours],
        }

    def write_json(self, path: Path) -> None:
        """Writes ``to_json`` to a file."""
        path.write_text(json.dumps(self.to_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _accepted(field: LabelledReading, score: float) -> LabelledReading:
    accepted = field.confidence is not None and field.confidence >= score
    return replace(field, decision="accept" if accepted else field.decision)


def compare_raw(
    directory: Path,
    templates: Mapping[str, Form],
    *,
    reader: Reader | None = None,
    policy: Policy | None = None,
    today: date | None = None,
    evaluation: Evaluation | None = None,
    raw: RawLines | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Reads the written fields of a folder in both ways and compares both with its ``truth.csv``.

    Args:
        directory: scans and ``truth.csv``.
        templates: the installed forms.
        reader, policy, today: as for ``evaluate``.
        evaluation: of the same folder, when it exists already.
        raw: the plain recogniser; with the shipped weights when None.
        progress: called after each page with its file and number.

    Raises:
        InvalidTruth: the truth file cannot be used.
        MissingModel: a model file is not installed.
    """
    truth = load_truth(directory / TRUTH)
    ours = evaluation or evaluate(
        directory, templates, reader=reader, policy=policy, today=today, progress=progress
    )
    read = _read(directory, templates, truth, raw or RawLines(), progress)
    pairs = [
        (_label(line, read.get((line.file, line.page, line.field)), where), our_field)
        # `compare` keeps the order of the truth.
        for line, our_field in zip(truth, ours.fields, strict=True)
        if (where := _field(templates, line)) is not None and where.type in _WRITTEN
    ]
    return Comparison(tuple(one for one, _ in pairs), tuple(one for _, one in pairs))


def _field(templates: Mapping[str, Form], line: TruthField) -> Field | None:
    form = templates.get(line.form)
    return next((f for f in form.fields() if f.name == line.field), None) if form else None


def _label(line: TruthField, found: RawText | None, where: Field) -> LabelledReading:
    truth = normalise(where.type, line.value, where)
    head = (line.file, line.page, line.form, line.field, kind_of(where), truth)
    if found is None:
        return LabelledReading(*head, "", False, None, "unread")
    value = normalise(where.type, found.text, where)
    return LabelledReading(*head, value, same(where.type, value, line.value, where), found.score, "verify")


def _read(
    directory: Path,
    templates: Mapping[str, Form],
    truth: Sequence[TruthField],
    raw: RawLines,
    progress: Progress | None,
) -> dict[tuple[str, int, str], RawText]:
    """Text and score by file (named as in the truth), page and field."""
    wanted: dict[tuple[str, int], dict[str, str]] = defaultdict(dict)
    for line in truth:
        wanted[(line.file, line.page)][line.field] = line.value
    library = Library(templates.values())
    read: dict[tuple[str, int, str], RawText] = {}
    for name, number, page in pages([directory]):
        key = (name, number) if (name, number) in wanted else (name.rpartition("/")[2], number)
        if key not in wanted:
            continue
        try:
            located = locate(page, library)
        except ExtractionError:
            continue  # its fields count as unread, as in our own evaluation
        for field, text in _page(located, wanted[key], raw).items():
            read[(*key, field)] = text
        if progress is not None:
            progress(name, number)
    return read


def _page(located: RegisteredPage, values: Mapping[str, str], raw: RawLines) -> dict[str, RawText]:
    fields = [f for f in located.template.fields if f.type in _WRITTEN and f.name in values]
    boxes = [_boxes(field) for field in fields]
    texts = iter(raw.read([_crop(located, box) for group in boxes for box in group]))
    return {
        field.name: _joined_text(field, [next(texts) for _ in group], values[field.name])
        for field, group in zip(fields, boxes, strict=True)
    }


def _boxes(field: Field) -> list[Box]:
    parts = [part.box for part in (field.year, field.month, field.day) if part is not None]
    return parts if field.type is FieldType.DATE and len(parts) == 3 else [field.box]


def _crop(located: RegisteredPage, box: Box) -> Image:
    """The field as it appears on the registered page, frames and all."""
    x0, y0 = max(0, round(box.x * PX_PER_MM)), max(0, round(box.y * PX_PER_MM))
    x1, y1 = round(box.right * PX_PER_MM), round(box.bottom * PX_PER_MM)
    return located.sheet_color[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]


def _joined_text(field: Field, texts: Sequence[RawText], truth: str) -> RawText:
    """One text for the field; for a date the three numbers with the true era."""
    if len(texts) == 1:
        return texts[0]
    score = min(text.score for text in texts)
    year, month, day = (text.text.strip() for text in texts)
    if not year and not month and not day:
        return RawText("", score)
    if field.era is None:
        return RawText(f"{year}-{month}-{day}", score)
    era = field.era.fixed or (to_wareki(truth) or "令和")[:2]
    return RawText(f"{era}{year}年{month}月{day}日", score)
