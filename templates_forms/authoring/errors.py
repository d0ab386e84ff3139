"""Errors while a template is made, packed or installed."""

from __future__ import annotations

from pathlib import Path

from templates_forms.errors import FormsError


class AuthorError(FormsError):
    """Base of what can go wrong while a template is made, packed or installed."""


class BadId(AuthorError):
    """The text is not a valid form id."""

    def __init__(self, form_id: str) -> None:
        super().__init__(
            f"帳票の id「{form_id}」は使えません。半角の英小文字で始め、英小文字・数字・_ だけにしてください。",
            f"'{form_id}' is not an id: small letters, digits and _, beginning with a letter",
        )


class FolderTaken(AuthorError):
    """The target folder of the template is not empty."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"フォルダー {folder} にはすでに何かあります。別の id か --out を指定してください。上書きはしません。",
            f"{folder} is not empty; choose another id or folder, nothing is overwritten",
        )


class NothingFound(AuthorError):
    """No field was found on the blank form."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"「{name}」に記入欄が見つかりません。空の申請書か、向きが正しいかを確かめてください。",
            f"no place to fill in was found in {name}",
        )
