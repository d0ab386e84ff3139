"""Implements ``verification.workshop_port.WorkshopPort``.

What needs no browser is done here; the rest in a process for each draft, so that neither a page that hangs nor a long
rehearsal keeps the others waiting.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from bots.base.errors import BotError
from bots.run.grants import Grants
from bots.workshop import draft as drafts
from bots.workshop import edits, trials
from bots.workshop.workshop import create
from bots.workshop.writing import to_yaml
from pipelines.context import Office
from pipelines.json_process import JsonProcess, ProcessFailed
from pipelines.steps.entry.granted import workshop_grants
from verification.errors import CannotMake
from verification.workshop_port import Act, Checked, Draft, Failure, Screen

IDLE_SECONDS = 900.0
"""A browser takes some hundred megabytes, and stays logged in to the old system."""
MOST_BROWSERS = 8
_MODULE = "pipelines.workshop_worker.child"
# Then the process is ended: the act, its page and its picture, on a slow machine.
_ACT_SECONDS, _WALK_SECONDS, _RECORD_SECONDS = 90.0, 300.0, 120.0
_ENDED = (
    "ブラウザーの処理が終わらないため、閉じました。画面を開き直してください。下書きは残っています。",
    "The browser did not finish and was closed; open the page again. The draft is kept.",
)
_TOO_MANY = (
    "同時に開けるブラウザーの数を超えました。使っていない下書きを閉じてください。",
    "Too many browsers are open; close a draft that nobody works on.",
)


class WorkshopWorkerPort:
    """One per web process. ``grants`` replaces those of the office's settings, in tests without an office."""

    def __init__(self, office: Office | None = None, grants: Grants | None = None) -> None:
        self._office = office
        self._given = grants
        self._guard = threading.Lock()
        self._locks: dict[Path, threading.RLock] = {}
        self._processes: dict[Path, JsonProcess] = {}

    @property
    def grants(self) -> Grants:
        """What the office's settings let the workshop reach."""
        if self._given is not None or self._office is None:
            return self._given or Grants()
        return workshop_grants(self._office.settings)

    # -- without a browser -----------------------------------------------------------------------------

    def create(self, folder: Path, draft: Mapping[str, Any]) -> Draft:
        """Begins a draft."""
        with self._draft(folder):
            return _data(create(folder, draft, self.grants))

    def draft(self, folder: Path) -> Draft:
        """The draft as it is."""
        with self._draft(folder):
            return _data(drafts.load(folder))

    def edit(self, folder: Path, edit: Mapping[str, Any]) -> Draft:
        """Changes the draft; a sign on an element is marked on the page that the browser shows."""
        sign = edit.get("sign")
        with self._draft(folder):
            if isinstance(sign, Mapping) and sign.get("element"):
                values = {name: str(sign.get(name, "")) for name in ("kind", "text", "element")}
                return cast("Draft", self._request(folder, _ACT_SECONDS, "sign", **values))
            if edit.get("undo"):
                made = drafts.undo(folder)
            else:
                made = edits.apply(drafts.load(folder), edit, self.grants)
                drafts.save(folder, made)
            trials.write_bot(folder, made)
            return _data(made)

    def picture(self, folder: Path, name: str) -> bytes:
        """A PNG of a recorded step."""
        with _as_web_error():
            return drafts.picture_file(folder, name).read_bytes()

    def yaml(self, folder: Path) -> str:
        """The bot.yaml of the draft."""
        with self._draft(folder):
            return to_yaml(drafts.load(folder))

    def check(self, folder: Path) -> Checked:
        """What `bot check` says, and the steps in plain words."""
        with self._draft(folder):
            return cast("Checked", trials.check(folder, drafts.load(folder), self.grants))

    # -- in the draft's process ------------------------------------------------------------------------

    def screen(self, folder: Path, url: str = "") -> Screen:
        """What the browser shows."""
        with self._draft(folder):
            return cast("Screen", self._request(folder, _ACT_SECONDS, "screen", url=url))

    def act(self, folder: Path, act: Act) -> Screen:
        """Does one act and records it where it says so."""
        with self._draft(folder):
            return cast("Screen", self._request(folder, _ACT_SECONDS, "act", act_data=dict(act)))

    def dry_walk(self, folder: Path, record: Mapping[str, str]) -> Failure | None:
        """Walks one record through the pages without saving."""
        with self._draft(folder):
            return cast(
                "Failure | None", self._request(folder, _WALK_SECONDS, "dry_walk", record=dict(record))
            )

    def rehearse(
        self, folder: Path, records: Sequence[Mapping[str, str]], base_url: str
    ) -> list[dict[str, str]]:
        """Enters records into a test system."""
        rows = [dict(record) for record in records]
        seconds = _WALK_SECONDS + _RECORD_SECONDS * len(rows)
        with self._draft(folder):
            done = self._request(folder, seconds, "rehearse", records=rows, base_url=base_url)
        return [dict(one) for one in done]

    def close(self, folder: Path) -> None:
        """Closes the draft's browser."""
        with self._guard:
            process = self._processes.pop(folder, None)
        if process is not None:
            process.close()

    def close_all(self) -> None:
        """Closes every browser; called when the web app ends."""
        for folder in list(self._processes):
            self.close(folder)

    def _request(self, folder: Path, seconds: float, act: str, **values: Any) -> Any:
        grants = self.grants
        granted = {
            "hosts": grants.hosts, "secrets": grants.secrets,
            "secrets_file": str(grants.secrets_file or ""), "browser": str(grants.browser or ""),
        }  # fmt: skip
        return self._process(folder).request(seconds, act, folder=str(folder), grants=granted, **values)

    def _process(self, folder: Path) -> JsonProcess:
        with self._guard:
            if folder not in self._processes:
                open_now = sum(process.running for process in self._processes.values())
                if open_now >= MOST_BROWSERS:
                    raise CannotMake(*_TOO_MANY)
                self._processes[folder] = JsonProcess(_MODULE, _ENDED, IDLE_SECONDS)
            return self._processes[folder]

    @contextmanager
    def _draft(self, folder: Path) -> Iterator[None]:
        """Keeps a draft to one request at a time: the process and this one write the same file."""
        with self._guard:
            lock = self._locks.setdefault(folder, threading.RLock())
        with lock, _as_web_error():
            yield


@contextmanager
def _as_web_error() -> Iterator[None]:
    try:
        yield
    except (BotError, ProcessFailed) as error:
        raise CannotMake(error.ja, error.en) from error


def _data(draft: drafts.Draft) -> Draft:
    return cast("Draft", draft.data())
