"""Merkle trees over the audit chain, against the recursive definition of RFC 6962."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from store.audit import chain, merkle
from store.database import Store
from tests.store.store_samples import SQLITE


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def root(leaves: list[bytes]) -> bytes:
    """The definition of RFC 6962, section 2.1, over leaves that are hashed already."""
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return leaves[0]
    cut = 1
    while cut * 2 < len(leaves):
        cut *= 2
    return sha(b"\x01" + root(leaves[:cut]) + root(leaves[cut:]))


def events(count: int) -> list[str]:
    return [hashlib.sha256(bytes([n])).hexdigest() for n in range(count)]


@pytest.mark.parametrize("count", range(18))
def test_the_root_is_that_of_the_definition_and_every_path_leads_to_it(count: int) -> None:
    hashes = events(count)
    leaves = [sha(b"\x00" + bytes.fromhex(one)) for one in hashes]
    assert [merkle.leaf(one) for one in hashes] == leaves
    assert merkle.root_of(hashes) == root(leaves).hex()
    tree = merkle.levels(leaves)
    assert tree[0] == (leaves or [sha(b"")]) and len(tree[-1]) == 1
    for at, start in enumerate(leaves):
        steps = merkle.path(tree, at)
        assert merkle.root_from_path(start, steps) == root(leaves)
        assert {side for side, _ in steps} <= {"left", "right"}
        assert len(steps) <= max(count - 1, 0).bit_length()


def test_a_path_proves_its_own_leaf_only() -> None:
    leaves = [merkle.leaf(one) for one in events(5)]
    tree = merkle.levels(leaves)
    assert merkle.path(tree, 0)[0] == ("right", leaves[1]) and merkle.path(tree, 1)[0] == ("left", leaves[0])
    assert merkle.path(tree, 4) == [("left", tree[2][0])], "the odd one is carried up"
    assert merkle.root_from_path(leaves[1], merkle.path(tree, 0)) != tree[-1][0]


def note(session: Session, *subjects: str) -> None:
    for subject in subjects:
        chain.append(session, actor="sato", act="document.read", subject=subject)


@SQLITE
def test_each_tree_holds_what_came_after_the_one_before(store: Store, tmp_path: Path) -> None:
    with store.write() as session:
        assert merkle.last_stored(session) == 0 and merkle.stored_roots(session) == []
        merkle.store_hashes(session)
        assert merkle.stored_roots(session) == [], "over nothing there is no tree"
        note(session, "document:1", "document:2")
        merkle.store_hashes(session)
        [(first, begin, end)] = merkle.stored_roots(session)
        assert (first.seq, begin, end) == (3, 1, 2) and merkle.last_stored(session) == 3
        merkle.store_hashes(session)
        assert len(merkle.stored_roots(session)) == 1, "a tree's own event alone makes no tree"
    with store.write() as session:
        note(session, "document:3")
        merkle.store_hashes(session)
        note(session, "document:4", "document:5")
        merkle.store_hashes(session)
    with store.read() as session:
        assert [(row.seq, begin, end) for row, begin, end in merkle.stored_roots(session)] == [
            (3, 1, 2),
            (5, 4, 4),
            (8, 6, 7),
        ]
        assert merkle.last_stored(session) == 8
        for row, begin, end in merkle.stored_roots(session):
            hashes = merkle.hashes_between(session, begin, end)
            assert len(hashes) == end - begin + 1
            assert json.loads(row.detail) == {"first": begin, "last": end, "root": merkle.root_of(hashes)}
            assert (row.actor, row.subject) == ("system", f"audit:{begin}")
        assert merkle.hashes_between(session, 1, 8)[2:4] == merkle.hashes_between(session, 3, 4)
        assert chain.verify(session).ok
