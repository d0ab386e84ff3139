"""What is dropped is kept once, seen once, and never lost."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from pipelines.context import Office
from pipelines.demo.demo_office import SCANS
from pipelines.steps.intake import split, take_in
from pipelines.steps.intake.file_names import disk_name
from pipelines.steps.intake.split import MAX_ATTEMPTS, give_up, split_next
from pipelines.steps.intake.stability import list_folder
from store.base.model import DocumentState, FileState, PageState
from store.base.schema import AuditEvent, Batch, Document, Page, SourceFile
from store.database import Store
from store.documents import batches


def drop(office: Office, name: str, data: bytes) -> Path:
    path = office.settings.inbox_folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def take(office: Office) -> int:
    return take_in.take(office, [sight.path for sight in list_folder(office.settings.inbox_folder)])


def rows(office: Office, table: type) -> list:
    with office.store.read() as session:
        return list(session.scalars(select(table).order_by(table.id if hasattr(table, "id") else table.seq)))


def white_page() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.full((1000, 700), 250, np.uint8)).save(buffer, "PNG", dpi=(100, 100))
    return buffer.getvalue()


def test_a_taken_file_is_kept_write_once_and_leaves_the_inbox(office: Office):
    dropped = drop(office, "scan.pdf", b"%PDF-1.4 anything")
    assert take(office) == 1
    assert not dropped.exists()
    (file,) = rows(office, SourceFile)
    kept = office.store.files.path(file.sha256)
    assert kept.read_bytes() == b"%PDF-1.4 anything"
    assert kept.stat().st_mode & 0o222 == 0
    assert "file.received" in {event.act for event in rows(office, AuditEvent)}


def test_same_content_twice_is_shown_as_duplicate_and_same_name_with_other_content_is_new(office: Office):
    drop(office, "scan.pdf", b"%PDF one")
    take(office)
    drop(office, "again.pdf", b"%PDF one")
    drop(office, "scan.pdf", b"%PDF two")
    take(office)
    states = {(file.original_name, file.state) for file in rows(office, SourceFile)}
    assert states == {
        ("scan.pdf", FileState.RECEIVED),
        ("again.pdf", FileState.DUPLICATE),
    }
    assert len(rows(office, SourceFile)) == 3


def test_cut_off_between_keeping_and_removing_loses_nothing(office: Office, monkeypatch):
    drop(office, "scan.pdf", b"%PDF one")
    real = Path.unlink

    def cut_off(path: Path, missing_ok: bool = False) -> None:
        if path.parent == office.settings.inbox_folder:
            raise KeyboardInterrupt
        real(path, missing_ok=missing_ok)

    with monkeypatch.context() as cut:
        cut.setattr(Path, "unlink", cut_off)
        with pytest.raises(KeyboardInterrupt):
            take(office)
    take(office)
    assert [file.state for file in rows(office, SourceFile)] == [FileState.RECEIVED, FileState.DUPLICATE]
    assert not list(office.settings.inbox_folder.iterdir())


def test_a_folder_named_like_a_form_names_the_form_of_its_batch(office: Office):
    drop(office, "kyufukin_shinsei/a.pdf", b"%PDF a")
    drop(office, "窓口/b.pdf", b"%PDF b")
    take(office)
    assert {batch.source: batch.form_hint for batch in rows(office, Batch)} == {
        "kyufukin_shinsei": "kyufukin_shinsei",
        "窓口": None,
    }


def test_what_cannot_be_opened_goes_to_quarantine_with_a_reason_and_stops_nothing_else(office: Office):
    drop(office, "1_text.pdf", "これはメモです".encode("cp932"))
    drop(office, "2_empty.pdf", b"")
    drop(office, "3_blank.png", white_page())
    take(office)
    while (documents := split_next(office)) is not None:
        assert list(documents) == []
    found = {file.original_name: file for file in rows(office, SourceFile)}
    assert found["1_text.pdf"].state is FileState.QUARANTINED
    assert found["1_text.pdf"].reason == "not_a_pdf"
    assert found["2_empty.pdf"].reason == "empty_file"
    assert found["3_blank.png"].state is FileState.SPLIT
    reasons = sorted(office.settings.quarantine_folder.rglob("*.reason.txt"))
    assert [path.name for path in reasons] == ["1_text.pdf.reason.txt", "2_empty.pdf.reason.txt"]
    assert "「1_text.pdf」は名前は PDF ですが" in reasons[0].read_text(encoding="utf-8")
    assert found["1_text.pdf"].error == reasons[0].read_text(encoding="utf-8").strip()


@pytest.mark.parametrize("stem", ["x" * 250, "申請書" * 27])
def test_a_name_as_long_as_a_disk_allows_stops_nothing(office: Office, stem: str):
    drop(office, f"{stem}.pdf", b"%PDF-1.4 cut off")
    take(office)
    assert list(split_next(office) or []) == []
    [file] = rows(office, SourceFile)
    assert file.state is FileState.QUARANTINED and file.original_name.endswith(".pdf")
    copy, reason = sorted(office.settings.quarantine_folder.rglob("*.*"), key=lambda path: len(path.name))
    assert copy.read_bytes() == b"%PDF-1.4 cut off" and copy.suffix == ".pdf"
    assert reason.name == f"{copy.name}.reason.txt" and reason.read_text("utf-8").strip() == file.error


def test_a_copy_that_cannot_be_made_stops_nothing_either(office: Office):
    office.settings.quarantine_folder.rmdir()
    office.settings.quarantine_folder.write_bytes(b"in the way")
    drop(office, "a.pdf", b"no pdf")
    take(office)
    assert list(split_next(office) or []) == []
    assert [file.state for file in rows(office, SourceFile)] == [FileState.QUARANTINED]


@pytest.mark.parametrize("name", ["", "..", "a.zip/..", "a/b/", "x\\.."])
def test_no_name_leads_out_of_the_folder(name: str):
    assert disk_name(name) == "file"


def test_blank_backs_are_recorded_and_make_no_document(office: Office):
    drop(office, "blank.png", white_page())
    take(office)
    list(split_next(office) or [])
    assert [page.state for page in rows(office, Page)] == [PageState.BLANK]
    assert rows(office, Document) == []


def test_a_zip_is_opened_once_even_when_the_step_is_repeated(office: Office, monkeypatch):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../../evil.png", white_page())
        archive.writestr("folder/memo.txt", b"hello")
    drop(office, "drop.zip", buffer.getvalue())
    take(office)

    def cut_off(session, file, to, actor, **more):
        raise KeyboardInterrupt

    with monkeypatch.context() as cut, pytest.raises(KeyboardInterrupt):
        cut.setattr(batches, "move_file", cut_off)
        list(split_next(office) or [])
    with office.store.write() as session:
        for file in session.scalars(select(SourceFile)):
            file.lease_until = None
    while (documents := split_next(office)) is not None:
        list(documents)
    names = sorted(file.original_name for file in rows(office, SourceFile))
    assert len(names) == 3
    assert names[0] == "drop.zip"
    assert not (office.settings.home.parent / "evil.png").exists()


def test_a_file_that_ends_reader_after_reader_is_set_aside(office: Office):
    drop(office, "bad.pdf", b"%PDF one")
    take(office)
    with office.store.write() as session:
        session.scalars(select(SourceFile)).one().attempts = MAX_ATTEMPTS
    assert give_up(office) == 1
    (file,) = rows(office, SourceFile)
    assert (file.state, file.reason) == (FileState.QUARANTINED, "gave_up")


def test_what_a_reader_still_holds_by_the_stores_clock_is_not_given_up(office: Office):
    drop(office, "bad.pdf", b"%PDF one")
    take(office)
    now = datetime.now(UTC)
    late = Store("", office.settings.home, clock=lambda: now + timedelta(hours=5))
    with late.write() as session:
        file = session.scalars(select(SourceFile)).one()
        file.attempts, file.lease_owner = MAX_ATTEMPTS, "reader"
        file.lease_until = now - timedelta(seconds=1)
    early = Store("", office.settings.home, clock=lambda: now - timedelta(hours=1))
    office.store = early
    assert give_up(office) == 0, "by the store's clock the lease runs for another hour"
    office.store = late
    assert give_up(office) == 1


@pytest.mark.parametrize("committed", [False, True])
def test_cut_off_while_an_application_is_made_it_is_there_once_afterwards(
    office: Office, monkeypatch: pytest.MonkeyPatch, committed: bool
) -> None:
    """Just before and just after its commit; the reader is dead, so its file is free at once."""
    drop(office, "kyufukin_06.jpg", (SCANS / "kyufukin_06.jpg").read_bytes())
    take(office)
    make = split._make_document

    def cut_off(*of: object) -> object:
        if committed:
            make(*of)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        cut.setattr(split, "_make_document", cut_off)
        with pytest.raises(KeyboardInterrupt):
            list(split_next(office) or ())
    with office.store.write() as session:
        for file in session.scalars(select(SourceFile)):
            file.lease_until = None
    while (made := split_next(office)) is not None:
        list(made)
    [document], [page], [file] = rows(office, Document), rows(office, Page), rows(office, SourceFile)
    assert (document.form_id, document.state) == ("kyufukin_shinsei", DocumentState.RECEIVED)
    assert (page.document_id, page.index_in_file, file.state) == (document.id, 1, FileState.SPLIT)
