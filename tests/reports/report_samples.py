"""An application with readings, as the tests of the report make them in a real store."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from store.base.model import DocumentState, NewReading
from store.base.schema import Document
from store.documents import batches, documents, readings


def read_document(
    session: Session, form: str, number: int, rows: Sequence[NewReading], *, key: str = "no"
) -> Document:
    """A document of one page in state `read`; `number` distinguishes its file from others."""
    batch = batches.open_batch(session, name="b", source="", actor="t").id
    file = batches.add_file(
        session, batch, sha256=f"{number:064x}", original_name="f.pdf", size=1, kept_path="x", actor="t"
    )
    page = batches.put_page(session, file.id, 1, "located", form_id=form, page_no=1)
    document = documents.create(
        session, batch_id=batch, file_id=file.id, actor="t", form_id=form, pages=[page.id], key_fields=[key]
    )
    readings.add(session, document, "run", rows, actor="t")
    documents.advance(session, document, DocumentState.READ, "t")
    return document
