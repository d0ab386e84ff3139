"""Errors while sample scans are made."""

from __future__ import annotations


class SamplesError(Exception):
    """Base of this room's errors.

    Attributes:
        message_ja: what happened and what to do, in Japanese.
        message_en: the same in English.
    """

    def __init__(self, message_ja: str, message_en: str) -> None:
        self.message_ja = message_ja
        self.message_en = message_en
        super().__init__(f"{message_ja} ({message_en})")


class NoHandwriting(SamplesError):
    """Neither the stroke file nor any handwriting-like font has this character."""

    def __init__(self, char: str) -> None:
        super().__init__(
            f"「{char}」を書ける字形がありません。手書き風フォント（fonts-klee など）を入れるか、"
            "--strokes でファイルを指定してください",
            f"nothing here can write '{char}': install a font such as fonts-klee, or name a stroke file by --strokes",
        )


class NoSuchForm(SamplesError):
    """The template folder does not contain the requested form."""

    def __init__(self, form: str, known: list[str]) -> None:
        names = ", ".join(known)
        super().__init__(
            f"帳票「{form}」のテンプレートがありません。あるもの: {names}",
            f"no template for form '{form}'; there are: {names}",
        )


class MissingFile(SamplesError):
    """A required input file does not exist."""

    def __init__(self, path: object, option: str) -> None:
        super().__init__(
            f"{option} のファイルがありません: {path}。パスを確かめてください",
            f"the file named by {option} is not there: {path}; check the path",
        )
