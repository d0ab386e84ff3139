"""Executes one procedure for one Record.

A ``ProcedureWalk`` tracks the current window and frame, what has been filled and captured, and which pages have
loaded since the last action. The steps themselves are in ``bots/procedure/steps/dispatch.py``. It raises errors
of ``bots.base.errors`` only, each naming the step.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from playwright.sync_api import Error, Frame
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from bots.base.errors import (  # fmt: skip
    BotError,
    BrowserGone,
    ConnectionLost,
    Difference,
    FormDiffers,
    PageUnexpected,
    ServerError,
    StepTimeout,
)
from bots.browser.locators import Element, Hop, describe
from bots.procedure.conditions import PageView
from bots.procedure.form_check import Filled, differences
from bots.procedure.login_session import LoginSession, render_dialog_rules
from bots.procedure.single_submit import Submission
from bots.spec.model.bot import Compared, DialogRule, Fill, FramePath, ProcedureName, Step, Target
from bots.spec.templating import Rendered, Scope

# A save is waited for longer than a page: while the system works on it, nobody can say whether it will be stored.
ANSWER_SECONDS = 60.0


@dataclass
class ProcedureWalk:
    """The state of one running procedure.

    ``submission`` follows the irreversible step from its beginning; ``sign_seen`` is true when a step after it found on
    the page what it was to wait for; ``unrecorded`` is true when a text has been read
    off a page and ``before_leaving`` has not been called for that page yet.
    """

    session: LoginSession
    scope: Scope
    phase: ProcedureName
    perform: Callable[[ProcedureWalk, Step], None]
    before_irreversible: Callable[[ProcedureWalk], None] | None = None
    before_leaving: Callable[[ProcedureWalk], None] | None = None
    path: FramePath = ()
    filled: list[Filled] = field(default_factory=list)
    captured: dict[str, str] = field(default_factory=dict)
    compared: list[Compared] = field(default_factory=list)
    submission: Submission | None = None
    sign_seen: bool = False
    unrecorded: bool = False
    uploaded: bool = False
    expected_dialogs: tuple[DialogRule, ...] = ()
    upcoming: Sequence[Step] = ()
    read_ahead: dict[Step, list[str]] = field(default_factory=dict)
    kinds_ahead: dict[tuple[Frame, tuple[Hop, ...]], list[str]] = field(default_factory=dict)
    _documents_before: Mapping[Frame, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.page = self.session.page
        self.bot = self.session.bot
        self.scope = replace(self.scope, captured=self.captured)

    def run(self, steps: Sequence[Step]) -> None:
        """Run the steps in order.

        Raises:
            BotError: the subclass says who must act, see ``bots.base.errors``.
        """
        for index, step in enumerate(steps):
            self.upcoming = steps[index:]
            self.session.crash_points(str(step.where))
            with self._translated_errors(step):
                self.perform(self, step)

    # -- errors and views ------------------------------------------------------------------------------

    @contextmanager
    def _translated_errors(self, step: Step) -> Iterator[None]:
        try:
            yield
        except Error as error:
            # First, because what the page itself reports explains more than Playwright's message.
            self.check_errors()
            raise self._bot_error(step, error) from error

    def _bot_error(self, step: Step, error: Error) -> BotError:
        line = str(error).splitlines()[0]
        if isinstance(error, PlaywrightTimeout):
            target = getattr(step, "target", None)
            what = describe(target) if isinstance(target, Target) else ""
            shown = self.visible_text()
            return StepTimeout(
                f"{step.where}: {what} が見つからないか、使えませんでした。画面:「{shown}」",
                f"{step.where}: timed out {what}; the page shows {shown!r}",
            )
        if "net::" in line:
            return ConnectionLost("システムに接続できません。", f"{step.where}: {line}")
        if "closed" in line or "crashed" in line:
            return BrowserGone("ブラウザーの画面が閉じられました。", f"{step.where}: {line}")
        return PageUnexpected(f"{step.where}: 画面の操作に失敗しました。", f"{step.where}: {line}")

    def check_errors(self) -> None:
        """Raise for any error in the browser since the last check."""
        self.session.check_errors(
            self.scope, logged_in=self.phase != "login", entering=self.changing, in_place=self.submitted
        )

    @property
    def changing(self) -> bool:
        """Whether the procedure changes the system."""
        return self.phase in ("enter", "correct")

    @property
    def submitted(self) -> bool:
        """Whether the irreversible step has begun."""
        return self.submission is not None

    @property
    def awaits_answer(self) -> bool:
        """Whether the system has not answered the irreversible step yet, and may still do so."""
        return self.submission is not None and self.submission.pending and not self.submission.overdue

    def timeout(self, step: Step) -> float:
        """Return the seconds that the step may take."""
        if step.irreversible and self.submission is not None:
            return self.submission.timeout
        return step.timeout or self.bot.policy.timeout

    def frame(self, step: Step, path: FramePath | None = None) -> Frame:
        """Return the frame that the procedure is in, or the one that a target names."""
        return self.session.wait_frame(self.page, self.path if path is None else path, self.timeout(step))

    def view(self, fresh_only: bool = False) -> PageView:
        """Return what a condition of this procedure is evaluated on."""
        frame = self.session.frame(self.page, self.path)
        inside = [f for f in self.page.frames if frame is not None and (not self.path or _within(f, frame))]
        return PageView(
            inside,
            self.scope,
            self.session.events.dialog_texts,
            lambda path: self.session.frame(self.page, path),
            self.is_fresh if fresh_only else lambda _: True,
        )

    def visible_text(self) -> str:
        """Return the beginning of what the windows show, for messages: the frame that the procedure is in first."""
        return self.session.visible_text(self.session.frame(self.page, self.path))

    def is_fresh(self, frame: Frame) -> bool:
        """Whether the frame has loaded a page since the last acting step began."""
        return self.session.events.documents[frame] > self._documents_before.get(frame, 0)

    # -- acting ----------------------------------------------------------------------------------------

    def act(self, step: Step, action: Callable[[], object], ticked: bool = False) -> None:
        """Run an action on the page and wait for its effects.

        Args:
            step: for its message boxes, the frame that it loads, and its time limit.
            action: what to do.
            ticked: the action has already waited for one turn of the page's event loop.
        """
        if self.unrecorded and self.before_leaving is not None:
            self.before_leaving(self)
        self.unrecorded = False
        events = self.session.events
        events.expected_dialogs[:] = render_dialog_rules((*self.expected_dialogs, *step.dialogs), self.scope)
        self.expected_dialogs = ()
        self._documents_before = dict(events.documents)
        came = events.total_documents
        awaited = self.session.frame(self.page, step.loads) if step.loads is not None else None
        action()
        self._after(step, awaited, ticked)
        # Any other step, and any new page, may have changed the inputs.
        if not isinstance(step, Fill) or events.total_documents != came:
            self.kinds_ahead.clear()

    def _after(self, step: Step, awaited: Frame | None, ticked: bool) -> None:
        self.session.wait_until_loaded(self.page, self.timeout(step), ticked)
        if step.loads is not None:
            self._wait_loaded(step, awaited)
        self.check_errors()
        if self.session.events.loading:
            # The new page submitted itself while it was being checked.
            self.session.wait_until_loaded(self.page, self.timeout(step), ticked=True)
            self.check_errors()
        missing = [d for d in self.session.events.expected_dialogs if not d.optional]
        self.session.events.expected_dialogs.clear()
        if missing:
            raise PageUnexpected(
                f"{step.where}: メッセージ「{missing[0].text}」が表示されませんでした。",
                f"{step.where}: the dialog {missing[0].text!r} did not appear",
            )

    def _wait_loaded(self, step: Step, awaited: Frame | None) -> None:
        assert step.loads is not None
        deadline = time.monotonic() + self.timeout(step)
        while True:
            now = self.session.frame(self.page, step.loads)
            if now is not None and (now is not awaited or self.is_fresh(now)):
                return self.session.wait_until_loaded(self.page, self.timeout(step), ticked=True)
            self.check_errors()
            if time.monotonic() > deadline:
                words = " > ".join(map(str, step.loads)) or "top"
                raise StepTimeout(
                    f"{step.where}: フレーム「{words}」に新しい画面が出ません。",
                    f"{step.where}: no new page in the frame {words!r}",
                )
            self.page.wait_for_timeout(20)

    def leave_page(self, step: Step, action: Callable[[], object]) -> None:
        """Run an action that may leave the page; before it, compare the filled form with the Record."""
        if self.phase == "enter" and not self.submitted:
            self.verify_form()
        if step.irreversible and self.before_irreversible is not None:
            self.before_irreversible(self)
            # Before the action: whatever is cut off in between counts as submitted.
            seconds = step.timeout or max(self.bot.policy.timeout, ANSWER_SECONDS)
            events = self.session.events
            self.submission = Submission(
                self.session.context,
                self._sends_once(),
                seconds,
                repeated=events.repeated(),
                under_way=events.under_way(),
                ignored=self.bot.background,
            )
            # The last point at which a crash is certain to have sent nothing.
            self.session.crash_points("irreversible")
            self.submission.begin()
        self.act(step, action)
        self.filled = [f for f in self.filled if not f.frame.is_detached() and not self.is_fresh(f.frame)]

    def finish_submission(self) -> None:
        """Wait until the irreversible step is over: answered by the system, or its declared sign was seen.

        Requests are left to the browser again only then, so call it after the last step.

        Raises:
            StepTimeout: nothing was sent, or what was sent is not answered.
            ServerError: it was answered by errors only, or the connection broke.
        """
        submission = self.submission
        if submission is None:
            return
        latest_start = time.monotonic() + self.bot.policy.timeout
        while submission.pending or not (submission.sent or self.sign_seen):
            self.check_errors()
            if submission.overdue:
                raise StepTimeout(
                    f"登録への応答が{submission.timeout:g}秒以内にありませんでした。",
                    f"no answer to the submission within {submission.timeout:g} s",
                )
            # A script of the page may begin to save some time after the click.
            if not submission.sent and time.monotonic() > latest_start:
                shown = self.visible_text()
                raise StepTimeout(
                    f"登録の操作をしましたが、何も送信されませんでした。画面:「{shown}」",
                    f"nothing was sent after the irreversible step; the page shows {shown!r}",
                )
            self.page.wait_for_timeout(20)
        self.session.wait_until_loaded(self.page, self.bot.policy.timeout)
        self.check_errors()
        if not submission.answered and not self.sign_seen:
            raise ServerError(
                "登録の送信に、システムが正常に応答しませんでした。",
                "the system did not answer the submission, or answered with an error",
            )
        submission.end()

    def _sends_once(self) -> bool:
        return self.bot.send_once and not self.uploaded

    def verify_form(self) -> None:
        """Compare the filled inputs, and what was captured on the way, with the Record.

        Raises:
            FormDiffers: with the expected and the found value of each input.
        """
        found = differences(self.filled)
        found += [
            Difference(c.field, "(masked)" if c.masked else c.wanted, "(masked)" if c.masked else c.found)
            for c in self.compared
            if not c.same
        ]
        if found:
            raise FormDiffers(found)

    def act_or_leave_page(self, step: Step, action: Callable[[], object], ticked: bool = False) -> None:
        """Call ``leave_page`` for the irreversible step, else ``act``."""
        if step.irreversible:
            self.leave_page(step, action)
        else:
            self.act(step, action, ticked)

    def record_filled(self, found: Element, wanted: Rendered, typed: str = "", exact: bool = True) -> None:
        """Record the value that an input should have, for reading the form back."""
        if self.phase == "enter":
            self.filled.append(Filled(found.words, found.way, found.frame, wanted, typed, exact))

    def run_with_locals(self, given: Mapping[str, Rendered], steps: Sequence[Step]) -> None:
        """Run steps with additional names for their templates."""
        before = self.scope
        self.scope = replace(before, locals={**before.locals, **given})
        try:
            self.run(steps)
        finally:
            self.scope = before


def _within(frame: Frame, ancestor: Frame) -> bool:
    current: Frame | None = frame
    # Frames can be nested to any depth in old framesets.
    while current is not None:
        if current == ancestor:
            return True
        current = current.parent_frame
    return False
