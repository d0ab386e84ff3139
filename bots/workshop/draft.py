"""A draft: a bot that is being built, as plain data in one folder.

``draft.json`` holds everything but the pictures; it is replaced as a whole, so that a power cut leaves the old one or
the new one. No password is ever part of a draft: steps name secrets, and pictures are taken with secrets covered.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from dataclasses import field as listed
from pathlib import Path
from typing import Any, Literal

from bots.workshop.errors import WorkshopError

ProcedureName = Literal["login", "find", "enter", "read_back"]
PROCEDURES: tuple[ProcedureName, ...] = ("login", "find", "enter", "read_back")
SIGN_KINDS = ("yes", "no", "many", "refused", "error_page", "session_lost")
FILE_NAME = "draft.json"
_HISTORY, _MOST_UNDONE = "history", 50
_PICTURE = re.compile(r"[\w-]+\.png")


@dataclass
class Step:
    """One recorded step; ``step`` is its mapping in the bot.yaml.

    ``window`` names the step that opened the window in which this one works. ``element`` holds what was known about the
    element when it was recorded, to find it again on a changed page. ``loaded`` is false when the act loaded no page.
    """

    id: str
    step: dict[str, Any]
    ja: str = ""
    en: str = ""
    value: str = ""
    field: str = ""
    locators: list[dict[str, Any]] = listed(default_factory=list)
    chosen: int = 0
    picture: str = ""
    box: list[float] = listed(default_factory=list)
    irreversible: bool = False
    window: str = ""
    element: dict[str, Any] = listed(default_factory=dict)
    loaded: bool = True


@dataclass
class Sign:
    """A text that a person marked on a page, and the condition made from it."""

    id: str
    kind: str
    text: str
    condition: Any


@dataclass
class Draft:
    """Everything that is known about the bot so far."""

    id: str
    title: dict[str, str]
    base_url: str
    encoding: str = "utf-8"
    form: str = ""
    key: list[str] = listed(default_factory=list)
    sample: dict[str, str] = listed(default_factory=dict)
    procedures: dict[str, list[Step]] = listed(default_factory=lambda: {name: [] for name in PROCEDURES})
    signs: list[Sign] = listed(default_factory=list)
    extra: dict[str, Any] = listed(default_factory=dict)
    choices: dict[str, dict[str, str]] = listed(default_factory=dict)
    lookups: dict[str, dict[str, str]] = listed(default_factory=dict)
    masked: list[str] = listed(default_factory=list)
    counter: int = 0

    def new_id(self, letter: str) -> str:
        """Return a name that no step or sign of this draft has had."""
        self.counter += 1
        return f"{letter}{self.counter}"

    def steps(self) -> Iterator[tuple[str, int, Step]]:
        """Yield every step with its procedure and its index there."""
        for name, steps in self.procedures.items():
            for index, step in enumerate(steps):
                yield name, index, step

    def step(self, step_id: str) -> tuple[list[Step], int]:
        """Return the list that holds a step, and its index.

        Raises:
            WorkshopError: there is no such step.
        """
        for name, index, step in self.steps():
            if step.id == step_id:
                return self.procedures[name], index
        raise WorkshopError("その手順はもうありません。画面を開き直してください。", f"no step {step_id!r}")

    @property
    def key_value(self) -> str:
        """The key of the sample record, as the runner joins it."""
        return "-".join(self.sample.get(name, "") for name in self.key)

    def data(self) -> dict[str, Any]:
        """Return the draft as plain data."""
        return asdict(self)


def from_data(data: Mapping[str, Any]) -> Draft:
    """Build a draft from plain data; keys of later versions are ignored."""
    steps = {
        name: [Step(**_known(Step, one)) for one in data.get("procedures", {}).get(name, [])]
        for name in PROCEDURES
    }
    signs = [Sign(**_known(Sign, one)) for one in data.get("signs", [])]
    return Draft(**{**_known(Draft, data), "procedures": steps, "signs": signs})


def _known(kind: type, data: Mapping[str, Any]) -> dict[str, Any]:
    names = {f.name for f in fields(kind)}
    return {name: value for name, value in data.items() if name in names}


def load(folder: Path) -> Draft:
    """Read the draft of a folder.

    Raises:
        WorkshopError: the folder holds none.
    """
    try:
        return from_data(json.loads((folder / FILE_NAME).read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise WorkshopError("この下書きはありません。", f"no draft in {folder.name}") from None


def save(folder: Path, draft: Draft, part_of_last: bool = False) -> None:
    """Write the draft, as a whole or not at all; what it was before can be had back by ``undo``.

    Args:
        folder: of the draft.
        draft: to write; one that has not changed is not written.
        part_of_last: the change completes the last one and is undone with it.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file, content = folder / FILE_NAME, json.dumps(draft.data(), ensure_ascii=False, indent=1).encode()
    before = file.read_bytes() if file.exists() else b""
    if before == content:
        return
    if before and not part_of_last:
        numbers = _history(folder)
        write_atomically(folder / _HISTORY / f"{numbers[-1] + 1 if numbers else 1}.json", before)
        for number in numbers[:-_MOST_UNDONE]:
            (folder / _HISTORY / f"{number}.json").unlink()
    write_atomically(file, content)


def undo(folder: Path) -> Draft:
    """Take back the last change and return the draft as it was before.

    Raises:
        WorkshopError: there is nothing to take back.
    """
    numbers = _history(folder)
    if not numbers:
        raise WorkshopError("元に戻す変更はありません。", "there is nothing to take back")
    last = folder / _HISTORY / f"{numbers[-1]}.json"
    before = json.loads(last.read_text(encoding="utf-8"))
    # Names stay used up: pictures are kept under them.
    before["counter"] = max(before["counter"], load(folder).counter)
    write_atomically(folder / FILE_NAME, json.dumps(before, ensure_ascii=False, indent=1).encode())
    last.unlink()
    return load(folder)


def _history(folder: Path) -> list[int]:
    return sorted(int(file.stem) for file in (folder / _HISTORY).glob("*.json"))


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file; whoever reads it sees the old content or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        # Before the rename: after a power cut the name must not stand for an empty file.
        os.fsync(file.fileno())
    part.replace(path)


def picture_file(folder: Path, name: str) -> Path:
    """Return the file of a recorded picture.

    Raises:
        WorkshopError: there is no such picture, or the name is no name of a picture.
    """
    path = folder / "pictures" / name
    # The name comes from a browser: it must not lead out of the draft's folder.
    if not _PICTURE.fullmatch(name) or not path.is_file():
        raise WorkshopError("この画像はありません。", f"no picture {name!r}")
    return path
