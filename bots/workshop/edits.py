"""Changes of a draft that need no browser; ``verification.workshop_port.WorkshopPort.edit`` lists their forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bots.base.characters import ENCODINGS
from bots.base.errors import BotFileError
from bots.run.grants import Grants
from bots.spec.compare import NORMALISERS
from bots.workshop.draft import SIGN_KINDS, Draft, Sign, Step
from bots.workshop.errors import WorkshopError
from bots.workshop.reading import from_yaml
from bots.workshop.recognise import Recogniser
from bots.workshop.recording import refresh
from bots.workshop.sentences import read_target
from bots.workshop.signs import condition_for
from bots.workshop.steps import capture_for, with_target, with_value

Edit = Mapping[str, Any]
_SET = ("title", "encoding", "key", "sample", "lookups", "choices", "masked")


def apply(draft: Draft, edit: Edit, grants: Grants) -> Draft:
    """Return the changed draft.

    Args:
        draft: may be changed in place.
        edit: what to change; a sign given as text, not as an element.
        grants: a file edited by hand may only name a host that is granted.

    Raises:
        WorkshopError: the edit means nothing, or would leave the draft broken.
    """
    for name, change in _FORMS.items():
        if name in edit:
            return change(draft, edit, grants)
    raise WorkshopError("この編集はできません。", f"no such edit: {', '.join(map(str, edit))}")


def recogniser(draft: Draft) -> Recogniser:
    """Return what knows the draft's sample record."""
    return Recogniser(draft.sample, draft.key, draft.choices, draft.lookups)


def add_sign(
    draft: Draft,
    kind: str,
    text: str,
    facts: Mapping[str, Any] | None = None,
    rows: list[list[str]] | None = None,
) -> Draft:
    """Add a sign; the same one again changes nothing."""
    if kind not in SIGN_KINDS:
        raise WorkshopError("この種類の印はありません。", f"no kind of sign {kind!r}")
    condition = condition_for(kind, text, facts, recogniser(draft), rows or [])
    if all((s.kind, s.condition) != (kind, condition) for s in draft.signs):
        draft.signs.append(Sign(draft.new_id("g"), kind, text, condition))
    return draft


def _delete(draft: Draft, edit: Edit, _: Grants) -> Draft:
    steps, at = draft.step(edit["delete"])
    gone = {steps[at].id}
    # With the step that opens a window go the steps in it.
    for step in steps:
        if step.window in gone:
            gone.add(step.id)
    steps[:] = [s for s in steps if s.id not in gone]
    return draft


def _move(draft: Draft, edit: Edit, _: Grants) -> Draft:
    steps, at = draft.step(edit["move"])
    to = edit.get("to")
    if not isinstance(to, int):
        raise WorkshopError("移動先がありません。", "move needs the index to move to")
    step = steps.pop(at)
    steps.insert(max(0, min(to, len(steps))), step)
    return draft


def _sign(draft: Draft, edit: Edit, _: Grants) -> Draft:
    return add_sign(draft, str(edit["sign"].get("kind", "")), str(edit["sign"].get("text", "")))


def _unsign(draft: Draft, edit: Edit, _: Grants) -> Draft:
    draft.signs = [s for s in draft.signs if s.id != edit["unsign"]]
    return draft


def _set(draft: Draft, edit: Edit, _: Grants) -> Draft:
    given = edit["set"]
    unknown = set(given) - set(_SET)
    if unknown:
        raise WorkshopError("この項目は変更できません。", f"cannot set {', '.join(sorted(unknown))}")
    if str(given.get("encoding", draft.encoding)).lower() not in ENCODINGS:
        raise WorkshopError(
            f"文字コードは {', '.join(ENCODINGS)} のどれかです。", f"encodings: {', '.join(ENCODINGS)}"
        )
    for name in given:
        value = given[name]
        setattr(draft, name, [value] if name == "key" and isinstance(value, str) else value)
    return draft


def _yaml(draft: Draft, edit: Edit, grants: Grants) -> Draft:
    made = from_yaml(str(edit["yaml"]), draft)
    grants.require_address(made.base_url)
    for host in made.extra.get("allowed_hosts", []):
        grants.require_address(f"http://{host}")
    return made


def _step(draft: Draft, edit: Edit, _: Grants) -> Draft:
    steps, at = draft.step(edit["step"])
    step = steps[at]
    for name, change in _STEP_FORMS.items():
        if name in edit:
            change(draft, step, edit)
            refresh(step)
            return draft
    raise WorkshopError("この編集はできません。", f"no such edit of a step: {', '.join(map(str, edit))}")


