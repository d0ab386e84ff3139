"""Finished applications in an office, made without reading a single pixel."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pipelines.context import Office
from pipelines.steps.intake import take_in
from store.base.model import (
    Answer,
    FileState,
    ItemMode,
    ItemPlan,
    NewReading,
    Outcome,
    PageState,
    Presentation,
)
from store.base.schema import Document, SourceFile
from store.documents import batches, documents, readings
from store.entry import entries
from store.queue import review_queue

FORM = "kyufukin_shinsei"
SECRET = "1234567"
NAME = "ヤマダ ハナコ"


def entered(office: Office, number: str, *, days_ago: int = 0) -> int:
    """An application that went the whole way ``days_ago``: dropped, read, corrected, settled, entered, read back."""
    at = datetime.now(UTC) - timedelta(days=days_ago)
    store = office.store
    store._writer.kw["info"]["clock"] = lambda: at
    try:
        return _entered(office, number)
    finally:
        store._writer.kw["info"]["clock"] = lambda: datetime.now(UTC)


def month_of(office: Office, document_id: int) -> date:
    """First day of the month, by the office's calendar, in which an application arrived."""
    with office.store.read() as session:
        opened = session.get_one(Document, document_id).opened_at
    return opened.astimezone(ZoneInfo("Asia/Tokyo")).date().replace(day=1)


def _entered(office: Office, number: str) -> int:
    store, form = office.store, office.forms[FORM]
    path = office.settings.inbox_folder / f"山田花子_{number}.pdf"
    path.write_bytes(f"%PDF {number}".encode())
    take_in.take(office, [path])
    picture = store.files.add(f"picture {number}".encode(), ".jpg")
    with store.write() as session:
        file = session.query(SourceFile).order_by(SourceFile.id.desc()).first()
        page = batches.put_page(
            session,
            file.id,
            1,
            PageState.LOCATED,
            form_id=FORM,
            page_no=1,
            picture_sha256=picture,
            picture_dpi=200.0,
        )
        document = documents.create(
            session,
            batch_id=file.batch_id,
            file_id=file.id,
            actor="test",
            form_id=FORM,
            edition=form.edition,
            secret_fields=form.secret_fields(),
            key_fields=form.record_key,
            pages=[page.id],
        )
        batches.move_file(session, file, FileState.SPLIT, "test", pages=1)
        readings.add(session, document, "run", list(_readings(office, number)), actor="test")
        documents.advance(session, document, "read", "test")
        plan = ItemPlan("applicant_kana", 1, ItemMode.VERIFY, Presentation.CONFIRM)
        review_queue.open_items(session, document, [plan], actor="test")
    with store.write() as session:
        [item] = review_queue.claim_next(session, "sato")
        answer = Answer(Outcome.CORRECTED, NAME, active_seconds=3.0, shown=item.presentation)
        review_queue.submit(session, item.id, str(item.claim_token), "sato", answer)
    with store.write() as session:
        entries.plan(session, document, "fukushi_sogo", "test")
        [work] = entries.claim(session, "fukushi_sogo", "bot")
        entries.submitting(session, work.entry_id, "bot")
        entries.confirm(
            session, work.entry_id, "bot", receipt=f"R{number}", read_back={"name": NAME}, seconds=2.0
        )
    return document.id


def _readings(office: Office, number: str):
    for field in office.forms[FORM].fields():
        value = {"application_no": number, "applicant_kana": "ヤマダ ハナユ"}.get(field.name, "")
        if field.secret:
            value = SECRET
        decision = "verify" if field.name == "applicant_kana" else "accept"
        yield NewReading(field.name, field.page, value, 0.9, decision, candidates=((value, 0.9, "line"),))


def all_bytes(home: Path) -> bytes:
    """Everything below a folder, so that a test can look for what should not be there."""
    return b"".join(path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file())
