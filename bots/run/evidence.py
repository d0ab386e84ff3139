"""Proof of each entry: pictures with secret and masked values blacked out, receipt, timings, hashes.

A Playwright trace is kept only when a Record fails; as recording costs a quarter of the time, the usual setting
records only the attempts after a first failure. It holds what was typed, so it is rewritten before it is
kept: every secret and masked value is replaced, in plain, percent-encoded and JSON form; a trace in which
one still stands is thrown away. No trace runs during a login, and traces hold no pictures.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, quote_plus

from playwright.sync_api import Error

from bots.base.characters import codec
from bots.base.redact import hide_values
from bots.browser.locators import locate

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Page

    from bots.procedure.login_session import LoginSession
    from bots.spec.templating import Scope

TraceMode = Literal["always", "repeated", "never"]
_MARK = "data-utsushi-mask"
_TALLEST = 4000
_SHORTEST_HIDDEN = 3

_COVER = resources.files("bots.browser").joinpath("page_scripts/cover.js").read_text(encoding="utf-8")
_COVER = _COVER[_COVER.index("([values") :].strip()
_MARK_THESE = "(elements, mark) => elements.forEach((e) => e.setAttribute(mark, ''))"
_UNCOVER = """(mark) => {
  document.getElementById(mark)?.remove();
  document.querySelectorAll(`[${mark}]`).forEach((e) => e.removeAttribute(mark));
}"""


def folder_name(key: str) -> str:
    """What the folder of the Record with that key is called."""
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
        """Make the Record's folder; its name holds the key as far as a file name can, and the key's hash."""
        folder = root / bot_id / folder_name(key)
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder, frozenset(h for h in hidden if len(h) >= _SHORTEST_HIDDEN))

    def path(self, name: str, suffix: str) -> Path:
        """The next free file name for ``name``."""
        taken = len(list(self.folder.glob(f"{name}*{suffix}")))
        return self.folder / (f"{name}{suffix}" if not taken else f"{name}_{taken + 1}{suffix}")

    def picture(self, session: LoginSession, page: Page, scope: Scope, name: str) -> Path | None:
        """Take a picture of a window, hidden values black; None when there is no window to take.

        The window becomes as tall as its tallest frame and stays so: making it small again takes as long as a picture.
        """
        path = self.path(name, ".png")
        frames = page.frames
        touched: set[Frame] = set(frames) if session.bot.mask else set()
        try:
            for frame in frames:
                for target in session.bot.mask:
                    locate(frame, target, scope).evaluate_all(_MARK_THESE, _MARK)
            if _made_taller(page, self._cover(frames, touched)):
                self._cover(frames, touched)
            # Playwright's own picture waits for two more frames of animation and packs twice as long.
            wanted = {"format": "png", "optimizeForSpeed": True}
            taken = session.devtools(page).send("Page.captureScreenshot", wanted)
        except Error:
            return None
        finally:
            for frame in touched:
                _quietly(frame, _UNCOVER, _MARK)
        path.write_bytes(base64.b64decode(taken["data"]))
        self.files.append(path)
        return path

    def _cover(self, frames: Sequence[Frame], touched: set[Frame]) -> int:
        """Black over the hidden values of every frame; the pixels of the tallest that do not fit into the window.

        Frames that have to be uncovered again are added to ``touched``.

        Raises:
            Error: a frame that is there could not be covered, so no picture may be taken.
        """
        tallest = 0
        for frame in frames:
            try:
                more, boxes = frame.evaluate(_COVER, [sorted(self.hidden), _MARK])
            except Error:
                touched.add(frame)
                if not frame.is_detached():
                    raise
                continue
            tallest = max(tallest, int(more))
            if boxes:
                touched.add(frame)
        return tallest

    def note(self, name: str, content: Mapping[str, Any]) -> Path:
        """Write a JSON file; hidden values in it are replaced."""
        path = self.path(name, ".json")
        text = json.dumps(_veiled(content, self.hidden), ensure_ascii=False, indent=1)
        path.write_text(text + "\n", encoding="utf-8")
        self.files.append(path)
        return path

    def hashes(self) -> Path:
        """Write ``sha256.txt`` over every file of the folder, in the format of ``sha256sum``."""
        path = self.folder / "sha256.txt"
        kept = sorted(f for f in self.folder.iterdir() if f.is_file() and f != path)
        lines = [f"{hashlib.sha256(f.read_bytes()).hexdigest()}  {f.name}\n" for f in kept]
        path.write_text("".join(lines), encoding="utf-8")
        if path not in self.files:
            self.files.append(path)
        return path


def _veiled(content: Any, hidden: frozenset[str]) -> Any:
    if isinstance(content, Mapping):
        return {name: _veiled(value, hidden) for name, value in content.items()}
    if isinstance(content, list):
        return [_veiled(value, hidden) for value in content]
    return hide_values(content, hidden) if isinstance(content, str) else content


def _made_taller(page: Page, more: int) -> bool:
    """Whether the window had to be made taller by ``more`` pixels, so that a frameset shows all."""
    size = page.viewport_size
    if size is None or more <= 0 or size["height"] >= _TALLEST:
        return False
    page.set_viewport_size({"width": size["width"], "height": min(size["height"] + more, _TALLEST)})
    return True


def _quietly(frame: Any, script: str, argument: Any = None) -> Any:
    """Run a script in a frame that may just be going away."""
    try:
        return frame.evaluate(script, argument)
    except Error:
        return None


class Trace:
    """Playwright's trace of one session, recorded in chunks so that no login is in it."""

    def __init__(self, session: LoginSession) -> None:
        self._tracing = session.context.tracing
        self._encoding = codec(session.bot.encoding)
        self._started = False
        self._running = False

    def begin(self) -> None:
        """Start recording: the login is over."""
        if self._running:
            return
        if self._started:
            self._tracing.start_chunk()
        else:
            self._tracing.start(screenshots=False, snapshots=True, sources=False)
        self._started = self._running = True

    def drop(self) -> None:
        """Throw away what was recorded: the Record went well."""
        self._end(None)

    def keep(self, evidence: Evidence) -> Path | None:
        """Keep what was recorded, without hidden values; None when there is nothing or one cannot be removed."""
        path = evidence.path("trace", ".zip")
        raw = path.with_suffix(".raw")
        if not self._end(raw):
            return None
        try:
            clean = redact(raw, path, sorted(evidence.hidden, key=len, reverse=True), self._encoding)
        finally:
            raw.unlink(missing_ok=True)
        if clean:
            evidence.files.append(path)
        return path if clean else None

    def _end(self, path: Path | None) -> bool:
        if not self._running:
            return False
        self._running = False
        try:
            self._tracing.stop_chunk(path=path)
        except Error:
            return False
        return path is None or path.exists()


def spellings(value: str, encoding: str) -> list[bytes]:
    """The ways in which a value may stand in a trace: text, JSON, form data in two encodings."""
    spelled: dict[bytes, None] = {}
    for name in ("utf-8", encoding):
        raw = value.encode(name, errors="xmlcharrefreplace")
        for form in (
            raw,
            quote(raw, safe="").encode(),
            quote_plus(raw).encode(),
            quote(raw, safe="*-._").encode(),
        ):
            spelled[form] = None
            spelled[form.lower()] = None
    spelled[json.dumps(value)[1:-1].encode()] = None
    spelled[json.dumps(value, ensure_ascii=False)[1:-1].encode()] = None
    return sorted((s for s in spelled if s), key=len, reverse=True)


def redact(source: Path, target: Path, values: Sequence[str], encoding: str) -> bool:
    """Copy a trace without the given values; False (and no file) when one is still found in it."""
    replaced = [s for value in values for s in spellings(value, encoding)]
    clean = True
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            for spelling in replaced:
                data = data.replace(spelling, b"***")
            clean = clean and not any(s in data for s in replaced)
            new.writestr(name, data)
    if not clean:
        target.unlink()
    return clean
