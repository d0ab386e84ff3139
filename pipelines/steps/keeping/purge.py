"""finished and past its retention period → erased, with a signed certificate.

The period: the setting `retention_days` by form id, else the form's own `retention_days`; `*` is for sheets of unknown
form and files without an application. Without a rule nothing is ever erased.

After an interruption the next run completes the work: the certificate is written from the audit events since the last
certificate, and the stored files that those events name are removed (again) first.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from bots.run.evidence import folder_name
from pipelines.context import Office
from store.audit import certificates, chain
from store.base import files
from store.base.errors import CertificateInvalid, FileDamaged
from store.base.locks import maintenance_lock
from store.base.schema import AuditEvent, Document, Entry, SourceFile
from store.ops import erasure

CHUNK = 100  # documents per transaction: other writers of the database wait no longer than for one chunk
CERTIFIED = "erasure.certificate"


@dataclass(frozen=True, slots=True)
class DueCounts:
    """What a purge would erase now: number of applications by form, and of files."""

    documents: dict[str, int]
    files: int


@dataclass(frozen=True, slots=True)
class Certificate:
    """A written certificate: its file, its text for people, and the numbers erased."""

    path: Path
    text: Path
    documents: int
    files: int


def retention_days(office: Office) -> dict[str, int]:
    """Retention days by form id; `*` for everything else, if there is such a rule."""
    own = {form.id: form.retention_days for form in office.forms.values() if form.retention_days}
    return {**own, **office.settings.retention_days}


def count_due(office: Office) -> DueCounts:
    """Counts without changing anything, and without files that only this purge would make due."""
    found: dict[str, int] = {}
    days = retention_days(office)
    with office.store.read() as session:
        for document in erasure.due_documents(session, days, limit=1_000_000):
            form = document.form_id or erasure.ANY_FORM
            found[form] = found.get(form, 0) + 1
        number = len(erasure.due_files(session, days.get(erasure.ANY_FORM), limit=1_000_000))
    return DueCounts(found, number)


def purge(office: Office, actor: str) -> Certificate | None:
    """Erases everything that is due and certifies it; None when nothing was."""
    days = retention_days(office)
    with maintenance_lock(office.settings.home):
        # Documents before files: a received file is only free once its applications are erased.
        while _documents(office, days, actor):
            pass
        while _files(office, days.get(erasure.ANY_FORM), actor):
            pass
        _overwrite_deleted_rows(office)
        office.store.files.sweep()
        return certify(office, actor)


def certify(office: Office, actor: str) -> Certificate | None:
    """Removes the files named by erasures since the last certificate, and writes their certificate."""
    with office.store.read() as session:
        events = erasure.events_since(session, _certified_up_to(session))
    if not events:
        return None
    gone, kept = _remove(office, {name for *_, detail in events for name in detail["files"]})
    facts = _facts(office, events, gone, kept)
    signed = certificates.sign(facts, office.store.seal_keys)
    folder = office.settings.certificates_folder
    path = folder / f"erasure-{signed['first_event']}-{signed['last_event']}.json"
    data = json.dumps(signed, ensure_ascii=False, indent=1).encode()
    files.write_new(path, data, 0o600)
    data = (
        path.read_bytes()
    )  # of an interrupted earlier attempt, if there was one: `write_new` keeps an existing file
    text = path.with_suffix(".txt")
    files.write_new(text, certificate_text(json.loads(data)).encode(), 0o600)
    # Last: without this event the next run writes the certificate again.
    with office.store.write() as session:
        detail = {"last_event": signed["last_event"], "sha256": sha256(data).hexdigest()}
        chain.append(session, actor=actor, act=CERTIFIED, subject=f"certificate:{path.stem}", detail=detail)
    return Certificate(path, text, len(facts["applications"]), len(gone))


def check_certificate(office: Office, path: Path) -> dict[str, Any]:
    """Verifies the signature; returns the certificate's facts. Raises CertificateInvalid."""
    try:
        signed: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise CertificateInvalid(path.name) from error
    certificates.check(signed, office.store.seal_keys)
    return signed


