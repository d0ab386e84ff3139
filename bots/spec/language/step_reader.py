"""Reads the steps of a bot.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bots.spec.compare import NORMALISERS
from bots.spec.language.schema import kind_of, source_position
from bots.spec.language.target_reader import TargetReader
from bots.spec.language.yaml_source import NodePath, Source
from bots.spec.model.bot import (  # fmt: skip
    Capture,
    Check,
    Choose,
    Click,
    Dialog,
    Expect,
    Fill,
    ForEach,
    Goto,
    If,
    InFrame,
    Popup,
    Press,
    Scroll,
    Select,
    Step,
    Upload,
    Use,
    WaitFor,
    While,
)
from bots.spec.templating import Template

TRUE = Template("true", ("true",))


class StepReader(TargetReader):
    """Builds the steps of one file; named step lists are inserted where they are used."""

    def __init__(self, source: Source, named: Mapping[str, tuple[NodePath, list[Any]]]) -> None:
        super().__init__(source)
        self.named = named
        self._using: tuple[str, ...] = ()

    def steps(self, nodes: list[Any], path: NodePath) -> tuple[Step, ...]:
        """Read a list of steps."""
        return tuple(self.step(node, (*path, i)) for i, node in enumerate(nodes))

    def step(self, node: dict[str, Any], path: NodePath) -> Step:
        """Read one step."""
        kind = kind_of(node)
        common: dict[str, Any] = {"where": source_position(self.source, path), "note": node.get("note", "")}
        # Left out when it is not written, so that the defaults of the classes apply.
        if "timeout_seconds" in node:
            common["timeout"] = float(node["timeout_seconds"])
        if node.get("irreversible"):
            common["irreversible"] = True
        if "dialog" in node:
            common["dialogs"] = self.dialogs(node["dialog"], (*path, "dialog"))
        if "loads" in node:
            common["loads"] = self.frames(node["loads"])
        # The schema has already refused unknown kinds.
        reader = getattr(self, f"_{kind}")
        step: Step = reader(node[kind], (*path, kind), common, node)
        return step

    def _goto(self, body: Any, path: NodePath, common: dict[str, Any], _: Any) -> Step:
        return Goto(url=self.template(body["url"] if isinstance(body, dict) else body, path), **common)

    def _fill(self, body: Any, path: NodePath, common: dict[str, Any], _: Any) -> Step:
        return Fill(
            target=self.target(body, path),
            value=self.template(body["value"], (*path, "value")),
            shows=self.optional_template(body, "shows", path),
            typed=body.get("typed", False),
            blur=body.get("blur", True),
            max_length=body.get("max_length"),
            max_bytes=body.get("max_bytes"),
            **common,
        )

    def _option(self, body: Any, path: NodePath) -> tuple[Template, bool]:
        if ("option" in body) == ("value" in body):
            self.fail(path, "option か value のどちらか一つが必要です。", "give either option or value")
        key = "option" if "option" in body else "value"
        return self.template(body[key], (*path, key)), key == "value"

    def _select(self, body: Any, path: NodePath, common: dict[str, Any], _: Any) -> Step:
        option, by_value = self._option(body, path)
        # Here `option` belongs to the step; a target has a key of the same name.
        target = self.target({k: v for k, v in body.items() if k != "option"}, path)
        return Select(target=target, option=option, by_value=by_value, **common)

    def _choose(self, body: Any, path: NodePath, common: dict[str, Any], _: Any) -> Step:
        if "option" not in body and "value" not in body:
            return Choose(target=self.target(body, path), **common)
        option, by_value = self._option(body, path)
        target = self.target({k: v for k, v in body.items() if k != "option"}, path)
        return Choose(target=target, option=option, by_value=by_value, **common)

    def _check(self, body: Any, path: NodePath, common: dict[str, Any], _: Any) -> Step:
        return Check(
            target=self.target(body, path), on=self.optional_template(body, "on", path) or TRUE, **common
        )

    def _click(self, body: Any, path: NodePath, common: dict[str, Any], _: Any) -> Step:
        double = isinstance(body, dict) and body.get("double", False)
        return Click(target=self.target(body, path), double=double, **common)

    def _press(self, body: Any, path: NodePath, common: dict[str, Any], _: Any) -> Step:
        if isinstance(body, str):
            return Press(key=body, **common)
        rest = {k: v for k, v in body.items() if k != "key"}
        return Press(key=body["key"], target=self.target(rest, path) if rest else None, **common)

    def _frame(self, body: Any, path: NodePath, common: dict[str, Any], node: Any) -> Step:
        inner = self.steps(node.get("steps", []), (*path[:-1], "steps"))
        return InFrame(path=self.frames(body), steps=inner, **common)

    def _popup(self, body: Any, path: NodePath, common: dict[str, Any], _: Any) -> Step:
        if ("click" in body) == ("press" in body):
            self.fail(
                path,
                "popup には click か press のどちらか一つが必要です。",
                "popup needs either click or press",
            )
        opener = self.step({k: body[k] for k in ("click", "press", "dialog") if k in body}, path)
        inner = self.steps(body["steps"], (*path, "steps"))
        return Popup(opener=opener, steps=inner, after=body.get("after", "closes"), **common)

    def _dialog(self, _body: Any, _path: NodePath, common: dict[str, Any], _: Any) -> Step:
        return Dialog(**common)

    def _wait_for(self, body: Any, path: NodePath, common: dict[str, Any], _: Any) -> Step:
        return WaitFor(condition=self.condition(body, path), **common)

    def _expect(self, body: Any, path: NodePath, common: dict[str, Any], node: Any) -> Step:
        return Expect(condition=self.condition(body, path), otherwise=node.get("otherwise", ""), **common)

    def _capture(self, body: Any, path: NodePath, common: dict[str, Any], _: Any) -> Step:
        own = ("as", "file", "pattern", "attribute", "expected", "compare")
        rest = {k: v for k, v in body.items() if k not in own}
        if not rest and "pattern" not in body:
            self.fail(
                path, "capture には要素か pattern が必要です。", "capture needs an element or a pattern"
            )
        unknown = [n for n in body.get("compare", []) if n not in NORMALISERS]
        if unknown:
            known = ", ".join(NORMALISERS)
            self.fail(
                path,
                f"比較方法「{unknown[0]}」はありません: {known}",
                f"no comparison {unknown[0]!r}; known: {known}",
            )
        if "file" in body and (rest or "pattern" not in body):
            self.fail(
                path,
                "file は pattern と一緒に、要素なしで書いてください。",
                "file needs a pattern, and no element beside it",
            )
        only_frame = set(rest) <= {"frame"}
        if only_frame and rest:
            self.fail(path, "frame は frame の手順で指定してください。", "choose the frame with a frame step")
        return Capture(
            name=body["as"],
            target=self.target(rest, path) if rest else None,
            file=body.get("file", ""),
            pattern=self.regex_template(body["pattern"], (*path, "pattern")) if "pattern" in body else None,
            attribute=body.get("attribute", ""),
            expected=self.optional_template(body, "expected", path),
            compare=tuple(body.get("compare", ())),
            **common,
        )

    def _upload(self, body: Any, path: NodePath, common: dict[str, Any], _: Any) -> Step:
        return Upload(
            target=self.target(body, path), path=self.template(body["path"], (*path, "path")), **common
        )

    def _scroll(self, body: Any, path: NodePath, common: dict[str, Any], node: Any) -> Step:
        until = self.condition(node["until"], (*path[:-1], "until"))
        return Scroll(target=self.target(body, path), condition=until, **common)

    def _if(self, body: Any, path: NodePath, common: dict[str, Any], node: Any) -> Step:
        base = path[:-1]
        then = self.steps(node["then"], (*base, "then"))
        otherwise = self.steps(node.get("else", []), (*base, "else"))
        return If(condition=self.condition(body, path), then=then, otherwise=otherwise, **common)

    def _for_each(self, body: Any, path: NodePath, common: dict[str, Any], node: Any) -> Step:
        ways = [k for k in ("fields", "split", "json") if k in body]
        if len(ways) != 1 or (ways[0] == "fields") != ("up_to" in body):
            self.fail(
                path,
                "for_each には fields と up_to、split、json のどれか一つを書いてください。",
                "for_each needs one of: fields with up_to, split, json",
            )
        over = ways[0]
        # With `fields` it is no template: {n} stands for the number.
        source = (
            self.template(body[over], (*path, over))
            if over != "fields"
            else Template(body[over], (body[over],))
        )
        return ForEach(
            over=over,  # type: ignore[arg-type]
            source=source,
            up_to=body.get("up_to", 0),
            present=body.get("present", ""),
            by=body.get("by", "|"),
            steps=self.steps(node["steps"], (*path[:-1], "steps")),
            **common,
        )

    def _while(self, body: Any, path: NodePath, common: dict[str, Any], node: Any) -> Step:
        inner = self.steps(node["steps"], (*path[:-1], "steps"))
        return While(
            condition=self.condition(body, path), steps=inner, at_most=node.get("at_most", 100), **common
        )

    def _use(self, body: Any, path: NodePath, common: dict[str, Any], _: Any) -> Step:
        name = body if isinstance(body, str) else body["steps"]
        given = {} if isinstance(body, str) else body.get("with", {})
        if name not in self.named:
            known = ", ".join(self.named) or "—"
            self.fail(
                path,
                f"steps に「{name}」がありません (ある物: {known})。",
                f"no steps named {name!r}; named: {known}",
            )
        # Without this check, steps that use themselves would recurse forever.
        if name in self._using:
            self.fail(
                path, f"steps「{name}」が自分自身を使っています。", f"the steps {name!r} use themselves"
            )
        templates = {k: self.template(v, (*path, "with", k)) for k, v in given.items()}
        where, nodes = self.named[name]
        self._using = (*self._using, name)
        inner = self.steps(nodes, where)
        self._using = self._using[:-1]
        return Use(name=name, given=templates, steps=inner, **common)
