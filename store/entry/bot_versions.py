"""Versions of bots that staff build: draft → rehearsed → signed → active → retired, and back to an earlier one.

A version is the text of one `bot.yaml` that passed its check. Whatever is learnt about it later (a dry walk, a
rehearsal, the owner's signature) belongs to exactly that text; a changed text is a new version and begins again.
Every function records its audit event in the caller's transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.audit import chain
from store.base.errors import BotNotReady, FileDamaged, NotFound, SecondPersonNeeded
from store.base.model import BotState
from store.base.schema import BotVersion, User
from store.base.session import now, transaction_lock, vault

REHEARSAL_RECORDS: Final = 10
CONFIRMED: Final = "confirmed"
MADE: Final = "bot.version_made"
_MAY_BE_ACTIVATED: Final = (BotState.SIGNED, BotState.RETIRED)


@dataclass(frozen=True, slots=True)
class NewBot:
    """A checked `bot.yaml`. `authors`: everybody who worked on it since its draft was begun."""

    system: str
    form: str
    title: Mapping[str, str]
    yaml: str
    authors: tuple[str, ...]
    report: Mapping[str, Any] = field(default_factory=dict)
    source: str = "workshop"


def digest(yaml: str) -> str:
    """The SHA-256 of a text, in hex, as it stands in the audit chain."""
    return hashlib.sha256(yaml.encode()).hexdigest()


def get(session: Session, system: str, number: int) -> BotVersion:
    """A version, to read. Raises NotFound."""
    return _found(session, system, number, lock=False)


def lock(session: Session, system: str, number: int) -> BotVersion:
    """A version that the transaction is about to change. Raises NotFound."""
    return _found(session, system, number, lock=True)


def _found(session: Session, system: str, number: int, *, lock: bool) -> BotVersion:
    query = select(BotVersion).where(BotVersion.system == system, BotVersion.number == number)
    if lock:  # never while reading: PostgreSQL refuses it in a read-only transaction
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session.scalar(query)
    if row is None:
        raise NotFound(f"bot {system[:40]} {number}")
    return row


def newest(session: Session, system: str) -> BotVersion | None:
    """The version with the highest number; None for a system without one."""
    query = select(BotVersion).where(BotVersion.system == system)
    return session.scalar(query.order_by(BotVersion.number.desc()).limit(1))


def active(session: Session, system: str) -> BotVersion | None:
    """The version that enters records now."""
    query = select(BotVersion).where(BotVersion.system == system, BotVersion.state == BotState.ACTIVE)
    return session.scalar(query)


def versions(session: Session, system: str = "") -> list[BotVersion]:
    """All versions, of one system or of all, newest first within each system."""
    query = select(BotVersion).order_by(BotVersion.system, BotVersion.number.desc())
    return list(session.scalars(query.where(BotVersion.system == system) if system else query))


def add(session: Session, bot: NewBot, *, actor: str) -> BotVersion:
    """Store a checked text as the next version; the newest one again when its text is the same.

    People who worked on the same text in the meantime are added to its authors.
    """
    # Two people who check at once would otherwise both take the next number.
    transaction_lock(session, f"utsushi.bot.{bot.system}")
    last, sha256 = newest(session, bot.system), digest(bot.yaml)
    if last is not None and last.sha256 == sha256:
        last.authors = sorted({*last.authors, *bot.authors, actor})
        last.report = dict(bot.report)
        _note(session, last, actor, "bot.checked", {"authors": last.authors})
        return last
    row = BotVersion(
        system=bot.system,
        form=bot.form,
        number=(last.number if last else 0) + 1,
        title=dict(bot.title),
        author=actor,
        authors=sorted({*bot.authors, actor}),
        source=bot.source,
        sha256=sha256,
        yaml=bot.yaml,
        state=BotState.DRAFT,
        report=dict(bot.report),
        owner="",
        created_at=now(session),
    )
    session.add(row)
    session.flush()
    _note(session, row, actor, MADE, {"form": row.form, "source": row.source, "authors": row.authors})
    return row


def walked(session: Session, row: BotVersion, *, actor: str) -> None:
    """The dry walk went through every page of it."""
    row.walked_at = now(session)
    _note(session, row, actor, "bot.walked")


def rehearsed(
    session: Session, row: BotVersion, outcomes: Iterable[str], base_url: str, *, actor: str
) -> bool:
    """Keep the result of a rehearsal; True when it passed: ten records or more, all of them confirmed.

    A rehearsal that failed takes back an earlier one that passed. Raises BotNotReady before the dry walk.
    """
    if row.walked_at is None:
        raise BotNotReady("walk")
    if row.state not in {BotState.DRAFT, BotState.REHEARSED}:
        raise BotNotReady(row.state.value)
    counts: dict[str, int] = {}
    for status in outcomes:
        counts[status] = counts.get(status, 0) + 1
    good = set(counts) == {CONFIRMED} and counts[CONFIRMED] >= REHEARSAL_RECORDS
    # Only numbers: what the records were is nobody's business once they are rows of the test system.
    row.rehearsal = {
        "counts": counts,
        "base_url": base_url[:400],
        "at": now(session).isoformat(),
        "passed": good,
    }
    row.state = BotState.REHEARSED if good else BotState.DRAFT
    _note(session, row, actor, "bot.rehearsed", {"counts": counts, "passed": good})
    return good


def sign(session: Session, row: BotVersion, owner: str, *, actor: str) -> None:
    """Record that the system's owner signed the printed steps. Raises BotNotReady before the rehearsal passed."""
    if row.state is not BotState.REHEARSED:
        raise BotNotReady("rehearsal")
    name = " ".join(owner.split())[:120]
    # A signature of one of those who built it would be no approval by the system's owner.
    if not name or name.casefold() in _names(session, row.authors):
        raise BotNotReady("owner")
    row.owner, row.signed_at, row.state = name, now(session), BotState.SIGNED
    # A fingerprint: names of people do not belong in a chain that cannot be erased.
    _note(session, row, actor, "bot.signed", {"owner": vault(session).loggable(name)})


