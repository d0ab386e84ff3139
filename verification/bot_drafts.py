"""Bots that staff build: a folder for each draft, who worked on it, and walks and rehearsals in the background.

`FOLDER/ID/draft` belongs to the port alone; `FOLDER/ID/people.json` names everybody who worked on the draft, because
none of them may activate it.
"""

from __future__ import annotations

import json
import logging
import re
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from foundation.errors import UtsushiError
from verification import bot_files
from verification.bot_files import SystemsFolder
from verification.errors import CannotMake, NoSuchPage
from verification.workshop_port import Draft, WorkshopPort

LARGEST_PICTURE: Final = 16 << 20
"""Characters of base64; a full HD screen has about one million."""
_WAIT_SECONDS: Final = 90.0
_PICTURE = re.compile(r"[A-Za-z0-9_-]{1,80}\.png")
_log = logging.getLogger("utsushi.verification")


@dataclass(slots=True)
class Job:
    """A walk or a rehearsal: `state` is running, done or failed; `error` a sentence in both languages."""

    kind: str
    state: str = "running"
    result: Any = None
    error: UtsushiError | None = None


class BotDrafts:
    """Drafts of one running app. Safe for threads: calls on one draft wait for each other."""

    def __init__(self, folder: Path, systems: Path, port: WorkshopPort) -> None:
        self.root = folder
        self.port = port
        self.systems = SystemsFolder(systems)
        self.jobs: dict[str, Job] = {}
        self._latest: dict[str, Draft] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # a sample record may be a real one

    def ids(self) -> list[str]:
        """Ids of the drafts."""
        return sorted(
            path.parent.name for path in self.root.glob("*/draft") if bot_files.ID.fullmatch(path.parent.name)
        )

    def folder(self, system: str) -> Path:
        """The folder of a draft. Raises NoSuchPage."""
        folder = self._folder(system)
        if not folder.is_dir():
            raise NoSuchPage
        return folder

    def begin(self, system: str, draft: Mapping[str, Any], who: str) -> Draft:
        """Begin a draft, described by fields or by a whole `yaml`. Raises CannotMake for a taken or unusable id."""
        folder = self._folder(system)
        with self.exclusive(system):
            if folder.exists():
                raise CannotMake(
                    f"「{system}」の下書きはすでにあります。続きを作るか、捨ててから始めてください。",
                    f"There is a draft of {system}; go on with it or discard it first.",
                )
            folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                made = self.port.create(folder, draft)
            except Exception:
                shutil.rmtree(folder.parent, ignore_errors=True)  # else the id would be taken by nothing
                raise
            self.worked_on(system, who)
        return made

    def discard(self, system: str) -> None:
        """Delete a draft with its pictures and its sample record."""
        folder = self.folder(system)
        with self.exclusive(system):
            self.port.close(folder)
            shutil.rmtree(folder.parent)
            self.jobs.pop(system, None)

    def worked_on(self, system: str, who: str) -> None:
        """Note that a person had a hand in the draft."""
        people = set(self.people(system))
        if who not in people:
            self._people_file(system).write_text(json.dumps(sorted({*people, who})), encoding="utf-8")

    def people(self, system: str) -> tuple[str, ...]:
        """Everybody who worked on the draft."""
        try:
            return tuple(json.loads(self._people_file(system).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return ()

    @contextmanager
    def exclusive(self, system: str) -> Iterator[None]:
        """One call on a draft at a time: its browser has one page. Raises CannotMake while a walk runs."""
        if self.running(system):
            raise CannotMake(
                "から歩きかリハーサルの途中です。終わってから操作してください。",
                "A dry walk or a rehearsal is running; wait until it has ended.",
            )
        with self._lock:
            lock = self._locks.setdefault(system, threading.Lock())
        # Never for ever: a page of the old system that does not answer must not use up the threads of this app.
        if not lock.acquire(timeout=_WAIT_SECONDS):
            raise CannotMake(
                "業務システムの画面が応答しません。しばらくしてからもう一度操作してください。",
                "The page of the legacy system does not answer; try again later.",
            )
        try:
            yield
        finally:
            lock.release()

    def running(self, system: str) -> bool:
        """Whether a walk or a rehearsal of the draft runs now."""
        job = self.jobs.get(system)
        return job is not None and job.state == "running"

    def draft(self, system: str) -> Draft:
        """The draft as it is; while a walk or a rehearsal runs, as it was when that began."""
        self.folder(system)
        # The engine is busy for minutes then, and nothing can change the draft in the meantime.
        if self.running(system) and system in self._latest:
            return self._latest[system]
        with self.exclusive(system):
            return self.read(system)

    def read(self, system: str) -> Draft:
        """The draft, for a caller within `exclusive`; kept for those who look on while a walk runs."""
        self._latest[system] = self.port.draft(self.folder(system))
        return self._latest[system]

    def start(self, system: str, kind: str, run: Callable[[], Any]) -> None:
        """Run something longer than a browser should wait for; `jobs` says how it ends."""
        with self.exclusive(system):
            job = self.jobs[system] = Job(kind)
        threading.Thread(target=self._run, args=(job, run), name=f"bot-{kind}", daemon=True).start()

    def picture(self, system: str, name: str) -> bytes:
        """The picture of a recorded step. Raises NoSuchPage for a name that is none."""
        if not _PICTURE.fullmatch(name):
            raise NoSuchPage
        return self.port.picture(self.folder(system), name)

    def _run(self, job: Job, run: Callable[[], Any]) -> None:
        try:
            job.result = run()
            job.state = "done"
        except UtsushiError as error:
            job.error, job.state = error, "failed"
        except Exception:
            _log.exception("%s of a bot", job.kind)  # top of the thread: shown on the page that waits
            job.error, job.state = CannotMake(), "failed"

    def _folder(self, system: str) -> Path:
        if not bot_files.ID.fullmatch(system) or system in bot_files.RESERVED:
            raise CannotMake(
                f"id「{system[:61]}」は使えません。半角の英小文字で始め、英小文字・数字・_ だけにしてください。",
                f"'{system[:61]}' is not an id: small letters, digits and _, beginning with a letter.",
            )
        return self.root / system / "draft"

    def _people_file(self, system: str) -> Path:
        return self._folder(system).parent / "people.json"


def require_small_picture(screen: Mapping[str, Any]) -> None:
    """Raise CannotMake for a picture that would stop the person's browser."""
    if len(screen["picture"]) > LARGEST_PICTURE:
        raise CannotMake(
            "業務システムの画面が大きすぎて表示できません。窓を小さくするか、別の画面を開いてください。",
            "The page of the legacy system is too large to be shown; open another one.",
        )
