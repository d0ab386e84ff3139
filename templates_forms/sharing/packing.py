"""Packs a template into one signed file: form, blank, synthetic test scans, bot, measured results."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from templates_forms.loader import load_form
from templates_forms.sharing.errors import NotSynthetic, PackageError, SecretInBot
from templates_forms.sharing.keys import public_bytes
from templates_forms.sharing.manifest import (
    MANIFEST,
    MOST_BYTES,
    MOST_FILES,
    SIGNATURE,
    Manifest,
    allowed,
    digest,
)

_SECRET_NAMES = re.compile(r"passw(or)?d|secret|token|api_?key|パスワード|暗証|合言葉", re.IGNORECASE)
_FIGURES = ("kinds", "pages", "pages_registered", "forms_all_right", "seconds_per_page", "states")
_BY_NAME = re.compile(r"\{\{\s*(secret|secrets)\.\w+[^}]*\}\}")


def pack_template(
    folder: Path,
    target: Path,
    key: Ed25519PrivateKey,
    *,
    scans: Path | None = None,
    bot: Path | None = None,
    measured: Path | None = None,
) -> Manifest:
    """Write a package to ``target`` atomically.

    Args:
        folder: the template's.
        target: the file to write; it must not exist.
        key: signs it.
        scans: a folder made by ``samples.make``.
        bot: a ``bot.yaml`` that refers to secrets by name only.
        measured: the output of ``utsushi evaluate --json``.

    Raises:
        TemplateError: the template is not usable.
        PackageError: scans are not known to be synthetic, a bot contains a secret, too large, or ``target`` exists.
    """
    form = load_form(folder)
    if target.exists():
        raise PackageError(f"{target} はすでにあります。別の名前にしてください。", f"{target} exists already")
    contents = dict(_template_files(folder))
    if scans is not None:
        contents.update(_scan_files(scans))
    if bot is not None:
        contents.update(_bot_files(bot))
    figures = _figures(measured) if measured is not None else None
    if len(contents) > MOST_FILES or sum(map(len, contents.values())) > MOST_BYTES:
        raise PackageError(
            "パッケージが大きすぎます。スキャンを減らしてください。", "too much for one package"
        )
    listed = {name: (digest(data), len(data)) for name, data in contents.items()}
    made = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    manifest = Manifest(
        form.id, form.title, form.edition, made, public_bytes(key.public_key()), listed, figures
    )
    _write(target, manifest, contents, key)
    return manifest


def _figures(path: Path) -> dict[str, Any]:
    """Return the figures only: the list of wrong fields may contain values from real applications."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {key: found[key] for key in _FIGURES if key in found}
    except (OSError, ValueError, TypeError) as error:
        raise PackageError(
            f"{path} は `utsushi evaluate --json` の結果ではありません。",
            f"{path} is no result of evaluate --json",
        ) from error


def _template_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.iterdir()):
        if path.is_file() and allowed(path.name):
            yield path.name, path.read_bytes()


def _scan_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield scans made by ``samples.make``, which writes ``made.json`` and ``truth.csv`` beside them."""
    try:
        made = json.loads((folder / "made.json").read_text(encoding="utf-8"))
        names = {str(entry["file"]) for entry in made}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise NotSynthetic(str(folder)) from error
    for path in sorted(folder.iterdir()):
        if not path.is_file():
            continue
        if path.name not in names | {"made.json", "truth.csv"}:
            raise NotSynthetic(str(path))
        yield f"scans/{path.name}", path.read_bytes()


def _bot_files(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the bot.yaml and the files of its folder that it includes, directly or by way of each other."""
    waiting, seen = [path.name], set[str]()
    while waiting:
        name = waiting.pop()
        place = (path.parent / name).resolve()
        if name in seen or place.parent != path.parent.resolve():
            continue  # `bot check` refuses a file outside the folder; here it is not even read
        seen.add(name)
        try:
            data = _checked_bot(place)
        except OSError as error:
            raise PackageError(f"{place} を読めません。", f"cannot read {place}") from error
        yield f"bot/{name}", data
        node = yaml.safe_load(data)
        waiting += [str(n) for n in (node.get("include") or [])] if isinstance(node, dict) else []


def _checked_bot(path: Path) -> bytes:
    data = path.read_bytes()
    try:
        steps = yaml.safe_load(data)
    except yaml.YAMLError as error:
        raise PackageError(
            f"{path} を YAML として読めません。", f"{path} is not valid YAML: {error}"
        ) from error
    _refuse_secrets(steps, path.name)
    return data


def _refuse_secrets(node: Any, where: str) -> None:
    """Require ``{{ secret.NAME }}`` for values beside words such as パスワード."""
    if isinstance(node, list):
        for number, item in enumerate(node, start=1):
            _refuse_secrets(item, f"{where} #{number}")
    if not isinstance(node, dict):
        return
    mentions_secret = any(
        isinstance(v, str) and _SECRET_NAMES.search(v) and not _BY_NAME.search(v) for v in node.values()
    )
    for key, value in node.items():
        place = f"{where} › {key}"
        named = bool(_SECRET_NAMES.search(str(key))) or (
            mentions_secret and str(key) in ("value", "text", "with")
        )
        if named and isinstance(value, str) and value and not _BY_NAME.search(value):
            raise SecretInBot(place)
        _refuse_secrets(value, place)


def _write(target: Path, manifest: Manifest, contents: dict[str, bytes], key: Ed25519PrivateKey) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    # Written beside the target and renamed, so that an interrupted run leaves no half package.
    temporary = target.with_name(f".{target.name}.part")
    signed = manifest.to_bytes()
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as package:
            package.writestr(MANIFEST, signed)
            package.writestr(SIGNATURE, key.sign(signed).hex())
            for name, data in contents.items():
                package.writestr(name, data)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
