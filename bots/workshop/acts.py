"""What a person does in the supervised browser: the act itself, and the step that is recorded of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Error

from bots.base.errors import BotError
from bots.browser.dom_query import BLUR_SCRIPT
from bots.procedure.conditions import read
from bots.workshop.draft import Draft, Step
from bots.workshop.edits import recogniser
from bots.workshop.errors import WorkshopError
from bots.workshop.page_elements import Found
from bots.workshop.proposals import Purpose, propose_all
from bots.workshop.recognise import Meaning, Recogniser
from bots.workshop.sentences import read_target
from bots.workshop.signs import condition_for
from bots.workshop.similar import remembered
from bots.workshop.steps import Value, capture_for, secret_step, step_for, value_of

if TYPE_CHECKING:
    from bots.workshop.browser import SupervisedBrowser

Act = Mapping[str, Any]
_PURPOSES: dict[str, Purpose] = {
    "click": "click", "only_record": "click", "fill": "fill", "select": "fill", "check": "check", "uncheck": "check",
    "choose": "choose", "press": "fill", "capture": "read",
}  # fmt: skip
ON_ELEMENT = frozenset({*_PURPOSES} - {"press"})
# After the step that saves nothing may change the page any more.
ONLY_READING = frozenset({"capture", "wait_for"})


def action_for(
    browser: SupervisedBrowser, act: Act, one: Found | None, text: str
) -> Callable[[], object] | None:
    """Return what to do in the browser; None for an act that only records.

    Raises:
        WorkshopError: there is no such act.
    """
    page, kind = browser.page, act["kind"]
    if kind in ("capture", "wait_for", "only_record"):
        return None
    if kind == "back":
        return page.go_back
    if kind == "press" and one is None:
        return lambda: page.keyboard.press(text)
    if kind == "scroll":
        return lambda: _scroll(browser, one, text)
    if one is None:
        raise WorkshopError("操作する要素を選んでください。", f"the act {kind!r} needs an element")
    element = one.handle()
    match kind:
        case "click":
            return lambda: _click(one)
        case "fill":
            return lambda: _fill(one, text)
        case "select":
            return lambda: element.select_option(index=_option(one, text))
        case "check" | "uncheck":
            return lambda: element.set_checked(kind == "check")
        case "choose":
            return lambda: element.check()
        case "press":
            return lambda: element.press(text)
    raise WorkshopError("この操作はできません。", f"no act {kind!r}")


def _click(one: Found) -> None:
    element = one.handle()
    if element.bounding_box() is None:
        # An area of an image map has no box of its own.
        element.evaluate("e => e.click()")
    else:
        element.click()


def _fill(one: Found, text: str) -> None:
    element = one.handle()
    if one.facts["suggests"]:
        # Key by key and without leaving it, as for a list of suggestions.
        element.fill("")
        element.type(text)
        return
    element.fill(text)
    one.page.frame.evaluate(BLUR_SCRIPT)


def _scroll(browser: SupervisedBrowser, one: Found | None, text: str) -> None:
    if one is not None:
        one.handle().hover(force=True)
    browser.page.mouse.wheel(0, float(text or 600))


def _option(one: Found, text: str) -> int:
    """Return the index of an option, by its words or by the value that is sent."""
    options = one.facts["options"]
    for at in (1, 0):
        for index, option in enumerate(options):
            if option[at] == text:
                return index
    raise WorkshopError(f"「{text}」の選択肢はありません。", f"no option {text!r}")


# -- recording -----------------------------------------------------------------------------------------


def recorded_step(draft: Draft, act: Act, one: Found | None, text: str) -> Step:
    """Return the step for an act, before it is done: its locators are proven on the page as it is now.

    Raises:
        WorkshopError: nothing names the element, or its value is no value of the sample.
    """
    known = recogniser(draft)
    kind = act["kind"]
    if kind == "wait_for":
        words = str(act.get("value") or (one.facts["words"] if one else ""))
        return Step(draft.new_id("s"), {"wait_for": condition_for("error_page", words, None, known)})
    if one is None:
        return Step(draft.new_id("s"), step_for(kind, {}, Value(text), None), value=text)
    if kind == "fill":
        secret_step(one.facts, act)
    propose_all(one, _PURPOSES[kind], known)
    if not one.locators:
        raise WorkshopError(
            "この要素を指定する方法が見つかりません。近くの別の要素で試してください。",
            "nothing names this element",
        )
    step = Step(
        draft.new_id("s"), {}, locators=one.locators, box=one.box, element=remembered(one.facts, one.box)
    )
    if kind == "capture":
        _capture(step, act, one, known)
    else:
        _enter(draft, step, act, one, text, known)
    _learn_words(draft, step)
    if step.field in draft.masked or act.get("secret"):
        step.value = ""
    return step


def shown_otherwise(step: Step, one: Found, text: str, known: Recogniser) -> None:
    """Say in a step what the page made of the text that was written, when its scripts rewrite it."""
    try:
        shown = str(one.handle().evaluate("e => e.value"))
    except Error:
        return  # leaving the input sent the page in
    if shown == text or "{{ secret." in str(step.step["fill"]["value"]):
        return
    meaning = next((m for m in known.meanings(shown) if m.field == step.field), None)
    if meaning is not None:
        step.step["fill"]["shows"] = meaning.template


def _capture(step: Step, act: Act, one: Found, known: Recogniser) -> None:
    if one.kind == "password":
        raise WorkshopError("パスワードは読み取れません。", "a password is never read")
    target = one.locators[0]["target"]
    texts = read(one.page.frame, read_target(target), known.scope)
    text = texts[0] if len(texts) == 1 else one.facts["value"]
    step.step, step.field = capture_for(target, text, str(act.get("value", "")), act, known)
    step.value = text


def _enter(draft: Draft, step: Step, act: Act, one: Found, text: str, known: Recogniser) -> None:
    kind = "click" if act["kind"] == "only_record" else act["kind"]
    procedure = draft.procedures[act["procedure"]]
    value, step.chosen = _value(kind, procedure, act, one, text, known)
    step.step = step_for(kind, step.locators[step.chosen]["target"], value, one.facts)
    if kind == "select" and value.template and _by_sent_value(one, text, value, known):
        body = step.step["select"]
        body["value"] = body.pop("option")
    step.field, step.value = value.field, "" if kind == "click" else text
    if act["kind"] == "only_record" or act.get("irreversible"):
        step.step["irreversible"] = True
        if one.facts["asks"] and act["kind"] == "only_record":
            # Read in the page's source, not seen: the run accepts it when it comes.
            asked = known.inside(one.facts["asks"].split("\\n")[0])
            step.step["dialog"] = [{"text": asked, "kind": "confirm", "answer": "accept", "optional": True}]


def _value(
    kind: str, procedure: list[Step], act: Act, one: Found, text: str, known: Recogniser
) -> tuple[Value, int]:
    """Return the value of a step, and which locator suits it."""
    near = [one.facts["words"], *one.facts["labels"], *one.facts["heads"][:1], *one.facts["beside"][:1]]
    recent = procedure[-1].field if procedure else ""
    used = [t for s in procedure for t in _templates(s)]
    if kind in ("check", "uncheck"):
        return _tick(kind == "check", act, one, known, used), 0
    shown = _choice_words(one) if kind == "choose" else text
    meaning = (
        known.meaning(shown, near, recent, used) if shown and kind in ("fill", "select", "choose") else None
    )
    if kind == "choose" and meaning is None and not act.get("field"):
        sent = known.meaning(one.facts["sent"], near, recent, used) if len(one.facts["sent"]) > 1 else None
        at = next(
            (i for i, p in enumerate(one.locators) if "value" in p["target"] and p["matches"] == 1), None
        )
        if sent is not None and at is not None:
            return Value(sent.template, sent.field), at
    if kind == "select":
        by_value = _sent_meaning(act, one, text, meaning, known)
        if by_value is not None:
            return by_value, 0
    return value_of(act, shown, known, meaning), 0


def _sent_meaning(
    act: Act, one: Found, text: str, meaning: Meaning | None, known: Recogniser
) -> Value | None:
    """Return the value by what an option sends, where what it shows is no value of the record."""
    sent, name = _sent(one, text), act.get("field", "")
    if name:
        template = "" if known.for_field(name, text) else known.for_field(name, sent)
        return Value(template, name) if template else None
    other = known.meaning(sent) if meaning is None and len(sent) > 1 else None
    return Value(other.template, other.field) if other else None


def _templates(step: Step) -> list[str]:
    body: Any = next(iter(step.step.values()), {})
    return (
        [str(v) for k, v in body.items() if k in ("value", "option", "on")] if isinstance(body, dict) else []
    )


def _choice_words(one: Found) -> str:
    return str(next(iter([*one.facts["labels"], *one.facts["beside"]]), ""))


def _sent(one: Found, text: str) -> str:
    return str(one.facts["options"][_option(one, text)][0])


def _by_sent_value(one: Found, text: str, value: Value, known: Recogniser) -> bool:
    """Whether the step's value gives what the option sends, not what it shows."""
    try:
        made = known.render(value.template)
    except BotError:
        return False
    sent, shown = one.facts["options"][_option(one, text)]
    return bool(made != shown and made == sent)


