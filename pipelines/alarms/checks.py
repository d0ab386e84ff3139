"""Looks at the office and says what is the matter with it. Each look asks one question and gives its troubles."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import httpx
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from pipelines.alarms.model import DATABASE, UNKNOWN_EDITION, Trouble
from pipelines.context import Office
from pipelines.network import tls
from pipelines.steps.entry.enter import known_systems
from pipelines.steps.intake.stability import list_folder as list_inbox
from pipelines.steps.keeping.backup import BACKED_UP
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
        return Trouble("database_busy", "warning", error.message_ja, DATABASE)
    code = "disk_full" if isinstance(error, StorageFull) else "database_down"
    return Trouble(code, "error", error.message_ja, DATABASE)


def disk(office: Office) -> Iterator[Trouble]:
    """Room for what is to come."""
    here = disk_space(office.settings.home)
    reserve = office.settings.disk_reserve_mib * MIB
    free = f"空き {here.free / _GIB:.1f} GiB"
    if not here.writable:
        yield Trouble(
            "disk_full",
            "error",
            f"状態フォルダーに書き込めません（{free}）。受付を止めています。ディスクの空きと読み取り専用でないかを確かめてください。",
        )
    elif here.free < reserve:
        yield Trouble(
            "disk_full",
            "error",
            f"ディスクの空きが足りないため受付を止めています（{free}）。空きができると自動で再開します。"
            "受付フォルダーのファイルはそのまま残っています。",
        )
    elif here.free < 2 * reserve:
        yield Trouble("disk_low", "warning", f"ディスクの空きが少なくなっています（{free}）。")


def inbox(office: Office) -> Iterator[Trouble]:
    """Is the share there, and is what lies in it taken?"""
    try:
        sights = list_inbox(office.settings.inbox_folder)
    except OSError:
        yield Trouble(
            "inbox_missing", "error", "受付フォルダーに届きません。共有フォルダーの接続を確かめてください。"
        )
        return
    late = time.time() - STUCK.total_seconds()
    waiting = sum(sight.changed_ns / 1e9 < late for sight in sights)
    if waiting:
        yield Trouble(
            "inbox_stuck",
            "warning",
            f"受付フォルダーに {STUCK.seconds // 60} 分以上前のファイルが {waiting} 個残っています。"
            "読み取り権限と受付の記録を確かめてください。",
        )


def prefect(office: Office) -> Iterator[Trouble]:
    """Does the server that starts the work answer?"""
    try:
        good = httpx.get(f"{office.settings.prefect_api}/health", timeout=5.0, verify=tls()).is_success
    except httpx.HTTPError:
        good = False
    if not good:
        yield Trouble(
            "prefect_down", "error", "Prefect が応答しません。utsushi serve が再起動を試みています。"
        )


def reading(office: Office, session: Session) -> Iterator[Trouble]:
    """Files and documents that wait for a reader, none of which is at them."""
    at = now(session)
    late = at - STUCK
    free = or_(SourceFile.lease_until.is_(None), SourceFile.lease_until < at)
    files = session.scalar(
        select(func.count()).where(SourceFile.state == FileState.RECEIVED, SourceFile.updated_at < late, free)
    )
    free = or_(Document.lease_until.is_(None), Document.lease_until < at)
    states = (DocumentState.RECEIVED, DocumentState.READ)
    documents = session.scalar(
        select(func.count()).where(Document.state.in_(states), Document.updated_at < late, free)
    )
    if files or documents:
        yield Trouble(
            "reading_stuck",
            "error",
            f"読取が進んでいません（ファイル {files or 0}、申請書 {documents or 0}）。読取の記録を確かめてください。",
        )


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
        yield Trouble(
            "unknown_edition",
            "warning",
            f"「{form.title if form else form_id}」の知らない版と思われる申請書が {len(found)} 件あります。"
            "読み取らずに例外に置いています。新しい版の空の用紙から、帳票の画面でテンプレートを作ってください。",
            form_id,
        )


def queue(office: Office, session: Session) -> Iterator[Trouble]:
    """People's queue against its deadlines and against the office's own patience."""
    at = now(session)
    patience = at - timedelta(hours=office.settings.queue_deadline_hours)
    late = select(func.count()).where(
        Item.state.in_((ItemState.OPEN, ItemState.CLAIMED)), or_(Item.due < at, Item.created_at < patience)
    )
    if number := session.scalar(late):
        yield Trouble("queue_overdue", "warning", f"期限を過ぎた確認待ちが {number} 項目あります。")


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
            yield Trouble(
                "bot_stopped",
                "error",
                f"{system}: 障害が続くため入力を止めています。待ち時間の後に自動で試します。",
                system,
            )
        elif state is not None and state.paused:
            yield Trouble("bot_stopped", "info", f"{system}: 入力を一時停止しています。", system)
        elif waiting:
            yield Trouble(
                "bot_stopped", "warning", f"{system}: 入力待ち {waiting} 件が進んでいません。", system
            )


def backups(office: Office, session: Session) -> Iterator[Trouble]:
    """Where backups are taken at all, none may be older than the setting says."""
    last = session.scalar(select(func.max(AuditEvent.at)).where(AuditEvent.act == BACKED_UP))
    limit = now(session) - timedelta(hours=office.settings.backup_hours)
    if last and last < limit.strftime("%Y-%m-%dT%H:%M:%S.%fZ"):
        yield Trouble(
            "backup_old",
            "warning",
            f"最後のバックアップは {last[:10]} です。utsushi backup を実行してください。",
        )
