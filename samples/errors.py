"""Errors while sample scans are made."""

from __future__ import annotations

from foundation.errors import UtsushiError


class SamplesError(UtsushiError):
    """Base of this room's errors."""


class NoHandwriting(SamplesError):
    """Neither the stroke file nor any handwriting-like font has this character."""

    def __init__(self, char: str) -> None:
        super().__init__(
            f"「{char}」を書ける字形がありません。手書き風フォント（fonts-klee など）を入れるか、"
            "--strokes でファイルを指定してください",
            f"no font here has '{char}': install one such as fonts-klee, or name a stroke file by --strokes",
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
