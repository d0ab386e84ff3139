"""one application → a signed PDF with its history, verifiable without this program (docs/evidence.md)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from extractors.base.errors import ExtractionError
from extractors.files.decode import open_pages
from foundation.words import words
from pipelines import timestamps
from pipelines.context import Office
from pipelines.steps.accounting.evidence_pictures import covered_scan, covered_sheet
from pipelines.steps.entry.evidence_check import ACT
from reports.bundle import archive, collect, contents, drawing, signing
from reports.bundle.model import Attachment, Sheet
from store.audit import chain, proofs
from store.audit.office_certificate import OfficeCertificate
from store.base.errors import FileDamaged, InvalidAnswer
from store.base.model import PageState
from store.base.schema import AuditEvent, Document, Page, SourceFile
from store.base.session import vault
from store.documents import documents
from templates_forms.model import Box, Form

BUNDLE_MADE = "evidence.made"
REVEAL_ACT = "secret.reveal"


@dataclass(frozen=True, slots=True)
class EvidenceBundle:
    """A bundle: the signed PDF, and whether the original file is inside."""

    pdf: bytes
    original: bool


def make_bundle(office: Office, document_id: int, actor: str, reason: str = "") -> EvidenceBundle:
    """Makes the bundle; records its maker and SHA-256 in the audit chain before returning it.

    Args:
        office: the store and the forms.
        document_id: an application in any state.
        actor: the person who requests it.
        reason: why secret fields may be seen in the original file. Without one the file is left out when it shows
            secret fields or other applications.

    Raises:
        NotFound, ChainBroken, KeyFileMissing, TimestampFailed, NoPrintFont.
    """
    store, certificate = office.store, OfficeCertificate(office.store.keys)
    certificate.create(office.settings.office)
    with store.read() as session:
        document = documents.get(session, document_id)
        form = office.forms.get(document.form_id or "")
        sheets = [
            _sheet(office, session, document, form, page) for page in documents.pages_of(session, document_id)
        ]
        entering = _entering(office, session, document_id)
        original = _original(office, session, document, reason)
    # The reveal is recorded first: an event without a bundle does no harm, a bundle without its event would.
    with store.write() as session:
        if original is not None and document.secret_fields:
            detail = {
                "fields": document.secret_fields,
                "purpose": vault(session).loggable(reason),
                "evidence": True,
            }
            chain.append(
                session, actor=actor, act=REVEAL_ACT, subject=f"document:{document_id}", detail=detail
            )
        # In the same transaction as the reveal, so that the proof covers this event, too.
        proof = proofs.of_document(session, documents.get(session, document_id), store.seal_keys)
        translate = words("ja").coded
        bundle = collect.collect(session, document_id, form, office.settings.office, actor, translate, proof)
    keys = [*sorted(store.keys.glob("seal-*.pub")), certificate.path()]
    inside = contents.contents(bundle, sheets, entering, keys, original)
    pictures = [one for one in entering if one.mime == contents.MIMES[".png"]]
    pages = drawing.draw(bundle, sheets, pictures, inside)
    plain = archive.archive(pages, f"証跡 申請書 {document_id}", inside, datetime.now(UTC))
    signed = signing.sign(
        plain, certificate, office.settings.office, timestamps.checked_url(office.settings.timestamp_url)
    )
    with store.write() as session:
        detail = {"sha256": sha256(signed).hexdigest(), "original": original is not None}
        chain.append(session, actor=actor, act=BUNDLE_MADE, subject=f"document:{document_id}", detail=detail)
    return EvidenceBundle(signed, original is not None)


def _sheet(office: Office, session: Session, document: Document, form: Form | None, page: Page) -> Sheet:
    boxes = _secret_boxes(document, form, page)
    number = page.page_no or page.index_in_file  # an unidentified page has its place in the file only
    scan, note = None, ""
    if document.secret_fields and page.page_no is None:
        note = "位置が分からず、伏せる項目を覆えないため、画像を載せていません。 / Left out: secrets cannot be covered."
    else:
        try:
            scan = covered_scan(_pixels(office, session, page), page.homography, boxes)
        except (FileDamaged, ExtractionError, StopIteration):
            note = "画像はもうありません（消去済み、または破損）。 / The picture is gone."
    sheet = None
    if form is not None and page.state is PageState.LOCATED and page.picture_sha256 and page.picture_dpi:
        try:
            sheet = covered_sheet(office.store.files.read(page.picture_sha256), page.picture_dpi, boxes)
        except FileDamaged:
            note = "読み取った面の画像が壊れています。 / The picture as read is damaged."
    size = form.size_mm if form else None
    return Sheet(number, scan, sheet, size, page.scan_sha256 or "", page.picture_sha256 or "", note)


def _secret_boxes(document: Document, form: Form | None, page: Page) -> list[Box]:
    fields = form.fields() if form else ()
    return [f.box for f in fields if f.name in document.secret_fields and f.page == page.page_no]


def _pixels(office: Office, session: Session, page: Page) -> np.ndarray:
    """The page as scanned, BGR: the stored picture, or decoded again from its file."""
    files = office.store.files
    if page.scan_sha256:
        pixels = cv2.imdecode(np.frombuffer(files.read(page.scan_sha256), np.uint8), cv2.IMREAD_COLOR)
        if pixels is None:
            raise FileDamaged(page.scan_sha256[:12])
        return np.asarray(pixels)
    path = files.path(session.get_one(SourceFile, page.file_id).sha256)
    return next(one.pixels for one in open_pages(path) if one.index == page.index_in_file)


def _entering(office: Office, session: Session, document_id: int) -> list[Attachment]:
    """The bots' evidence of each entry. A missing or changed file is left out; its hash is in the chain."""
    subject = f"document:{document_id}"
    query = select(AuditEvent.detail).where(AuditEvent.subject == subject, AuditEvent.act == ACT)
    found: dict[str, Attachment] = {}
    for detail in session.scalars(query.order_by(AuditEvent.seq)):
        facts = json.loads(detail)
        for name, digest in sorted(facts["files"].items()):
            # A list of hashes for people who look into the folder; the bundle has its own, signed one.
            if name == "sha256.txt":
                continue
            try:
                data = office.store.files.read(digest)
            except FileDamaged:
                continue
            inside = f"entry{facts['entry']}_{name}"
            mime = contents.MIMES.get(Path(name).suffix, "application/octet-stream")
            found[inside] = Attachment(inside, data, mime, "業務システムへの入力の記録 / kept while entering")
    return list(found.values())


def _original(office: Office, session: Session, document: Document, reason: str) -> bytes | None:
    """The original file, if it holds only this application, and no secret fields or a reason to show them."""
    if document.secret_fields and not reason.strip():
        return None
    others = select(Page.id).where(
        Page.file_id == document.file_id,
        # A page of no document may be anybody's, unless it is blank.
        (Page.document_id != document.id) | (Page.document_id.is_(None) & (Page.state != PageState.BLANK)),
    )
    if session.scalars(others.limit(1)).first() is not None:
        # With a reason the file was asked for expressly: leaving it out in silence would be a wrong answer.
        if reason.strip():
            raise InvalidAnswer("original")
        return None
    try:
        return office.store.files.read(session.get_one(SourceFile, document.file_id).sha256)
    except FileDamaged:
        return None