def certificate_text(signed: Mapping[str, Any]) -> str:
    """The certificate as text for people."""
    lines = [
        "個人情報消去証明書 (certificate of erasure)",
        "",
        f"組織: {signed['office']}",
        f"作成: {signed['made_at']}",
        f"監査記録: {signed['first_event']} 番から {signed['last_event']} 番まで",
        "",
        "次の申請書の値、画像、原本ファイルを、保存期間の満了により消去しました。",
        "操作の記録（番号、日時、状態、担当者、所要時間）は残っています。",
        "",
        *(
            f"  申請書 {one['id']}  {one['form'] or '帳票なし'}  受付 {one['opened']}  完了 {one['finished']}"
            f"  保存 {one['days']} 日  読取 {one['readings']}・確認 {one['verifications']}・確定 {one['records']}"
            for one in signed["applications"]
        ),
        *(f"  受付ファイル {one['id']}  受付 {one['received']}" for one in signed["received_files"]),
        "",
        f"消去した保管ファイル: {len(signed['files_erased'])} 個 (SHA-256 は JSON に記載)",
        *(
            [f"ほかの申請書がまだ必要とするため残したファイル: {len(signed['files_kept'])} 個"]
            if signed["files_kept"]
            else []
        ),
        "この証明書より前に取ったバックアップには消去前のデータが残ります。",
        "`utsushi backup --keep N` で古い世代を消すまでは、消去は完了していません。",
        "",
        f"署名: Ed25519、鍵 {signed['key_id']}",
        f"{signed['signature']}",
        "",
    ]
    return "\n".join(lines)


def _documents(office: Office, days: Mapping[str, int], actor: str) -> int:
    with office.store.read() as session:
        found = erasure.due_documents(session, days, limit=CHUNK)
        keys = [entry.key for one in found for entry in session.scalars(_entries(one))]
    # Before the commit: the documents stay due, so an interrupted run repeats this.
    for key in keys:
        for folder in office.settings.evidence_folder.glob(f"*/{folder_name(key)}"):
            shutil.rmtree(folder)
    with office.store.write() as session:
        for document in found:
            form = document.form_id or erasure.ANY_FORM
            erasure.erase_document(session, document, days.get(form) or days[erasure.ANY_FORM], actor)
    return len(found)


def _entries(document: Document) -> Select[tuple[Entry]]:
    return select(Entry).where(Entry.document_id == document.id)


def _files(office: Office, days: int | None, actor: str) -> int:
    with office.store.read() as session:
        found: list[SourceFile] = erasure.due_files(session, days, limit=CHUNK)
    for file in found:
        shutil.rmtree(office.settings.quarantine_folder / f"{file.id:06d}", ignore_errors=True)
    with office.store.write() as session:
        for file in found:
            erasure.erase_file(session, file, actor)
    return len(found)


def _remove(office: Office, names: set[str]) -> tuple[list[str], list[str]]:
    """Removes stored files that nothing needs any more; returns the removed and the remaining ones."""
    with office.store.read() as session:
        needed = set()
        ordered = sorted(names)
        # In pieces: databases limit the number of values in one statement.
        for start in range(0, len(ordered), 500):
            needed |= erasure.still_needed(session, set(ordered[start : start + 500]))
    for name in ordered:
        if name not in needed:
            try:
                office.store.files.path(name).unlink()
            except FileDamaged:
                continue  # already removed
    return [name for name in ordered if name not in needed], sorted(needed)


def _facts(
    office: Office, events: list[tuple[int, str, str, dict[str, Any]]], gone: list[str], kept: list[str]
) -> dict[str, Any]:
    applications, received = [], []
    for _, _, subject, detail in events:
        kind, _, number = subject.partition(":")
        shown = {name: value for name, value in detail.items() if name != "files"}
        if kind == "document":
            applications.append({"id": int(number), **shown, "records": len(detail["records"])})
        else:
            received.append({"id": int(number), **shown})
    return {
        "certificate": "erasure",
        "office": office.settings.office,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "first_event": events[0][0],
        "last_event": events[-1][0],
        "applications": applications,
        "received_files": received,
        "files_erased": gone,
        "files_kept": kept,
    }


def _certified_up_to(session: Session) -> int:
    query = select(AuditEvent.detail).where(AuditEvent.act == CERTIFIED).order_by(AuditEvent.seq.desc())
    last = session.scalars(query.limit(1)).first()
    return int(json.loads(last)["last_event"]) if last else 0


def _overwrite_deleted_rows(office: Office) -> None:
    """Removes the old rows from the database's own files: SQLite's log, PostgreSQL's dead rows."""
    engine = office.store.engine
    if engine.dialect.name == "sqlite":
        raw = engine.raw_connection()  # a checkpoint does not pass an open transaction
        raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        raw.close()
        return
    # VACUUM cannot run inside a transaction.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in ("reading", "verification", "record", "entry", "item", "source_file", "document"):
            connection.exec_driver_sql(f"VACUUM {table}")


def operator() -> str:
    """The actor of a command, for the audit chain."""
    import getpass

    try:
        return f"command line:{getpass.getuser()}"
    except (KeyError, OSError):  # a container's user often has no name
        return f"command line:{os.getuid()}"
