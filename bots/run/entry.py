"""Enters one Record: find, enter, read the form back, submit once, find again, read the stored row back, compare."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from playwright.sync_api import Error

from bots.base.errors import (  # fmt: skip
    AlreadyExists,
    BotError,
    BrowserGone,
    BusinessRefusal,
    CannotTell,
    ConnectionLost,
    ErrorPage,
    LoginRefused,
    PageUnexpected,
    PasswordExpired,
    ServerError,
    SessionLost,
    StepTimeout,
    SystemFailure,
    SystemRefusal,
    ValueUnfit,
    WrongRecord,
)
from bots.base.redact import hide_values
from bots.base.text import excerpt
from bots.procedure.conditions import holds, matching_text
from bots.procedure.login_session import LoginSession
from bots.procedure.steps.dispatch import start
from bots.procedure.walker import ProcedureWalk
from bots.run.evidence import Evidence
from bots.run.journal import Journal, JournalRow
from bots.run.recovery import is_no_certain
from bots.run.retry import BackOff
from bots.run.session_manager import SessionManager
from bots.spec.compare import side_by_side
from bots.spec.model.bot import Answer, Bot, BotRecord, Compared, FramePath, Goto, ProcedureName, Status
from bots.spec.templating import Scope

Supervisor = Callable[[BotRecord, Path | None], bool]
# By these the system or the network itself says that the submission did not succeed.
_FAILED = (ConnectionLost, ErrorPage, ServerError, SessionLost, SystemRefusal)
# A system may lock the account after a few refused logins; the run stops before that.
LOGIN_TRIES = 2


class DryRun(BotError):
    """A dry run reached the irreversible step without an error and stopped there."""


@dataclass(frozen=True)
class EntryResult:
    """The final state of a Record, as it is written to the journal."""

    status: Status
    reason: str = ""
    receipt: str = ""
    compared: tuple[Compared, ...] = ()
    system_failed: bool = False
    stop_system: bool = False


@dataclass
class Entry:
    """The entry of one Record; ``work`` is its only public method."""

    sessions: SessionManager
    bot: Bot
    journal: Journal
    record: BotRecord
    scope: Scope
    evidence: Evidence
    back_off: BackOff
    run_started: float
    dry_run: bool = False
    supervisor: Supervisor | None = None
    stop: Callable[[], bool] = lambda: False
    on_failure: Callable[[LoginSession], None] | None = None
    sleep: Callable[[float], None] = time.sleep
    attempts: int = 0
    phases: dict[str, float] = field(default_factory=dict)
    _receipt: str = ""
    _submitted_here: float | None = None
    _unanswered: bool = False
    _found_in: FramePath = ()

    def work(self) -> EntryResult:
        """Try until the Record is settled, or park it after the allowed number of attempts."""
        last: SystemFailure | None = None
        while self.attempts < self.bot.policy.attempts:
            self.attempts += 1
            try:
                return self._attempt()
            except BusinessRefusal as error:
                if self._submitted_here is None:
                    self._save_failure_evidence("refused")
                # The page may be in any state (a half-filled form, an open window): the next Record needs a new one.
                self.sessions.reset()
                return EntryResult("refused", str(error))
            except SystemFailure as error:
                last = error
                self._save_failure_evidence("failure")
                self.sessions.reset()
                refused = isinstance(error, LoginRefused) and self.sessions.refusals >= LOGIN_TRIES
                if refused or isinstance(error, PasswordExpired):
                    # Not tried again: the account could be locked for the people of the office as well.
                    return EntryResult("unknown", str(error), system_failed=True, stop_system=True)
                if self.stop():
                    break
                if self.attempts < self.bot.policy.attempts:
                    self.sleep(self.back_off.seconds(self.attempts))
        return EntryResult("unknown", str(last), system_failed=True)

    # -- one attempt -----------------------------------------------------------------------------------

    def _attempt(self) -> EntryResult:
        try:
            session = self.sessions.ensure()
            session.events.clear()
            session.close_extra_windows()
            if self.record.corrects:
                return self._correct(session)
            if self._row().submissions > 0:
                settled = self._look_up(session, None)
                if settled is not None:
                    return settled
                session = self.sessions.ensure()
            else:
                self._require_absent(session)
            return self._enter(session)
        except Error as error:
            line = str(error).splitlines()[0]
            raise BrowserGone(
                "ブラウザーの画面が閉じられました。", f"the browser's page is gone: {line}"
            ) from error

    def _row(self) -> JournalRow:
        row = self.journal.row(self.bot.id, self.record.key)
        assert row is not None, "planned before any work"
        return row

    def _require_absent(self, session: LoginSession) -> None:
        answer, words = self._find(session)
        if answer in ("yes", "many"):
            raise AlreadyExists(
                f"キー {self.record.key} はすでに登録されています。「{excerpt(words)}」",
                f"the key {self.record.key} already exists in the system",
            )
        if answer == "cannot_tell":
            raise self._cannot_tell(session)

    def _correct(self, session: LoginSession) -> EntryResult:
        """Change the row that an earlier version of the Record created; repeating it has no further effect."""
        answer, _ = self._find_certain(session)
        if answer == "cannot_tell":
            raise self._cannot_tell(session)
        if answer == "many":
            return EntryResult("mismatch", "同じキーの行が複数あります。 [several rows hold this key]")
        if answer == "no":
            raise BusinessRefusal(
                "訂正する行が業務システムにありません。", "the row to be corrected is not in the system"
            )
        stored = self._read_back(session)
        if stored.status == "confirmed":
            return stored
        if self.bot.correct is None:
            raise BusinessRefusal(
                "このシステムには訂正の手順（correct）がありません。業務システムで直してから「登録済み」にしてください。",
                "this bot has no procedure correct: change the row by hand, then confirm the entry",
            )
        # Again: read_back has left the page on which the correction begins.
        self._find(session)
        return self._enter(session, "correct")

    def _enter(self, session: LoginSession, procedure: ProcedureName = "enter") -> EntryResult:
        walk = start(session, self.scope, procedure, self._before_irreversible)
        if procedure == "correct" and not isinstance(
            next(iter(self.bot.procedure(procedure).steps), None), Goto
        ):
            walk.path = self._found_in
        submit_error: BotError | None = None
        with self._timed("enter"):
            try:
                walk.run(self.bot.procedure(procedure).steps)
                walk.finish_submission()
            except (SystemFailure, BusinessRefusal) as error:
                if not walk.submitted:
                    raise
                submit_error = error
            except Error as error:
                if not walk.submitted:
                    raise
                submit_error = BrowserGone("ブラウザーの画面が閉じられました。", str(error).splitlines()[0])
        self.sessions.crash_points("after the irreversible step")
        self._submitted_here = time.monotonic()
        self._receipt = walk.captured.get("receipt", "")
        self._unanswered = walk.submission is not None and walk.submission.pending
        if self._was_accepted(walk, submit_error):
            self.journal.accepted(self.bot.id, self.record.key, self._receipt)
        if submit_error is not None:
            # The page after saving, before a new login replaces it.
            self._save_failure_evidence(
                "refused" if isinstance(submit_error, SystemRefusal) else "after_submit"
            )
            self.sessions.reset()
        # A success message proves nothing: the system is always asked again.
        settled = self._look_up(self.sessions.ensure(), submit_error)
        if settled is not None:
            return settled
        assert submit_error is not None, "what was accepted is settled"
        if isinstance(submit_error, BusinessRefusal) and not self._proves_absence(walk, submit_error):
            raise PageUnexpected(submit_error.ja, submit_error.en) from submit_error
        raise submit_error

    @staticmethod
    def _was_accepted(walk: ProcedureWalk, error: BotError | None) -> bool:
        """Whether the system answered the submission, and nothing that it answered says that it failed."""
        if error is None:
            return True
        return walk.submission is not None and walk.submission.answered and not isinstance(error, _FAILED)

    @staticmethod
    def _proves_absence(walk: ProcedureWalk, error: BusinessRefusal) -> bool:
        """Whether the system itself refused, or nothing ever left the browser, whose page is closed by now."""
        return isinstance(error, SystemRefusal) or (walk.submission is not None and not walk.submission.sent)

    def _before_irreversible(self, walk: ProcedureWalk) -> None:
        self.sessions.crash_points("form filled")
        with self._timed("picture"):
            picture = self.evidence.screenshot(walk.session, walk.page, self.scope, "before_submit")
        if self.dry_run:
            raise DryRun(
                "試行のため、登録の直前で止めました。", "dry run: stopped before the irreversible step"
            )
        if self.supervisor is not None and not self.supervisor(self.record, picture):
            raise BusinessRefusal("担当者が登録を取りやめました。", "a person decided not to submit")
        self.sessions.crash_points("before submitting is written")
        # The last thing before the click: what is cut off from here on counts as submitted.
        self.journal.submitting(self.bot.id, self.record.key)
        self.sessions.crash_points("submitting is written")

    # -- is it there? ----------------------------------------------------------------------------------

    def _look_up(self, session: LoginSession, submit_error: BotError | None) -> EntryResult | None:
        """Look up a Record that may have been submitted; None when it is certainly not in the system."""
        answer, _ = self._find_certain(session)
        if answer == "cannot_tell":
            raise self._cannot_tell(session)
        if answer == "many":
            return EntryResult(
                "mismatch", "同じキーの行が複数あります。 [several rows hold this key]", self._receipt
            )
        if answer == "no":
            row = self._row()
            if row.accepted:
                return self._accepted_but_missing(row)
            if self._unanswered and not isinstance(submit_error, SystemRefusal):
                raise StepTimeout(
                    "登録への応答がないまま、検索では見つかりません。システムがまだ処理しているかもしれません。",
                    "the submission is not answered and find says no: the system may still be working on it",
                )
            if row.state == "absent":
                return None
            reason = str(submit_error) if submit_error is not None else "find: no"
            self.journal.absent(self.bot.id, self.record.key, hide_values(reason, self.evidence.hidden))
            return None
        return self._read_back(session)

    def _accepted_but_missing(self, row: JournalRow) -> EntryResult:
        """Neither refused nor to be entered again: a search that cannot find a stored row looks just like this."""
        receipt = self._receipt or row.receipt
        number = f"（受付番号 {receipt}）" if receipt else ""
        reason = (
            f"システムは登録を受け付けましたが{number}、検索では見つかりません。業務システムで確かめてください。"
            f" [accepted{f' with receipt {receipt}' if receipt else ''}, but find says no]"
        )
        # With a receipt in hand, find itself is wrong, and it would be wrong about the next Record too.
        return EntryResult("unknown", reason, receipt, system_failed=True, stop_system=bool(receipt))

    def _find_certain(self, session: LoginSession) -> tuple[Answer, str]:
        answer = self._find(session)
        settle = self.bot.policy.settle
        while answer[0] == "no" and not is_no_certain(self._seconds_since_submission(), settle):
            self.sleep(max(0.05, settle - self._seconds_since_submission()))
            answer = self._find(session)
        return answer

    def _seconds_since_submission(self) -> float:
        """Return for how many seconds no submission of ours can have been in transit.

        A submission of an earlier run ended, at the latest, when this run began.
        """
        since = self._submitted_here if self._submitted_here is not None else self.run_started
        return time.monotonic() - since

    def _find(self, session: LoginSession) -> tuple[Answer, str]:
        session.events.clear()
        walk = start(session, self.scope, "find")
        with self._timed("find"), self._as_system_failure(walk):
            walk.run(self.bot.find.steps)
            self._found_in = walk.path
            return self._answer(walk)

    def _answer(self, walk: ProcedureWalk) -> tuple[Answer, str]:
        find = self.bot.find
        deadline = time.monotonic() + self.bot.policy.timeout
        while True:
            walk.check_errors()
            view = walk.view(fresh_only=not find.in_place)
            if not walk.session.events.loading:
                if find.many is not None and holds(find.many, view):
                    return "many", ""
                yes, no = matching_text(find.yes, view), holds(find.no, view)
                # Contradicting conditions mean that the bot.yaml does not describe this page.
                if yes is not None and no:
                    return "cannot_tell", ""
                if yes is not None:
                    return "yes", yes
                if no:
                    return "no", ""
            if time.monotonic() > deadline:
                return "cannot_tell", ""
            walk.page.wait_for_timeout(30)

    def _cannot_tell(self, session: LoginSession) -> CannotTell:
        shown = session.visible_text()
        return CannotTell(
            f"登録済みかどうか判断できません。画面:「{shown}」",
            f"cannot tell whether it is stored; the page shows {shown!r}",
        )

    def _read_back(self, session: LoginSession) -> EntryResult:
        walk = start(session, self.scope, "read_back", before_leaving=self._picture_read_back)
        # It continues in the frame where find ended, unless it starts with its own goto.
        if not isinstance(next(iter(self.bot.read_back.steps), None), Goto):
            walk.path = self._found_in
        with self._timed("read_back"), self._as_system_failure(walk):
            walk.run(self.bot.read_back.steps)
        if walk.unrecorded:
            self._picture_read_back(walk)
        self.sessions.crash_points("read back")
        receipt = walk.captured.get("receipt", self._receipt)
        # A wrong key is never a wrong value: another person's row is open.
        wrong = [c for c in walk.compared if c.field in self.bot.key_fields and not c.same]
        if wrong:
            raise WrongRecord(
                f"別の人の行が表示されました: {side_by_side(wrong)}",
                f"another record is shown: {side_by_side(wrong)}",
            )
        different = [c for c in walk.compared if not c.same]
        compared = tuple(walk.compared)
        if different:
            return EntryResult("mismatch", side_by_side(different), receipt, compared)
        return EntryResult("confirmed", "", receipt, compared)

    @contextmanager
    def _as_system_failure(self, walk: ProcedureWalk) -> Iterator[None]:
        """While only reading, turn refusals into system failures, except a key that cannot be typed at all."""
        try:
            yield
        except ValueUnfit as error:
            if self._row().submissions == 0:
                raise
            raise PageUnexpected(error.ja, error.en) from error
        except BusinessRefusal as error:
            raise PageUnexpected(error.ja, error.en) from error

    # -- evidence --------------------------------------------------------------------------------------

    def _picture_read_back(self, walk: ProcedureWalk) -> None:
        with self._timed("picture"):
            self.evidence.screenshot(walk.session, walk.page, self.scope, "read_back")

    def _save_failure_evidence(self, name: str) -> None:
        session = self.sessions.current
        if session is None:
            return
        if self.on_failure is not None:
            self.on_failure(session)
        pages = [p for p in session.context.pages if not p.is_closed()]
        for page in pages[-1:]:
            self.evidence.screenshot(session, page, self.scope, name)
        if self.sessions.trace is not None:
            self.sessions.trace.save(self.evidence)
        self.sessions.had_failure = True

    @contextmanager
    def _timed(self, phase: str) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            self.phases[phase] = self.phases.get(phase, 0.0) + time.monotonic() - started


def scope_of(bot: Bot, record: BotRecord, base: Scope, today: dt.date) -> Scope:
    """Return the names that the templates of one Record may use."""
    return replace(
        base,
        values=record.values,
        key=record.key,
        today=today.isoformat(),
        masked=bot.masked,
        files=record.files,
    )
