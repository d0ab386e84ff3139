"""``{{ name | formatter(args) }}``: parsed once when the bot is loaded, rendered for each Record.

Names are a Record's field, ``key``, ``item`` / ``item.field`` / ``n`` inside ``for_each``, ``captured.name``
(what an earlier ``capture`` of the same record read), ``today`` and ``secret.NAME``. A rendered value
records whether a secret or a masked field went into it, so that logs and pictures can leave it out.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bots.base.errors import TemplateError, ValueUnfit
from bots.base.secrets import Secrets
from bots.spec.formatters import FORMATTERS, TAKES_EMPTY, Argument

_BRACES = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
# One dot at most: secret.NAME, captured.name, item.field.
_NAME = re.compile(r"[A-Za-z_][\w]*(\.[A-Za-z_][\w]*)?\Z")
_CALL = re.compile(r"(?P<name>[a-z_]+)\s*(?:\((?P<args>.*)\))?\s*\Z", re.DOTALL)
# Formatters that need the bot's lookup tables, with the allowed numbers of arguments.
_TABLES = {"lookup": (1, 2), "lookup_all": (2,)}
_ARGUMENT = re.compile(r"""\s*(?:'(?P<single>[^']*)'|"(?P<double>[^"]*)"|(?P<int>-?\d+))\s*(?:,|\Z)""")


@dataclass(frozen=True)
class Call:
    """One formatter with its arguments."""

    name: str
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True)
class Expression:
    """The content of a pair of braces: a name and the formatters applied to it."""

    name: str
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True)
class Rendered:
    """Text ready to enter; ``hidden`` when a secret or masked field is part of it."""

    text: str
    hidden: bool = False


@dataclass(frozen=True)
class Scope:
    """The names a template may use for one Record.

    ``files`` are the Record's own, by name; ``file_folders`` hold more files that it may send.
    """

    values: Mapping[str, str]
    key: str = ""
    today: str = ""
    secrets: Secrets = field(default_factory=Secrets)
    lookups: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    masked: frozenset[str] = frozenset()
    captured: Mapping[str, str] = field(default_factory=dict)
    locals: Mapping[str, Rendered] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)
    file_folders: tuple[Path, ...] = ()

    def may_send(self, file: Path) -> bool:
        """Whether a file may leave this machine: links and ``..`` count as what they lead to."""
        real = file.resolve()
        known = {path.resolve() for path in self.files.values()}
        return real in known or any(real.is_relative_to(f.resolve()) for f in self.file_folders)

    def look_up(self, name: str) -> Rendered:
        """Return the value behind ``name``; raises ``ValueUnfit`` when the Record does not have it."""
        # First: inside `for_each` and `use` a name may stand for something else than the Record's field.
        if name in self.locals:
            return self.locals[name]
        if name.startswith("secret."):
            return Rendered(self.secrets.get(name.removeprefix("secret.")), hidden=True)
        # Empty before it was captured: the preflight renders templates without any page.
        if name.startswith("captured."):
            return Rendered(self.captured.get(name.removeprefix("captured."), ""))
        # An item may lack a part that others have (a child without a second address line): empty, not an error.
        if name.startswith("item."):
            return Rendered("")
        if name == "key":
            return Rendered(self.key)
        if name == "today":
            return Rendered(self.today)
        if name in self.values:
            return Rendered(self.values[name], hidden=name in self.masked)
        if name in self.files:
            return Rendered(str(self.files[name]))
        raise ValueUnfit(f"確定データに項目「{name}」がありません。", f"the record has no field {name!r}")


@dataclass(frozen=True)
class Template:
    """Literal text and expressions, in order."""

    source: str
    parts: tuple[str | Expression, ...]
    # The literal text is a regular expression, in which a value stands for itself.
    regex: bool = False

    @property
    def names(self) -> frozenset[str]:
        """Every name used in the template."""
        return frozenset(p.name for p in self.parts if isinstance(p, Expression))

    @property
    def literal(self) -> bool:
        """Whether nothing in the template comes from a Record or a secret."""
        return not any(isinstance(p, Expression) for p in self.parts)

    def render(self, scope: Scope) -> Rendered:
        """Fill in the names; raises ``ValueUnfit`` when a value does not suit its formatter."""
        rendered = [Rendered(p) if isinstance(p, str) else self._value(p, scope) for p in self.parts]
        return Rendered("".join(r.text for r in rendered), any(r.hidden for r in rendered))

    def _value(self, expression: Expression, scope: Scope) -> Rendered:
        value = _evaluate(expression, scope)
        return dataclasses.replace(value, text=re.escape(value.text)) if self.regex else value


