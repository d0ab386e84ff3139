"""A new master key for the secret values: every value key is wrapped again, the ciphertexts do not change.

An allowed change of append-only rows, like erasure: no value changes, only the wrapping of its key. After an
interruption the next run continues: values under the old and the new key can both be decrypted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from store.audit import chain
from store.base.columns import Base
from store.base.schema import Entry, Item, Reading, Record, Verification
from store.base.secrets import PREFIX
from store.base.session import vault

ROTATED: Final = "keys.rotated"
CHUNK: Final = 500
# Every column that may hold an encrypted value: one that is missing here would lose its values together with the old
# key.
_COLUMNS: Final[tuple[tuple[type[Base], tuple[str, ...]], ...]] = (
    (Reading, ("value", "candidates")),
    (Verification, ("value",)),
    (Record, ("secret_values",)),
    (Entry, ("read_back",)),
    (Item, ("expected", "wrong_value")),
)


def rewrap_chunk(session: Session, after: tuple[int, int]) -> tuple[tuple[int, int] | None, int]:
    """Wrap one chunk of rows under the newest key; returns where to continue (None: done) and the changes.

    Args:
        session: writing.
        after: table number and row id up to which it is done; (0, 0) at the beginning.
    """
    number, last = after
    table, names = _COLUMNS[number]
    columns = [getattr(table, name) for name in names]
    query = select(table.id, *columns).where(table.id > last).order_by(table.id).limit(CHUNK)  # type: ignore[attr-defined]
    rows = session.execute(query).all()
    changed = 0
    for row in rows:
        fresh = {}
        for name, old in zip(names, row[1:], strict=True):
            new, count = _rewrapped(old, vault(session).rewrap_if_old)
            if count:
                fresh[name], changed = new, changed + count
        if fresh:
            # A bulk UPDATE, because `store.database` refuses changed append-only objects in a session.
            session.execute(update(table).where(table.id == row.id).values(**fresh))  # type: ignore[attr-defined]
    if len(rows) == CHUNK:
        return (number, rows[-1].id), changed
    return ((number + 1, 0) if number + 1 < len(_COLUMNS) else None), changed


def record_rotation(session: Session, actor: str, key_id: str, values: int) -> None:
    """Record the rotation in the audit chain."""
    detail = {"key": key_id, "values": values}
    chain.append(session, actor=actor, act=ROTATED, subject=f"key:{key_id}", detail=detail)


def keys_in_use(session: Session) -> set[str]:
    """Names of the master keys that some value still needs."""
    found: set[str] = set()
    for table, names in _COLUMNS:
        columns = [getattr(table, name) for name in names]
        for row in session.execute(select(*columns).execution_options(yield_per=CHUNK)):
            found |= {token.split(".")[1] for value in row for token in _tokens(value)}
    return found


def _tokens(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if value.startswith(f"{PREFIX}.") and value.count(".") == 2:
            yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _tokens(one)
    elif isinstance(value, list):
        for one in value:
            yield from _tokens(one)


def _rewrapped(value: Any, rewrap: Callable[[str], str]) -> tuple[Any, int]:
    """A value with every encrypted text in it wrapped again, at any depth, and the number of changes."""
    if isinstance(value, str) and next(_tokens(value), None):
        new = rewrap(value)
        return new, int(new != value)
    if isinstance(value, dict):
        pairs = {name: _rewrapped(one, rewrap) for name, one in value.items()}
        return {name: new for name, (new, _) in pairs.items()}, sum(count for _, count in pairs.values())
    if isinstance(value, list):
        parts = [_rewrapped(one, rewrap) for one in value]
        return [new for new, _ in parts], sum(count for _, count in parts)
    return value, 0
