"""Errors in a package, for the person who packs or installs it."""

from __future__ import annotations

from templates_forms.authoring.errors import AuthorError


class PackageError(AuthorError):
    """A package cannot be made or must not be installed."""


class NotAPackage(PackageError):
    """The file is not a package, or a part of it is missing."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(
            f"「{name}」はテンプレートのパッケージとして開けません。途中で切れていないか、送り主に確かめてください。",
            f"{name} cannot be opened as a package: {detail}",
        )


class BadSignature(PackageError):
    """The signature does not match the contents."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(
            f"「{name}」の署名が合いません。作成後に書き換えられたおそれがあるため、取り込みません。",
            f"the signature of {name} does not fit: {detail}",
        )


class SignerMismatch(PackageError):
    """The package is signed by another key than the expected one."""

    def __init__(self, found: str, wanted: str) -> None:
        super().__init__(
            f"署名者が違います（{found}）。聞いている署名者は {wanted} です。送り主に確かめてください。",
            f"signed by {found}, not by {wanted}",
        )


class UnsafePath(PackageError):
    """A file name in the package points outside its folder or is not allowed."""

    def __init__(self, name: str, inner: str) -> None:
        super().__init__(
            f"「{name}」に、フォルダーの外を指すなど許されない名前のファイル（{inner!r}）があるため、取り込みません。",
            f"{name} holds a file with a name that is not allowed: {inner!r}",
        )


class TooLarge(PackageError):
    """The package is larger than any template needs."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(
            f"「{name}」の中身が大きすぎるため、取り込みません（{detail}）。",
            f"{name} is too large: {detail}",
        )


class SecretInBot(PackageError):
    """A bot's YAML contains a password or another secret."""

    def __init__(self, where: str) -> None:
        super().__init__(
            f"ボットの設定に秘密の値が書かれています（{where}）。"
            "{{ secret.名前 }} に置き換えてから作り直してください。",
            f"a secret stands in the bot's YAML at {where}; write {{{{ secret.NAME }}}} instead",
        )


class NotSynthetic(PackageError):
    """The test scans are not known to be synthetic."""

    def __init__(self, folder: str) -> None:
        super().__init__(
            f"{folder} のスキャンは架空のものと確認できません。"
            "`python -m samples.make` で作ったフォルダーを指定してください。",
            f"the scans in {folder} are not known to be invented: give a folder made by samples.make (made.json)",
        )


class AlreadyInstalled(PackageError):
    """A form with that id is installed already."""

    def __init__(self, form_id: str, edition: str) -> None:
        super().__init__(
            f"帳票 {form_id}（版 {edition}）はすでにあります。"
            "先に元のフォルダーを別の場所へ移してください。上書きはしません。",
            f"form {form_id} (edition {edition}) is installed already; nothing is overwritten",
        )
