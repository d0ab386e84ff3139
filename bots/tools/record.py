"""``bot record``: converts a Playwright codegen session (Python) into a first bot.yaml.

Codegen writes one call per line: ``page.get_by_role("button", name="検索").click()``. Each becomes a step; typed
text becomes ``{{ field_1 }}`` with the text in a comment, so that no value of the session is mistaken for a
constant, and a password is never written to the file. The author then names the fields, sorts the steps into
the four procedures and marks the irreversible one.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from bots.base.errors import RecordsFileError
from bots.spec.language.rules import PASSWORD_WORDS
from bots.tools.recorded_calls import (
    RecordedTarget,
    calls_of,
    checked_place,
    field_or_words,
    place_of,
    quoted,
    root_variable,
    text_of,
)

_ACTIONS = ("click", "dblclick", "fill", "press", "check", "uncheck", "select_option", "set_input_files")
# The assertions of codegen that a condition can express: the test of an element, and whether it has a text.
_TESTS = {
    "to_be_visible": "",
    "to_contain_text": "contains",
    "to_have_text": "is",
    "to_have_value": "is",
    "to_be_empty": "empty",
    "to_be_checked": "is",
    "to_have_title": "page_title",
    "to_have_url": "url",
}


@dataclass
class _Recorder:
    lines: list[str] = field(default_factory=list)
    base: str = ""
    typed: dict[str, str] = field(default_factory=dict)
    fields: int = 0
    frame: str = ""
    window: str = ""
    outer_frame: str = ""

    def statements(self, body: list[ast.stmt]) -> None:
        """Process recorded statements in order, including those inside functions and ``with``."""
        for statement in body:
            match statement:
                case ast.FunctionDef(body=inner):
                    self.statements(inner)
                case ast.With(items=[ast.withitem(context_expr=ast.Call() as opening)], body=inner):
                    if calls_of(opening)[-1:] and calls_of(opening)[-1][0] == "expect_popup":
                        self._popup(inner)
                    else:
                        self.statements(inner)
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Attribute(attr="value")):
                    # page1 = page1_info.value: the calls on it that follow act in the new window, from its top frame.
                    self.window, self.outer_frame, self.frame = name, self.frame, ""
                case ast.Expr(value=ast.Call() as call):
                    self.call(call)

    def call(self, node: ast.Call) -> None:
        """Turn one recorded call into a line of YAML."""
        asserted = checked_place(node)
        if asserted is not None:
            if self.window and root_variable(node) != self.window:
                self.end_window("closes")
            return self._assert(node, asserted)
        chain = calls_of(node)
        if not chain:
            return None
        name, call = chain[-1]
        if self.window and (name == "close" or root_variable(node) != self.window):
            self.end_window("close" if name == "close" else "closes")
        if name == "goto" and call.args:
            self._goto(text_of(call.args[0]))
        # page.once("dialog", …) is how codegen records a message box.
        elif name == "once":
            answer = "dismiss" if "dismiss" in ast.unparse(call) else "accept"
            self._line(
                f'- dialog: {{text: "?", answer: {answer}}}  # the next step raises a box: what does it say?'
            )
        elif name in _ACTIONS:
            self._act(name, call, chain[:-1])
        return None

    def _assert(self, node: ast.Call, asserted: ast.expr) -> None:
        """``expect(…).to_be_visible()``: something to wait for; with a text or a value, something to make sure of."""
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        negated, test = name.startswith("not_"), _TESTS.get(name.removeprefix("not_"))
        place = place_of(calls_of(asserted), self.typed)
        given = "true" if name.endswith(("checked", "empty")) else text_of(node.args[0]) if node.args else ""
        # A whole page compared by its ARIA tree, a count, a colour: nothing of bot.yaml says the same.
        if test is None or (test and not given):
            return self._line(f"# recorded, but not taken over: {' '.join(ast.unparse(node).split())}")
        self._enter_frame(place)
        wanted = given if test == "empty" else quoted(field_or_words(given, self.typed))
        if test == "url":
            # The session's address may be another than the one that the bot will be run at.
            condition = f"url: {quoted('*' + given.removeprefix(self.base))}"
        elif test == "page_title":
            condition = f"page_title: {wanted}"
        else:
            condition = f"{place.words}, {test}: {wanted}" if test else place.words
        condition = f"not: {{{condition}}}" if negated else condition
        return self._line(f"- {'expect' if test else 'wait_for'}: {{{condition}}}{place.comment}")

    def _enter_frame(self, place: RecordedTarget) -> None:
        if place.frame != self.frame:
            self.frame = place.frame
            self._line(f"- frame: {quoted(place.frame or 'top')}")

    def _popup(self, body: list[ast.stmt]) -> None:
        """``with page.expect_popup(): page….click()``: the click opens a window."""
        opener = _Recorder(base=self.base, typed=self.typed, frame=self.frame)
        opener.statements(body)
        clicks = [line.removeprefix("- ") for line in opener.lines if line.startswith("- click:")]
        self.lines += [line for line in opener.lines if line.startswith("- frame:")]
        self.frame = opener.frame
        self.lines += ["- popup:", f"    {clicks[-1] if clicks else 'click: ?'}", "    steps:"]

    def end_window(self, after: str) -> None:
        """End the window's steps: it closed itself (``closes``), was closed (``close``), or stays in use (``stay``)."""
        if self.lines[-1] == "    steps:":
            self.lines[-1] = "    steps: []"
        self.window, self.frame = "", self.outer_frame
        self.lines += [f"    after: {after}"]

    def _line(self, text: str) -> None:
        self.lines.append(f"      {text}" if self.window else text)

    def _goto(self, url: str) -> None:
        parts = urlsplit(url)
        self.base = self.base or f"{parts.scheme}://{parts.netloc}"
        self._line(f"- goto: {url.removeprefix(self.base) or '/'}")

    def _act(self, name: str, call: ast.Call, chain: list[tuple[str, ast.Call]]) -> None:
        place = place_of(chain, self.typed)
        where = place.words
        self._enter_frame(place)
        given = text_of(call.args[0]) if call.args else ""
        if (
            name in ("fill", "select_option")
            and self.lines
            and self.lines[-1].strip() == f"- click: {{{where}}}"
        ):
            self.lines.pop()  # codegen also records the click into an input
        if name in ("click", "dblclick"):
            double = ", double: true" if name == "dblclick" else ""
            self._line(f"- click: {{{where}{double}}}{place.comment}")
        elif name == "press":
            self._line(f"- press: {{{where}, key: {quoted(given)}}}")
        elif name in ("check", "uncheck"):
            self._line(f"- check: {{{where}, on: {'true' if name == 'check' else 'false'}}}")
        elif name == "set_input_files":
            self._line(f"- upload: {{{where}, path: {self._field(given, where)}}}")
        else:
            kind = "fill" if name == "fill" else "select"
            self._line(
                f"- {kind}: {{{where}, value: {self._field(given, where)}}}{self._typed_comment(given, where)}"
            )

    def _field(self, given: str, where: str) -> str:
        if PASSWORD_WORDS.search(where):
            # Without a comment either: the password must not be in the file at all.
            return '"{{ secret.PASSWORD }}"'
        self.fields += 1
        if given:
            self.typed[given] = f"field_{self.fields}"
        return f'"{{{{ field_{self.fields} }}}}"'

    @staticmethod
    def _typed_comment(given: str, where: str) -> str:
        return "" if PASSWORD_WORDS.search(where) else f"  # {' '.join(given.split())}"


