"""A draft tried out with the runner itself: checked, explained, walked without saving, rehearsed on a test system."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Error

from bots.base.errors import BotError, NotGranted
from bots.browser.covering import covered_png
from bots.browser.launch import BrowserSettings
from bots.run.grants import Grants
from bots.run.journal import SqliteJournal
from bots.run.runner import Runner, RunSettings
from bots.spec.explain.explain import explain
from bots.spec.language.load import load_bot
from bots.spec.model.bot import Bot, BotRecord, Hours, Outcome
from bots.tools.check import check_bot
from bots.workshop.draft import PROCEDURES, Draft, Step, picture_file, write_atomically
from bots.workshop.edits import recogniser
from bots.workshop.errors import WorkshopError
from bots.workshop.page_elements import elements_of, pages_of
from bots.workshop.proposals import PURPOSE, Purpose, propose_all
from bots.workshop.similar import most_similar
from bots.workshop.writing import signs_of, written

if TYPE_CHECKING:
    from bots.procedure.login_session import LoginSession

Said = dict[str, str]
FILE_NAME = "bot.yaml"
# A person waits for the answer; a page that takes longer than this is the failure to show.
_TRIAL_TIMEOUT = 10.0
_MOST_RECORDS = 50
_PURPOSES: dict[str, Purpose] = {
    "click": "click", "popup": "click", "fill": "fill", "select": "fill", "choose": "choose", "check": "check",
    "capture": "read",
}  # fmt: skip


def write_bot(folder: Path, draft: Draft) -> dict[int, str]:
    """Write the draft's bot.yaml into its folder; return for each step the line where it begins."""
    text, lines = written(draft)
    write_atomically(folder / FILE_NAME, text.encode())
    return lines


def check(folder: Path, draft: Draft, grants: Grants) -> dict[str, list[Said]]:
    """Return what prevents a run, what should be reviewed, and the steps in plain words."""
    write_bot(folder, draft)
    problems = list(_unfinished(draft))
    warnings: list[Said] = []
    sentences: list[Said] = []
    if not problems:
        settings = RunSettings(secrets_file=grants.secrets_file)
        result = check_bot(folder / FILE_NAME, list(draft.sample) or None, settings=settings)
        problems = [_pair(line, folder) for line in result.errors]
        warnings = [*_alike(draft), *_by_absence(draft), *(_pair(line, folder) for line in result.warnings)]
        for bot in result.bots:
            problems += _not_granted(bot, grants)
            sentences += _explained(bot)
    return {"problems": problems, "warnings": warnings, "sentences": sentences}


def _unfinished(draft: Draft) -> list[Said]:
    """Return what is not there yet, in the words of the workshop."""
    found: list[Said] = []
    words = {"login": "ログイン", "enter": "入力", "read_back": "読み戻し"}
    for name, ja in words.items():
        if not draft.procedures[name]:
            found.append(_said(f"「{ja}」の手順がまだありません。", f"{name} has no steps yet"))
    for kind, ja in (("yes", "登録済み"), ("no", "未登録")):
        if not signs_of(draft, kind):
            found.append(_said(f"「{ja}」の画面の印がまだありません。", f"no sign yet of {kind!r} in find"))
    if draft.procedures["enter"] and not any(s.irreversible for s in draft.procedures["enter"]):
        found.append(
            _said("登録ボタンがまだ示されていません。", "the button that saves is not pointed at yet")
        )
    if not draft.key:
        found.append(_said("キーの項目を選んでください。", "choose the field that makes a record unique"))
    return found


def _alike(draft: Draft) -> list[Said]:
    """Return the fields that the sample cannot tell apart."""
    named: dict[str, list[str]] = {}
    for name, value in draft.sample.items():
        if len(value) > 1 and value not in ("true", "false"):
            named.setdefault(value, []).append(name)
    return [
        _said(
            f"見本の {'、'.join(names)} が同じ値です。取り違えのないよう、手順の項目を確かめてください。",
            f"the sample has one value for {', '.join(names)}: check that no step mixes them up",
        )
        for names in named.values()
        if len(names) > 1
    ]


def _by_absence(draft: Draft) -> list[Said]:
    """Warn where "not there" means only that a row is not seen."""
    signs = [s.condition for s in signs_of(draft, "no") if isinstance(s.condition, dict)]
    if not any("not" in part for c in signs for part in c.get("all", []) if isinstance(part, dict)):
        return []
    return [
        _said(
            "「未登録」を、一覧に行がないことで判断します。"
            "一覧が複数ページになるシステムでは、番号で検索する画面を使ってください。",
            "“not there” means a row that is not in the list: where a list has several pages, search by number",
        )
    ]


def _not_granted(bot: Bot, grants: Grants) -> list[Said]:
    try:
        grants.require_bot(bot)
    except NotGranted as error:
        return [_said(error.ja, error.en)]
    return []


def _explained(bot: Bot) -> list[Said]:
    ja, en = explain(bot, "ja").splitlines(), explain(bot, "en").splitlines()
    return [_said(a, b) for a, b in zip(ja, en, strict=True) if a.strip()]


def _pair(line: str, folder: Path) -> Said:
    text = line.replace(f"{folder / FILE_NAME}: ", "").replace(str(folder / FILE_NAME), FILE_NAME)
    # The English half begins with a letter; it may quote the page, whose words are Japanese.
    match = re.fullmatch(r"(?s)(.*?) [\[(]([A-Za-z].*)[\])]", text)
    return _said(match[1], match[2]) if match else _said(text, text)


def _said(ja: str, en: str) -> Said:
    return {"ja": ja, "en": en}


