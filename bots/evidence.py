"""Proof of each entry: pictures with secret and masked values blacked out, receipt, timings, hashes.

A Playwright trace is kept only when a Record fails; as recording costs a quarter of the time, the usual setting
records only the attempts after a first failure. It holds what was typed, so it is rewritten before it is
kept: every secret and masked value is replaced, in plain, percent-encoded and JSON form; a trace in which
one still stands is thrown away. No trace runs during a login, and traces hold no pictures.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, quote_plus

from playwright.sync_api import Error

from bots.characters import codec
from bots.locators import locate
from bots.veil import veil

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Frame, Page

    from bots.session import Session
    from bots.templating import Scope

TraceMode = Literal["always", "repeated", "never"]
_MARK = "data-utsushi-mask"
_TALLEST = 4000
_BLACK = "#000000"
_SHORTEST_HIDDEN = 3

# Marks every element whose own words or value hold a hidden value, however it is grouped (1234-5678).
_MARK_VALUES = """([values, mark]) => {
  const tight = (s) => (s || '').normalize('NFKC').replace(/[\\s\\u3000\\-ー,]+/g, '');
  const wanted = values.map(tight).filter((v) => v.length > 2);
  const holds = (s) => { const t = tight(s); return wanted.some((w) => t.includes(w)); };
  const body = document.body;
  const root = document.documentElement;
  const more = root.scrollHeight - root.clientHeight;
  if (!body) return [0, more];
  let n = 0;
  for (const e of body.querySelectorAll('input, textarea, select')) {
    const shown = e.tagName === 'SELECT' ? Array.from(e.selectedOptions).map((o) => o.text).join() : e.value;
    if (e.type === 'password' || holds(shown)) { e.setAttribute(mark, ''); n++; }
  }
  const walk = (e) => {
    if (/^(SCRIPT|STYLE)$/.test(e.tagName) || !holds(e.innerText)) return;
    const deeper = Array.from(e.children).filter((c) => holds(c.innerText));
    if (deeper.length) deeper.forEach(walk);
    else { e.setAttribute(mark, ''); n++; }
  };
  if (wanted.length) walk(body);
  return [n, more];
}"""
_UNMARK = "mark => document.querySelectorAll(`[${mark}]`).forEach(e => e.removeAttribute(mark))"


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

    def picture(self, session: Session, page: Page, scope: Scope, name: str) -> Path | None:
        """Take a picture of a window, hidden values black; None when there is no window to take.

        The window is made as tall as its tallest frame for the picture, so that a frameset shows all.
        """
        path = self.path(name, ".png")
        marked, more = self._mark(page)
        masks = [frame.locator(f"css=[{_MARK}]") for frame in marked]
        masks += [locate(frame, target, scope) for frame in page.frames for target in session.bot.mask]
        try:
            with _taller(page, more):
                page.screenshot(path=path, mask=masks, mask_color=_BLACK, timeout=10_000, caret="initial")
        except Error:
            path.unlink(missing_ok=True)
            return None
        finally:
            for frame in marked:
                _quietly(frame, _UNMARK, _MARK)
        self.files.append(path)
        return path

    def _mark(self, page: Page) -> tuple[list[Frame], int]:
        """Mark hidden values in every frame; the frames that hold some, and the pixels that do not fit."""
        marked: list[Frame] = []
        tallest = 0
        for frame in page.frames:
            count, more = _quietly(frame, _MARK_VALUES, [sorted(self.hidden), _MARK]) or (0, 0)
            tallest = max(tallest, int(more))
            if count:
                marked.append(frame)
        return marked, tallest

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
    return veil(content, hidden) if isinstance(content, str) else content


@contextmanager
def _taller(page: Page, more: int) -> Iterator[None]:
    """Make the window taller by ``more`` pixels for one picture, so that a frameset shows all."""
    size = page.viewport_size
    if size is None or more <= 0:
        yield
        return
    page.set_viewport_size({"width": size["width"], "height": min(size["height"] + more, _TALLEST)})
    try:
        yield
    finally:
        page.set_viewport_size(size)


def _quietly(frame: Any, script: str, argument: Any = None) -> Any:
    """Run a script in a frame that may just be going away."""
    try:
        return frame.evaluate(script, argument)
    except Error:
        return None


class Trace:
    """Playwright's trace of one session, recorded in chunks so that no login is in it."""

    def __init__(self, session: Session) -> None:
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
