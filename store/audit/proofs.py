"""The proof that a document's events are in the audit chain, for a reader without the database and the program.

    event ─hash─▶ leaf ─path─▶ root of a tree ─ in ▶ event `audit.tree` ─hash─▶ a daily seal's `last_hash` ─▶ Ed25519

Events that no daily seal covers yet lead to the root in `interim`, a statement signed by the same key just now
(`store.audit.certificates`). How to check it step by step: docs/evidence.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from store.audit import certificates, chain, merkle
from store.audit.seals import SealKeys, facts
from store.base.errors import ChainBroken
from store.base.schema import AuditEvent, AuditSeal, Document, Page
from store.base.session import now

NAMES = ("seq", "at", "actor", "act", "subject", "detail", "prev_hash", "hash")


@dataclass(frozen=True, slots=True)
class _EventRange:
    """Events covered by one tree: `name` is the tree event's number as text, or `interim`."""

    name: str
    first: int
    last: int


def of_document(session: Session, document: Document, keys: SealKeys) -> dict[str, Any]:
    """Events of the document, its file and batch, with the path of each to a signature. Needs a writing session.

    Raises ChainBroken when a path does not lead to the root that is in the chain: then nothing is proven.
    """
    # The events of this very transaction are proven too.
    chain.write_pending(session)
    events = _events(session, document)
    stored_trees = merkle.stored_roots(session)
    ranges = [_EventRange(str(row.seq), first, last) for row, first, last in stored_trees]
    interim = _interim(session, keys)
    if interim is not None:
        ranges.append(_EventRange("interim", interim["first"], interim["last"]))
    paths: list[dict[str, Any]] = []
    for covered in ranges:
        mine = [event for event in events if covered.first <= event.seq <= covered.last]
        paths += _paths(session, covered, mine)
    used = {path["tree"] for path in paths}
    return {
        "document": document.id,
        "events": [_event(event) for event in events if event.act != merkle.TREE],
        "paths": paths,
        "trees": [_event(row) for row, *_ in stored_trees if str(row.seq) in used],
        "seals": [_seal(session, int(name)) for name in sorted(used - {"interim"}, key=int)],
        "interim": interim if "interim" in used else None,
    }


def _events(session: Session, document: Document) -> list[AuditEvent]:
    """All events about the document, its files and its batch."""
    files = select(Page.file_id).where(Page.document_id == document.id)
    numbers = {document.file_id, *session.scalars(files)}
    subjects = {f"document:{document.id}", f"batch:{document.batch_id}", *(f"file:{n}" for n in numbers)}
    chosen = or_(*(AuditEvent.subject == subject for subject in sorted(subjects)))
    return list(session.scalars(select(AuditEvent).where(chosen).order_by(AuditEvent.seq)))


def _interim(session: Session, keys: SealKeys) -> dict[str, Any] | None:
    first = merkle.last_stored(session) + 1
    last, digest = chain.head(session)
    if last < first:
        return None
    statement = {
        "statement": "interim",
        "first": first,
        "last": last,
        "last_hash": digest,
        "root": merkle.root_of(merkle.hashes_between(session, first, last)),
        "made_at": now(session).isoformat(timespec="seconds"),
    }
    return certificates.sign(statement, keys)


def _paths(session: Session, covered: _EventRange, events: list[AuditEvent]) -> list[dict[str, Any]]:
    if not events:
        return []
    hashes = merkle.hashes_between(session, covered.first, covered.last)
    tree = merkle.levels([merkle.leaf(one) for one in hashes])
    found = []
    for event in events:
        steps = merkle.path(tree, event.seq - covered.first)
        if merkle.root_from_path(merkle.leaf(event.hash), steps) != tree[-1][0]:
            raise ChainBroken(str(event.seq))
        siblings = [{"side": side, "hash": sibling.hex()} for side, sibling in steps]
        found.append({"seq": event.seq, "tree": covered.name, "path": siblings})
    return found


def _seal(session: Session, tree: int) -> dict[str, str | int]:
    """The seal over a tree's event; a seal is made right after the tree, so the tree is the sealed event."""
    seal = session.scalars(select(AuditSeal).where(AuditSeal.last_seq == tree).limit(1)).first()
    if seal is None:
        raise ChainBroken(str(tree))
    return facts(seal)


def _event(event: AuditEvent) -> dict[str, Any]:
    return {name: getattr(event, name) for name in NAMES}
