"""The bots' write-ahead journal, kept in the office's store.

``submitting`` is committed before the irreversible step. The outcome is committed afterwards together with its
read-back (``commit``). After an interruption in between, the entry is still ``submitting``, and the next run looks it
up in the legacy system.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC
from pathlib import Path

from sqlalchemy.orm import Session

from bots.run.journal import JournalRow, State, digest
from bots.spec.model.bot import BotRecord, Outcome, Status
from store.base.model import EntryState
from store.base.schema import Entry
from store.database import Store
from store.entry import entries, systems
from store.entry.entries import EntryWork

RETRY_SECONDS = 120.0  # the interval of the enter deployment's schedule
_UNSENT = frozenset({EntryState.PLANNED, EntryState.PARKED})


class StoreJournal:
    """Implements ``bots.run.journal.Journal`` for the entries that one worker has claimed."""

    def __init__(
        self,
        store: Store,
        owner: str,
        work: Iterable[EntryWork],
        lease_seconds: float,
        files_of: Callable[[int], Mapping[str, Path]] = lambda _: {},
    ) -> None:
        """``files_of`` returns the files that may be sent with the application of a document's id."""
        self._files_of = files_of
        self._store = store
        self._owner = owner
        self._work = {one.key: one for one in work}
        self._lease = lease_seconds
        self._absent: set[str] = set()

    def records(self) -> list[BotRecord]:
        """The claimed entries as records for the bots."""
        return [
            BotRecord(one.key, one.values, one.corrects, self._files_of(one.document_id))
            for one in self._work.values()
        ]

    def row(self, bot: str, key: str) -> JournalRow | None:
        """The entry's row. Anything that may have been sent is ``submitting``, so that it is looked up."""
        work = self._work.get(key)
        if work is None:
            return None
        with self._store.read() as session:
            entry = session.get_one(Entry, work.entry_id)
            events = entries.journal(session, work.entry_id)
            mark = digest(BotRecord(key, work.values))
        sent = [
            event.at
            for event in events
            if event.state is EntryState.SUBMITTING and not entries.is_acceptance(event)
        ]
        return JournalRow(
            bot,
            key,
            self._state(entry, len(sent)),
            mark,
            submissions=len(sent),
            receipt=entry.receipt or "",
            reason=entry.reason or "",
            changed_at=entry.updated_at.isoformat(),
            submitted_at=sent[-1].astimezone(UTC).isoformat() if sent else "",
            accepted=entries.was_accepted(events),
        )

    def _state(self, entry: Entry, sent: int) -> State:
        if entry.key in self._absent:
            return "absent"
        # Submitted before and planned again: a person has decided that the record is not in the system.
        if entry.state in _UNSENT:
            return "absent" if sent else "planned"
        if entry.state is EntryState.UNKNOWN and not sent:
            return "planned"
        if entry.state in (EntryState.SUBMITTING, EntryState.UNKNOWN):
            return "submitting"
        return {
            EntryState.CONFIRMED: "confirmed",
            EntryState.REFUSED: "refused",
            EntryState.MISMATCH: "mismatch",
        }[entry.state]  # type: ignore[return-value]

    def plan(self, bot: str, record: BotRecord) -> JournalRow:
        """Returns the entry's row: it was planned with its document (`enter.plan_entries`)."""
        row = self.row(bot, record.key)
        if row is None:
            raise KeyError(record.key)
        return row

    def submitting(self, bot: str, key: str) -> None:
        """Commits that the irreversible step begins."""
        self._absent.discard(key)
        with self._store.write() as session:
            entries.submitting(session, self._work[key].entry_id, self._owner, seconds=self._lease)

    def accepted(self, bot: str, key: str, receipt: str) -> None:
        """Records durably that the system accepted the record: from now on it is never entered again unseen."""
        with self._store.write() as session:
            entries.accepted(session, self._work[key].entry_id, self._owner, receipt=receipt)

    def absent(self, bot: str, key: str, reason: str) -> None:
        """Records, for this run only, that the record is certainly not in the system; a later run looks again."""
        self._absent.add(key)

    def settle(self, bot: str, key: str, status: Status, receipt: str, reason: str) -> None:
        """Does nothing: ``commit`` writes the outcome, together with the read-back."""

    def commit(self, outcome: Outcome, system: str) -> str:
        """Writes the outcome of a record; returns the entry's state."""
        entry_id = self._work[outcome.key].entry_id
        with self._store.write() as session:
            before = session.get_one(Entry, entry_id).state
            self._write(session, entry_id, outcome, before)
            self._update_circuit(session, system, outcome)
            session.flush()
            return session.get_one(Entry, entry_id, populate_existing=True).state.value

    def _write(self, session: Session, entry_id: int, outcome: Outcome, before: EntryState) -> None:
        owner, read_back = self._owner, dict(outcome.read_back)
        if outcome.status == "confirmed":
            entries.confirm(
                session,
                entry_id,
                owner,
                receipt=outcome.receipt,
                read_back=read_back,
                seconds=outcome.seconds,
            )
        elif outcome.status == "mismatch":
            entries.mismatch(
                session, entry_id, owner, reason=outcome.reason, read_back=read_back, receipt=outcome.receipt
            )
        elif outcome.status == "refused":
            entries.refuse(session, entry_id, owner, reason=outcome.reason)
        elif before is EntryState.PLANNED and outcome.attempts == 0:
            # Not tried at all (closed hours, stopped): repeated without a person. After an attempt a person decides.
            entries.retry_later(session, entry_id, owner, reason=outcome.reason, retry_after=RETRY_SECONDS)
        elif before is EntryState.PLANNED:
            entries.park(session, entry_id, owner, reason=outcome.reason)
        else:
            entries.unknown(session, entry_id, owner, reason=outcome.reason)

    def _update_circuit(self, session: Session, system: str, outcome: Outcome) -> None:
        """Updates the circuit breaker: consecutive system errors open it, any answer of the system closes it."""
        if outcome.status != "unknown":
            systems.succeeded(session, system)
        elif outcome.attempts:
            # Trying again with a wrong password would lock the account; a search that is wrong stays wrong.
            at_once = outcome.stop_system
            systems.failed(session, system, actor=self._owner, reason=outcome.reason, at_once=at_once)