def to_yaml(script: str, system: str) -> str:
    """Turn a codegen script into a first bot.yaml, with comments that say what is left to do.

    Raises:
        RecordsFileError: the script is not Python, or contains no recorded step.
    """
    try:
        # Parsed and never run: the script is a file from elsewhere.
        tree = ast.parse(script)
    except SyntaxError as error:
        raise RecordsFileError("codegenの記録を読めません。", f"not a codegen script: {error}") from error
    recorder = _Recorder()
    recorder.statements(tree.body)
    if recorder.window:
        recorder.end_window("stay")
    if not recorder.lines:
        raise RecordsFileError("記録に操作がありません。", "the script holds no recorded step")
    steps = "\n".join(f"    {line}" for line in recorder.lines)
    return f"""# First draft from a recorded session. Left to do:
#   1. sort the steps into login, find, enter and read_back
#   2. name the fields: {{{{ field_1 }}}} stands for what was typed (see the comment behind it)
#   3. mark the one step that saves with  irreversible: true
#   4. say in find how yes and no look, and capture the stored values in read_back
#   5. describe the login page in session_lost
# Then: utsushi bot check THIS_FILE
id: {system}
base_url: {recorder.base or "http://localhost"}
encoding: utf-8
key: field_1
session_lost: []
procedures:
  enter:
{steps}
"""


def record(script: Path, out: Path, system: str) -> None:
    """Write the first bot.yaml for a codegen script; refuses to overwrite.

    Raises:
        RecordsFileError: the script cannot be used, or ``out`` exists.
    """
    if out.exists():
        raise RecordsFileError(f"{out} はすでにあります。", f"{out} already exists")
    try:
        text = script.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecordsFileError(f"{script} を読めません。", f"cannot read {script}: {error}") from error
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(to_yaml(text, system), encoding="utf-8")
