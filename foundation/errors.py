"""The base of every error that a package raises on purpose: a message in two languages, and who has to act.

Each package has its own base class below this one, in its `errors.py`. The message is a pair of class attributes, or
is passed to the constructor. The command line (`pipelines/cli/main.py`) and the web app show any of them to the user.
"""

from __future__ import annotations

from typing import ClassVar, Final

FAILED: Final = 1
BAD_INPUT: Final = 2


class UtsushiError(Exception):
    """An error whose message is shown to a person.

    Attributes:
        ja: what happened and what to do next, in Japanese.
        en: the same in English.
        retry: True when the same operation may succeed later and is retried automatically; else a person acts.
        exit_code: exit status of a command: `FAILED`, or `BAD_INPUT` when its input has to change.
    """

    retry: ClassVar[bool] = False
    exit_code: ClassVar[int] = FAILED
    ja: str = "エラーが起きました。システム管理者に連絡してください。"
    en: str = "Something went wrong; tell the administrator."

    def __init__(self, ja: str = "", en: str = "") -> None:
        """Messages of this instance; an empty one is replaced by the class's."""
        self.ja = ja or self.ja
        self.en = en or self.en
        super().__init__(self.ja, self.en)

    def in_language(self, language: str) -> str:
        """The message in English for `en`, in Japanese for any other language."""
        return self.en if language == "en" else self.ja

    def __str__(self) -> str:
        return f"{self.ja} ({self.en})"
