"""What the pages of bots show: the stages of a draft with what is missing, the list, and two versions compared."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from store.base.model import BotState
from store.base.schema import BotVersion
from store.entry import bot_versions
from verification.bot_drafts import BotDrafts
from verification.workshop_port import Draft, Step

STAGES: Final = ("teach", "check", "walk", "rehearse", "sign", "activate")
PROCEDURES: Final = ("login", "find", "enter", "read_back")
_CONTEXT_LINES: Final = 3
_DONE_BY_STATE: Final = {
    BotState.DRAFT: 2,
    BotState.REHEARSED: 4,
    BotState.SIGNED: 5,
    BotState.ACTIVE: 6,
    BotState.RETIRED: 6,
}


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the bar; `state` is done, now or later; `missing` are keys of the catalogue (`bots.missing_…`)."""

    key: str
    state: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SystemRow:
    """A system in the list. `hand_written`: a file stands in the folder that is no version of the store."""

    system: str
    title: dict[str, str]
    active: BotVersion | None
    newest: BotVersion | None
    draft: bool
    hand_written: bool


def missing_lessons(draft: Draft) -> tuple[str, ...]:
    """What the person has not shown yet, as code words."""
    procedures, kinds = draft["procedures"], {sign["kind"] for sign in draft["signs"]}
    found = [name for name in PROCEDURES if not procedures.get(name)]
    saving = [step for step in procedures.get("enter", []) if step["irreversible"]]
    if procedures.get("enter") and len(saving) != 1:
        found.append("saving" if not saving else "one_saving")
    found += [f"sign_{kind}" for kind in ("yes", "no") if procedures.get("find") and kind not in kinds]
    captured = {_captured(step) for step in procedures.get("read_back", [])}
    if procedures.get("read_back") and not set(draft["key"]) <= captured:
        found.append("key")
    return tuple(found)


def _captured(step: Step) -> str:
    capture = step["step"].get("capture")
    return str(capture.get("as", "")) if isinstance(capture, dict) else step["field"]


def stages(lessons: Sequence[str], version: BotVersion | None) -> list[Stage]:
    """The bar of stages. `version`: the one with exactly the draft's present text; None while it was not checked."""
    done = 0 if lessons else 1
    # A text that passed the engine's check was shown completely, also one by hand that has nothing to point at.
    if version is not None:
        done = max(2 + (version.walked_at is not None), _DONE_BY_STATE[version.state])
    return [
        Stage(
            key,
            "done" if at < done else "now" if at == done else "later",
            tuple(lessons) if key == "teach" else (key,) if at == done else (),
        )
        for at, key in enumerate(STAGES)
    ]


def same_text(session: Session, system: str, text: str) -> BotVersion | None:
    """The newest version, if its text is this one."""
    row = bot_versions.newest(session, system)
    return row if row is not None and row.sha256 == bot_versions.digest(text) else None


def rows(session: Session, drafts: BotDrafts) -> list[SystemRow]:
    """Every system with a version, a draft or an installed file, by id."""
    by_system: dict[str, list[BotVersion]] = {}
    for row in bot_versions.versions(session):
        by_system.setdefault(row.system, []).append(row)
    begun, installed = set(drafts.ids()), set(drafts.systems.installed())
    return [
        _row(drafts, system, by_system.get(system, []), system in begun, system in installed)
        for system in sorted({*by_system, *begun, *installed})
    ]


def _row(
    drafts: BotDrafts, system: str, versions: list[BotVersion], draft: bool, installed: bool
) -> SystemRow:
    active = next((row for row in versions if row.state is BotState.ACTIVE), None)
    text = drafts.systems.text(system) if installed else None
    # What runs is the file: a row that says "active" beside another file would be a false statement.
    same = active is not None and text is not None and bot_versions.digest(text) == active.sha256
    title = dict(versions[0].title) if versions else {}
    return SystemRow(
        system,
        title,
        active,
        versions[0] if versions else None,
        draft,
        (installed or active is not None) and not same,
    )


def sentences(row: BotVersion, language: str) -> list[str]:
    """The steps of a version in plain words."""
    return [str(line.get(language) or line.get("ja", "")) for line in row.report.get("sentences", [])]


def compared(before: Sequence[str], after: Sequence[str]) -> list[tuple[str, str]]:
    """Lines as (kind, text): `same`, `removed`, `added`, and `gap` where equal lines are left out."""
    return list(_compared(before, after))


def _compared(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, str]]:
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    end = 0
    for group in matcher.get_grouped_opcodes(_CONTEXT_LINES):
        if group[0][1] > end:
            yield "gap", ""
        for kind, a0, a1, b0, b1 in group:
            if kind == "equal":
                yield from (("same", line) for line in before[a0:a1])
                continue
            yield from (("removed", line) for line in before[a0:a1])
            yield from (("added", line) for line in after[b0:b1])
        end = group[-1][2]
    if 0 < end < len(before):
        yield "gap", ""


def step_of(draft: Draft, procedure: str, step_id: str) -> dict[str, Any] | None:
    """A recorded step by its id."""
    for step in draft["procedures"].get(procedure, []):
        if step["id"] == step_id:
            return dict(step)
    return None
