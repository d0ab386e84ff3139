"""verified → entered: plans entries for settled records, runs the bots, and stores their outcomes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from sqlalchemy import or_, select

from bots.browser.launch import BrowserSettings
from bots.run.journal import exclusive_lock
from bots.run.runner import Runner, RunSettings
from bots.spec.language.load import forms_of, load_bot
from bots.spec.model.bot import Bot, Outcome
from pipelines.context import Office
from pipelines.steps.entry.entry_journal import StoreJournal
from pipelines.steps.entry.evidence_check import ACT
from pipelines.steps.entry.granted import files_to_send, grants_for, not_granted
from pipelines.workers import release_dead
from store.audit import chain
from store.base.errors import KeyConflictOpen
from store.base.model import DocumentState, EntryState
from store.base.schema import Document, Entry
from store.documents import documents
from store.entry import entries, systems
from store.entry.entries import EntryWork

CHUNK = 20  # entries claimed at a time; the rest stays free for another run if this one dies
_WAITING = (EntryState.PLANNED, EntryState.SUBMITTING)


def bots_by_system(office: Office) -> dict[str, dict[str, Bot]]:
    """Every installed bot: system → form id → bot."""
    found: dict[str, dict[str, Bot]] = {}
    for path in sorted(office.settings.systems.glob("*/bot.yaml")):
        for form, bot in _bots_of(path, _stamp(path.parent)):
            found.setdefault(bot.system, {})[form] = bot
    return found


@lru_cache(maxsize=64)
def _bots_of(path: Path, stamp: tuple[tuple[str, int, int], ...]) -> tuple[tuple[str, Bot], ...]:
    """The bots of a file, loaded again only when its folder has changed (``stamp``)."""
    # Checking a bot takes long enough that the monitor, which needs it every five seconds, used 18% of a processor.
    bots = [(form, load_bot(path, form)) for form in forms_of(path)]
    return tuple((bot.form or form, bot) for form, bot in bots)


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    files = [(path.name, path.stat()) for path in sorted(folder.iterdir())]
    return tuple((name, found.st_mtime_ns, found.st_size) for name, found in files)


def known_systems(office: Office) -> list[str]:
    """The legacy systems for which a bot is installed."""
    return list(bots_by_system(office))


def systems_with_work(office: Office) -> list[str]:
    """Systems that have something to enter and may run now."""
    ready = []
    for system, by_form in bots_by_system(office).items():
        with office.store.read() as session:
            settled = select(Document.id).where(
                Document.state == DocumentState.VERIFIED, Document.form_id.in_(list(by_form))
            )
            # Cut off in the irreversible step: the next run looks it up. Every other `unknown` waits for a person.
            cut_off = Entry.reason == entries.CUT_OFF
            open_entry = select(Entry.id).where(
                Entry.system == system,
                or_(Entry.state.in_(_WAITING), cut_off & (Entry.state == EntryState.UNKNOWN)),
            )
            waiting = session.scalar(settled.limit(1)) or session.scalar(open_entry.limit(1))
            if waiting and systems.may_run(session, system):
                ready.append(system)
    return ready


def enter_system(
    office: Office, system: str, on_outcome: Callable[[Outcome], None] = lambda _: None
) -> dict[str, int]:
    """Enters everything that waits for one system; returns how many entries ended in which state.

    After an interruption it can simply be called again: it continues with the entries it held.

    Raises:
        JournalBusy: another run, here or on a machine that shares the state folder, enters into this system.
        NotGranted: a bot asks for what the settings do not grant; nothing is entered, the system is paused.
    """
    # Locked before anything is claimed: entries that a refused run had claimed would wait for its lease to end.
    with exclusive_lock(office.settings.home, system, "enter"):
        missing = not_granted(office.settings, bots_by_system(office)[system].values())
        if missing:
            # Paused, with the reason on the board: somebody has to change the settings and let it go on.
            with office.store.write() as session:
                systems.pause(session, system, actor=office.worker, reason=missing[0].ja)
            raise missing[0]
        return dict(_enter_all(office, system, on_outcome))


def _enter_all(office: Office, system: str, on_outcome: Callable[[Outcome], None]) -> Counter[str]:
    by_form = bots_by_system(office)[system]
    done: Counter[str] = Counter()
    release_dead(office.store)
    with office.store.write() as session:
        # What this process claimed before an interruption: under the lock nobody else here can hold it.
        entries.release_claims(session, system, office.worker)
    while True:
        plan_entries(office, system, set(by_form))
        with office.store.write() as session:
            work = entries.claim(
                session, system, office.worker, limit=CHUNK, seconds=office.settings.lease_seconds
            )
            form_of = {one.entry_id: documents.get(session, one.document_id).form_id or "" for one in work}
        if not work:
            return done
        for form_id, bot in by_form.items():
            mine = [one for one in work if form_of[one.entry_id] == form_id]
            if mine:
                done += _run(office, bot, mine, on_outcome)


def plan_entries(office: Office, system: str, forms: set[str]) -> int:
    """Plans an entry for each settled document of these forms, except those in a key conflict."""
    with office.store.read() as session:
        settled = [
            d.id for d in documents.in_state(session, DocumentState.VERIFIED, limit=500) if d.form_id in forms
        ]
    planned = 0
    for document_id in settled:
        # One transaction each, so that a key conflict leaves the other documents planned.
        try:
            with office.store.write() as session:
                entries.plan(session, document_id, system, office.worker)
            planned += 1
        except KeyConflictOpen:
            continue
    return planned


def _run(
    office: Office, bot: Bot, work: list[EntryWork], on_outcome: Callable[[Outcome], None]
) -> Counter[str]:
    settings = office.settings
    journal = StoreJournal(
        office.store,
        office.worker,
        work,
        settings.lease_seconds,
        lambda document_id: files_to_send(office, bot.system, document_id),
    )
    runner = Runner(
        bot,
        journal,
        settings.evidence_folder,
        RunSettings(
            browser=BrowserSettings(executable=settings.browser),
            base_url=settings.system_urls.get(bot.system, ""),
            secrets_file=settings.secrets_file,
            stop=lambda: not _may_run(office, bot.system),
            lock_dir=settings.home,
            grants=grants_for(settings, bot.system),
        ),
    )
    done: Counter[str] = Counter()
    for outcome in runner.outcomes(journal.records()):
        # Committed first: pictures can be lost without harm, the outcome of a submission cannot.
        state = journal.commit(outcome, bot.system)
        keep_evidence(office, outcome, next(one for one in work if one.key == outcome.key))
        done[state] += 1
        on_outcome(outcome)
    return done


def _may_run(office: Office, system: str) -> bool:
    with office.store.read() as session:
        return systems.may_run(session, system)


def keep_evidence(office: Office, outcome: Outcome, work: EntryWork) -> None:
    """Stores pictures and receipt, and records their hashes in the audit chain."""
    kept = {
        Path(p).name: office.store.files.add(Path(p), Path(p).suffix)
        for p in outcome.evidence
        if Path(p).is_file()
    }
    if kept:
        with office.store.write() as session:
            chain.append(
                session,
                actor=office.worker,
                act=ACT,
                subject=f"document:{work.document_id}",
                detail={"entry": work.entry_id, "files": kept},
            )
