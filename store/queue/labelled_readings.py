"""Verified readings as labelled samples: the machine's confidence and whether its value was right.

The label compares the finally settled value with the reading of that run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from store.base.schema import Reading, Record
from store.documents import records
from store.documents.answer_agreement import MACHINE, comparable
from store.documents.readings import decrypt_value

# The key's first name: under another one, offices would lose the thresholds that they have learnt.
ACCEPTANCE_SETTING = "promises"
"""Key of the setting in which the pipelines store the acceptance thresholds from these samples, by field type."""


@dataclass(frozen=True, slots=True)
class LabelledReading:
    """One reading that a person has verified.

    `decision` is the machine's, `accept` for an unseen quality sample; `origin` says how the value was settled.
    """

    form_id: str
    field: str
    confidence: float
    decision: str
    reasons: tuple[str, ...]
    origin: str
    right: bool


def since(session: Session, at: datetime) -> Iterator[LabelledReading]:
    """Readings verified in records that were settled since `at`, in the order of the records."""
    newer = aliased(Record)
    superseded = exists().where(newer.document_id == Record.document_id, newer.version > Record.version)
    query = select(Record).where(~superseded, Record.settled_at >= at).order_by(Record.id)
    for record in session.scalars(query.execution_options(yield_per=200)):
        yield from _of(session, record)


def _of(session: Session, record: Record) -> Iterator[LabelledReading]:
    settled = records.load(session, record, reveal=True)
    query = select(Reading).where(Reading.document_id == record.document_id, Reading.run == record.read_run)
    for row in session.scalars(query.order_by(Reading.id)):
        origin = settled.origins.get(row.field, MACHINE)
        # A value that nobody looked at proves nothing about the machine.
        if origin == MACHINE or row.confidence is None:
            continue
        machine = decrypt_value(session, record.document_id, row.field, row.value, secret=row.secret)
        right = comparable(machine) == comparable(settled.values.get(row.field, ""))
        reasons = tuple(row.reasons)
        yield LabelledReading(
            record.form_id, row.field, row.confidence, row.decision or "", reasons, origin, right
        )
