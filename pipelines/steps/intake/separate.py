"""a stack with separator sheets → its pages, each with its batch.

A separator's page and the batch it opens are recorded in one transaction. The batch's source names the place of its
sheet (`separator:<file>:<page>`), so that a stack that was interrupted continues in the same batches.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from extractors.base.model import PageImage
from foundation.clock import office_time
from pipelines.context import Office
from pipelines.separators.mark import Separator, find
from pipelines.steps.intake.pages import store_picture
from store.base.model import PageState
from store.base.schema import Batch, SourceFile
from store.documents import batches


@dataclass(frozen=True, slots=True)
class TargetBatch:
    """The batch of a page, and the form that it names, if any."""

    batch_id: int
    form_hint: str | None


def batch_of_file(session: Session, file: SourceFile) -> TargetBatch:
    """The batch of the file itself: its pages before any separator."""
    batch = session.get_one(Batch, file.batch_id)
    return TargetBatch(batch.id, batch.form_hint)


def earlier_batches(session: Session, file: SourceFile) -> dict[int, TargetBatch]:
    """Batches by the index of their separator, from an earlier attempt at the same file."""
    query = select(Batch).where(Batch.source.like(f"separator:{file.id}:%"))
    return {
        int(batch.source.rpartition(":")[2]): TargetBatch(batch.id, batch.form_hint)
        for batch in session.scalars(query)
    }


def separator_on(office: Office, page: PageImage) -> Separator | None:
    """The separator that a page is, if it is one of this office's."""
    return find(page.pixels, office.store.vault)


def open_batch(office: Office, file: SourceFile, page: PageImage, separator: Separator) -> TargetBatch:
    """Records the separator's page and opens its batch."""
    # A sheet may outlive its form: then its pages are identified like any other.
    form = separator.form if separator.form in office.forms else None
    picture = store_picture(office.store.files, page.pixels)
    with office.store.write() as session:
        batches.put_page(session, file.id, page.index, PageState.FOREIGN, form_id=form, scan_sha256=picture)
        dropped = session.get_one(Batch, file.batch_id).dropped_at
        batch = batches.open_batch(
            session,
            name=_name(separator.batch, dropped),
            source=f"separator:{file.id}:{page.index}",
            actor=office.worker,
            office=office.settings.office,
            form_hint=form,
            dropped_at=dropped,
        )
    return TargetBatch(batch.id, form)


def _name(batch: str, dropped: datetime) -> str:
    """The batch's name with the time: one sheet is used day after day, and its batches must differ."""
    return f"{batch} {office_time(dropped):%m/%d %H:%M}"
