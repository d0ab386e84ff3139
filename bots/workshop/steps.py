"""One act becomes one step of a bot.yaml: the locator, and the value as a field of the record."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, unquote_plus, urlsplit

from bots.base import characters
from bots.spec.language.rules import PASSWORD_WORDS
from bots.workshop.errors import WorkshopError
from bots.workshop.recognise import Meaning, Recogniser

Node = dict[str, Any]
_RECEIPT = re.compile(r"(?P<words>\D{2,20}?)(?P<gap>[\s　:：]*)(?P<number>[A-Za-z]{0,4}[\d-]{3,}[\w-]*)")
_SHORT = 3
# Comparisons that know what kind of value it is; a template says more exactly what the system shows.
_OF_KIND = (["date"], ["number"])


@dataclass(frozen=True)
class Value:
    """A value as the step holds it (``template``), and the field that it is made of."""

    template: str
    field: str = ""


def value_of(act: Mapping[str, Any], text: str, known: Recogniser, meaning: Meaning | None) -> Value:
    """Return what to write into the step for a text: as the person said, or as it was recognised.

    Args:
        act: of the person; ``secret`` and ``field`` say what the value is.
        text: what was typed or chosen.
        known: the sample record.
        meaning: what the text was recognised as.
    """
    if act.get("secret"):
        return Value(f"{{{{ secret.{act['secret']} }}}}")
    name = act.get("field", "")
    if not name:
        return Value(meaning.template, meaning.field) if meaning else Value(text)
    if name not in known.sample:
        raise WorkshopError(f"見本に項目「{name}」がありません。", f"the sample has no field {name!r}")
    if template := known.for_field(name, text):
        return Value(template, name)
    if known.sample[name] == text or not text:
        return Value(f"{{{{ {name} }}}}", name)
    # The system's own word for this value: a table translates it.
    return Value(f"{{{{ {name} | lookup('{name}') }}}}", name)


def secret_step(facts: Node, act: Mapping[str, Any]) -> None:
    """Raise ``WorkshopError`` when a password would be written down.

    Passwords are typed by the name of a secret, which only this machine knows.
    """
    words = " ".join((facts["words"], facts["name"], facts["id"], *facts["labels"]))
    password = facts["kind"] == "password" or PASSWORD_WORDS.search(words)
    if password and not act.get("secret"):
        raise WorkshopError(
            "パスワード欄には値でなく秘密情報の名前を選んでください。パスワードは記録されません。",
            "choose the name of a secret for a password; passwords are never recorded",
        )


def step_for(kind: str, target: Node, value: Value, facts: Node | None) -> Node:
    """Return the mapping of one step.

    Args:
        kind: of the act.
        target: the chosen locator.
        value: what the step enters.
        facts: of the element.
    """
    match kind:
        case "click":
            return {"click": target}
        case "fill":
            typed = {"typed": True, "blur": False} if facts and facts.get("suggests") else {}
            return {"fill": {**target, "value": value.template, **typed}}
        case "select":
            return {"select": {**target, "option": value.template}}
        case "check" | "uncheck":
            return {"check": {**target, "on": value.template}}
        case "choose":
            by = "option" if "option" in target else "value" if "value" in target else ""
            # A choice that stands for no field is the same for every record.
            return {"choose": {**target, by: value.template} if by and value.field else dict(target)}
        case "press":
            return {"press": {**target, "key": value.template} if target else value.template}
    raise WorkshopError("この操作は記録できません。", f"the act {kind!r} cannot be recorded")


def with_target(step: Node, target: Node) -> Node:
    """Return a step with another locator; its value and everything beside it stay."""
    kind = next(
        k for k in step if k in ("click", "fill", "select", "check", "choose", "press", "capture", "popup")
    )
    body = step[kind]
    if kind == "popup":
        return {**step, "popup": {**body, **with_target({"click": body["click"]}, target)}}
    kept = (
        "value",
        "shows",
        "typed",
        "blur",
        "on",
        "key",
        "as",
        "expected",
        "compare",
        "pattern",
        "attribute",
        "double",
    )
    rest = {k: v for k, v in body.items() if k in kept} if isinstance(body, dict) else {}
    if kind == "select" and isinstance(body, dict) and "option" in body:
        rest["option"] = body["option"]
    if kind == "choose" and isinstance(body, dict) and ("option" in target or "value" in target):
        value = body.get("option", body.get("value"))
        by = "option" if "option" in target else "value"
        return {**step, kind: {**target, by: value if value is not None else target[by]}}
    return {**step, kind: {**target, **rest}}


def with_value(step: Node, template: str) -> Node:
    """Return a step that enters another value.

    Raises:
        WorkshopError: it enters none.
    """
    keys = {
        "fill": ("value",),
        "select": ("option", "value"),
        "check": ("on",),
        "choose": ("option", "value"),
    }
    kind = next((k for k in keys if k in step), "")
    key = next((k for k in keys.get(kind, ()) if k in step[kind]), "") if kind else ""
    if not key:
        raise WorkshopError("この手順には値がありません。", "this step enters no value")
    return {**step, kind: {**step[kind], key: template}}


def capture_for(
    target: Node, text: str, selected: str, act: Mapping[str, Any], known: Recogniser
) -> tuple[Node, str]:
    """Return the step that reads a value, and the field that it is compared with.

    Args:
        target: the chosen locator.
        text: what the page shows there, as a run would read it.
        selected: the part of the text that was selected.
        act: of the person; ``field`` may say which field it is.
        known: the sample record.

    Raises:
        WorkshopError: the text is no value of the sample record.
    """
    name = act.get("field", "")
    if name == "receipt":
        return {"capture": {**_receipt(target, text, selected), "as": "receipt"}}, name
    chosen = name or _field_of(text, known)
    if not chosen or chosen not in known.sample:
        raise WorkshopError(
            f"「{text[:40]}」は見本のどの項目の値かわかりません。項目を選んでください。",
            f"{text[:40]!r} is no value of the sample: choose the field",
        )
    return {"capture": {**target, "as": chosen, **_compared(chosen, text, known)}}, chosen


def _field_of(text: str, known: Recogniser) -> str:
    meaning = known.meaning(text)
    if meaning is not None:
        return meaning.field
    for name, value in known.sample.items():
        # Not of a short value: forgiving differences, it would equal many texts.
        if len(value) > 2 and known.comparison(value, text):
            return name
    return ""


def _compared(name: str, text: str, known: Recogniser) -> Node:
    value = known.sample[name]
    if value == text:
        return {}
    words = known.comparison(value, text)
    if words in _OF_KIND:
        if _suits(words[0], value, text):
            return {"compare": words}
        words = None
    template = known.for_field(name, text)
    if template and known.render(template) == text:
        return {"expected": template}
    if words is not None and "digits" not in words:
        return {"compare": words}
    if template:
        return {
            "expected": template,
            "compare": known.comparison(known.render(template), text) or ["displayed"],
        }
    if words is not None:
        return {"compare": words}
    shape = re.sub(r"\d+", lambda digits: rf"\d{{{len(digits[0])}}}", re.escape(value))
    if len(value) > _SHORT and (found := re.search(shape, text)) and found[0] == value:
        # A number among other words: its digits are read out of them.
        return {"pattern": shape}
    # The system's own word: translated by a table, which gets this value as its first line.
    return {"expected": f"{{{{ {name} | lookup('{name}') }}}}"}


def _suits(kind: str, value: str, text: str) -> bool:
    """Whether a comparison by kind is meant: 0009 and 「0009 みずほ銀行」 are equal as numbers, and are none."""
    if kind == "date":
        return re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None
    amount = re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", value) is not None
    return amount and len(re.sub(r"[\d,.\s]", "", text)) <= 2


def _receipt(target: Node, text: str, selected: str) -> Node:
    line = next((one for one in text.splitlines() if selected and selected in one), text)
    if selected and selected.strip() != text.strip():
        words = re.split(
            r"[\s　、。]", line[: line.index(selected)].rstrip(" 　:：") if selected in line else ""
        )[-1]
        return {"pattern": rf"{re.escape(words[-12:])}[\s　:：]*([\w-]+)"}
    match = _RECEIPT.search(text)
    if match is not None and match["words"].strip():
        words = re.split(r"[\s　、。]", match["words"].strip())[-1]
        return {"pattern": rf"{re.escape(words[-12:])}[\s　:：]*([\w-]+)"}
    return dict(target)


def address(url: str, base_url: str, encoding: str, known: Recogniser) -> str:
    """Return an address for ``goto``: under the base address, with the key in its query as a template."""
    base = base_url.rstrip("/")
    path = url.removeprefix(base) if url == base or url.startswith((f"{base}/", f"{base}?")) else url
    parts = urlsplit(path)
    if not parts.query:
        return path.split("#")[0] or "/"
    codec = characters.codec(encoding)
    pairs = parse_qsl(parts.query, keep_blank_values=True, encoding=codec, errors="replace")
    query = "&".join(f"{quote(unquote_plus(k), safe='')}={_in_query(v, codec, known)}" for k, v in pairs)
    return f"{path.split('?')[0]}?{query}"


def _in_query(value: str, codec: str, known: Recogniser) -> str:
    return known.key_template(value) or quote(value.encode(codec, errors="replace"), safe="")