def parse(source: str) -> Template:
    """Parse a template; raises ``TemplateError`` naming the formatter or argument that is wrong."""
    parts: list[str | Expression] = []
    end = 0
    for match in _BRACES.finditer(source):
        if match.start() > end:
            parts.append(source[end : match.start()])
        parts.append(_expression(match.group(1)))
        end = match.end()
    if end < len(source):
        parts.append(source[end:])
    # Braces that are left over would be typed into the page as they are.
    if any(isinstance(p, str) and ("{{" in p or "}}" in p) for p in parts):
        raise TemplateError(
            f"「{source}」の {{{{ }}}} が閉じていません。", f"unbalanced braces in {source!r}"
        )
    return Template(source, tuple(parts))


def _split_pipes(text: str) -> list[str]:
    # A pipe in quotes belongs to an argument.
    return re.findall(r"""(?:'[^']*'|"[^"]*"|[^|'"])+""", text)


def _expression(text: str) -> Expression:
    name, *calls = [piece.strip() for piece in _split_pipes(text)] or [""]
    if not _NAME.match(name):
        raise TemplateError(
            f"「{text.strip()}」は項目名ではありません。", f"{text.strip()!r} does not start with a name"
        )
    return Expression(name, tuple(_call(c) for c in calls))


def _call(text: str) -> Call:
    match = _CALL.match(text)
    name = match.group("name") if match else text
    if match is None or (name not in FORMATTERS and name not in _TABLES):
        raise TemplateError(
            f"書式「{name}」はありません。使えるもの: {', '.join(sorted([*FORMATTERS, *_TABLES]))}",
            f"there is no formatter {name!r}; known: {', '.join(sorted([*FORMATTERS, *_TABLES]))}",
        )
    arguments = _arguments(match.group("args") or "", text)
    _check_count(name, arguments)
    return Call(name, arguments)


def _arguments(text: str, call: str) -> tuple[Argument, ...]:
    found: list[Argument] = []
    position = 0
    while position < len(text) and text[position:].strip():
        match = _ARGUMENT.match(text, position)
        if match is None:
            raise TemplateError(
                f"書式「{call}」の引数を読めません。", f"cannot read the arguments of {call!r}"
            )
        quoted = match.group("single") if match.group("single") is not None else match.group("double")
        found.append(int(match.group("int")) if quoted is None else quoted)
        position = match.end()
    return tuple(found)


def _check_count(name: str, arguments: tuple[Argument, ...]) -> None:
    if name in _TABLES:
        fits = len(arguments) in _TABLES[name]
    else:
        try:
            # The signature of the formatter is the only definition of its arguments.
            inspect.signature(FORMATTERS[name]).bind("", *arguments)
            fits = True
        except TypeError:
            fits = False
    if not fits:
        raise TemplateError(
            f"書式「{name}」の引数の数が違います。",
            f"formatter {name!r} does not take {len(arguments)} arguments",
        )


def _evaluate(expression: Expression, scope: Scope) -> Rendered:
    value = scope.look_up(expression.name)
    text = value.text
    for call in expression.calls:
        try:
            text = _apply(call, text, scope)
        except ValueUnfit as error:
            # The formatter's own message quotes the value, which a hidden field must not appear in.
            if value.hidden:
                raise ValueUnfit(
                    f"項目「{expression.name}」の値が書式「{call.name}」に合いません。",
                    f"the value of {expression.name!r} does not suit the formatter {call.name!r}",
                ) from None
            raise ValueUnfit(
                f"項目「{expression.name}」: {error.ja}",
                f"field {expression.name!r}: {error.en}",
            ) from error
    return Rendered(text, value.hidden)


def _apply(call: Call, text: str, scope: Scope) -> str:
    if call.name == "lookup":
        return _lookup(call, text, scope)
    if call.name == "lookup_all":
        one = Call("lookup", call.arguments[:1])
        return str(call.arguments[1]).join(_lookup(one, value, scope) for value in text.split("|") if value)
    if text == "" and call.name not in TAKES_EMPTY:
        return ""
    return FORMATTERS[call.name](text, *call.arguments)


def _lookup(call: Call, text: str, scope: Scope) -> str:
    table = scope.lookups.get(str(call.arguments[0]), {})
    if text in table:
        return table[text]
    if len(call.arguments) == 2:
        return str(call.arguments[1])
    # An optional field that was left empty stands in no table.
    if text == "":
        return ""
    raise ValueUnfit(
        f"値「{text}」は対応表「{call.arguments[0]}」にありません。",
        f"{text!r} is not in the lookup {call.arguments[0]!r}",
    )
