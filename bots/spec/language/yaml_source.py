"""Reads YAML with line numbers, by the scalar rules of YAML 1.2 instead of 1.1.

Only ``true`` and ``false`` are booleans (``yes:`` and ``no:`` are the answers of ``find``), ``08:30`` and
``0123`` stay text, a date stays text, and a key written twice in one mapping is an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bots.base.errors import BotFileError

NodePath = tuple[str | int, ...]


class _Loader(yaml.SafeLoader):
    """SafeLoader with the scalar rules of YAML 1.2's core schema, narrowed."""

    # Empty, so that nothing of YAML 1.1 is inherited: there `no` is false and 12:30 is the number 750.
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"\A(?:true|false)\Z"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"\A(?:null|~|)\Z"), ["n", "~", ""])
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"\A-?(?:0|[1-9]\d*)\Z"), list("-0123456789")
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"\A-?\d+\.\d+\Z"), list("-0123456789"))

# The usual cause of a message of the YAML parser.
# PyYAML takes {{ x }} for a mapping with a mapping as its key.
_CAUSES = {
    "unhashable": ('{{ … }} は "{{ … }}" と引用符で囲んでください。', '; write {{ … }} in quotes: "{{ … }}"'),
    "\\t": ("字下げはタブでなく空白で書いてください。", "; indent with spaces, not with tabs"),
    "<block end>": (
        "字下げがそろっていないか、手順の前の「- 」がありません。", "; uneven indentation, or a step without '- '",
    ),
    "mapping values are not allowed": (
        "「: 」を含む文字は引用符で囲んでください。", "; put words with ': ' in quotes",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """A parsed file with the line number of each value; ``parts`` are the values that come from included files."""

    file: Path
    data: Any
    lines: Mapping[NodePath, int] = field(default_factory=dict)
    parts: Mapping[NodePath, tuple[Source, NodePath]] = field(default_factory=dict)

    def origin(self, path: NodePath) -> tuple[Source, NodePath]:
        """Return the file in which the value at ``path`` is written, and the path to it there."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.parts:
                included, there = self.parts[path[:length]]
                return included, (*there, *path[length:])
        return self, path

    def line(self, path: NodePath) -> int:
        """Return the line (from 1) of the value at ``path``, or of the nearest enclosing value."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def load(file: Path) -> Source:
    """Read one YAML file.

    Raises:
        BotFileError: the file cannot be read, is not YAML, or contains a key twice.
    """
    try:
        text = file.read_text(encoding="utf-8")
        loader = _Loader(text)
        # Composed once: the nodes have the line numbers, and the document is built from the same nodes.
        node = loader.get_single_node()
        lines: dict[NodePath, int] = {}
        if node is not None:
            _collect_lines(node, (), lines, file, frozenset())
        data = loader.construct_document(node) if node is not None else None
    except OSError as error:
        raise BotFileError(
            file, "", "ファイルを開けません。", f"cannot open the file: {error.strerror}"
        ) from error
    except UnicodeDecodeError as error:
        raise BotFileError(file, "", "UTF-8で保存してください。", "the file is not UTF-8") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark is not None else ""
        problem = str(getattr(error, "problem", error))
        ja, en = next((words for sign, words in _CAUSES.items() if sign in problem), ("", ""))
        raise BotFileError(file, where, f"YAMLとして読めません。{ja}", f"not YAML: {problem}{en}") from error
    return Source(file, data, lines)


def _collect_lines(
    node: yaml.Node, path: NodePath, lines: dict[NodePath, int], file: Path, above: frozenset[int]
) -> None:
    lines[path] = node.start_mark.line + 1
    # PyYAML builds a recursive alias as a cycle, which would never end here.
    if id(node) in above:
        raise BotFileError(
            file, f"line {lines[path]}", "アンカーが自分自身を含んでいます。", "an alias contains itself"
        )
    above = above | {id(node)}
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            # The merge key may occur several times.
            if name in seen and name != "<<":
                raise BotFileError(
                    file,
                    f"line {key.start_mark.line + 1}",
                    f"キー「{name}」が二度書かれています。",
                    f"the key {name!r} is written twice",
                )
            seen.add(name)
            _collect_lines(value, (*path, name), lines, file, above)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _collect_lines(value, (*path, index), lines, file, above)
