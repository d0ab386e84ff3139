"""Whether a legacy system may be entered into: paused by a person, or its circuit open after consecutive failures.

Both raise an alert on the board until the system runs again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from foundation.words import sentence
from store.audit import chain
from store.base.schema import SystemState
from store.base.session import now, vault
from store.ops import messages

FAILURES_TO_OPEN: Final = 5
FIRST_WAIT_SECONDS: Final = 60.0
LONGEST_WAIT_SECONDS: Final = 3600.0
PAUSED: Final = "system_paused"
STOPPED: Final = "system_stopped"


def state(session: Session, system: str) -> SystemState | None:
    """The row of a system, None if it was never paused and never failed."""
    return session.get(SystemState, system)


def may_run(session: Session, system: str) -> bool:
    """True unless paused, or the circuit is open and its waiting time has not passed."""
    row = state(session, system)
    if row is None:
        return True
    waited = row.retry_at is None or row.retry_at <= now(session)
    return not row.paused and (not row.circuit_open or waited)


def pause(session: Session, system: str, *, actor: str, reason: str) -> None:
    """Stop entering until `resume`."""
    row = _row(session, system)
    row.paused, row.reason = True, reason
    text = sentence("alert.system_paused", system=system)
    messages.raise_alert(session, PAUSED, text, level="info", subject=system)
    _note(session, system, actor, "system.paused", reason)


def resume(session: Session, system: str, *, actor: str) -> None:
    """Enter again; also closes an open circuit."""
    row = _row(session, system)
    # A person says that the cause is gone: failures are counted from 0.
    row.paused, row.circuit_open, row.failures, row.reason, row.retry_at = False, False, 0, "", None
    messages.clear_alert(session, PAUSED, system)
    messages.clear_alert(session, STOPPED, system)
    _note(session, system, actor, "system.resumed", "")


def succeeded(session: Session, system: str) -> None:
    """An entry went through: resets the count of consecutive failures."""
    row = _row(session, system)
    if row.failures or row.circuit_open:
        row.failures, row.circuit_open, row.retry_at = 0, False, None
        messages.clear_alert(session, STOPPED, system)


def failed(session: Session, system: str, *, actor: str, reason: str, at_once: bool = False) -> bool:
    """A system error. Returns True when the circuit is open now; the wait doubles from one minute to one hour.

    `at_once` opens it regardless of the count: after a refused login, further attempts could lock the account.
    """
    row = _row(session, system)
    row.failures = max(row.failures + 1, FAILURES_TO_OPEN if at_once else 0)
    row.reason, row.updated_at = reason, now(session)
    if row.failures < FAILURES_TO_OPEN:
        return False
    wait = min(FIRST_WAIT_SECONDS * 2 ** (row.failures - FAILURES_TO_OPEN), LONGEST_WAIT_SECONDS)
    row.circuit_open, row.retry_at = True, now(session) + timedelta(seconds=wait)
    key = "alert.system_login" if at_once else "alert.system_stopped"
    text = sentence(key, system=system, n=row.failures)
    messages.raise_alert(session, STOPPED, text, level="error", subject=system)
    _note(session, system, actor, "system.circuit_open", reason)
    return True


def _row(session: Session, system: str) -> SystemState:
    row = session.get(SystemState, system, with_for_update=True, populate_existing=True)
    if row is None:
        row = SystemState(system=system, updated_at=now(session))
        session.add(row)
        session.flush()
    row.updated_at = now(session)
    return row


def _note(session: Session, system: str, actor: str, act: str, reason: str) -> None:
    session.flush()
    detail = {"reason": vault(session).loggable(reason)}
    chain.append(session, actor=actor, act=act, subject=f"system:{system}", detail=detail)
