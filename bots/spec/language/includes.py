"""``include``: the parts of a bot.yaml that other files of its folder hold, so that several bots can share them.

Every value keeps the file and the line that it was written on. A name that two files define is an error and never an
override: a step list that silently replaces another would be signed by nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bots.base.errors import BotFileError
from bots.spec.language.yaml_source import NodePath, Source, load

# Mappings are joined by name, lists one after the other: the including file's own first.
_MAPPINGS = ("steps", "lookups", "fields")
_LISTS = (
    "session_lost",
    "password_expired",
    "error_page",
    "refused",
    "dialogs",
    "mask",
    "harmless_errors",
    "background",
)
_PLAIN_NAME = re.compile(r"[\w.-]+\.ya?ml")


def load_with_includes(file: Path) -> Source:
    """Read a bot.yaml together with the files that it includes.

    Raises:
        BotFileError: one of them cannot be read, is outside the folder, includes itself, or defines a name again.
    """
    source = load(file)
    if not isinstance(source.data, dict) or "include" not in source.data:
        return source
    data, parts = dict(source.data), dict[NodePath, tuple[Source, NodePath]]()
    for included in _included(source, (file.resolve(),), {file.resolve()}):
        _merge(data, parts, included)
    return Source(source.file, data, source.lines, parts)


def _included(source: Source, chain: tuple[Path, ...], seen: set[Path]) -> Iterator[Source]:
    """Yield the files that a file includes, and those that they include, each once."""
    names = source.data.get("include", [])
    if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
        raise _error(
            source,
            ("include",),
            "include はファイル名の並びです: [common.yaml]",
            "include is a list of file names: [common.yaml]",
        )
    for index, name in enumerate(names):
        at: NodePath = ("include", index)
        place = _inside(source, name, at)
        if place in chain:
            raise _error(
                source,
                at,
                f"include が循環しています: {name}",
                f"the file includes itself by way of {name!r}",
            )
        if place in seen:
            continue
        seen.add(place)
        included = _load(source, name, at)
        _check_keys(included)
        yield included
        yield from _included(included, (*chain, place), seen)


def _inside(source: Source, name: str, at: NodePath) -> Path:
    """Return the file that a name means; a link out of the bot's folder counts as outside."""
    folder = source.file.parent.resolve()
    place = (folder / name).resolve()
    if not _PLAIN_NAME.fullmatch(name) or place.parent != folder:
        raise _error(
            source,
            at,
            f"「{name}」は使えません。include はボットと同じフォルダーの .yaml だけです。",
            f"{name!r} cannot be included: only a .yaml file in the folder of the bot",
        )
    return place


def _load(source: Source, name: str, at: NodePath) -> Source:
    file = source.file.with_name(name)
    if not file.is_file():
        raise _error(source, at, f"「{name}」がありません。", f"there is no file {name!r}")
    return load(file)


def _check_keys(included: Source) -> None:
    if not isinstance(included.data, dict):
        raise _error(included, (), "ファイルの中身がありません。", "the file holds no mapping")
    for key, value in included.data.items():
        if key not in (*_MAPPINGS, *_LISTS, "include"):
            known = ", ".join((*_MAPPINGS, *_LISTS))
            raise _error(
                included,
                (key,),
                f"キー「{key}」は include するファイルには書けません。使えるもの: {known}",
                f"the key {key!r} cannot stand in an included file; known keys: {known}",
            )
        if key != "include" and not isinstance(value, dict if key in _MAPPINGS else list):
            raise _error(included, (key,), f"「{key}」は形が違います。", f"{key!r} has the wrong shape")


def _merge(data: dict[str, Any], parts: dict[NodePath, tuple[Source, NodePath]], included: Source) -> None:
    for key in _MAPPINGS:
        there = dict(data.get(key) or {})
        for name, value in included.data.get(key, {}).items():
            if name in there:
                raise _error(
                    included,
                    (key, name),
                    f"{key} の「{name}」は別のファイルにもあります。どちらかを消してください。",
                    f"{name!r} of {key} stands in another file too; remove one of them",
                )
            there[name] = value
            parts[key, name] = (included, (key, name))
        if there:
            data[key] = there
    for key in _LISTS:
        nodes = included.data.get(key, [])
        there_list = list(data.get(key) or [])
        for index, node in enumerate(nodes):
            parts[key, len(there_list)] = (included, (key, index))
            there_list.append(node)
        if nodes:
            data[key] = there_list


def _error(source: Source, path: NodePath, ja: str, en: str) -> BotFileError:
    return BotFileError(source.file, f"line {source.line(path)}", ja, en)
