"""Evidence of each entry: pictures with secret and masked values blacked out, receipt, timings, hashes.

A Playwright trace is kept only when a Record fails; as recording costs a quarter of the time, the default
setting records only the attempts after a first failure. It contains typed text, so it is rewritten before it is
kept: every secret and masked value is replaced, in plain, percent-encoded and JSON form; a trace that still
contains one is deleted. No trace runs during a login, and traces contain no pictures.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, quote_plus

from playwright.sync_api import Error

from bots.base.characters import ENCODINGS
from bots.base.redact import MIN_HIDDEN_LENGTH, hide_values
from bots.browser.covering import covered_png
from bots.browser.locators import locate

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from bots.procedure.login_session import LoginSession
    from bots.spec.templating import Scope

TraceMode = Literal["always", "repeated", "never"]


def folder_name(key: str) -> str:
    """Return the folder name of the Record with that key."""
    # The hash keeps two keys apart that differ only in characters a file name cannot contain.
    # 40 characters keep the path within the limits of Windows.
    readable = re.sub(r"[^\w.-]+", "_", key)[:40]
    return f"{readable}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"


@dataclass
class Evidence:
    """The folder of one Record. Files are added, never replaced."""

    folder: Path
    hidden: frozenset[str] = frozenset()
    files: list[Path] = field(default_factory=list)

    @classmethod
    def open(cls, root: Path, bot_id: str, key: str, hidden: Iterable[str]) -> Evidence:
        """Create the Record's folder; its name contains the readable part of the key and the key's hash."""
        folder = root / bot_id / folder_name(key)
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder, frozenset(filter(None, hidden)))

    def path(self, name: str, suffix: str) -> Path:
        """Return the next free file name for ``name``."""
        # Counted from what is there: a later attempt adds to the evidence of an earlier one.
        taken = len(list(self.folder.glob(f"{name}*{suffix}")))
        return self.folder / (f"{name}{suffix}" if not taken else f"{name}_{taken + 1}{suffix}")

    def screenshot(self, session: LoginSession, page: Page, scope: Scope, name: str) -> Path | None:
        """Take a screenshot of a window with hidden values blacked out; None when the window has closed.

        The window becomes as tall as its tallest frame and stays so: shrinking it takes as long as a screenshot.
        """
        path = self.path(name, ".png")
        try:
            places = [(f, locate(f, target, scope)) for f in page.frames for target in session.bot.mask]
            taken = covered_png(page, session.devtools(page), self.hidden, places)
        except Error:
            return None
        path.write_bytes(taken)
        self.files.append(path)
        return path

    def write_json(self, name: str, content: Mapping[str, Any]) -> Path:
        """Write a JSON file; hidden values in it are replaced."""
        path = self.path(name, ".json")
        text = json.dumps(_masked(content, self.hidden), ensure_ascii=False, indent=1)
        path.write_text(text + "\n", encoding="utf-8")
        self.files.append(path)
        return path

    def write_hashes(self) -> Path:
        """Write ``sha256.txt`` over every file of the folder, in the format of ``sha256sum``."""
        path = self.folder / "sha256.txt"
        kept = sorted(f for f in self.folder.iterdir() if f.is_file() and f != path)
        lines = [f"{hashlib.sha256(f.read_bytes()).hexdigest()}  {f.name}\n" for f in kept]
        path.write_text("".join(lines), encoding="utf-8")
        if path not in self.files:
            self.files.append(path)
        return path


def _masked(content: Any, hidden: frozenset[str]) -> Any:
    if isinstance(content, Mapping):
        return {name: _masked(value, hidden) for name, value in content.items()}
    if isinstance(content, list):
        return [_masked(value, hidden) for value in content]
    return hide_values(content, hidden) if isinstance(content, str) else content


class Trace:
    """Playwright's trace of one session, recorded in chunks so that it contains no login."""

    def __init__(self, session: LoginSession) -> None:
        self._tracing = session.context.tracing
        self._masked = bool(session.bot.masked)
        self._started = False
        self._running = False

    def start_recording(self) -> None:
        """Start recording; call it after the login."""
        if self._running:
            return
        if self._started:
            self._tracing.start_chunk()
        else:
            # Without pages where fields are masked: a list also shows values of people whom this run does not know.
            self._tracing.start(screenshots=False, snapshots=not self._masked, sources=False)
        self._started = self._running = True

    def discard(self) -> None:
        """Discard the recording of a Record that succeeded."""
        self._stop_recording(None)

    def save(self, evidence: Evidence) -> Path | None:
        """Save the recording without hidden values; None when there is none or a value cannot be removed."""
        path = evidence.path("trace", ".zip")
        raw = path.with_suffix(".raw")
        if not self._stop_recording(raw):
            return None
        try:
            # Shorter values would be replaced in every number and name of the recording's own format.
            long = [value for value in evidence.hidden if len(value) >= MIN_HIDDEN_LENGTH]
            clean = redact(raw, path, sorted(long, key=len, reverse=True), not self._masked)
        finally:
            # Whatever happens: the recording with its values must not stay.
            raw.unlink(missing_ok=True)
        if clean:
            evidence.files.append(path)
        return path if clean else None

    def _stop_recording(self, path: Path | None) -> bool:
        if not self._running:
            return False
        self._running = False
        try:
            self._tracing.stop_chunk(path=path)
        except Error:
            return False
        return path is None or path.exists()


def encoded_forms(value: str) -> list[bytes]:
    """Return every form in which a trace may contain a value: text, JSON, form data in each encoding."""
    spelled: dict[bytes, None] = {}
    # The trace's own files are UTF-8. Forms of one system may have an encoding each, so all of them count.
    for name in dict.fromkeys(ENCODINGS.values()):
        raw = value.encode(name, errors="xmlcharrefreplace")
        for form in (
            raw,
            quote(raw, safe="").encode(),
            quote_plus(raw).encode(),
            quote(raw, safe="*-._").encode(),
        ):
            spelled[form] = None
            # Some scripts write percent escapes in small letters.
            spelled[form.lower()] = None
    spelled[json.dumps(value)[1:-1].encode()] = None
    spelled[json.dumps(value, ensure_ascii=False)[1:-1].encode()] = None
    # Longest first, so that no replacement leaves the rest of a longer form behind.
    return sorted((s for s in spelled if s), key=len, reverse=True)


def _without_pages(trace: bytes) -> bytes:
    """Return a recording, one JSON object a line, without results of calls, pages passed on, and the pages' console."""
    events = [json.loads(line) for line in trace.splitlines() if line]
    for event in events:
        event.pop("result", None)
        if event.get("class") == "Route":
            event["params"] = {}
    return b"\n".join(json.dumps(event).encode() for event in events if event.get("type") != "console")


def redact(source: Path, target: Path, values: Sequence[str], shown: bool = True) -> bool:
    """Copy a trace without the given values; False, and no file, when the copy still contains one.

    Args:
        source: the trace as Playwright wrote it.
        target: the copy.
        values: what must not be in it.
        shown: keep what the pages showed (results of reading them, and their console).
    """
    replaced = [s for value in values for s in encoded_forms(value)]
    clean = True
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name) if shown or not name.endswith(".trace") else _without_pages(old.read(name))
            for form in replaced:
                data = data.replace(form, b"***")
            clean = clean and not any(s in data for s in replaced)
            new.writestr(name, data)
    if not clean:
        target.unlink()
    return clean
