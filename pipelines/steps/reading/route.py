"""read → review items, or a settled record when no field needs a person."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from extractors.base import reasons
from pipelines.context import Office
from pipelines.steps.reading import seeded_checks
from store.base.model import DocumentState, ItemMode, ItemPlan, Presentation, StoredReading
from store.documents import documents, readings
from store.doubtful_cell import doubtful_index
from store.queue import review_queue
from templates_forms.blocking import blocking_rules
from templates_forms.model import DIGIT_TYPES, Field, FieldType, Form, Handling

BLIND_BELOW = 0.5  # below it the value is more likely wrong than right
_GRID_TYPES = frozenset({*DIGIT_TYPES, FieldType.KANA, FieldType.LATIN})
_ONE_CHARACTER = frozenset({reasons.CONFUSABLE, reasons.READERS_DISAGREE})
"""Reasons about single characters; every other reason concerns the whole field."""
_MODES = {"verify": ItemMode.VERIFY, "double": ItemMode.DOUBLE}


def route_next(office: Office, limit: int) -> int:
    """Claims read documents and opens their review items; returns the number of documents."""
    with office.store.write() as session:
        found = documents.claim(
            session,
            DocumentState.READ,
            office.worker,
            limit=limit,
            seconds=office.settings.lease_seconds,
            forms=office.forms,
        )
    for document in found:
        form = office.forms[document.form_id or ""]
        with office.store.write() as session:
            if documents.lock(session, document).state is not DocumentState.READ:
                continue  # the lease ended, and another process has routed it
            stored = readings.latest(session, document.id)
            plans = list(plan(stored.values(), form, document.id, office.settings.quality_share))
            # One transaction with the seeded checks: after a power cut both are there or neither is.
            review_queue.open_items(session, document, plans, actor=office.worker, rules=blocking_rules(form))
            seeded_checks.add_seeded_checks(office, session, document.id, plans)
    return len(found)


def plan(
    stored: Iterable[StoredReading], form: Form, document_id: int, quality_share: float
) -> Iterable[ItemPlan]:
    """A review item for every reading that was not accepted, and for a random share of the accepted ones."""
    for reading in stored:
        group = None
        if reading.decision in _MODES:
            mode = _MODES[reading.decision]
            shown, group = _presentation(mode, reading, form)
        elif _sampled(document_id, reading.field, quality_share):
            mode, shown = ItemMode.QUALITY, Presentation.BLIND
        else:
            continue
        yield ItemPlan(
            reading.field,
            reading.page,
            mode=mode,
            presentation=shown,
            reasons=reading.reasons,
            group=group,
            confidence=reading.confidence or 0.0,
        )


def _presentation(mode: ItemMode, reading: StoredReading, form: Form) -> tuple[Presentation, str | None]:
    """How the field is shown, with its character when it goes to the glyph grid."""
    # A value that is probably wrong misleads people more than it helps them.
    if mode is ItemMode.DOUBLE or reading.confidence is None or reading.confidence < BLIND_BELOW:
        return Presentation.BLIND, None
    group = _grid_character(reading, form.field(reading.field))
    return (Presentation.GRID, group) if group is not None else (Presentation.CONFIRM, None)


def _grid_character(reading: StoredReading, field: Field) -> str | None:
    """The character read in the only doubtful box, or None when a person has to see the whole field."""
    # The grid shows single boxes without their context. A double is keyed blind, and a secret field is masked until a
    # recorded reveal: neither fits there.
    if field.handling is not Handling.AUTO or field.secret or field.type not in _GRID_TYPES:
        return None
    if not set(reading.reasons) <= _ONE_CHARACTER:
        return None
    place = doubtful_index(reading, field.cell_count or 0)
    return None if place is None else reading.value[place]


def _sampled(document_id: int, field: str, share: float) -> bool:
    """Pseudo-random by the document and field: routing again after a power cut selects the same fields."""
    number = int.from_bytes(hashlib.sha256(f"{document_id}:{field}".encode()).digest()[:8], "big")
    return number / 2**64 < share
