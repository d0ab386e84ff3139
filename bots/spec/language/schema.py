"""The JSON Schema of a bot.yaml, and its validation errors as messages with the step and the line."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any

import jsonschema

from bots.base.errors import BotFileError
from bots.spec.language.yaml_source import NodePath, Source
from bots.spec.model.bot import SourcePosition

# The order matters for `kind_of`: `dialog` is last, because beside another kind it is a modifier.
STEP_KINDS = (
    "goto", "fill", "select", "check", "choose", "click", "press", "frame", "popup", "wait_for", "expect",
    "capture", "upload", "scroll", "if", "for_each", "while", "use", "dialog",
)  # fmt: skip
# Keys that may be written beside every step that acts.
_STEP_MODIFIERS = ("irreversible", "loads", "dialog", "timeout_seconds", "note")
_STEP_LISTS = ("steps", "then", "else", "login", "find", "enter", "read_back")


@cache
def schema() -> dict[str, Any]:
    """Return the schema, which is shipped beside this module."""
    text = resources.files("bots.spec.language").joinpath("bot.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def kind_of(step: Any) -> str:
    """Return the kind of a step; empty when no kind is known. ``dialog`` beside another kind is a modifier."""
    return next((k for k in STEP_KINDS if k in step), "") if isinstance(step, dict) else ""


def source_position(source: Source, path: NodePath) -> SourcePosition:
    """Name a position in the file: ``procedures.enter step 3 (click) key irreversible, line 41``."""
    written, path = source.origin(path)
    words: list[str] = []
    node: Any = written.data
    for index, part in enumerate(path):
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            node = None
        if isinstance(part, int):
            in_steps = index > 0 and (
                path[index - 1] in _STEP_LISTS or path[index - 2 : index - 1] == ("steps",)
            )
            kind = kind_of(node) if in_steps else ""
            words.append(f" {'step' if in_steps else 'item'} {part + 1}" + (f" ({kind})" if kind else ""))
        else:
            words.append(f"{'.' if words else ''}{part}")
    file = written.file.name if written is not source else ""
    return SourcePosition("".join(words), written.line(path), file)


def file_error(source: Source, where: SourcePosition, ja: str, en: str) -> BotFileError:
    """Return an error that names the file in which the value is written: the bot.yaml, or one that it includes."""
    file = source.file.with_name(where.file) if where.file else source.file
    return BotFileError(file, str(replace(where, file="")), ja, en)


def problems(source: Source) -> list[BotFileError]:
    """Return every violation of the schema, in the order of the file's lines."""
    if not isinstance(source.data, dict):
        return [BotFileError(source.file, "", "bot.yamlの中身がありません。", "the file holds no mapping")]
    # All errors and not the first: an author should not have to run the check once for each.
    validator = jsonschema.Draft202012Validator(schema())
    found = [_as_error(source, e) for error in validator.iter_errors(source.data) for e in _deepest(error)]
    # Several branches of an anyOf may report the same error.
    unique = {str(e): e for e in found}
    return sorted(unique.values(), key=lambda e: (e.file, int(e.where.rpartition("line ")[2] or 0)))


def _deepest(error: Any) -> Iterator[Any]:
    """Yield the errors of the anyOf branch that matches the type of the value: only those help the author."""
    if error.validator != "anyOf" or not error.context or _is_step(error):
        yield error
        return
    wrong_type = {
        e.schema_path[0] for e in error.context if e.validator == "type" and len(e.schema_path) == 2
    }
    closest = [e for e in error.context if e.schema_path[0] not in wrong_type]
    if not closest:
        yield error
    for child in closest:
        yield from _deepest(child)


def _is_step(error: Any) -> bool:
    # The list of step kinds is recognised by its first branch; its own errors would name every kind there is.
    return list(error.schema_path)[-1:] == ["anyOf"] and any(
        isinstance(s, dict) and s.get("required") == ["goto"] for s in error.validator_value
    )


def _as_error(source: Source, error: Any) -> BotFileError:
    path: NodePath = tuple(error.absolute_path)
    ja, en = _sentence(error)
    return file_error(source, source_position(source, path), ja, en)


def _sentence(error: Any) -> tuple[str, str]:
    if _is_step(error) if error.validator == "anyOf" else False:
        return _unknown_step(error)
    if error.validator == "additionalProperties":
        return _unknown_keys(error)
    if error.validator == "required":
        missing = next(k for k in error.validator_value if k not in error.instance)
        return f"キー「{missing}」がありません。", f"the key {missing!r} is missing"
    if error.validator == "enum":
        known = ", ".join(str(v) for v in error.validator_value)
        return (
            f"「{error.instance}」は使えません。使えるもの: {known}",
            f"{error.instance!r} is not one of: {known}",
        )
    if error.validator in ("type", "anyOf"):
        return (
            f"「{error.instance}」は形が違います。",
            f"{error.instance!r} has the wrong shape: {error.message}",
        )
    return f"「{error.instance}」は使えません。", error.message


def _unknown_step(error: Any) -> tuple[str, str]:
    written = ", ".join(str(k) for k in error.instance) or "{}"
    near = difflib.get_close_matches(next(iter(map(str, error.instance)), ""), STEP_KINDS, n=1)
    hint_ja, hint_en = (f" 「{near[0]}」のことですか。", f"; did you mean {near[0]!r}?") if near else ("", "")
    return (
        f"手順「{written}」はありません。{hint_ja}使えるもの: {', '.join(STEP_KINDS)}",
        f"there is no step {written!r}{hint_en} known steps: {', '.join(STEP_KINDS)}",
    )


def _unknown_keys(error: Any) -> tuple[str, str]:
    known = list(error.schema.get("properties", {}))
    extra = next(str(k) for k in error.instance if k not in known)
    if extra in _STEP_MODIFIERS and list(error.absolute_path)[-1:] and error.absolute_path[-1] in STEP_KINDS:
        return (
            f"「{extra}」は手順の中 {{…}} でなく、その横に (次の行に手順の名前と同じ字下げで) 書いてください。",
            f"{extra!r} stands beside the step, not inside its braces: on a line of its own, indented like its name",
        )
    near = difflib.get_close_matches(extra, known, n=1)
    hint_ja, hint_en = (f"「{near[0]}」のことですか。", f"did you mean {near[0]!r}?") if near else ("", "")
    return (
        f"キー「{extra}」は使えません。{hint_ja}使えるもの: {', '.join(known)}",
        f"the key {extra!r} is not known here; {hint_en} known keys: {', '.join(known)}",
    )
