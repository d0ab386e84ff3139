"""received file → pages with their form → documents. Streams: a file of 500 pages needs no more memory than one page.

Each application is committed as soon as its last page has been processed. After an interruption the step starts the
file again and skips what is already recorded.
"""

from __future__ import annotations

import logging
import math
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from extractors.base.errors import UnreadableFile
from extractors.base.model import RegisteredPage
from extractors.files import archive
from extractors.files.decode import kind_of, open_pages
from pipelines.context import Office
from pipelines.steps.intake import grouping, separate, urgency
from pipelines.steps.intake.file_names import disk_name, display_name
from pipelines.steps.intake.pages import PageOutcome, identify_page
from pipelines.steps.intake.separate import TargetBatch
from pipelines.steps.intake.take_in import keep_file
from store.base import claims
from store.base.errors import StoreError
from store.base.model import GAVE_UP, DocumentState, FileState, PageState
from store.base.schema import Page, SourceFile
from store.documents import batches, documents

MAX_ATTEMPTS = 3  # at one and the same page, see `_identify_pages`
UNEXPECTED = "unexpected"
log = logging.getLogger("utsushi.split")
_STATES = {
    PageState.LOCATED: DocumentState.RECEIVED,
    PageState.UNIDENTIFIED: DocumentState.UNIDENTIFIED,
    PageState.UNREGISTERED: DocumentState.UNREGISTERED,
}


@dataclass(frozen=True, slots=True, eq=False)
class NewDocument:
    """A new document with its registered pages, so that reading need not decode them again."""

    document_id: int
    state: DocumentState
    located: tuple[RegisteredPage, ...]


def split_next(office: Office) -> Iterator[NewDocument] | None:
    """Claims one received file; yields its documents as they are created. None when no file waits."""
    give_up(office)
    with office.store.write() as session:
        found = batches.claim_files(
            session, office.worker, seconds=office.settings.lease_seconds, max_attempts=MAX_ATTEMPTS
        )
    return _split(office, found[0]) if found else None


def _split(office: Office, file: SourceFile) -> Iterator[NewDocument]:
    path = office.store.files.path(file.sha256)
    try:
        if kind_of(path) == "zip":
            _open_archive(office, file, path)
        else:
            yield from _split_pages(office, file, path)
    except UnreadableFile as error:
        # The stored file is named by its hash; people know it by its original name.
        sentence = error.ja.replace(path.name, Path(file.original_name).name)
        quarantine(office, file, path, error.code, sentence)
    except (StoreError, SQLAlchemyError, OSError):
        raise  # a fault of the machine, not of the file: tried again
    except Exception:
        # Everything is caught here on purpose: a fault in a decoder ends one file, not the run.
        log.exception("file %d", file.id)
        name = Path(file.original_name).name
        quarantine(office, file, path, UNEXPECTED, f"「{name}」は開けません。スキャンし直してください。")


def _split_pages(office: Office, file: SourceFile, path: Path) -> Iterator[NewDocument]:
    counts = {form.id: len(form.pages) for form in office.forms.values()}
    # By batch first: a separator ends the open application, so pages of two batches are never grouped together.
    for target, in_batch in groupby(_identify_pages(office, file, path), key=lambda one: one[0]):
        for group in grouping.group((page for _, page in in_batch), counts):
            yield _make_document(office, file, target, group)
    with office.store.write() as session:
        total = len(batches.pages_in_file(session, file.id))
        batches.move_file(session, file, FileState.SPLIT, office.worker, pages=total)


def _identify_pages(
    office: Office, file: SourceFile, path: Path
) -> Iterator[tuple[TargetBatch, PageOutcome]]:
    """Yields pages with their batch; records blank pages and separators without yielding them."""
    with office.store.read() as session:
        done = {page.index_in_file for page in batches.pages_in_file(session, file.id)}
        target, known = separate.batch_of_file(session, file), separate.earlier_batches(session, file)
    for page in open_pages(path):
        target = known.get(page.index, target)
        if page.index in done:
            continue
        separator = separate.separator_on(office, page)
        if separator is not None:
            target = separate.open_batch(office, file, page, separator)
            continue
        outcome = identify_page(page, office.library, office.store.files, target.form_hint)
        if outcome.state is PageState.BLANK:
            with office.store.write() as session:
                batches.put_page(session, file.id, outcome.index, PageState.BLANK)
            continue
        yield target, outcome
        with office.store.write() as session:
            # Attempts count from the last finished page: only a file that crashes readers at one page is quarantined.
            claims.renew(
                session, SourceFile, file.id, office.worker, office.settings.lease_seconds, attempts=1
            )


