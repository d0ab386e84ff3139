"""Converts one field's cuts and engine results to its draft, by field type."""

from __future__ import annotations

from math import log

from extractors.base import reasons
from extractors.base.model import Candidate
from extractors.confidence.calibration import OptionModel
from extractors.recognition.fusion import alternatives
from extractors.recognition.plan import WHOLE, FieldTask, FreeJob, RowJob
from extractors.values import barcode, characters, dates, marks, text
from extractors.values.dates import PartRead
from extractors.values.draft import Draft, ink_reasons, logit, row_features, row_reasons, unread_reason
from templates_forms.model import MARK_TYPES, Field, FieldType, Mark

_SOME_INK = 0.004
# Share of the box from which ink is a seal or signature rather than dust: a signature covers less of its box.
_PRESENCE_INK = {FieldType.SEAL: 0.012, FieldType.SIGNATURE: 0.008}
_PRESENCE_STEEPNESS = 3.0


def draft(task: FieldTask, options: OptionModel) -> Draft:
    """Returns the value of a field with the evidence for and against it."""
    field = task.field
    if field.type in MARK_TYPES:
        return marks.read_marks(field, task.inks, options)
    if field.type in (FieldType.SEAL, FieldType.SIGNATURE):
        return read_presence(field, *task.presence)
    if field.type is FieldType.BARCODE:
        return barcode.read_barcode(task.located, field)
    if field.type is FieldType.DATE and WHOLE not in task.free_parts:
        return _date(task, options)
    if WHOLE in task.rows:
        return _cells(task, task.rows[WHOLE])
    return _free(task, task.free_parts[WHOLE])


def _cells(task: FieldTask, job: RowJob) -> Draft:
    if job.row is None:
        return _empty(max(job.cut.ink, default=0.0), job)
    return characters.read_cells(task.field, job.row, job.cut)


def _free(task: FieldTask, job: FreeJob) -> Draft:
    if not job.texts:
        return _empty(job.cut.ink, job)
    return text.read_free(task.field, job.cut, job.texts)


def _empty(ink: float, job: RowJob | FreeJob) -> Draft:
    """A field without writing: the ink alone decides, and a small amount of ink is a reason to check it."""
    found = ink_reasons(job.cut)
    if (
        ink > _SOME_INK
        or (isinstance(job, RowJob) and job.specks)
        or (isinstance(job, FreeJob) and job.cut.lines)
    ):
        found.append(reasons.INK_IN_EMPTY)
    dark = max(job.inside.darkness) if isinstance(job, RowJob) else 255 * (1 - job.cut.contrast)
    features = {"ink": ink, "outside": job.cut.ink_outside, "written": 0.0, "dark": dark}
    return Draft("", tuple(dict.fromkeys(found)), (), (), features)


def _date(task: FieldTask, options: OptionModel) -> Draft:
    parts = {name: _row_part(job) for name, job in task.rows.items()}
    parts |= {name: _free_part(job) for name, job in task.free_parts.items()}
    era = None
    if task.inks and task.field.era is not None:
        mark = task.field.era.mark or Mark.CIRCLE
        era = marks.single_choice(task.inks, marks.option_probabilities(options, mark, task.inks))
    found = dates.read_date(task.field, parts, era)
    ink = max([max(job.cut.ink, default=0.0) for job in task.rows.values()], default=0.0)
    if not found.value and not any(part.written for part in parts.values()) and not (era and era.chosen):
        return Draft("", found.reasons, (), (), found.features | {"ink": ink, "written": 0.0})
    return found


def _row_part(job: RowJob) -> PartRead:
    if job.row is None:
        return PartRead((), {}, tuple(ink_reasons(job.cut)))
    texts = tuple(alternatives(job.row, keep=8))
    return PartRead(texts, row_features(job.row, job.cut), tuple(row_reasons(job.row, job.cut)))


def _free_part(job: FreeJob) -> PartRead:
    if not job.texts:
        return PartRead((), {}, tuple(ink_reasons(job.cut)))
    line = job.texts[0]
    features = {"weakest": min(line.scores, default=0.0), "unread": line.unread}
    return PartRead(line.alternatives, features, tuple(ink_reasons(job.cut) + unread_reason(line.unread)))


def read_presence(field: Field, ink: float, seal: float) -> Draft:
    """Returns present when there is clearly more ink than dust.

    Args:
        field: a seal or signature field.
        ink: share of the box that is handwritten ink.
        seal: share of the box that is vermilion.
    """
    share = max(ink, seal) if field.type is FieldType.SEAL else ink
    odds = _PRESENCE_STEEPNESS * log((share + 1e-5) / _PRESENCE_INK[field.type])
    present = odds > 0
    certainty = 1.0 / (1.0 + 2.718281828 ** -abs(odds))
    value = "true" if present else "false"
    found = (reasons.MARK_UNCLEAR,) if certainty < 0.9 else ()
    both = (
        Candidate(value, certainty, "ink"),
        Candidate("false" if present else "true", 1 - certainty, "ink"),
    )
    features = {"product": logit(certainty), "seal": seal, "ink": ink, "chosen": float(present)}
    return Draft(value, found, both, (), features)
