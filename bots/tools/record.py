"""``bot record``: converts a Playwright codegen session (Python) into a first bot.yaml.

Codegen writes one call per line: ``page.get_by_role("button", name="検索").click()``. Each becomes a step; typed
text becomes ``{{ field_1 }}`` with the text in a comment, so that no value of the session is mistaken for a
constant, and a password is never written to the file. The author then names the fields, sorts the steps into
the four procedures and marks the irreversible one.
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from bots.base.errors import RecordsFileError
from bots.spec.language.rules import PASSWORD_WORDS

_BY = {
    "get_by_label": "label",
    "get_by_text": "text",
    "get_by_placeholder": "placeholder",
    "get_by_title": "title",
    "get_by_alt_text": "alt",
}
_ROLES = {"button": "button", "link": "link"}
_ACTIONS = ("click", "dblclick", "fill", "press", "check", "uncheck", "select_option", "set_input_files")
# Frames are recorded as CSS selectors on their name.
_FRAME = re.compile(r"""^(?:i?frame)?\[name=["']?([^"'\]]+)["']?\]$""")


@dataclass
class _Recorder:
    lines: list[str] = field(default_factory=list)
    base: str = ""
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
                    if _chain(opening)[-1:] and _chain(opening)[-1][0] == "expect_popup":
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
        chain = _chain(node)
        if not chain:
            return
        name, call = chain[-1]
        if self.window and (name == "close" or _root_variable(node) != self.window):
            self.end_window("close" if name == "close" else "closes")
        if name == "goto" and call.args:
            self._goto(_text(call.args[0]))
        # page.once("dialog", …) is how codegen records a message box.
        elif name == "once":
            answer = "dismiss" if "dismiss" in ast.unparse(call) else "accept"
            self._line(
                f'- dialog: {{text: "?", answer: {answer}}}  # the next step raises a box: what does it say?'
            )
        elif name in _ACTIONS:
            self._act(name, call, chain[:-1])

    def _popup(self, body: list[ast.stmt]) -> None:
        """``with page.expect_popup(): page….click()``: the click opens a window."""
        opener = _Recorder(base=self.base, frame=self.frame)
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
        where, frame = _locator(chain)
        if frame != self.frame:
            self.frame = frame
            self._line(f"- frame: {_quoted(frame or 'top')}")
        given = _text(call.args[0]) if call.args else ""
        if (
            name in ("fill", "select_option")
            and self.lines
            and self.lines[-1].strip() == f"- click: {{{where}}}"
        ):
            self.lines.pop()  # codegen also records the click into an input
        if name in ("click", "dblclick"):
            double = ", double: true" if name == "dblclick" else ""
            self._line(f"- click: {{{where}{double}}}")
        elif name == "press":
            self._line(f"- press: {{{where}, key: {_quoted(given)}}}")
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
        return f'"{{{{ field_{self.fields} }}}}"'

    @staticmethod
    def _typed_comment(given: str, where: str) -> str:
        return "" if PASSWORD_WORDS.search(where) else f"  # {' '.join(given.split())}"


def _chain(node: ast.Call) -> list[tuple[str, ast.Call]]:
    """Return [("a", call), ("b", call)] for page.a(x).b(y), outermost last."""
    found: list[tuple[str, ast.Call]] = []
    current: ast.expr = node
    while isinstance(current, ast.Call | ast.Attribute):
        if isinstance(current, ast.Call) and isinstance(current.func, ast.Attribute):
            found.append((current.func.attr, current))
            current = current.func.value
        elif isinstance(current, ast.Attribute):
            current = current.value
        else:
            return []
    return found[::-1] if isinstance(current, ast.Name) and current.id.startswith("page") else []


def _root_variable(node: ast.expr) -> str:
    """Return the variable that a recorded call begins with: ``page``, or ``page1`` for a window."""
    while isinstance(node, ast.Call | ast.Attribute):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _text(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ""


def _locator(chain: list[tuple[str, ast.Call]]) -> tuple[str, str]:
    frame, words, nth = "", "css: body", ""
    for name, call in chain:
        first = _text(call.args[0]) if call.args else ""
        named = next((_text(k.value) for k in call.keywords if k.arg == "name"), "")
        match = _FRAME.match(first)
        if name == "frame_locator" or (name == "locator" and match):
            frame = match.group(1) if match else first
        elif name == "get_by_role":
            by = _ROLES.get(first)
            words = f"{by}: {_quoted(named)}" if by else f"role: {first}, named: {_quoted(named)}"
        elif name in _BY:
            words = f"{_BY[name]}: {_quoted(first)}"
        elif name == "locator":
            words = _by_selector(first)
        elif name == "nth" and call.args:
            # Playwright counts from 0, a bot.yaml from 1.
            nth = f", nth: {int(_text(call.args[0])) + 1}"
    return words + nth, frame


def _by_selector(selector: str) -> str:
    named = re.match(r"""^\w*\[name=["']?([^"'\]]+)["']?\]$""", selector)
    return f"name: {_quoted(named.group(1))}" if named else f"css: {_quoted(selector)}"


def _quoted(text: str) -> str:
    # A JSON string is a double-quoted scalar of YAML, line breaks included.
    return json.dumps(text, ensure_ascii=False)


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
