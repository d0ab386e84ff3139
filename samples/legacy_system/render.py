"""Renders pages as bytes in Shift_JIS, and builds the blocks that their templates use."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response

from samples.legacy_system.charset import CHARSET, encode
from samples.legacy_system.checks import Row
from samples.legacy_system.controls import Control, Values, controls, names, parts, visible
from samples.legacy_system.display import master_name, shown
from samples.legacy_system.model import Item, Register, Section

PAGES = Path(__file__).parent / "pages"


@dataclass(frozen=True)
class Line:
    """One label with its inputs, or with its text and the master table's name for it."""

    label: str
    controls: tuple[Control, ...] = ()
    text: str = ""
    master: str = ""
    required: bool = False
    refused: bool = False
    search: bool = False


@dataclass(frozen=True)
class Block:
    """One rendered section: ``rows`` of a grid when it has columns, else ``lines``."""

    title: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def rows(self) -> tuple[tuple[Line, ...], ...]:
        """The lines divided into grid rows."""
        width = len(self.columns)
        return tuple(self.lines[at : at + width] for at in range(0, len(self.lines), width))


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(PAGES, encoding="utf-8"),
        autoescape=True,
        # A typing error in a template must fail, not render an empty cell.
        undefined=StrictUndefined,
        trim_blocks=True,
    )


def page(template: str, status: int = 200, **context: object) -> Response:
    """Return a page rendered from a template, encoded; ``title`` and ``alert`` are optional."""
    context = {"title": "福祉総合システム", "alert": "", **context}
    body = encode(_environment().get_template(template).render(**context))
    return Response(
        body, status, headers={"Content-Type": f"text/html; charset={CHARSET}", "Cache-Control": "no-cache"}
    )


@cache
def script() -> bytes:
    """Return the shared script file, encoded."""
    return encode((PAGES / "common.js").read_text(encoding="utf-8"))


def input_blocks(
    register: Register, values: Values, step: int | None = None, refusals: tuple[str, ...] = ()
) -> list[Block]:
    """Return the sections of an input page (all pages when ``step`` is None), filled with values."""

    def line(item: Item) -> Line:
        return Line(
            item.label,
            tuple(controls(register, item, values)),
            required=item.required,
            refused=any(item.label in refusal for refusal in refusals),
            search=item.kind in ("postal", "postal_popup"),
        )

    def lines(section: Section) -> tuple[Line, ...]:
        return tuple(line(item) for item in section.items if visible(register, item, values))

    return [
        Block(section.title, section.columns, lines(section))
        for section in register.sections
        if step in (None, section.step)
    ]


def text_blocks(register: Register, row: Row) -> list[Block]:
    """Return the sections of a confirm or detail page."""

    def line(item: Item) -> Line:
        return Line(item.label, text=shown(register, item, row[item.field]), master=master_name(item, row))

    return [
        Block(section.title, section.columns, tuple(map(line, section.items)))
        for section in register.sections
    ]


def hidden_inputs(register: Register, values: Values, step: int | None) -> list[tuple[str, str]]:
    """Return the hidden inputs of a page: every value that it does not show (all when ``step`` is None)."""
    # The server keeps no state between the pages of an input, so each page carries the values of the others.
    carried = [
        names(register.id)[item.field, part]
        for item in register.items
        if step is None or register.step_of(item) != step
        for part in parts(item)
    ]
    return [(name, values[name]) for name in carried if values.get(name)]


def numbers(register: Register, field: str) -> list[int]:
    """Return the numbers of a field's inputs in screen order."""
    return [int(name[1:]) for (owner, _), name in names(register.id).items() if owner == field]
