"""Runs Records through one bot, one after the other, with one account.

Several runners, each with its own system or account, may run in parallel threads or processes; the callbacks of
``RunSettings`` are called in the thread of the run.
"""

from __future__ import annotations

import asyncio
import base64
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from playwright.sync_api import BrowserContext, Playwright

from bots.base.crash_points import CrashPoints, no_crash
from bots.base.errors import ValueUnfit
from bots.base.redact import hide_values
from bots.base.secrets import Secrets
from bots.browser.launch import BrowserSettings, playwright
from bots.procedure.login_session import LoginSession
from bots.run.entry import DryRun, Entry, EntryResult, Supervisor, scope_of
from bots.run.evidence import Evidence, TraceMode
from bots.run.grants import Grants
from bots.run.journal import Journal, JournalRow, digest, exclusive_lock
from bots.run.preflight import check_record, preflight
from bots.run.recovery import next_action
from bots.run.retry import BackOff, CircuitBreaker
from bots.run.schedule import Schedule
from bots.run.session_manager import SessionManager
from bots.spec.model.bot import Bot, BotRecord, Outcome
from bots.spec.templating import Scope
from foundation import clock


@dataclass(frozen=True)
class RunSettings:
    """The settings of a run that are not part of the bot.

    ``base_url`` replaces the bot's own (a test system); ``account`` selects the secrets ``NAME_ACCOUNT``;
    ``trace`` selects the attempts that are recorded; ``supervisor`` is called with the Record and its screenshot
    before each irreversible step, and returns whether to submit; ``on_failure`` is called after a failed attempt, while
    its pages are still open; ``crash_points`` is called at each instant that a power cut could separate from the next;
    ``on_browser`` with each new browser context, before its first page. ``file_folders`` hold files that Records may
    send; ``grants`` are what the office lets this bot reach, None where a person runs it by hand.
    """

    browser: BrowserSettings = field(default_factory=BrowserSettings)
    base_url: str = ""
    account: str = ""
    secrets_file: Path | None = None
    trace: TraceMode = "repeated"
    dry_run: bool = False
    supervisor: Supervisor | None = None
    pause_file: Path | None = None
    paused: Callable[[], bool] | None = None
    stop: Callable[[], bool] | None = None
    on_outcome: Callable[[Outcome], None] | None = None
    on_failure: Callable[[LoginSession], None] | None = None
    lock_dir: Path | None = None
    crash_points: CrashPoints = no_crash
    on_browser: Callable[[BrowserContext], None] | None = None
    file_folders: tuple[Path, ...] = ()
    grants: Grants | None = None


