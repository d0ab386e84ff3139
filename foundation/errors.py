"""The one base of every error that a room raises on purpose: a sentence in two languages, and who has to act.

A room has its own base below this one, in its `errors.py`. A class says its sentence once, as class attributes, or is
given it where it is raised. The command line (`pipelines/cli/main.py`) and the web turn any of them into words.
"""

from __future__ import annotations

from typing import ClassVar, Final

FAILED: Final = 1
BAD_INPUT: Final = 2


class UtsushiError(Exception):
    """Something that a person is told about.

    Attributes:
        ja: what happened and what to do next, in Japanese.
        en: the same in English.
        retry: True when the same thing may work a little later, so that a machine tries again; else a person acts.
        exit_code: what a command ends with: `FAILED`, or `BAD_INPUT` when what it was given has to change.
    """

    retry: ClassVar[bool] = False
    exit_code: ClassVar[int] = FAILED
    ja: str = "エラーが起きました。システム管理者に連絡してください。"
    en: str = "Something went wrong; tell the administrator."

    def __init__(self, ja: str = "", en: str = "") -> None:
        """Both sentences may be given; else the class's own are told."""
        self.ja = ja or self.ja
        self.en = en or self.en
        super().__init__(self.ja, self.en)

    def in_language(self, language: str) -> str:
        """The sentence in English for `en`, in Japanese for any other language."""
        return self.en if language == "en" else self.ja

    def __str__(self) -> str:
        return f"{self.ja} ({self.en})"
