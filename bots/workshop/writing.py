"""A draft as a readable bot.yaml: one line for a step, quoted so that every reader of YAML 1.1 or 1.2 sees the same."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bots.workshop.draft import Draft, Sign, Step

_PLAIN = re.compile(r"[^\W\d_][^\x00-\x1f:#{}\[\],&*!|>'\"%@`\\]*\Z|/[\w./-]*\Z|https?://[\w.:/-]+\Z")
# Words and numbers that one version of YAML or the other does not take for text.
_WORDS = re.compile(r"(?:true|false|yes|no|on|off|y|n|null|~)\Z|[-+.\d]", re.IGNORECASE)
_INSIDE = ("steps", "then", "else")
_BESIDE = (
    "irreversible",
    "loads",
    "dialog",
    "timeout_seconds",
    "note",
    "steps",
    "then",
    "else",
    "otherwise",
    "at_most",
)
_TITLES = {
    "login": "ログイン / log in",
    "find": "登録済みかどうかを調べる / is it there already?",
    "enter": "入力して登録する / fill in and save",
    "read_back": "登録した内容を読み戻す / read what is stored",
}
_SIGNS = {
    "session_lost": "ログインが切れた画面 / the login is lost",
    "error_page": "システムのエラー画面 / error pages",
    "refused": "内容を受け付けない時の言葉 / how the system refuses data",
}
_HEAD = """\
# ワークショップで作成。手で編集してもワークショップに読み戻せます (手書きのコメントは残りません)。
# Made in the bot workshop; edited by hand, it can be read back there (comments of your own are not kept).
"""


@dataclass
class _Lines:
    lines: list[str] = field(default_factory=list)
    steps: dict[int, str] = field(default_factory=dict)

    def add(self, text: str, step: str = "") -> None:
        if step:
            # Lines are counted from 1, as in the messages of the loader.
            self.steps[len(self.lines) + 1] = step
        self.lines.append(text)


def to_yaml(draft: Draft) -> str:
    """Return the bot.yaml of a draft."""
    return written(draft)[0]


def written(draft: Draft) -> tuple[str, dict[int, str]]:
    """Return the bot.yaml of a draft, and for each recorded step the line where it begins."""
    out = _Lines(_HEAD.splitlines())
    for name, value in _top(draft).items():
        _entry(out, name, value, 0)
    for kind, comment in _SIGNS.items():
        found = [sign.condition for sign in draft.signs if sign.kind == kind]
        if found or kind == "session_lost":
            out.add(f"# {comment}")
            _entry(out, kind, found, 0)
    out.add("")
    out.add("procedures:")
    for name in draft.procedures:
        out.add(f"  # {_TITLES[name]}")
        if name == "find":
            _find(out, draft)
        else:
            _procedure(out, name, draft.procedures[name])
    for name, value in draft.extra.get("procedures", {}).items():
        if name not in draft.procedures:
            _entry(out, name, value, 2)
    return "\n".join(out.lines) + "\n", out.steps


def _top(draft: Draft) -> dict[str, Any]:
    key: Any = draft.key[0] if len(draft.key) == 1 else list(draft.key)
    top = {
        "id": draft.id,
        "title": draft.title,
        **({"form": draft.form} if draft.form else {}),
        "base_url": draft.base_url,
        "encoding": draft.encoding,
        "key": key,
    }
    more = {k: v for k, v in draft.extra.items() if k not in ("procedures", *top, *_SIGNS)}
    tables = _tables(draft)
    if tables:
        more["lookups"] = tables
    return {**top, **more}


def _tables(draft: Draft) -> dict[str, dict[str, str]]:
    """Return the lookups: those of the draft, and for the others that steps use the words of the form."""
    steps = json.dumps([step.step for _, _, step in draft.steps()], ensure_ascii=False)
    used = re.findall(r"lookup(?:_all)?\('([^']+)'", steps)
    names = dict.fromkeys([*draft.lookups, *used])
    return {n: {**draft.choices.get(n, {}), **draft.lookups.get(n, {})} for n in names}


def _find(out: _Lines, draft: Draft) -> None:
    out.add("  find:")
    steps = draft.procedures["find"]
    _procedure(out, "steps", steps, 4)
    for name, value in answers(draft).items():
        _entry(out, name, value, 4)


def answers(draft: Draft) -> dict[str, Any]:
    """Return the conditions of ``find``: as marked, with what follows from them."""
    found: dict[str, Any] = {}
    for kind in ("yes", "no", "many"):
        conditions = [sign.condition for sign in draft.signs if sign.kind == kind]
        if conditions:
            found[kind] = conditions[0] if len(conditions) == 1 else {"any": conditions}
    yes = found.get("yes")
    if (
        isinstance(yes, dict)
        and set(yes) & {"row", "link", "css"}
        and not set(yes) & {"is", "contains", "at_least"}
        and "many" not in found
    ):
        found["many"] = {**yes, "at_least": 2}
    extra = draft.extra.get("procedures", {}).get("find", {})
    acting = [s for s in draft.procedures["find"] if "frame" not in s.step and "wait_for" not in s.step]
    if acting and not acting[-1].loaded and "in_place" not in extra:
        # The list came without a page being loaded.
        found["in_place"] = True
    return {**found, **extra}


def _procedure(out: _Lines, name: str, steps: list[Step], indent: int = 2) -> None:
    if not steps:
        out.add(f"{' ' * indent}{name}: []")
        return
    out.add(f"{' ' * indent}{name}:")
    _steps(out, steps, "", indent + 2)


def _steps(out: _Lines, steps: list[Step], window: str, indent: int) -> None:
    for step in steps:
        if step.window == window:
            _step(out, step.step, indent, step.id, [s for s in steps if s is not step])


def _step(out: _Lines, node: Mapping[str, Any], indent: int, step: str, others: list[Step]) -> None:
    pad = " " * indent
    kind = next((k for k in node if k not in _BESIDE), "dialog")
    if kind == "popup":
        _popup(out, node, indent, step, others)
    else:
        out.add(f"{pad}- {kind}: {flow(node[kind])}", step)
    for name in _BESIDE:
        if name in node and name != kind:
            _beside(out, name, node[name], indent + 2)


def _popup(out: _Lines, node: Mapping[str, Any], indent: int, step: str, others: list[Step]) -> None:
    body = node["popup"]
    out.add(f"{' ' * indent}- popup:", step)
    for name, value in body.items():
        if name != "steps":
            out.add(f"{' ' * (indent + 4)}{name}: {flow(value)}")
    inside = [s for s in others if step and s.window == step]
    if inside:
        out.add(f"{' ' * (indent + 4)}steps:")
        _steps(out, others, step, indent + 6)
    else:
        _beside(out, "steps", body.get("steps", []), indent + 4)


def _beside(out: _Lines, name: str, value: Any, indent: int) -> None:
    if name in _INSIDE and value:
        out.add(f"{' ' * indent}{name}:")
        for one in value:
            _step(out, one, indent + 2, "", [])
    else:
        comment = "  # ここで登録される。一度だけ / this saves, once only" if name == "irreversible" else ""
        out.add(f"{' ' * indent}{name}: {flow(value)}{comment}")


def _entry(out: _Lines, name: str, value: Any, indent: int) -> None:
    pad = " " * indent
    if _holds_steps(value):
        out.add(f"{pad}{name}:")
        if isinstance(value, list):
            for one in value:
                _step(out, one, indent + 2, "", [])
        else:
            for inner, more in value.items():
                _entry(out, inner, more, indent + 2)
    elif isinstance(value, list) and value and indent == 0 and not all(isinstance(v, str) for v in value):
        out.add(f"{pad}{name}:")
        for one in value:
            out.add(f"{pad}  - {flow(one)}")
    elif (
        isinstance(value, dict) and value and any(isinstance(v, dict) for v in value.values()) and indent == 0
    ):
        out.add(f"{pad}{name}:")
        for inner, more in value.items():
            out.add(f"{pad}  {scalar(inner, key=True)}: {flow(more)}")
    else:
        out.add(f"{pad}{name}: {flow(value)}")


def _holds_steps(value: Any) -> bool:
    """Whether a value is a list of steps, or holds one: those are written a line each."""
    if isinstance(value, dict):
        return any(_holds_steps(v) for v in value.values())
    kinds = (
        "goto",
        "click",
        "fill",
        "capture",
        "use",
        "frame",
        "popup",
        "if",
        "wait_for",
        "expect",
        "select",
        "choose",
    )
    return isinstance(value, list) and any(isinstance(v, dict) and set(v) & set(kinds) for v in value)


def flow(value: Any) -> str:
    """Write a value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(k, key=True)}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value)


def scalar(value: Any, key: bool = False) -> str:
    """Write one value; text that any version of YAML could take for something else is quoted."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if value is None:
        return "null"
    text = str(value)
    # The answers of find are keys, which the loader takes for text.
    shown = all(c.isprintable() or c == "　" for c in text)
    plain = shown and _PLAIN.match(text) and text == text.strip() and "  " not in text and ": " not in text
    if plain and (not _WORDS.match(text) or (key and text in ("yes", "no", "on"))):
        return text
    if "\\" in text and "'" not in text and shown:
        return f"'{text}'"
    # A JSON string is a double-quoted scalar of YAML; what YAML takes for a line break or refuses is escaped.
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() or c == "　" else f"\\u{ord(c):04x}" for c in quoted)


def signs_of(draft: Draft, kind: str) -> list[Sign]:
    """Return the signs of one kind."""
    return [sign for sign in draft.signs if sign.kind == kind]
