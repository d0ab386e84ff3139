"""Rotation of the master key: wraps all secret values again, and removes old keys that nothing needs."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.context import Office
from store.base.locks import maintenance_lock
from store.ops import rotation


@dataclass(frozen=True, slots=True)
class Rotated:
    """The new key's name, how many values it wraps now, and the keys that were removed."""

    key: str
    values: int
    forgotten: tuple[str, ...]


def rotate(office: Office, actor: str, *, forget: bool = False) -> Rotated:
    """Adds a key and wraps every value again, chunk by chunk while work goes on.

    Args:
        office: whose keys.
        actor: for the audit chain.
        forget: also remove old keys that no value needs; older backups then need their own copy of the keys.
    """
    store = office.store
    # Never beside a backup or a purge: a backup's rows and keys must belong together.
    with maintenance_lock(office.settings.home):
        key = store.vault.rotate()
        place: tuple[int, int] | None = (0, 0)
        values = 0
        # One transaction for each chunk: the service must not wait for millions of rows.
        while place is not None:
            with store.write() as session:
                place, changed = rotation.rewrap_chunk(session, place)
            values += changed
        with store.write() as session:
            rotation.record_rotation(session, actor, key, values)
        gone: list[str] = []
        if forget:
            # After the loop: a value that still has the old key would be lost with it.
            with store.read() as session:
                needed = rotation.keys_in_use(session)
            gone = store.vault.remove_old_keys(needed)
    return Rotated(key, values, tuple(gone))