class Runner:
    """Enters Records; see ``run``."""

    def __init__(
        self, bot: Bot, journal: Journal, evidence_dir: Path, settings: RunSettings | None = None
    ) -> None:
        self.settings = settings or RunSettings()
        self.bot = (
            replace(bot, base_url=self.settings.base_url.rstrip("/")) if self.settings.base_url else bot
        )
        self.journal = journal
        self.evidence_dir = evidence_dir
        self.breaker = CircuitBreaker(bot.policy.breaker)
        self.stopped_because = ""
        self.schedule = Schedule(
            bot.policy, self.settings.pause_file, self.settings.paused, self.settings.stop
        )
        self._base = Scope(
            {},
            secrets=Secrets.load(self.settings.account, self.settings.secrets_file),
            lookups=bot.lookups,
            file_folders=self.settings.file_folders,
        )
        self._started = time.monotonic()
        self._digests: dict[str, str] = {}

    def run(self, records: Iterable[BotRecord]) -> list[Outcome]:
        """Enter every Record exactly once and return the outcome of each, in the order given.

        Running the same Records again is safe: settled ones are answered from the journal, interrupted ones are
        looked up first.

        Raises:
            SetupError: no browser, a missing secret, something that is not granted, or another run on this account.
        """
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return list(self.outcomes(records))
        # Playwright's sync API refuses a thread with a running event loop, so another thread does the work.
        with ThreadPoolExecutor(max_workers=1) as pool:
            return pool.submit(lambda: list(self.outcomes(records))).result()

    def outcomes(self, records: Iterable[BotRecord]) -> Iterator[Outcome]:
        """Like ``run``, but yields one Outcome at a time."""
        if self.settings.grants is not None:
            self.settings.grants.require_bot(self.bot)
        place = self.settings.lock_dir or _lock_dir()
        with (
            exclusive_lock(place, f"{self.bot.system}", f"{self.settings.account}@{self.bot.base_url}"),
            playwright() as started,
        ):
            sessions = self._session_manager(started)
            try:
                for record in records:
                    outcome = self._process(sessions, record)
                    if self.settings.on_outcome is not None:
                        self.settings.on_outcome(outcome)
                    yield outcome
            finally:
                sessions.close()

    def _session_manager(self, started: Playwright) -> SessionManager:
        chosen = self.settings
        return SessionManager(
            started,
            self.bot,
            self._base,
            chosen.browser,
            chosen.trace,
            chosen.crash_points,
            chosen.on_browser,
        )

    def _process(self, sessions: SessionManager, record: BotRecord) -> Outcome:
        record_digest = digest(record)
        row = self.journal.row(self.bot.id, record.key)
        action = next_action(row, record_digest)
        # The same key twice in one run, with different values, is a conflict as well.
        if self._digests.setdefault(record.key, record_digest) != record_digest or action == "conflict":
            return Outcome(
                record.key,
                "refused",
                reason="同じキーで内容の違う申請があります。人が確かめてください。 [same key, other values]",
            )
        if action == "done" and row is not None:
            return _from_journal(row)
        stop_reason = self._stop_reason()
        if stop_reason:
            return Outcome(record.key, "unknown", reason=stop_reason)
        self.schedule.wait_turn()
        self.journal.plan(self.bot.id, record)
        return self._enter(sessions, record)

    def _stop_reason(self) -> str:
        """Return why no further Record may be started; empty when one may."""
        if not self.stopped_because:
            closed = self.schedule.closed()
            if self.breaker.is_open:
                self.stopped_because = (
                    "システムの障害が続いたため、入力を止めました。未入力のままです。"
                    f" [circuit breaker open, not tried] {self.breaker.reason}"
                )
            elif self.schedule.must_stop():
                self.stopped_because = (
                    "停止の指示がありました。未入力のままです。 [stopped on request, not tried]"
                )
            elif closed is not None:
                return f"{closed[0]} 未入力のままです。 [{closed[1]}, not tried]"
        return self.stopped_because

    def _enter(self, sessions: SessionManager, record: BotRecord) -> Outcome:
        started, system = time.monotonic(), sessions.system_seconds()
        scope = scope_of(self.bot, record, self._base, clock.today())
        evidence = Evidence.open(self.evidence_dir, self.bot.id, record.key, self._hidden(record, scope))
        entry = Entry(
            sessions, self.bot, self.journal, record, scope, evidence, BackOff(self.bot.policy), self._started,
            self.settings.dry_run, self.settings.supervisor, self.schedule.must_stop, self.settings.on_failure,
        )  # fmt: skip
        settled = self._settle(entry, record, scope)
        if settled is None:
            sessions.reset()
            return Outcome(
                record.key, "unknown", reason="試行: 登録の直前まで確認しました。 [dry run: nothing was submitted]",
                evidence=tuple(evidence.files), seconds=time.monotonic() - started, attempts=entry.attempts,
            )  # fmt: skip
        self._update_breaker(settled)
        spent = sessions.system_seconds() - system
        outcome = self._outcome(entry, settled, time.monotonic() - started, spent)
        sessions.end_record()
        return outcome

    def _settle(self, entry: Entry, record: BotRecord, scope: Scope) -> EntryResult | None:
        """Work on the Record and write the result into the journal; None for a dry run."""
        try:
            row = self.journal.row(self.bot.id, record.key)
            if row is None or row.submissions == 0:
                check_record(self.bot, record, scope)
            settled = entry.work()
        except ValueUnfit as error:
            settled = EntryResult("refused", str(error))
        except DryRun:
            return None
        # A reason may quote the page, and the page may show values that must not appear in a list of outcomes.
        settled = replace(settled, reason=hide_values(settled.reason, entry.evidence.hidden))
        self.journal.settle(self.bot.id, record.key, settled.status, settled.receipt, settled.reason)
        return settled

    def _hidden(self, record: BotRecord, scope: Scope) -> set[str]:
        """Return the values that no evidence may show: masked fields, also as keyed, and every secret used."""
        hidden = {record.values.get(name, "") for name in self.bot.masked}
        try:
            hidden |= {k.value.text for k in preflight(self.bot.enter.steps, scope) if k.value.hidden}
            # The login must not use values of a Record, so none are offered.
            login = replace(scope, values={})
            hidden |= {k.value.text for k in preflight(self.bot.login.steps, login) if k.value.hidden}
        except ValueUnfit:
            return hidden | _http_secrets(self.bot, scope)
        return hidden | _http_secrets(self.bot, scope)

    def _update_breaker(self, settled: EntryResult) -> None:
        if settled.stop_system:
            self.breaker.trip(settled.reason)
        elif settled.system_failed:
            self.breaker.record_failure(settled.reason)
        else:
            self.breaker.record_success()

    def _outcome(self, entry: Entry, settled: EntryResult, seconds: float, system_seconds: float) -> Outcome:
        masked = {c.field for c in settled.compared if c.masked}
        outcome = Outcome(
            entry.record.key,
            settled.status,
            settled.receipt,
            settled.reason,
            {c.field: c.found for c in settled.compared if c.field not in masked},
            (),
            seconds,
            system_seconds,
            settled.compared,
            entry.attempts,
            settled.stop_system,
        )
        entry.evidence.write_json("receipt", _receipt(outcome, entry))
        entry.evidence.write_hashes()
        return replace(outcome, evidence=tuple(entry.evidence.files))


