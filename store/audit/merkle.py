"""Merkle trees over ranges of the audit chain: short proofs that an event is in it, without the other events.

The chain alone proves an event only to a reader who has all events up to the next seal. So each daily seal is preceded
by one event, `audit.tree`, whose detail contains the root of a Merkle tree over the hashes of all events since the last
such tree (RFC 6962, section 2.1):

    leaf = SHA-256(0x00 ‖ the event's hash, 32 bytes)        node = SHA-256(0x01 ‖ left ‖ right)

A list of n leaves is split at the largest power of two below n. A path of about log2(n) hashes leads from an event to
the root, the root is in an event of the chain, and the seal signs that event's hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.audit import chain
from store.base.schema import AuditEvent

TREE = "audit.tree"


def leaf(event_hash: str) -> bytes:
    """The leaf of an event, by its hash in hex."""
    # RFC 6962 prefixes leaves with 0x00 and nodes with 0x01, so that a node can never be presented as a leaf.
    return hashlib.sha256(b"\x00" + bytes.fromhex(event_hash)).digest()


def levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """All levels of the tree, the leaves first, the root last.

    Pairing neighbours and moving an odd last node up yields the tree of RFC 6962's recursive definition.
    """
    # The hash of an empty tree is that of the empty string (RFC 6962, section 2.1).
    found = [list(leaves) or [hashlib.sha256(b"").digest()]]
    while len(found[-1]) > 1:
        found.append(_above(found[-1]))
    return found


def path(tree: Sequence[Sequence[bytes]], index: int) -> list[tuple[str, bytes]]:
    """The path from leaf `index` (from 0) to the root: for each step the sibling's side (`left`, `right`) and hash."""
    steps: list[tuple[str, bytes]] = []
    for level in tree[:-1]:
        # Siblings differ in the lowest bit; an odd last node has none and moves up unchanged.
        sibling = index ^ 1
        if sibling < len(level):
            steps.append(("left" if sibling < index else "right", level[sibling]))
        index //= 2
    return steps


def root_from_path(start: bytes, steps: Sequence[tuple[str, bytes]]) -> bytes:
    """The root computed from a leaf and its path."""
    for side, sibling in steps:
        start = _node(sibling, start) if side == "left" else _node(start, sibling)
    return start


def store_hashes(session: Session) -> None:
    """Append the root over all events since the last tree to the chain, if there are any.

    Writes the events that the transaction has recorded so far, so call it at the end of the transaction.
    """
    # The transaction's own events belong under the root as well.
    chain.write_pending(session)
    first, (newest, _) = last_stored(session) + 1, chain.head(session)
    hashes = hashes_between(session, first, newest)
    if not hashes:
        return
    detail = {"first": first, "last": first + len(hashes) - 1, "root": root_of(hashes)}
    chain.append(session, actor="system", act=TREE, subject=f"audit:{first}", detail=detail)
    # The seal signs the head of the chain, so the root has to be in the chain by then.
    chain.write_pending(session)


def last_stored(session: Session) -> int:
    """The number of the newest tree's own event; a tree holds what came after the one before. 0 without any."""
    query = select(AuditEvent.seq).where(AuditEvent.act == TREE).order_by(AuditEvent.seq.desc())
    return session.scalars(query.limit(1)).first() or 0


def stored_roots(session: Session) -> list[tuple[AuditEvent, int, int]]:
    """Every tree's event with the first and last event number under it, oldest first."""
    query = select(AuditEvent).where(AuditEvent.act == TREE).order_by(AuditEvent.seq)
    rows = session.scalars(query).all()
    return [(row, (facts := json.loads(row.detail))["first"], facts["last"]) for row in rows]


def hashes_between(session: Session, first: int, last: int) -> list[str]:
    """The hashes of events `first` to `last`, both included, in order."""
    query = select(AuditEvent.hash).where(AuditEvent.seq >= first, AuditEvent.seq <= last)
    return list(session.scalars(query.order_by(AuditEvent.seq)))


def root_of(hashes: Sequence[str]) -> str:
    """The root over events with these hashes, in hex."""
    return levels([leaf(one) for one in hashes])[-1][0].hex()


def _above(level: Sequence[bytes]) -> list[bytes]:
    pairs = [_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
    return [*pairs, level[-1]] if len(level) % 2 else pairs


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
