"""Errors in a template, for the person who wrote it."""

from __future__ import annotations

from pathlib import Path


class TemplateError(Exception):
    """A template that cannot be used.

    Attributes:
        path: the file with the error.
        problems: one sentence each, naming field and key.
        message_ja: what to do, for the person who wrote the template.
        message_en: the same in English.
    """

    def __init__(self, path: Path, problems: list[str]) -> None:
        self.path = path
        self.problems = problems
        self.message_ja = f"テンプレート {path} に誤りがあります。次の点を直してください。"
        self.message_en = f"template is not usable: {path}"
        lines = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(f"{self.message_ja} ({self.message_en})\n{lines}")