def _http_secrets(bot: Bot, scope: Scope) -> set[str]:
    """Return the certificate's passphrase and the HTTP login's password, also as its header contains it (RFC 7617)."""
    phrase = {bot.browser.passphrase.render(scope).text} if bot.browser.passphrase is not None else set()
    if bot.browser.user is None or bot.browser.password is None:
        return phrase
    user, password = bot.browser.user.render(scope).text, bot.browser.password.render(scope).text
    return phrase | {password, base64.b64encode(f"{user}:{password}".encode()).decode()}


def _receipt(outcome: Outcome, entry: Entry) -> dict[str, object]:
    return {
        "bot": entry.bot.id,
        "key": outcome.key,
        "status": outcome.status,
        "receipt": outcome.receipt,
        "reason": outcome.reason,
        "at": clock.now().isoformat(timespec="seconds"),
        "attempts": outcome.attempts,
        "seconds": round(outcome.seconds, 3),
        "system_seconds": round(outcome.system_seconds, 3),
        "phases": {k: round(v, 3) for k, v in entry.phases.items()},
        "compared": [
            {
                "field": c.field,
                "wanted": "" if c.masked else c.wanted,
                "found": "" if c.masked else c.found,
                "same": c.same,
            }
            for c in outcome.compared
        ],
    }


def _from_journal(row: JournalRow) -> Outcome:
    status = row.state
    assert status in ("confirmed", "refused", "mismatch")
    return Outcome(row.key, status, row.receipt, row.reason)


def _lock_dir() -> Path:
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "")
    return Path(tempfile.gettempdir()) / f"utsushi-{user}"