def _bot(folder: Path, draft: Draft, grants: Grants, base_url: str = "") -> tuple[Bot, dict[int, str]]:
    """Return the bot of a draft that may run here, and the lines of its steps.

    Raises:
        WorkshopError: it is not finished, or reaches what is not granted.
    """
    missing = _unfinished(draft)
    if missing:
        raise WorkshopError(missing[0]["ja"], missing[0]["en"])
    lines = write_bot(folder, draft)
    try:
        bot = load_bot(folder / FILE_NAME)
    except BotError as error:
        said = _pair(str(error), folder)
        raise WorkshopError(said["ja"], said["en"]) from error
    if base_url:
        bot = replace(bot, base_url=grants.require_address(base_url).rstrip("/"))
    grants.require_bot(bot)
    policy = replace(
        bot.policy,
        attempts=1,
        timeout=min(bot.policy.timeout, _TRIAL_TIMEOUT),
        hours=Hours(),
        per_minute=None,
    )
    return replace(bot, policy=policy), lines


def _record(draft: Draft, values: Mapping[str, str]) -> BotRecord:
    return BotRecord("-".join(values.get(name, "") for name in draft.key), dict(values))


def rehearse(
    folder: Path, draft: Draft, grants: Grants, records: Sequence[Mapping[str, str]], base_url: str
) -> list[dict[str, str]]:
    """Enter records into a test system; return the outcomes as in ``outcomes.csv``.

    Raises:
        WorkshopError: the draft is not finished, or the test system is not granted.
    """
    if not base_url:
        raise WorkshopError("テスト環境のアドレスを入れてください。", "give the address of the test system")
    if not 0 < len(records) <= _MOST_RECORDS:
        raise WorkshopError(
            f"{_MOST_RECORDS}件までで試してください。", f"rehearse 1 to {_MOST_RECORDS} records"
        )
    bot, _ = _bot(folder, draft, grants, base_url)
    done = _run(bot, grants, [_record(draft, values) for values in records], RunSettings())
    return [{"key": o.key, "status": o.status, "receipt": o.receipt, "reason": o.reason} for o in done]


def _run(bot: Bot, grants: Grants, records: list[BotRecord], settings: RunSettings) -> list[Outcome]:
    with TemporaryDirectory(prefix="utsushi-workshop-") as place:
        # A journal of its own: a trial must neither leave anything in the real one nor be answered from it.
        journal = SqliteJournal(Path(place) / "journal.db")
        chosen = replace(
            settings, browser=BrowserSettings(executable=grants.browser), secrets_file=grants.secrets_file,
            trace="never", lock_dir=Path(place),
        )  # fmt: skip
        try:
            return Runner(bot, journal, Path(place) / "evidence", chosen).run(records)
        except BotError as error:
            raise WorkshopError(error.ja, error.en) from error
        finally:
            journal.close()


@dataclass
class _WalkFailure:
    """Where a walk is, and what the page shows when it ends there."""

    draft: Draft
    lines: Mapping[int, str]
    hidden: frozenset[str]
    where: str = ""
    now: bytes = b""
    proposals: list[dict[str, Any]] = field(default_factory=list)

    def at(self, where: str) -> None:
        if where.startswith("procedures."):
            self.where = where

    def failed(self, session: LoginSession) -> None:
        pages = [p for p in session.context.pages if not p.is_closed()]
        if not pages:
            return
        try:
            self.now = covered_png(pages[-1], session.devtools(pages[-1]), self.hidden)
            self.proposals = self._proposals(pages[-1])
        except Error:
            return

    @property
    def step(self) -> Step | None:
        """The recorded step that the walk was at."""
        line = re.search(r"line (\d+)", self.where)
        begun = [n for n in self.lines if line and n <= int(line[1])]
        known = {step.id: step for _, _, step in self.draft.steps()}
        return known.get(self.lines[max(begun)]) if begun else None

    @property
    def procedure(self) -> str:
        """The procedure that the walk was in."""
        return next((name for name in PROCEDURES if self.where.startswith(f"procedures.{name}")), "")

    def _proposals(self, page: Any) -> list[dict[str, Any]]:
        step = self.step
        if step is None or not step.element:
            return []
        known = recogniser(self.draft)
        kind = next((k for k in _PURPOSES if k in step.step), "")
        found = []
        for one in most_similar(step.element, list(elements_of(pages_of(page)))):
            purpose = _PURPOSES.get(kind, PURPOSE[one.kind])
            propose_all(one, purpose, known)
            found += [{**p, "box": one.box} for p in one.locators[:2] if p["matches"] == 1]
        return found


def dry_walk(
    folder: Path, draft: Draft, grants: Grants, values: Mapping[str, str], hidden: frozenset[str]
) -> dict[str, Any] | None:
    """Walk a record through login, find and enter, up to the step that saves.

    Returns:
        None when every step was found; else the step, the reason, the pictures of then and now, and locators for now.

    Raises:
        WorkshopError: the draft is not finished.
    """
    bot, lines = _bot(folder, draft, grants)
    shown = frozenset(v for n, v in values.items() if n in draft.masked)
    failure = _WalkFailure(draft, lines, hidden | shown)
    settings = RunSettings(dry_run=True, crash_points=failure.at, on_failure=failure.failed)
    [outcome] = _run(bot, grants, [_record(draft, values)], settings)
    if "dry run" in outcome.reason:
        return None
    step = failure.step
    return {
        "procedure": failure.procedure,
        "step": step.id if step else "",
        "reason": _pair(outcome.reason, folder),
        "then": _encoded(picture_file(folder, step.picture).read_bytes()) if step and step.picture else "",
        "now": _encoded(failure.now),
        "proposals": failure.proposals,
    }


def _encoded(picture: bytes) -> str:
    return base64.b64encode(picture).decode("ascii")