def activate(session: Session, row: BotVersion, *, actor: str, reason: str = "") -> None:
    """Make a signed version the one that enters records; an active one is retired.

    A retired version is activated again to go back to it, which needs a `reason`; it was approved by a second person
    before, so the authors of it may do that.

    Raises:
        BotNotReady: it is not signed, or no longer the text that was.
        SecondPersonNeeded: `actor` worked on it and nobody else has activated it before.
    """
    if row.state not in _MAY_BE_ACTIVATED:
        raise BotNotReady(row.state.value)
    before_approved = row.activated_at is not None
    if not before_approved and actor in row.authors:
        raise SecondPersonNeeded
    if before_approved and not reason:
        raise BotNotReady("reason")
    require_unchanged(session, row)
    transaction_lock(session, f"utsushi.bot.{row.system}")
    old = active(session, row.system)
    if old is not None:
        old.state = BotState.RETIRED
        session.flush()
    row.state, row.activated_by, row.activated_at = BotState.ACTIVE, actor, now(session)
    detail = {"before": old.number if old else None, "reason": vault(session).loggable(reason)}
    _note(session, row, actor, "bot.rolled_back" if before_approved else "bot.activated", detail)


def retire(session: Session, row: BotVersion, *, actor: str, reason: str) -> None:
    """Take the active version out of use. Raises BotNotReady for any other."""
    if row.state is not BotState.ACTIVE:
        raise BotNotReady(row.state.value)
    row.state = BotState.RETIRED
    _note(session, row, actor, "bot.retired", {"reason": vault(session).loggable(reason)})


def adopt(session: Session, bot: NewBot, *, actor: str) -> BotVersion:
    """Keep a file that was installed by hand as a retired version, so that one can go back to it.

    It was put there by whoever may write into the folder of systems, and counts as approved.
    """
    for row in versions(session, bot.system):
        if row.sha256 == digest(bot.yaml):
            return row
    row = add(session, bot, actor=actor)
    row.state, row.activated_at, row.activated_by = BotState.RETIRED, now(session), actor
    session.flush()
    return row


def require_unchanged(session: Session, row: BotVersion) -> None:
    """Raise FileDamaged unless the text is the one that the audit chain names."""
    made = [json.loads(event.detail) for event in chain.history(session, _subject(row)) if event.act == MADE]
    # Held against the chain, not only against the column beside it: who can change one can change both.
    if digest(row.yaml) != row.sha256 or not any(
        detail.get("number") == row.number and detail.get("sha256") == row.sha256 for detail in made
    ):
        raise FileDamaged(f"bot {row.system} {row.number}")


def count_waiting(session: Session) -> int:
    """Versions that are signed and wait for a second person."""
    return session.scalar(select(func.count()).where(BotVersion.state == BotState.SIGNED)) or 0


def _names(session: Session, authors: Iterable[str]) -> set[str]:
    found = [session.get(User, name) for name in authors]
    shown = {" ".join(user.display.split()).casefold() for user in found if user is not None}
    return {*shown, *(name.casefold() for name in authors)}


def _subject(row: BotVersion) -> str:
    return f"bot:{row.system}"


def _note(
    session: Session, row: BotVersion, actor: str, act: str, detail: Mapping[str, Any] | None = None
) -> None:
    session.flush()
    whole = {"number": row.number, "sha256": row.sha256, **(detail or {})}
    chain.append(session, actor=actor, act=act, subject=_subject(row), detail=whole)
