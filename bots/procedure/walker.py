"""Going through one procedure of one Record.

A ``Walk`` knows which window and frame the procedure is in, what it has filled and captured, and what counts
as a fresh page. The steps themselves are in ``bots/procedure/steps/dispatch.py``. It raises errors of
``bots.base.errors`` only, each naming the step.
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
    StepTimeout,
)
from bots.browser.locators import Element, Hop, describe
from bots.procedure.conditions import View
from bots.procedure.form_check import Filled, differences
from bots.procedure.login_session import LoginSession, expectations
from bots.procedure.single_submit import at_most_once
from bots.spec.model.bot import Compared, DialogRule, Fill, FramePath, ProcedureName, Step, Target
from bots.spec.templating import Rendered, Scope


@dataclass
class ProcedureWalk:
    """One procedure on its way.

    ``submitted`` turns true at the irreversible step and stays so; ``unseen`` when something has been read off a page
    of which ``before_leaving`` has not been told yet.
    """

    session: LoginSession
    scope: Scope
    phase: ProcedureName
    do: Callable[[ProcedureWalk, Step], None]
    before_irreversible: Callable[[ProcedureWalk], None] | None = None
    before_leaving: Callable[[ProcedureWalk], None] | None = None
    path: FramePath = ()
    filled: list[Filled] = field(default_factory=list)
    captured: dict[str, str] = field(default_factory=dict)
    compared: list[Compared] = field(default_factory=list)
    submitted: bool = False
    unseen: bool = False
    uploaded: bool = False
    announced: tuple[DialogRule, ...] = ()
    coming: Sequence[Step] = ()
    read_ahead: dict[Step, list[str]] = field(default_factory=dict)
    kinds_ahead: dict[tuple[Frame, tuple[Hop, ...]], list[str]] = field(default_factory=dict)
    _before: Mapping[Frame, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.page = self.session.page
        self.bot = self.session.bot
        self.scope = replace(self.scope, captured=self.captured)

    def run(self, steps: Sequence[Step]) -> None:
        """Do the steps in order; raises the errors of this room."""
        for index, step in enumerate(steps):
            self.coming = steps[index:]
            self.session.crash_points(str(step.where))
            with self._in_words(step):
                self.do(self, step)

    # -- errors and looking around ---------------------------------------------------------------------

    @contextmanager
    def _in_words(self, step: Step) -> Iterator[None]:
        try:
            yield
        except Error as error:
            self.look()
            raise self._explained(step, error) from error

    def _explained(self, step: Step, error: Error) -> BotError:
        line = str(error).splitlines()[0]
        if isinstance(error, PlaywrightTimeout):
            target = getattr(step, "target", None)
            what = describe(target) if isinstance(target, Target) else ""
            shown = self.session.words()
            return StepTimeout(
                f"{step.where}: {what} が見つからないか、使えませんでした。画面:「{shown}」",
                f"{step.where}: timed out {what}; the page shows {shown!r}",
            )
        if "net::" in line:
            return ConnectionLost("システムに接続できません。", f"{step.where}: {line}")
        if "closed" in line or "crashed" in line:
            return BrowserGone("ブラウザーの画面が閉じられました。", f"{step.where}: {line}")
        return PageUnexpected(f"{step.where}: 画面の操作に失敗しました。", f"{step.where}: {line}")

    def look(self) -> None:
        """Raise for whatever went wrong in the browser since the last look."""
        entering = self.phase == "enter"
        self.session.look(self.scope, guarded=self.phase != "login", entering=entering)

    def timeout(self, step: Step) -> float:
        """Seconds that the step may take."""
        return step.timeout or self.bot.manner.timeout

    def frame(self, step: Step, path: FramePath | None = None) -> Frame:
        """The frame that the procedure is in, or the one that a target names."""
        return self.session.wait_frame(self.page, self.path if path is None else path, self.timeout(step))

    def view(self, fresh_only: bool = False) -> View:
        """What a condition of this procedure looks at."""
        frame = self.session.frame(self.page, self.path)
        inside = [f for f in self.page.frames if frame is not None and (not self.path or _within(f, frame))]
        return View(
            inside,
            self.scope,
            self.session.watch.shown,
            lambda path: self.session.frame(self.page, path),
            self.is_fresh if fresh_only else lambda _: True,
        )

    def is_fresh(self, frame: Frame) -> bool:
        """Whether the frame has loaded a page since the last acting step began."""
        return self.session.watch.documents[frame] > self._before.get(frame, 0)

    # -- acting ----------------------------------------------------------------------------------------

    def act(self, step: Step, action: Callable[[], object], ticked: bool = False) -> None:
        """Do something to the page and wait for what it leads to.

        Args:
            step: for its message boxes, the frame that it loads, and its time limit.
            action: what to do.
            ticked: the action has let the page's own event loop turn already.
        """
        if self.unseen and self.before_leaving is not None:
            self.before_leaving(self)
        self.unseen = False
        watch = self.session.watch
        watch.announced[:] = expectations((*self.announced, *step.dialogs), self.scope)
        self.announced = ()
        self._before = dict(watch.documents)
        came = watch.total_documents
        awaited = self.session.frame(self.page, step.loads) if step.loads is not None else None
        action()
        self._after(step, awaited, ticked)
        if not isinstance(step, Fill) or watch.total_documents != came:
            self.kinds_ahead.clear()

    def _after(self, step: Step, awaited: Frame | None, ticked: bool) -> None:
        self.session.settle(self.page, self.timeout(step), ticked)
        if step.loads is not None:
            self._wait_loaded(step, awaited)
        self.look()
        if self.session.watch.loading:
            # The page that came sent itself on while it was looked at.
            self.session.settle(self.page, self.timeout(step), ticked=True)
            self.look()
        missing = [d for d in self.session.watch.announced if not d.optional]
        self.session.watch.announced.clear()
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
                return self.session.settle(self.page, self.timeout(step), ticked=True)
            self.look()
            if time.monotonic() > deadline:
                words = " > ".join(map(str, step.loads)) or "top"
                raise StepTimeout(
                    f"{step.where}: フレーム「{words}」に新しい画面が出ません。",
                    f"{step.where}: no new page in the frame {words!r}",
                )
            self.page.wait_for_timeout(20)

    def leave(self, step: Step, action: Callable[[], object]) -> None:
        """Do something that may leave the page: look at the filled form first."""
        if self.phase == "enter" and not self.submitted:
            self.verify()
        if step.irreversible and self.before_irreversible is not None:
            self.before_irreversible(self)
            self.submitted = True
            self.session.crash_points("irreversible")
            with at_most_once(self.session.context, self.timeout(step), self._sends_once()):
                self.act(step, action)
        else:
            self.act(step, action)
        self.filled = [f for f in self.filled if not f.frame.is_detached() and not self.is_fresh(f.frame)]

    def _sends_once(self) -> bool:
        return self.bot.send_once and not self.uploaded

    def verify(self) -> None:
        """Compare the filled inputs, and what was captured on the way, with the Record.

        Raises:
            FormDiffers: side by side, what was wanted and what the page holds.
        """
        found = differences(self.filled)
        found += [
            Difference(c.field, "(masked)" if c.masked else c.wanted, "(masked)" if c.masked else c.found)
            for c in self.compared
            if not c.same
        ]
        if found:
            raise FormDiffers(found)

    def act_or_leave(self, step: Step, action: Callable[[], object], ticked: bool = False) -> None:
        """``leave`` for the irreversible step, else ``act``."""
        if step.irreversible:
            self.leave(step, action)
        else:
            self.act(step, action, ticked)

    def remember(self, found: Element, wanted: Rendered, typed: str = "", exact: bool = True) -> None:
        """Note what an input should hold, for reading the form back."""
        if self.phase == "enter":
            self.filled.append(Filled(found.words, found.way, found.frame, wanted, typed, exact))

    def with_names(self, given: Mapping[str, Rendered], steps: Sequence[Step]) -> None:
        """Run steps with some more names for their templates."""
        before = self.scope
        self.scope = replace(before, locals={**before.locals, **given})
        try:
            self.run(steps)
        finally:
            self.scope = before


def _within(frame: Frame, ancestor: Frame) -> bool:
    current: Frame | None = frame
    while current is not None:
        if current == ancestor:
            return True
        current = current.parent_frame
    return False
