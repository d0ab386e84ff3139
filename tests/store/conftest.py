"""A real store on a real file, a clock that tests turn, and a document with readings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from store import batches, documents, readings
from store.database import Store
from store.model import DocumentState, NewReading


class Clock:
    """A clock that only moves when told to."""

    def __init__(self) -> None:
        self.at = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    opened = Store("", tmp_path / "state", clock=clock)
    opened.migrate()
    yield opened
    opened.close()


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
