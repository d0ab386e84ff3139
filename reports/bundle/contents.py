"""The files inside a bundle: facts and chain as data, pictures, keys, the list of hashes, and instructions to check."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reports.bundle.model import Attachment, Bundle, Sheet

_HERE = Path(__file__).parent
SUMS = "SHA256SUMS"
_KEYS = {"verifications": "said"}
MIMES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".txt": "text/plain",
    ".zip": "application/zip",
    ".pdf": "application/pdf",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
}


def contents(
    bundle: Bundle,
    sheets: Sequence[Sheet],
    entering: Sequence[Attachment],
    keys: Sequence[Path],
    original: bytes | None,
) -> list[Attachment]:
    """All files of a bundle; the list of their hashes is the last.

    Args:
        bundle: the facts.
        sheets: the pages' covered pictures.
        entering: evidence that the bots kept, by entry.
        keys: public keys of seals and the office's certificate.
        original: the file as received, where it may be disclosed.
    """
    found = [
        Attachment("facts.json", _json(_facts(bundle)), MIMES[".json"], "この証跡の内容 / the facts as data"),
        Attachment(
            "chain.json", _json(dict(bundle.proof)), MIMES[".json"], "監査記録と封印までの道 / chain proof"
        ),
    ]
    for sheet in sheets:
        for kind, data in (("scan", sheet.scan), ("sheet", sheet.sheet)):
            if data:
                description = f"{sheet.number} ページ目、伏せた項目は覆い済み / page, secrets covered"
                found.append(Attachment(f"{kind}{sheet.number}.jpg", data, MIMES[".jpg"], description))
    found += entering
    if original is not None:
        suffix = Path(bundle.file_name).suffix.lower()
        mime = MIMES.get(suffix, "application/octet-stream")
        found.append(
            Attachment(f"original{suffix}", original, mime, "受け付けたまま / as received", "Source")
        )
    for path in keys:
        description = "検証に使う公開の鍵・証明書 / public key or certificate"
        found.append(
            Attachment(path.name, path.read_bytes(), "application/x-pem-file", description, "Supplement")
        )
    # The program and its instructions travel with the bundle, so that nothing of this software is needed later.
    for name, mime in (("HOW_TO_CHECK.md", "text/markdown"), ("check_chain.py", "text/x-python")):
        description = "確かめ方 / how to check this bundle"
        found.append(Attachment(name, (_HERE / name).read_bytes(), mime, description, "Supplement"))
    # The format of `sha256sum -c`: two spaces between hash and name.
    lines = "".join(f"{hashlib.sha256(one.data).hexdigest()}  {one.name}\n" for one in found)
    sums = Attachment(
        SUMS, lines.encode(), "text/plain", "添付ファイルの SHA-256 / hashes of all files", "Supplement"
    )
    return [*found, sums]


def _facts(bundle: Bundle) -> dict[str, Any]:
    facts = dataclasses.asdict(bundle)
    del facts["proof"]  # a file of its own, chain.json
    # The keys of facts.json stay as they are in bundles that offices have signed and published.
    return {_KEYS.get(name, name): value for name, value in facts.items()}


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n").encode()