def _tick(on: bool, act: Act, one: Found, known: Recogniser, used: list[str]) -> Value:
    words, name = _choice_words(one), act.get("field", "")
    several = [m for m in known.meanings(words) if "| has(" in m.template and name in ("", m.field)]
    if several:
        return Value(several[0].template, several[0].field)
    if name:
        flag = known.sample.get(name)
        listed = next((v for v, said in known.choices.get(name, {}).items() if said == words), "")
        if flag not in ("true", "false"):
            return Value(f"{{{{ {name} | has('{listed or words}') }}}}", name)
        return Value(
            f"{{{{ {name} }}}}" if (flag == "true") == on else f"{{{{ {name} | yes_no('false', 'true') }}}}",
            name,
        )
    flags = [n for n, v in known.sample.items() if v == "true" and f"{{{{ {n} }}}}" not in used]
    # Guessed only where no other field could be meant.
    return (
        Value(f"{{{{ {flags[0]} }}}}", flags[0])
        if on and len(flags) == 1
        else Value("true" if on else "false")
    )


def _learn_words(draft: Draft, step: Step) -> None:
    """Put the system's own word for the sample's value into the table that the step uses."""
    name = step.field
    # Only where the table gives the whole text: of a longer one nobody knows which part is the word.
    whole = json.dumps(f"{{{{ {name} | lookup('{name}') }}}}")
    if not name or whole not in json.dumps(step.step, ensure_ascii=False) or not draft.sample.get(name):
        return
    known = {**draft.choices.get(name, {}), **draft.lookups.get(name, {})}
    value = step.value if "choose" not in step.step else _choice_of(step)
    if value and known.get(draft.sample[name]) != value:
        draft.lookups.setdefault(name, {})[draft.sample[name]] = value


def _choice_of(step: Step) -> str:
    return str(next(iter([*step.element.get("labels", []), *step.element.get("beside", [])]), ""))