def _locator(draft: Draft, step: Step, edit: Edit) -> None:
    index = edit["locator"]
    if not isinstance(index, int) or not 0 <= index < len(step.locators):
        raise WorkshopError("その指定方法はありません。", "no such locator")
    step.step = with_target(step.step, step.locators[index]["target"])
    step.chosen = index


def _target(draft: Draft, step: Step, edit: Edit) -> None:
    try:
        read_target(edit["target"])
    except (BotFileError, TypeError, KeyError, AttributeError) as error:
        raise WorkshopError("この指定は読めません。", f"not a locator: {error}") from error
    step.step = with_target(step.step, dict(edit["target"]))
    step.chosen = next((i for i, p in enumerate(step.locators) if p["target"] == edit["target"]), -1)


def _field(draft: Draft, step: Step, edit: Edit) -> None:
    name, text = str(edit["field"]), str(edit.get("value", step.value))
    known = recogniser(draft)
    if "capture" in step.step:
        return _captured_field(step, name, text, known)
    if not name:
        template = text
    elif name not in draft.sample:
        raise WorkshopError(f"見本に項目「{name}」がありません。", f"the sample has no field {name!r}")
    else:
        template = known.for_field(name, text) or _translated(draft, name, text)
    step.step = with_value(step.step, template)
    step.field, step.value = name, text


def _translated(draft: Draft, name: str, text: str) -> str:
    """Return the template for a text that only a table can make of the field's value."""
    if not text or draft.sample[name] == text:
        return f"{{{{ {name} }}}}"
    if not draft.sample[name]:
        raise WorkshopError(f"見本の「{name}」が空です。", f"the sample's {name!r} is empty")
    draft.lookups.setdefault(name, {})[draft.sample[name]] = text
    return f"{{{{ {name} | lookup('{name}') }}}}"


def _captured_field(step: Step, name: str, text: str, known: Recogniser) -> None:
    own = ("as", "expected", "compare", "pattern")
    target = {k: v for k, v in step.step["capture"].items() if k not in own}
    node, step.field = capture_for(target, text, "", {"field": name}, known)
    step.step = {**step.step, **node}
    step.value = text


def _irreversible(draft: Draft, step: Step, edit: Edit) -> None:
    steps, _ = draft.step(step.id)
    if edit["irreversible"]:
        if steps is not draft.procedures["enter"]:
            raise WorkshopError(
                "登録の手順は「入力」だけに置けます。", "only enter holds the irreversible step"
            )
        # There is exactly one: marking another unmarks the first.
        for other in steps:
            other.step.pop("irreversible", None)
            refresh(other)
        step.step["irreversible"] = True
    else:
        step.step.pop("irreversible", None)


def _format(draft: Draft, step: Step, edit: Edit) -> None:
    if not step.field:
        raise WorkshopError("先に項目を選んでください。", "choose the field first")
    template = f"{{{{ {step.field} | {edit['format']} }}}}" if edit["format"] else f"{{{{ {step.field} }}}}"
    recogniser(draft).render(template)
    if "capture" in step.step:
        step.step["capture"]["expected"] = template
    else:
        step.step = with_value(step.step, template)


def _compare(draft: Draft, step: Step, edit: Edit) -> None:
    words = list(edit["compare"])
    if "capture" not in step.step or any(word not in NORMALISERS for word in words):
        raise WorkshopError(
            f"比較方法は {', '.join(NORMALISERS)} です。", f"comparisons: {', '.join(NORMALISERS)}"
        )
    step.step["capture"].pop("compare", None)
    if words:
        step.step["capture"]["compare"] = words


def _note(draft: Draft, step: Step, edit: Edit) -> None:
    step.step.pop("note", None)
    if edit["note"]:
        step.step["note"] = str(edit["note"])


_STEP_FORMS: dict[str, Callable[[Draft, Step, Edit], None]] = {
    "locator": _locator, "target": _target, "field": _field, "irreversible": _irreversible, "format": _format,
    "compare": _compare, "note": _note,
}  # fmt: skip
_FORMS: dict[str, Callable[[Draft, Edit, Grants], Draft]] = {
    "delete": _delete, "move": _move, "step": _step, "sign": _sign, "unsign": _unsign, "set": _set, "yaml": _yaml,
}  # fmt: skip
