"""Errors in a template, for the person who wrote it."""

from __future__ import annotations

from pathlib import Path

from foundation.errors import BAD_INPUT, UtsushiError


class FormsError(UtsushiError):
    """Base of this room's errors."""


class TemplateError(FormsError):
    """A template that cannot be used.

    Attributes:
        path: the file with the error.
        problems: one sentence each, naming field and key.
    """

    exit_code = BAD_INPUT

    def __init__(self, path: Path, problems: list[str]) -> None:
        self.path = path
        self.problems = problems
        super().__init__(
            f"テンプレート {path} に誤りがあります。次の点を直してください。",
            f"template is not usable: {path}",
        )

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *(f"  - {problem}" for problem in self.problems)])
