"""What can be wrong with a template, told to the person who wrote it."""

from __future__ import annotations

from pathlib import Path


class TemplateError(Exception):
    """A template that cannot be used.

    Attributes:
        path: the file at fault.
        problems: one sentence each, naming field and key.
    """

    def __init__(self, path: Path, problems: list[str]) -> None:
        self.path = path
        self.problems = problems
        lines = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(f"テンプレートに誤りがあります (template is not usable): {path}\n{lines}")
