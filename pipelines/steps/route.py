"""read → questions for people, or a settled Record when nobody has to be asked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from pipelines.office import Office
from store import documents, queue, readings
from store.model import DocumentState, ItemMode, ItemPlan, Presentation, StoredReading
from verification.judging import blocking_rules

BLIND_BELOW = 0.5
_MODES = {"verify": ItemMode.VERIFY, "double": ItemMode.DOUBLE}


def route_next(office: Office, limit: int) -> int:
    """Claims read documents and opens their questions; gives how many it routed."""
    with office.store.write() as session:
        found = documents.claim(
            session, DocumentState.READ, office.worker, limit=limit, seconds=office.settings.lease_seconds
        )
    for document in found:
        form = office.forms[document.form_id or ""]
        with office.store.write() as session:
            stored = readings.latest(session, document.id)
            plans = list(plan(stored.values(), document.id, office.settings.quality_share))
            queue.open_items(session, document, plans, actor=office.worker, rules=blocking_rules(form))
    return len(found)


def plan(stored: Iterable[StoredReading], document_id: int, quality_share: float) -> Iterable[ItemPlan]:
    """A question for every reading that was not accepted, and for a random share of those that were."""
    for reading in stored:
        if reading.decision in _MODES:
            mode = _MODES[reading.decision]
            shown = _presentation(mode, reading.confidence)
        elif _sampled(document_id, reading.field, quality_share):
            mode, shown = ItemMode.QUALITY, Presentation.BLIND
        else:
            continue
        yield ItemPlan(reading.field, reading.page, mode=mode, presentation=shown, reasons=reading.reasons)


def _presentation(mode: ItemMode, confidence: float | None) -> Presentation:
    """A value that is probably wrong misleads more than it helps, so it is not shown."""
    if mode is ItemMode.DOUBLE or confidence is None or confidence < BLIND_BELOW:
        return Presentation.BLIND
    return Presentation.CONFIRM


def _sampled(document_id: int, field: str, share: float) -> bool:
    """Random but repeatable: routing a document again after a power cut asks the same questions."""
    number = int.from_bytes(hashlib.sha256(f"{document_id}:{field}".encode()).digest()[:8], "big")
    return number / 2**64 < share
