"""The rules of an act: where it may be recorded, what it has changed, and what a recorded step says of that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bots.workshop import recording
from bots.workshop.acts import ONLY_READING
from bots.workshop.draft import Draft, Step
from bots.workshop.edits import recogniser
from bots.workshop.errors import WorkshopError
from bots.workshop.page_elements import frame_node

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Page

    from bots.workshop.browser import SupervisedBrowser

Act = Mapping[str, Any]


@dataclass
class Before:
    """What was there before an act, to see what it changed; the step is None when nothing is recorded."""

    kind: str
    page: Page
    documents: dict[Frame, int]
    windows: list[Page]
    step: Step | None
    procedure: str


def whole_address(draft: Draft, text: str) -> str:
    """Return a whole address for one that may be a path under the draft's address."""
    return text if "://" in text else f"{draft.base_url.rstrip('/')}/{text.lstrip('/')}"


def require_allowed(draft: Draft, act: Act) -> None:
    """Raise ``WorkshopError`` for an act that has no place in its procedure."""
    enter = act["procedure"] == "enter"
    saves = act["kind"] == "only_record" or act.get("irreversible")
    if saves and not enter:
        raise WorkshopError(
            "登録ボタンは「入力」の手順で示してください。", "only enter holds the step that saves"
        )
    saved = any(step.irreversible for step in draft.procedures["enter"])
    if enter and saved and not saves and act["kind"] not in ONLY_READING:
        raise WorkshopError(
            "登録の後の手順は、読み取りと「表示を待つ」だけです。",
            "after the step that saves only reading and waiting",
        )


def drop_irreversible(draft: Draft) -> None:
    """Drop the step that was marked before: pointed at first, pressed for real later."""
    steps = draft.procedures["enter"]
    steps[:] = [s for s in steps if not s.irreversible]


def dialog_rule(draft: Draft, kind: str, message: str, accept: bool, text: str | None) -> dict[str, Any]:
    """Return how a bot.yaml expects a message box, with the answer that was given to it."""
    known = recogniser(draft)
    line = next((one.strip() for one in message.splitlines() if one.strip()), "")
    rule: dict[str, Any] = {
        "text": known.inside(line),
        "kind": kind,
        "answer": "accept" if accept else "dismiss",
    }
    if kind == "prompt" and accept and text is not None:
        meaning = known.meaning(text)
        rule["write"] = meaning.template if meaning else text
    return rule


def loaded_frames(browser: SupervisedBrowser, before: Before) -> list[Any]:
    """Return the frames of the act's window that show another page now, as a bot.yaml names them."""
    if before.page.is_closed():
        return ["top"]
    counts = browser.events.documents
    frames = [f for f in before.page.frames if counts[f] > before.documents.get(f, 0)]
    return [frame_node(before.page, frame) for frame in frames]


def set_after(step: Step, after: str) -> None:
    """Say in a step that opens a window what becomes of the window."""
    if "popup" in step.step:
        step.step["popup"]["after"] = after
        recording.refresh(step)


def is_within(steps: list[Step], inner: str, outer: str) -> bool:
    """Whether a window was opened from inside another one."""
    above = {step.id: step.window for step in steps}
    while inner:
        inner = above.get(inner, "")
        if inner == outer:
            return True
    return False
