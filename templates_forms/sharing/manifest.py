"""The manifest of a package: its list of contents, which is signed."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

FORMAT = 1
MANIFEST, SIGNATURE = "package.json", "package.sig"
# More than any template with its scans needs; a limit against files that are made to fill the disk.
MOST_FILES, MOST_BYTES = 500, 300_000_000

_ALLOWED = re.compile(
    r"form\.yaml|page\d{1,2}\.png|found\d{1,2}\.png|blank\.pdf|README(\.\w+)?\.md|measured\.json"
    r"|bot/[\w.-]{1,60}\.ya?ml|scans/[^/\\]{1,100}\.(pdf|tiff?|jpe?g|png|zip|csv|json)"
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The list of contents.

    Attributes:
        form_id, title, edition: of the form.
        made_at: ISO 8601.
        signer: raw public key.
        files: SHA-256 and size by name.
        measured: accuracy figures from the person who packed it, as written by ``evaluate --json``; or None.
    """

    form_id: str
    title: str
    edition: str
    made_at: str
    signer: bytes
    files: dict[str, tuple[str, int]]
    measured: dict[str, Any] | None = None

    def to_bytes(self) -> bytes:
        """Return canonical JSON, the bytes that are signed."""
        data = {
            "format": FORMAT,
            "form": self.form_id,
            "title": self.title,
            "edition": self.edition,
            "made_at": self.made_at,
            "signer": self.signer.hex(),
            "files": {name: list(value) for name, value in sorted(self.files.items())},
            "measured": self.measured,
        }
        # Sorted keys: the same contents must produce the same bytes, or the signature would not verify.
        return json.dumps(data, ensure_ascii=False, sort_keys=True, indent=1).encode()


def manifest_of(data: bytes) -> Manifest:
    """Parse a manifest.

    Raises:
        ValueError: a value is missing or has the wrong type.
    """
    found = json.loads(data)
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError(f"format is not {FORMAT}")
    try:
        files = {str(name): (str(value[0]), int(value[1])) for name, value in found["files"].items()}
        signer = bytes.fromhex(found["signer"])
        words = [str(found[key]) for key in ("form", "title", "edition", "made_at")]
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"missing or wrong: {error}") from error
    measured = found.get("measured")
    return Manifest(
        words[0],
        words[1],
        words[2],
        words[3],
        signer,
        files,
        measured if isinstance(measured, dict) else None,
    )


def allowed(name: str) -> bool:
    """Whether a file name is allowed: no folders except ``bot`` and ``scans``, no path outside, no program."""
    # Separators and drive letters of Windows are refused on every system.
    if "\\" in name or "\x00" in name or ":" in name or name.startswith("/") or len(name) > 150:
        return False
    parts = PurePosixPath(name).parts
    return (
        ".." not in parts
        and not any(part.startswith(".") for part in parts)
        and bool(_ALLOWED.fullmatch(name))
    )


def digest(data: bytes) -> str:
    """Return SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()
