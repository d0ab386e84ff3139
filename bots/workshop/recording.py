"""Puts recorded steps into a procedure: frames and windows around them, repeated acts merged into one."""

from __future__ import annotations

from typing import Any

from bots.workshop.draft import Draft, Step
from bots.workshop.sentences import step_sentences

Node = dict[str, Any]
_MERGED = ("fill", "select", "check", "choose", "capture")
_NOT_LOCATING = (
    "value", "shows", "typed", "blur", "on", "key", "as", "expected", "compare", "pattern", "attribute", "option",
)  # fmt: skip


def append(draft: Draft, procedure: str, step: Step, frame: Any, start: str = "") -> Step:
    """Add a step to the end of a procedure and return it, or the step that it was merged into.

    Args:
        draft: changed in place.
        procedure: where it was recorded.
        step: what was done; its ``window`` is set.
        frame: the frame in which it works, as a bot.yaml names it.
        start: address to open first when this is the procedure's first step; empty to open none.
    """
    steps = draft.procedures[procedure]
    if start and not steps:
        steps.append(_made(draft, {"goto": start}))
    if frame != path_at_end(draft, procedure, step.window) and not _same_place(steps, step):
        steps.append(_made(draft, {"frame": frame}, step.window))
    last = steps[-1] if steps else None
    if last is not None and _repeats(last, step):
        step.id = last.id
        steps[-1] = step
    else:
        steps.append(step)
    refresh(step)
    return step


def _made(draft: Draft, node: Node, window: str = "") -> Step:
    return refresh(Step(draft.new_id("s"), node, window=window))


def refresh(step: Step) -> Step:
    """Write the step's sentences anew after a change."""
    words = step_sentences(step.step)
    step.ja, step.en = words["ja"], words["en"]
    step.irreversible = bool(step.step.get("irreversible"))
    return step


def _repeats(last: Step, step: Step) -> bool:
    """Whether a step does the same as the one before, only finished: a value typed anew, a click into an input."""
    if last.window != step.window or last.irreversible or not _unmodified(last):
        return False
    kind, before = next(iter(step.step)), next(iter(last.step))
    same = _located(last.step) == _located(step.step)
    if kind == before and kind in _MERGED:
        # Two ticks of a group have one locator but for their words.
        return same and (
            kind not in ("choose", "check") or last.element.get("css") == step.element.get("css")
        )
    # A click into an input only gives it the cursor.
    entered = kind in ("fill", "select") and before == "click"
    return (
        entered
        and last.element.get("css") == step.element.get("css")
        and last.element.get("kind") != "button"
    )


def _unmodified(step: Step) -> bool:
    return not any(k in step.step for k in ("loads", "dialog", "popup"))


def _located(node: Node) -> Any:
    body = next(iter(node.values()))
    return {k: v for k, v in body.items() if k not in _NOT_LOCATING} if isinstance(body, dict) else body


def _same_place(steps: list[Step], step: Step) -> bool:
    # What belongs to no frame: an address to open, a key for the whole window.
    return next(iter(step.step)) in ("goto",)


def path_at_end(draft: Draft, procedure: str, window: str = "") -> Any:
    """Return the frame in which a procedure works after its last step, in the given window."""
    steps = draft.procedures[procedure]
    path: Any = "top"
    # It goes on where find ended, in the same frame, unless it opens a page itself.
    if procedure == "read_back" and not window and not (steps and "goto" in steps[0].step):
        path = path_at_end(draft, "find")
    for step in steps:
        if step.window == window and "frame" in step.step and "steps" not in step.step:
            path = step.step["frame"]
    return path


def loading(step: Step, frames: list[Any], kind: str) -> None:
    """Say in the step which frame shows a new page after it.

    Args:
        step: the step that was done.
        frames: the frames that have loaded a page, as a bot.yaml names them.
        kind: of the act.
    """
    step.loaded = bool(frames)
    if not frames or "goto" in step.step:
        return
    named = [frame for frame in frames if frame != "top"]
    # A click on the whole window is waited for anyway; an input that sends the page in is not expected to.
    if "top" in frames:
        if kind not in ("click", "press"):
            step.step["loads"] = "top"
    elif named:
        step.step["loads"] = named[-1]
    refresh(step)


def opened_window(step: Step, after: str) -> None:
    """Turn a click or key into the step that opens a window."""
    kind = "click" if "click" in step.step else "press"
    beside = {k: v for k, v in step.step.items() if k not in (kind, "loads", "dialog")}
    body: Node = {kind: step.step[kind]}
    if "dialog" in step.step:
        body["dialog"] = step.step["dialog"]
    step.step = {"popup": {**body, "after": after}, **beside}
    refresh(step)


def add_dialog(step: Step, rule: Node) -> None:
    """Add a message box that the step raises, with the answer to it."""
    place = step.step.get("popup", step.step)
    rules = place.get("dialog", [])
    known = [r for r in (rules if isinstance(rules, list) else [rules]) if not r.get("optional")]
    place["dialog"] = [*known, rule]
    refresh(step)
