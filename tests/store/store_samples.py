"""Sample rows that the store's tests share: a turned clock, a document with readings, a person answering."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from store.base.model import Answer, DocumentState, NewReading, Outcome, RuleCheck, Submitted
from store.database import Store
from store.documents import batches, documents, readings
from store.queue import review_queue

SQLITE = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
"""For a test of what only SQLite has: pragmas, its busy timeout, its one file. All others run over both databases."""


class Clock:
    """A clock that only moves when told to."""

    def __init__(self) -> None:
        self.at = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def reading(field: str, value: str, decision: str = "accept", confidence: float = 0.99) -> NewReading:
    return NewReading(field, 1, value, confidence, decision, candidates=((value, confidence, "line"),))


def make_document(
    session: Session,
    *fields: NewReading,
    secret: tuple[str, ...] = ("my_number",),
    key: tuple[str, ...] = ("application_no",),
    name: str = "a.pdf",
) -> int:
    """A batch, a file and a document in state `read` with the given readings."""
    batch = batches.open_batch(session, name="朝の分", source="inbox", actor="intake")
    sha = f"{batch.id:064x}"
    file = batches.add_file(
        session, batch.id, sha256=sha, original_name=name, size=9, kept_path="x", actor="intake"
    )
    document = documents.create(
        session,
        batch_id=batch.id,
        file_id=file.id,
        actor="intake",
        form_id="jido_teate_nintei",
        edition="2026-04",
        secret_fields=secret,
        key_fields=key,
    )
    readings.add(session, document, "run-1", fields, actor="reader", model_version="m1")
    documents.advance(session, document, DocumentState.READ, "reader")
    return document.id


def answer_item(
    store: Store,
    user: str,
    value: str = "",
    outcome: Outcome = Outcome.CORRECTED,
    *,
    roles: tuple[str, ...] = (),
    rules: RuleCheck | None = None,
    note: str = "",
    field: str | None = None,
) -> Submitted:
    """`user` claims the next item and answers it."""
    with store.write() as session:
        [item] = review_queue.claim_next(session, user, roles=roles, field=field)
    with store.write() as session:
        answer = Answer(outcome, value, active_seconds=2.5, shown=item.presentation, note=note)
        return review_queue.submit(session, item.id, str(item.claim_token), user, answer, rules=rules)
