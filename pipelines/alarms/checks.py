"""Looks at the office and says what is the matter with it. Each look asks one question and gives its troubles."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from foundation.clock import office_time
from foundation.words import error_sentence, sentence
from pipelines.alarms.model import DATABASE, UNKNOWN_EDITION, Trouble
from pipelines.context import Office
from pipelines.network import tls
from pipelines.steps.entry.enter import known_systems
from pipelines.steps.intake.stability import list_folder as list_inbox
from pipelines.steps.keeping.backup import BACKED_UP
from store.base import claims
from store.base.disk_space import MIB, disk_space
from store.base.errors import StorageFull, StoreBusy, StoreError
from store.base.model import DocumentState, EntryState, FileState, ItemState
from store.base.schema import AuditEvent, Document, Entry, Item, Page, SourceFile
from store.base.session import now
from store.entry import systems

STUCK = timedelta(minutes=15)
_GIB = 1024 * MIB


def troubles(office: Office) -> list[Trouble]:
    """Everything that is the matter now, the audit chain apart (`chain`)."""
    found: list[Trouble] = []
    for look in (disk, inbox, prefect):
        found += look(office)
    try:  # a database that does not answer is no reason to say nothing
        with office.store.read() as session:
            for ask in (reading, editions, queue, bots, backups):
                found += ask(office, session)
    except StoreError as error:
        found.append(unanswered(error))
    return found


def unanswered(error: StoreError) -> Trouble:
    """What to tell people when the database could not be asked: what the store itself says is the matter."""
    if isinstance(error, StoreBusy):
        return Trouble("database_busy", "warning", error_sentence(error), DATABASE)
    code = "disk_full" if isinstance(error, StorageFull) else "database_down"
    return Trouble(code, "error", error_sentence(error), DATABASE)


def disk(office: Office) -> Iterator[Trouble]:
    """Room for what is to come."""
    here = disk_space(office.settings.home)
    reserve = office.settings.disk_reserve_mib * MIB
    gib = round(here.free / _GIB, 1)
    if not here.writable:
        yield Trouble("disk_full", "error", sentence("alert.disk_read_only", free_gib=gib))
    elif here.free < reserve:
        yield Trouble("disk_full", "error", sentence("alert.disk_full", free_gib=gib))
    elif here.free < 2 * reserve:
        yield Trouble("disk_low", "warning", sentence("alert.disk_low", free_gib=gib))


def inbox(office: Office) -> Iterator[Trouble]:
    """Is the share there, and is what lies in it taken?"""
    try:
        sights = list_inbox(office.settings.inbox_folder)
    except OSError:
        yield Trouble("inbox_missing", "error", sentence("alert.inbox_missing"))
        return
    late = time.time() - STUCK.total_seconds()
    waiting = sum(sight.changed_ns / 1e9 < late for sight in sights)
    if waiting:
        said = sentence("alert.inbox_stuck", minutes=STUCK.seconds // 60, n=waiting)
        yield Trouble("inbox_stuck", "warning", said)


def prefect(office: Office) -> Iterator[Trouble]:
    """Does the server that starts the work answer?"""
    try:
        good = httpx.get(f"{office.settings.prefect_api}/health", timeout=5.0, verify=tls()).is_success
    except httpx.HTTPError:
        good = False
    if not good:
        yield Trouble("prefect_down", "error", sentence("alert.prefect_down"))


def reading(office: Office, session: Session) -> Iterator[Trouble]:
    """Files and documents that wait for a reader, none of which is at them."""
    late = now(session) - STUCK
    free = claims.unleased(session, SourceFile)
    files = session.scalar(
        select(func.count()).where(SourceFile.state == FileState.RECEIVED, SourceFile.updated_at < late, free)
    )
    free = claims.unleased(session, Document)
    states = (DocumentState.RECEIVED, DocumentState.READ)
    documents = session.scalar(
        select(func.count()).where(Document.state.in_(states), Document.updated_at < late, free)
    )
    if files or documents:
        said = sentence("alert.reading_stuck", files=files or 0, documents=documents or 0)
        yield Trouble("reading_stuck", "error", said)


def editions(office: Office, session: Session) -> Iterator[Trouble]:
    """Papers that look like a known form but are printed otherwise: nobody has made a template of that edition yet."""
    waits = Document.state.in_((DocumentState.UNIDENTIFIED, DocumentState.UNREGISTERED))
    query = (
        select(Page.document_id, Page.suggestions)
        .join(Document, Document.id == Page.document_id)
        .where(waits, Document.reason == UNKNOWN_EDITION)
        .order_by(Page.document_id, Page.index_in_file)
    )
    papers: dict[str, set[int]] = {}
    for document, suggestions in session.execute(query).tuples():
        if suggestions and document is not None:
            papers.setdefault(str(suggestions[0][0]), set()).add(document)
    for form_id, found in sorted(papers.items()):
        form = office.forms.get(form_id)
        said = sentence("alert.unknown_edition", form=form.title if form else form_id, n=len(found))
        yield Trouble(UNKNOWN_EDITION, "warning", said, form_id)


def queue(office: Office, session: Session) -> Iterator[Trouble]:
    """People's queue against its deadlines and against the office's own patience."""
    at = now(session)
    patience = at - timedelta(hours=office.settings.queue_deadline_hours)
    late = select(func.count()).where(
        Item.state.in_((ItemState.OPEN, ItemState.CLAIMED)), or_(Item.due < at, Item.created_at < patience)
    )
    if number := session.scalar(late):
        yield Trouble("queue_overdue", "warning", sentence("alert.queue_overdue", n=number))


def bots(office: Office, session: Session) -> Iterator[Trouble]:
    """Systems that nothing is entered into although something waits."""
    late = now(session) - STUCK
    for system in known_systems(office):
        waiting = session.scalar(
            select(func.count()).where(
                Entry.system == system, Entry.state == EntryState.PLANNED, Entry.updated_at < late
            )
        )
        state = systems.state(session, system)
        if state is not None and state.circuit_open:
            yield Trouble("bot_stopped", "error", sentence("alert.bot_failing", system=system), system)
        elif state is not None and state.paused:
            yield Trouble("bot_stopped", "info", sentence("alert.bot_paused", system=system), system)
        elif waiting:
            said = sentence("alert.bot_waiting", system=system, n=waiting)
            yield Trouble("bot_stopped", "warning", said, system)


def backups(office: Office, session: Session) -> Iterator[Trouble]:
    """Where backups are taken at all, none may be older than the setting says."""
    last = session.scalar(select(func.max(AuditEvent.at)).where(AuditEvent.act == BACKED_UP))
    limit = now(session) - timedelta(hours=office.settings.backup_hours)
    if last and last < limit.strftime("%Y-%m-%dT%H:%M:%S.%fZ"):
        day = office_time(datetime.fromisoformat(last)).date().isoformat()
        yield Trouble("backup_old", "warning", sentence("alert.backup_old", day=day))