def _make_document(
    office: Office, file: SourceFile, target: TargetBatch, group: grouping.Group[PageOutcome]
) -> NewDocument:
    form = office.forms[group.form_id] if group.form_id else None
    state = _STATES[group.pages[0].state]
    if group.problem:  # registered, but incomplete: a person joins or completes it
        state = DocumentState.UNIDENTIFIED
    with office.store.write() as session:
        pages = [record_page(session, file.id, page) for page in group.pages]
        document = documents.create(
            session,
            batch_id=target.batch_id,
            file_id=file.id,
            actor=office.worker,
            form_id=form.id if form else None,
            edition=form.edition if form else None,
            state=state,
            reason=group.problem or group.pages[0].problem,
            secret_fields=form.secret_fields() if form else (),
            key_fields=form.record_key if form else (),
            pages=[page.id for page in pages],
            priority=urgency.priority(office.settings, group.form_id),
            deadline=urgency.deadline(office.settings, group.form_id, file.received_at),
        )
    located = tuple(page.located for page in group.pages if page.located)
    return NewDocument(document.id, state, located)


def record_page(session: Session, file_id: int, outcome: PageOutcome) -> Page:
    """Records the outcome of a page."""
    located = outcome.located
    return batches.put_page(
        session,
        file_id,
        outcome.index,
        outcome.state,
        form_id=outcome.form_id,
        page_no=outcome.page_no,
        rotation=located.rotation if located else 0,
        homography=located.mm_to_px.tolist() if located else None,
        inliers=located.inliers if located else None,
        residual_mm=_finite(located.residual_mm) if located else None,
        scan_sha256=outcome.scan_sha256,
        picture_sha256=outcome.picture_sha256,
        picture_dpi=outcome.picture_dpi,
        suggestions=list(outcome.suggestions),
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def quarantine(office: Office, file: SourceFile, path: Path, code: str, sentence: str) -> None:
    """Copies the file with a ``.reason.txt`` to the quarantine folder, and shows it on the board."""
    folder = office.settings.quarantine_folder / f"{file.id:06d}"
    name = disk_name(file.original_name)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copyfile(path, folder / name)
        (folder / f"{name}.reason.txt").write_text(sentence + "\n", encoding="utf-8")
    except OSError as error:
        # The copy can be missing: the store has the bytes, the board the reason, and no other file may wait for it.
        log.warning("no copy in quarantine for file %s (%s)", file.id, type(error).__name__)
    with office.store.write() as session:
        batches.move_file(session, file, FileState.QUARANTINED, office.worker, reason=code, error=sentence)


def give_up(office: Office) -> int:
    """Quarantines files that ended several readers in a row; returns their number."""
    with office.store.read() as session:
        exhausted = (SourceFile.state == FileState.RECEIVED, SourceFile.attempts >= MAX_ATTEMPTS)
        stuck = list(
            session.scalars(select(SourceFile).where(*exhausted, claims.unleased(session, SourceFile)))
        )
    sentence = (
        f"読取が {MAX_ATTEMPTS} 回続けて中断しました。ファイルを確認し、スキャンし直すか分割してください。"
    )
    for file in stuck:
        quarantine(office, file, office.store.files.path(file.sha256), GAVE_UP, sentence)
    return len(stuck)


def _open_archive(office: Office, file: SourceFile, path: Path) -> None:
    """Records a ZIP's members as files of the same batch; skips those of an earlier attempt."""
    with office.store.read() as session:
        mine = select(SourceFile.original_name).where(SourceFile.parent_id == file.id)
        known = Counter(session.scalars(mine))
    for member in archive.members(path):
        name = f"{file.original_name}/{member.inner_path}"
        if known[display_name(name)]:  # counted, since a ZIP may hold two files of one name
            known[display_name(name)] -= 1
        else:
            keep_file(office, file.batch_id, member.data, name, parent_id=file.id)
    with office.store.write() as session:
        batches.move_file(session, file, FileState.SPLIT, office.worker, pages=0)
