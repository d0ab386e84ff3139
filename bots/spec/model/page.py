"""The parts of a bot.yaml that describe pages: frames, elements, conditions, message boxes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bots.spec.templating import Template


@dataclass(frozen=True)
class SourcePosition:
    """A position in the bot.yaml, for messages: ``procedures.enter step 3 (click), line 41``.

    ``file`` is the name of an included file; empty for the bot.yaml itself.
    """

    path: str
    line: int = 0
    file: str = ""

    def __str__(self) -> str:
        line = f"line {self.line}" if self.line else ""
        place = ", ".join(words for words in (self.path, line) if words)
        return f"{self.file}: {place}" if self.file else place


@dataclass(frozen=True)
class FrameName:
    """One frame of a path: by name, by a pattern of its address, or by its number from 1."""

    name: str = ""
    url: str = ""
    index: int = 0

    def __str__(self) -> str:
        return self.name or self.url or f"#{self.index}"


FramePath = tuple[FrameName, ...]

By = Literal[
    "label", "cell", "button", "link", "words", "text", "name", "id", "role", "title", "alt", "placeholder",
    "position", "column", "row", "css",
]  # fmt: skip


@dataclass(frozen=True)
class Target:
    """An element, named by the text that the page shows; see ``bots/browser/locators.py`` for each ``by``."""

    by: By
    words: Template
    option: Template | None = None
    role_name: Template | None = None
    part: int | None = None
    nth: int | None = None
    below: bool = False
    among: str = "any"
    row: Template | None = None
    within: Target | None = None
    frame: FramePath | None = None

    def templates(self) -> Iterator[Template]:
        """Every template in the target."""
        yield self.words
        for template in (self.option, self.role_name, self.row):
            if template is not None:
                yield template
        if self.within is not None:
            yield from self.within.templates()


Test = Literal["shown", "is", "contains", "matches", "empty"]


@dataclass(frozen=True)
class Condition:
    """A statement about the page, a message box or the Record that is true or false."""

    kind: Literal["target", "text", "url", "title", "dialog", "value", "all", "any", "not"]
    test: Test = "shown"
    target: Target | None = None
    subject: Template | None = None
    wanted: Template | None = None
    at_least: int = 1
    frame: FramePath | None = None
    parts: tuple[Condition, ...] = ()

    def templates(self) -> Iterator[Template]:
        """Every template in the condition and its parts."""
        if self.target is not None:
            yield from self.target.templates()
        for template in (self.subject, self.wanted):
            if template is not None:
                yield template
        for part in self.parts:
            yield from part.templates()


@dataclass(frozen=True)
class DialogRule:
    """A message box that is expected, and the answer to it."""

    text: Template
    kind: str = ""
    answer: Literal["accept", "dismiss"] = "accept"
    write: Template | None = None
    optional: bool = False
