"""Files of bots: what a `bot.yaml` says about itself, writing it into the folder of systems, packs to give away.

The text of a bot comes from people: it is never larger than `LARGEST_YAML`, and its aliases are counted before
anything expands them.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from verification.errors import CannotMake

BOT_FILE: Final = "bot.yaml"
HISTORY: Final = "history"
LARGEST_YAML: Final = 256 << 10  # the longest real bot, three forms of one system, has 20 KB
LARGEST_PACK: Final = 1 << 20
_MOST_ALIASES: Final = 100
_DEEPEST: Final = 40
# Becomes the name of a folder and a part of addresses: neither dots nor slashes.
ID: Final = re.compile(r"[a-z][a-z0-9_]{0,60}")
RESERVED: Final = frozenset({"new", "install"})
"""Ids that would be taken for pages of the list."""
_SUM_FILE, _ABOUT_FILE = "bot.sha256", "about.json"


@dataclass(frozen=True, slots=True)
class BotFacts:
    """What a `bot.yaml` says at its top: its id, its forms (none: one unnamed set of procedures), its title."""

    id: str
    forms: tuple[str, ...]
    title: dict[str, str]


def facts(text: str) -> BotFacts:
    """The top of a `bot.yaml`. Raises CannotMake for a text that is no bot, too large, or would grow when expanded."""
    data = _mapping(text)
    forms = data.get("forms")
    title = data.get("title") or data.get("id") or ""
    shown = title if isinstance(title, dict) else {"ja": title}
    return BotFacts(
        str(data.get("id") or ""),
        tuple(str(name) for name in (forms if isinstance(forms, dict) else filter(None, [data.get("form")]))),
        {str(key): str(value)[:200] for key, value in shown.items() if key in {"ja", "en"}},
    )


def require_small(text: str) -> None:
    """Raise CannotMake for a YAML text that is too long, too deep, or has more aliases than any bot needs."""
    if len(text.encode("utf-8", "replace")) > LARGEST_YAML:
        raise CannotMake(
            "bot.yaml が大きすぎます。256 KB 以内にしてください。何も保存していません。",
            "The bot.yaml is too large; use at most 256 KB. Nothing was stored.",
        )
    aliases = depth = 0
    try:
        # Events, not nodes: a reference that stands for a million values is one event.
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            aliases += isinstance(event, yaml.AliasEvent)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if aliases > _MOST_ALIASES or depth > _DEEPEST:
                raise CannotMake(
                    "bot.yaml の入れ子や参照（*名前）が多すぎます。何も保存していません。",
                    "The bot.yaml is nested too deeply or refers to its parts too often. Nothing was stored.",
                )
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = f"{line + 1} 行目" if line is not None else "途中"
        raise CannotMake(
            f"bot.yaml を YAML として読めません（{where}）。何も保存していません。",
            f"The bot.yaml is not YAML (line {line + 1 if line is not None else '?'}). Nothing was stored.",
        ) from error


def _mapping(text: str) -> dict[str, Any]:
    require_small(text)
    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as error:  # a list as a key is a TypeError
        raise CannotMake("bot.yaml を読めません。", "The bot.yaml cannot be read.") from error
    if not isinstance(data, dict):
        raise CannotMake(
            "bot.yaml の中身がボットの定義ではありません。",
            "The bot.yaml does not describe a bot.",
        )
    return data


class SystemsFolder:
    """The office's folder of systems: `ID/bot.yaml` is what the bots run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def installed(self) -> list[str]:
        """Ids of the systems that have a `bot.yaml` now."""
        return sorted(path.parent.name for path in self.folder.glob(f"*/{BOT_FILE}"))

    def text(self, system: str) -> str | None:
        """The installed text of a system; None without one. Raises CannotMake when it cannot be read."""
        path = self._path(system)
        if not path.is_file():
            return None
        try:
            return path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CannotMake(
                f"{path.name}（{system}）を読めません。ファイルの権限と文字コード（UTF-8）を確かめてください。",
                f"{path.name} of {system} cannot be read; check its permissions and that it is UTF-8.",
            ) from error

    def install(self, system: str, text: str) -> None:
        """Put a text in place of the installed one in one step; the old one stays below `history/` under its SHA-256.

        Raises CannotMake when the folder cannot be written; the old text is then still in place.
        """
        path = self._path(system)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_file():
                old = path.read_bytes()
                kept = path.parent / HISTORY / f"{hashlib.sha256(old).hexdigest()[:16]}.yaml"
                kept.parent.mkdir(exist_ok=True)
                _write(kept, old)
            _write(path, text.encode())
        except OSError as error:
            raise self._refused(error) from error

    def remove(self, system: str) -> None:
        """Take a system's bot out of use; its text stays below `history/`."""
        path = self._path(system)
        try:
            if path.is_file():
                kept = path.parent / HISTORY / f"{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}.yaml"
                kept.parent.mkdir(exist_ok=True)
                path.replace(kept)
        except OSError as error:
            raise self._refused(error) from error

    def _path(self, system: str) -> Path:
        # The routes have checked it, too; a folder name must never depend on one place alone.
        if not ID.fullmatch(system):
            raise CannotMake("ボットの id が正しくありません。", "That is not the id of a bot.")
        return self.folder / system / BOT_FILE

    def _refused(self, error: OSError) -> CannotMake:
        return CannotMake(
            f"業務システムのフォルダー {self.folder} に書き込めません（{error.strerror}）。権限を確かめてください。",
            f"{self.folder} cannot be written to ({error.strerror}); correct its permissions.",
        )


def _write(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            # Before the rename, or a power cut could leave an empty bot in place of the old one.
            os.fsync(stream.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def pack(text: str, about: Mapping[str, Any]) -> bytes:
    """A ZIP with the bot, its SHA-256 and a few facts, to be given to another office. No values, no people."""
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (
            (BOT_FILE, text),
            (_SUM_FILE, f"{sha256}  {BOT_FILE}\n"),
            (_ABOUT_FILE, json.dumps(dict(about), ensure_ascii=False, indent=1) + "\n"),
        ):
            # A fixed day: the same version gives the same bytes.
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), content)
    return out.getvalue()


def unpack(data: bytes) -> str:
    """The bot of a pack, checked against its SHA-256. Raises CannotMake."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            text, line = _member(archive, BOT_FILE), _member(archive, _SUM_FILE)
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise CannotMake(
            "ボットのパックではありません。bot.yaml と bot.sha256 の入った ZIP を選んでください。",
            "This is not a pack of a bot; choose a ZIP with bot.yaml and bot.sha256.",
        ) from error
    if not line.split() or hashlib.sha256(text).hexdigest() != line.split()[0].decode("ascii", "replace"):
        raise CannotMake(
            "パックの中身が SHA-256 と合いません。途中で壊れたか、書き換えられています。取り込んでいません。",
            "The pack does not match its SHA-256: damaged or changed on the way. Nothing was installed.",
        )
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CannotMake("bot.yaml が UTF-8 ではありません。", "The bot.yaml is not UTF-8.") from error


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    # The size that the archive claims may be a lie, so only so much is ever decompressed.
    with archive.open(name) as stream:
        data = stream.read(LARGEST_YAML + 1)
    if len(data) > LARGEST_YAML:
        raise ValueError(name)
    return data
