"""Checks of the office. Each function checks one thing and yields its problems."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from foundation.clock import office_time
from foundation.words import error_sentence, sentence
from pipelines.alarms.model import DATABASE, UNKNOWN_EDITION, Problem
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

# Longer than the default lease: work of a crashed machine is released by then and needs no alert.
STUCK = timedelta(minutes=15)
_GIB = 1024 * MIB


def find_problems(office: Office) -> list[Problem]:
    """All present problems, except those of the audit chain (`chain`)."""
    found: list[Problem] = []
    for check in (disk, inbox, templates, prefect):
        found += check(office)
    # The checks without a database come first: they still report when the database does not answer.
    try:
        with office.store.read() as session:
            for check_table in (reading, editions, queue, bots, backups):
                found += check_table(office, session)
    except StoreError as error:
        found.append(database_problem(error))
    return found


def database_problem(error: StoreError) -> Problem:
    """The problem to report when the database could not be queried, with the message of the store's own error."""
    # A busy database becomes free by itself; a full disk needs somebody to act, so the two must not be confused.
    if isinstance(error, StoreBusy):
        return Problem("database_busy", "warning", error_sentence(error), DATABASE)
    code = "disk_full" if isinstance(error, StorageFull) else "database_down"
    return Problem(code, "error", error_sentence(error), DATABASE)


def disk(office: Office) -> Iterator[Problem]:
    """Free disk space."""
    space = disk_space(office.settings.home)
    reserve = office.settings.disk_reserve_mib * MIB
    gib = round(space.free / _GIB, 1)
    if not space.writable:
        yield Problem("disk_full", "error", sentence("alert.disk_read_only", free_gib=gib))
    elif space.free < reserve:
        yield Problem("disk_full", "error", sentence("alert.disk_full", free_gib=gib))
    elif space.free < 2 * reserve:
        yield Problem("disk_low", "warning", sentence("alert.disk_low", free_gib=gib))


def inbox(office: Office) -> Iterator[Problem]:
    """Whether the share can be reached and its files are being taken."""
    try:
        sightings = list_inbox(office.settings.inbox_folder)
    except OSError:
        yield Problem("inbox_missing", "error", sentence("alert.inbox_missing"))
        return
    limit = time.time() - STUCK.total_seconds()
    waiting = sum(sighting.changed_ns / 1e9 < limit for sighting in sightings)
    if waiting:
        message = sentence("alert.inbox_stuck", minutes=STUCK.seconds // 60, n=waiting)
        yield Problem("inbox_stuck", "warning", message)


def templates(office: Office) -> Iterator[Problem]:
    """Templates that cannot be used: their forms' pages find no template until somebody mends them."""
    for error in office.broken_templates():
        name = error.path.parent.name
        message = sentence("alert.template_broken", form=name, why=error.problems[0][:200])
        yield Problem("template_broken", "error", message, name)


def prefect(office: Office) -> Iterator[Problem]:
    """Whether the server that starts the flows answers."""
    try:
        answers = httpx.get(f"{office.settings.prefect_api}/health", timeout=5.0, verify=tls()).is_success
    except httpx.HTTPError:
        answers = False
    if not answers:
        yield Problem("prefect_down", "error", sentence("alert.prefect_down"))


def reading(office: Office, session: Session) -> Iterator[Problem]:
    """Files and documents that wait for a reader and have no lease."""
    limit = now(session) - STUCK
    unleased = claims.unleased(session, SourceFile)
    files = session.scalar(
        select(func.count()).where(
            SourceFile.state == FileState.RECEIVED, SourceFile.updated_at < limit, unleased
        )
    )
    unleased = claims.unleased(session, Document)
    states = (DocumentState.RECEIVED, DocumentState.READ)
    documents = session.scalar(
        select(func.count()).where(Document.state.in_(states), Document.updated_at < limit, unleased)
    )
    if files or documents:
        message = sentence("alert.reading_stuck", files=files or 0, documents=documents or 0)
        yield Problem("reading_stuck", "error", message)


def editions(office: Office, session: Session) -> Iterator[Problem]:
    """Pages that resemble a known form in an edition without a template."""
    waiting = Document.state.in_((DocumentState.UNIDENTIFIED, DocumentState.UNREGISTERED))
    query = (
        select(Page.document_id, Page.suggestions)
        .join(Document, Document.id == Page.document_id)
        .where(waiting, Document.reason == UNKNOWN_EDITION)
        .order_by(Page.document_id, Page.index_in_file)
    )
    # Per document, not per page: a form of three pages is one application to place.
    papers: dict[str, set[int]] = {}
    for document, suggestions in session.execute(query).tuples():
        if suggestions and document is not None:
            papers.setdefault(str(suggestions[0][0]), set()).add(document)
    for form_id, found in sorted(papers.items()):
        form = office.forms.get(form_id)
        message = sentence("alert.unknown_edition", form=form.title if form else form_id, n=len(found))
        yield Problem(UNKNOWN_EDITION, "warning", message, form_id)


def queue(office: Office, session: Session) -> Iterator[Problem]:
    """Review items past their deadline or older than the office's limit."""
    time = now(session)
    patience = time - timedelta(hours=office.settings.queue_deadline_hours)
    limit = select(func.count()).where(
        Item.state.in_((ItemState.OPEN, ItemState.CLAIMED)), or_(Item.due < time, Item.created_at < patience)
    )
    if number := session.scalar(limit):
        yield Problem("queue_overdue", "warning", sentence("alert.queue_overdue", n=number))


def bots(office: Office, session: Session) -> Iterator[Problem]:
    """Systems with waiting entries that are not being entered."""
    limit = now(session) - STUCK
    for system in known_systems(office):
        waiting = session.scalar(
            select(func.count()).where(
                Entry.system == system, Entry.state == EntryState.PLANNED, Entry.updated_at < limit
            )
        )
        state = systems.state(session, system)
        if state is not None and state.circuit_open:
            yield Problem("bot_stopped", "error", sentence("alert.bot_failing", system=system), system)
        elif state is not None and state.paused:
            yield Problem("bot_stopped", "info", sentence("alert.bot_paused", system=system), system)
        elif waiting:
            message = sentence("alert.bot_waiting", system=system, n=waiting)
            yield Problem("bot_stopped", "warning", message, system)


def backups(office: Office, session: Session) -> Iterator[Problem]:
    """The age of the last backup, if there has ever been one."""
    last = session.scalar(select(func.max(AuditEvent.at)).where(AuditEvent.act == BACKED_UP))
    limit = now(session) - timedelta(hours=office.settings.backup_hours)
    # Events keep their time as text in this format, part of what is hashed; it sorts like the time itself.
    if last and last < limit.strftime("%Y-%m-%dT%H:%M:%S.%fZ"):
        day = office_time(datetime.fromisoformat(last)).date().isoformat()
        yield Problem("backup_old", "warning", sentence("alert.backup_old", day=day))
