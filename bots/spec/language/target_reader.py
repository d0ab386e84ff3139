"""Reads the ``Target``, ``Condition`` and ``DialogRule`` values of a bot.yaml."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, NoReturn

from bots.base.errors import TemplateError
from bots.spec.language.schema import file_error, source_position
from bots.spec.language.yaml_source import NodePath, Source
from bots.spec.model.bot import By, Condition, DialogRule, FrameName, FramePath, Target
from bots.spec.model.bot import Test as ConditionTest
from bots.spec.templating import Template, parse

LOCATORS: tuple[By, ...] = (
    "label", "cell", "button", "link", "text", "name", "id", "role", "title", "alt", "placeholder", "position",
    "column", "css",
)  # fmt: skip
TARGET_KEYS = frozenset({*LOCATORS, "row", "named", "part", "nth", "below", "among", "within", "frame"})

# Keys that narrow down only some kinds of locators; elsewhere they would be silently ignored.
_ONLY_WITH: dict[str, tuple[By, ...]] = {
    "part": ("cell", "column", "row"), "below": ("cell",), "among": ("position",), "named": ("role",),
}  # fmt: skip


def as_text(value: Any) -> str:
    """Return a YAML scalar as the text to enter into a page."""
    # `str(True)` would be "True"; a Record has true and false.
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


class TargetReader:
    """Builds the targets and conditions of one file; every error names its position."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def fail(self, path: NodePath, ja: str, en: str) -> NoReturn:
        """Raise a ``BotFileError`` for the value at ``path``."""
        raise file_error(self.source, source_position(self.source, path), ja, en)

    def template(self, value: Any, path: NodePath) -> Template:
        """Parse a template."""
        try:
            return parse(as_text(value))
        except TemplateError as error:
            self.fail(path, error.ja, error.en)

    def optional_template(self, node: dict[str, Any], key: str, path: NodePath) -> Template | None:
        """Parse ``node[key]``; None when the key is missing."""
        return self.template(node[key], (*path, key)) if key in node else None

    def regex(self, value: str, path: NodePath) -> str:
        """Return a regular expression after checking that it compiles."""
        try:
            re.compile(value)
        except re.error as error:
            self.fail(
                path, f"正規表現「{value}」を読めません。", f"not a regular expression: {value!r}: {error}"
            )
        return value

    def regex_template(self, value: Any, path: NodePath) -> Template:
        """Parse a regular expression that may contain values; each value matches itself alone."""
        template = replace(self.template(value, path), regex=True)
        self.regex("".join(part if isinstance(part, str) else "x" for part in template.parts), path)
        return template

    def frames(self, node: Any) -> FramePath:
        """Read a frame path; ``top`` is the empty path."""
        if node == "top":
            return ()
        return tuple(self._frame_name(n) for n in (node if isinstance(node, list) else [node]))

    @staticmethod
    def _frame_name(node: Any) -> FrameName:
        return FrameName(name=node) if isinstance(node, str) else FrameName(**node)

    def target(self, node: Any, path: NodePath) -> Target:
        """Read a locator: one key that names the element, and the keys that narrow it down."""
        if isinstance(node, str):
            return Target("words", self.template(node, path))
        ways = [k for k in LOCATORS if k in node]
        if not ways and "row" in node:
            return self._build_target("row", node, path, row=None)
        if len(ways) != 1:
            self.fail(
                path,
                f"要素の指定は {', '.join(LOCATORS)} のうち一つだけ書いてください (今: {', '.join(ways) or 'なし'})。",
                f"say which element in exactly one way of {', '.join(LOCATORS)} (now: {', '.join(ways) or 'none'})",
            )
        if ways[0] == "column" and "row" not in node:
            self.fail(path, "column には row も必要です。", "column needs row beside it")
        return self._build_target(ways[0], node, path, row=self.optional_template(node, "row", path))

    def _check_combinations(self, by: By, node: dict[str, Any], path: NodePath) -> None:
        """Refuse keys that have no effect with this kind of locator."""
        for key, ways in _ONLY_WITH.items():
            if key in node and by not in ways:
                others = " / ".join(ways)
                self.fail(
                    path,
                    f"「{key}」は {others} と一緒にだけ使えます。いくつもある要素からは nth で選んでください。",
                    f"{key!r} goes with {others} only; choose among several elements with nth",
                )

    def _build_target(self, by: By, node: dict[str, Any], path: NodePath, row: Template | None) -> Target:
        self._check_combinations(by, node, path)
        return Target(
            by,
            self.template(node[by], (*path, by)),
            option=self.optional_template(node, "option", path),
            role_name=self.optional_template(node, "named", path),
            part=node.get("part"),
            nth=node.get("nth"),
            below=node.get("below", False),
            among=node.get("among", "any"),
            row=row,
            within=self.target(node["within"], (*path, "within")) if "within" in node else None,
            frame=self.frames(node["frame"]) if "frame" in node else None,
        )

    def condition(self, node: Any, path: NodePath) -> Condition:
        """Read a condition."""
        if isinstance(node, str):
            return Condition("text", "contains", wanted=self.template(node, path))
        for kind in ("all", "any"):
            if kind in node:
                self._require_alone(node, kind, path)
                parts = tuple(self.condition(n, (*path, kind, i)) for i, n in enumerate(node[kind]))
                return Condition(kind, parts=parts)
        if "not" in node:
            self._require_alone(node, "not", path)
            return Condition("not", parts=(self.condition(node["not"], (*path, "not")),))
        return self._single(node, path)

    def _require_alone(self, node: dict[str, Any], key: str, path: NodePath) -> None:
        if len(node) > 1:
            self.fail(path, f"「{key}」は単独で書いてください。", f"{key!r} stands alone")

    def _single(self, node: dict[str, Any], path: NodePath) -> Condition:
        frame = self.frames(node["frame"]) if "frame" in node else None
        for key, kind in (("url", "url"), ("page_title", "title"), ("dialog", "dialog"), ("text", "text")):
            if key in node:
                self._allow_only(node, {key, "frame"}, path)
                wanted = self.template(node[key], (*path, key))
                return Condition(kind, "contains", wanted=wanted, frame=frame)  # type: ignore[arg-type]
        if "pattern" in node:
            self._allow_only(node, {"pattern", "frame"}, path)
            pattern = self.regex_template(node["pattern"], (*path, "pattern"))
            return Condition("text", "matches", wanted=pattern, frame=frame)
        test, wanted_or_none = self._test(node, path)
        if "value" in node:
            self._allow_only(node, {"value", test}, path)
            subject = self.template(node["value"], (*path, "value"))
            return Condition(
                "value", "shown" if test == "shown" else test, subject=subject, wanted=wanted_or_none
            )
        target = self.target({k: v for k, v in node.items() if k in TARGET_KEYS}, path)
        return Condition(
            "target", test, target, wanted=wanted_or_none, at_least=node.get("at_least", 1), frame=frame
        )

    def _allow_only(self, node: dict[str, Any], allowed: set[str], path: NodePath) -> None:
        extra = sorted(set(node) - allowed)
        if extra:
            self.fail(
                path,
                f"「{extra[0]}」はここでは使えません。",
                f"{extra[0]!r} cannot be combined with the rest here",
            )

    def _test(self, node: dict[str, Any], path: NodePath) -> tuple[ConditionTest, Template | None]:
        tests: list[ConditionTest] = [t for t in ("is", "contains", "matches", "empty") if t in node]
        if len(tests) > 1:
            self.fail(
                path,
                "is, contains, matches, empty は一つだけです。",
                "use one of is, contains, matches, empty",
            )
        if not tests:
            return "shown", None
        # Not parsed as a template: braces are part of regular expressions.
        if tests[0] == "matches":
            return "matches", self.regex_template(node["matches"], (*path, "matches"))
        return tests[0], self.template(node[tests[0]], (*path, tests[0]))

    def dialogs(self, node: Any, path: NodePath) -> tuple[DialogRule, ...]:
        """Read one message-box rule or a list of them."""
        if isinstance(node, dict):
            return (self._dialog_rule(node, path),)
        return tuple(self._dialog_rule(n, (*path, i)) for i, n in enumerate(node))

    def _dialog_rule(self, node: dict[str, Any], path: NodePath) -> DialogRule:
        return DialogRule(
            self.template(node["text"], (*path, "text")),
            node.get("kind", ""),
            node.get("answer", "accept"),
            self.optional_template(node, "write", path),
            node.get("optional", False),
        )
