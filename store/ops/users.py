"""Local accounts: argon2id passwords, six roles, lock-out after wrong passwords.

Signing in opens its own short transactions, so that no lock is held during the slow password check, and a failure is
counted although an error is raised.
`User.session_epoch` grows with every change of password or roles; web sessions contain it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from store.audit import chain
from store.base.errors import BadLogin, InvalidUser, NotFound
from store.base.schema import User
from store.base.session import now, vault
from store.database import Store

ROLES: Final = frozenset({"clerk", "verifier", "lead", "dx", "automator", "admin"})
# OWASP ASVS 4.0: 2.1.1 asks for twelve characters, 2.2.1 for a limit on guessing.
SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 256  # bounds the cost of hashing
FAILURES_TO_LOCK: Final = 5
LOCK_MINUTES: Final = 15
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
_hasher = PasswordHasher()


def add(
    session: Session, name: str, *, display: str, password: str, roles: Iterable[str], actor: str
) -> User:
    """Create an account. Raises InvalidUser for a bad or taken name, unknown roles, a short password."""
    wanted = _roles(roles)
    if not _NAME.fullmatch(name) or session.get(User, name) is not None:
        raise InvalidUser("name")
    user = User(
        name=name,
        display=display.strip()[:200] or name,
        password_hash=_hash(password),
        roles=wanted,
        created_at=now(session),
    )
    session.add(user)
    session.flush()
    chain.append(session, actor=actor, act="user.added", subject=f"user:{name}", detail={"roles": wanted})
    return user


def sign_in(store: Store, name: str, password: str) -> User:
    """The user behind a name and password.

    Raises BadLogin, the same for an unknown name, a wrong password, a lock-out and a switched-off account: whoever
    guesses is not told which names there are.
    """
    # Counted before the password is checked: of many guesses at the same moment only the first few are checked at all.
    with store.write() as session:
        found, locked = _begin_attempt(session, name)
    # Argon2 is slow on purpose; it runs between the two transactions, without a lock.
    right = _matches(found.password_hash if found and not locked else _decoy(), password)
    with store.write() as session:
        user = _outcome(session, name, found, locked, right)
    # Raised after the transaction: inside it the event would be rolled back.
    if user is None:
        raise BadLogin
    return user


def _begin_attempt(session: Session, name: str) -> tuple[User | None, bool]:
    """The account, and whether it is locked. An attempt that is allowed counts as wrong until it is right."""
    user = session.get(User, name, with_for_update=True) if _NAME.fullmatch(name) else None
    if user is None:
        return None, False
    # Attempts during a lock-out do not prolong it: anybody could keep a person out for good.
    if user.locked_until is not None and user.locked_until > now(session):
        return user, True
    user.failures += 1
    if user.failures >= FAILURES_TO_LOCK:
        user.failures, user.locked_until = 0, now(session) + timedelta(minutes=LOCK_MINUTES)
    return user, False


def set_password(session: Session, name: str, password: str, *, actor: str) -> None:
    """Change a password; ends the user's web sessions and a lock-out."""
    user = _locked_row(session, name)
    user.password_hash = _hash(password)
    user.failures, user.locked_until = 0, None
    # Sessions are signed cookies without server state, so they can only be ended by a new epoch.
    user.session_epoch += 1
    chain.append(session, actor=actor, act="user.password", subject=f"user:{name}")


def set_roles(session: Session, name: str, roles: Iterable[str], *, actor: str) -> None:
    """Change a user's roles; ends their web sessions."""
    user = _locked_row(session, name)
    before, user.roles = user.roles, _roles(roles)
    user.session_epoch += 1
    detail = {"from": before, "to": user.roles}
    chain.append(session, actor=actor, act="user.roles", subject=f"user:{name}", detail=detail)


def set_active(session: Session, name: str, active: bool, *, actor: str) -> None:
    """Switch an account off or on; names are never reused."""
    user = _locked_row(session, name)
    user.active = active
    user.session_epoch += 1
    act = "user.switched_on" if active else "user.switched_off"
    chain.append(session, actor=actor, act=act, subject=f"user:{name}")


def get(session: Session, name: str) -> User:
    """The user. Raises NotFound."""
    user = session.get(User, name)
    if user is None:
        raise NotFound(f"user {name[:40]}")
    return user


def all_users(session: Session) -> list[User]:
    """All accounts by name."""
    return list(session.scalars(select(User).order_by(User.name)))


def _outcome(session: Session, name: str, found: User | None, locked: bool, right: bool) -> User | None:
    if found is None:
        # A fingerprint only: people type passwords into the name field.
        who = vault(session).fingerprint(name)[:16]
        chain.append(
            session, actor="unknown", act="login.failed", subject="user:unknown", detail={"name": who}
        )
        return None
    user = _locked_row(session, found.name)
    subject = f"user:{user.name}"
    if locked or not user.active or not right:
        chain.append(session, actor=user.name, act="login.failed", subject=subject, detail={"locked": locked})
        if not locked and found.locked_until is not None and found.locked_until > now(session):
            chain.append(session, actor=user.name, act="login.locked", subject=subject)
        return None
    user.failures, user.locked_until, user.last_login_at = 0, None, now(session)
    chain.append(session, actor=user.name, act="login.ok", subject=subject)
    return user


def _locked_row(session: Session, name: str) -> User:
    user = session.get(User, name, with_for_update=True, populate_existing=True)
    if user is None:
        raise NotFound(f"user {name[:40]}")
    return user


def _roles(roles: Iterable[str]) -> list[str]:
    wanted = sorted(set(roles))
    if not wanted or not set(wanted) <= ROLES:
        raise InvalidUser("roles")
    return wanted


def _hash(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InvalidUser("password")
    return _hasher.hash(password)


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password[:LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False


@cache
def _decoy() -> str:
    """Hash that is checked for unknown names, so that the response time does not reveal which names exist."""
    return _hasher.hash("nobody has this password")
