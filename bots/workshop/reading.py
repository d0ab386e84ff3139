"""The way back: a bot.yaml, perhaps edited by hand, becomes a draft again.

What the workshop does not show is kept in ``extra``. Steps that are still the same keep their pictures and locators.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bots.base.errors import BotFileError
from bots.spec.language.rules import PASSWORD_WORDS
from bots.spec.language.schema import problems
from bots.spec.language.yaml_source import load
from bots.workshop.draft import PROCEDURES, SIGN_KINDS, Draft, Sign, Step
from bots.workshop.errors import WorkshopError
from bots.workshop.recording import refresh

_SHOWN = (
    "id",
    "title",
    "form",
    "base_url",
    "encoding",
    "key",
    "lookups",
    "procedures",
    "session_lost",
    "error_page",
    "refused",
)
_NAME = "bot.yaml"
# What a file lacks as a whole may still come; what a step lacks is a mistake.
_WHOLE = re.compile(r"(procedures(\.find)?)?(, )?(line \d+)?\Z")


def from_yaml(text: str, draft: Draft) -> Draft:
    """Return the draft with everything that a bot.yaml says.

    Args:
        text: the whole file.
        draft: what it was before: its form, sample, pictures and locators are kept.

    Raises:
        WorkshopError: the text is no bot.yaml, or holds a password.
    """
    data = parse_yaml(text)
    if "forms" in data:
        raise WorkshopError(
            "複数の帳票 (forms) を書いたファイルはワークショップで開けません。テキストで編集してください。",
            "a file with several forms is not opened in the workshop; edit it as text",
        )
    _no_password(data)
    key = data.get("key", draft.key)
    title = data.get("title", data["id"])
    made = replace(
        draft, id=data["id"], title=title if isinstance(title, dict) else {"ja": title, "en": title},
        form=data.get("form", draft.form), base_url=data["base_url"], encoding=data.get("encoding", "utf-8"),
        key=[key] if isinstance(key, str) else list(key),
        lookups={n: {str(k): str(v) for k, v in t.items()} for n, t in data.get("lookups", {}).items()},
        procedures={name: [] for name in PROCEDURES}, signs=[], extra={},
    )  # fmt: skip
    _fill_in(made, draft, data)
    return made


def parse_yaml(text: str) -> dict[str, Any]:
    """Read a bot.yaml; an unfinished one may lack procedures and answers.

    Raises:
        WorkshopError: it cannot be read.
    """
    with TemporaryDirectory(prefix="utsushi-draft-") as place:
        file = Path(place) / _NAME
        file.write_text(text, encoding="utf-8")
        try:
            source = load(file)
            found = [e for e in problems(source) if not _unfinished(e)]
        except BotFileError as error:
            found, source = [error], None
        if found:
            raise WorkshopError(*(words.replace(str(file), _NAME) for words in (found[0].ja, found[0].en)))
    assert source is not None
    if not isinstance(source.data.get("id"), str) or not isinstance(source.data.get("base_url"), str):
        raise WorkshopError("id と base_url が必要です。", "id and base_url are needed")
    data: dict[str, Any] = source.data
    return data


def _unfinished(error: BotFileError) -> bool:
    """Whether an error only says that something is not there yet."""
    return "is missing" in error.en and _WHOLE.match(error.where) is not None


def _fill_in(made: Draft, before: Draft, data: dict[str, Any]) -> None:
    procedures = data.get("procedures") or {}
    for name in PROCEDURES:
        node = procedures.get(name) or []
        steps = node.get("steps", []) if isinstance(node, dict) else node
        made.procedures[name] = _with_memory(list(_flat(made, steps, "")), before.procedures[name])
    find = procedures.get("find") or {}
    for kind in SIGN_KINDS:
        marked = find.get(kind) if kind in ("yes", "no", "many") else data.get(kind)
        every = marked if isinstance(marked, list) else [] if marked is None else [marked]
        made.signs += [_sign(made, before, kind, condition) for condition in every]
    made.extra = {k: v for k, v in data.items() if k not in _SHOWN}
    rest: dict[str, Any] = {k: v for k, v in procedures.items() if k not in PROCEDURES}
    if kept := {k: v for k, v in find.items() if k not in ("steps", "yes", "no", "many")}:
        rest["find"] = kept
    if rest:
        made.extra["procedures"] = rest


def _sign(made: Draft, before: Draft, kind: str, condition: Any) -> Sign:
    known = next((s for s in before.signs if s.kind == kind and s.condition == condition), None)
    text = (
        known.text
        if known
        else condition
        if isinstance(condition, str)
        else json.dumps(condition, ensure_ascii=False)
    )
    return Sign(made.new_id("g"), kind, text, condition)


def _flat(made: Draft, nodes: list[dict[str, Any]], window: str) -> Iterator[Step]:
    """Yield the steps; those inside a window follow the one that opens it."""
    for node in nodes:
        step = Step(made.new_id("s"), node, window=window)
        inner: list[dict[str, Any]] = []
        if "popup" in node:
            inner = node["popup"].get("steps", [])
            step.step = {**node, "popup": {k: v for k, v in node["popup"].items() if k != "steps"}}
        yield refresh(step)
        yield from _flat(made, inner, step.id)


def _with_memory(steps: list[Step], before: list[Step]) -> list[Step]:
    """Give unchanged steps, and changed ones of the same kind in the same place, what was recorded with them."""
    left, right = ([json.dumps(s.step, sort_keys=True) for s in one] for one in (before, steps))
    renamed: dict[str, str] = {}
    for tag, i, j, k, m in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        rest = list(before[i:j])
        for new in steps[k:m]:
            old = next((one for one in rest if next(iter(one.step)) == next(iter(new.step))), None)
            if old is not None:
                rest.remove(old)
                renamed[new.id] = old.id
                _remember(new, old, same=tag == "equal")
    for step in steps:
        step.window = renamed.get(step.window, step.window)
    return steps


def _remember(new: Step, old: Step, same: bool) -> None:
    new.id, new.picture, new.box, new.element, new.loaded = (
        old.id,
        old.picture,
        old.box,
        old.element,
        old.loaded,
    )
    new.locators = old.locators
    if same:
        new.value, new.field, new.chosen = old.value, old.field, old.chosen
    else:
        new.chosen = -1


def _no_password(data: dict[str, Any]) -> None:
    for node in _steps_in(data.get("procedures") or {}):
        body = node.get("fill")
        value = str(body.get("value", "")) if isinstance(body, dict) else ""
        words = " ".join(str(v) for k, v in body.items() if k != "value") if isinstance(body, dict) else ""
        if value and "{{" not in value and PASSWORD_WORDS.search(words):
            raise WorkshopError(
                "パスワードが書かれています。{{ secret.NAME }} と書いてください。保存していません。",
                "a password stands in clear: write {{ secret.NAME }}; nothing was stored",
            )


def _steps_in(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _steps_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from _steps_in(value)
