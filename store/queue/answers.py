"""Stores a person's answer once, compares it with the others, and settles the document when nothing is open."""

from __future__ import annotations

import secrets as random_tokens
import unicodedata
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.audit import chain
from store.base.errors import InvalidAnswer, ItemGone, NotFound, NotYours
from store.base.model import (
    Answer,
    DocumentState,
    ItemMode,
    ItemState,
    Outcome,
    Presentation,
    RuleCheck,
    RuleFailure,
    Submitted,
)
from store.base.schema import Document, Item, Verification
from store.base.session import now, vault
from store.documents import readings
from store.documents.answer_agreement import LEAD_SEAT, THIRD_SEAT, AgreementState, FieldAgreement, comparable
from store.documents.documents import advance, get, lock
from store.queue import review_items, settlement

MAX_LENGTH: Final = 4000
_WITH_VALUE: Final = {Outcome.CORRECTED, Outcome.CONFIRMED, Outcome.CORRECTED_BY_APPLICANT}
# Direction overrides and isolates (Unicode bidi controls) make a value look different from what is stored.
_BIDI: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_MOVES: Final = {
    Outcome.WRONG_FORM: (DocumentState.UNIDENTIFIED, "wrong_form"),
    Outcome.RETURN_TO_APPLICANT: (DocumentState.RETURNED, "return_to_applicant"),
}


def submit(
    session: Session, item_id: int, token: str, user: str, answer: Answer, *, rules: RuleCheck | None = None
) -> Submitted:
    """Store a person's answer to a claimed item and apply its consequences, all in the caller's transaction.

    Sending the same `token` again changes nothing and returns the result with `repeated`. An answer after the lease
    expired still counts as long as nobody else claimed the item.

    Args:
        token: the claim's (`Item.claim_token`).
        rules: required rules that must hold before the document is settled; broken ones open `override` items.

    Raises:
        NotFound, NotYours, ItemGone: nothing is stored. InvalidAnswer: correct it and send it again.
    """
    item = _load(session, item_id)
    # The document before the item, in this order everywhere: two answers cannot deadlock.
    document = lock(session, item.document_id)
    item = session.get_one(Item, item_id, with_for_update=True, populate_existing=True)
    # The token makes the request idempotent: a repeated request finds its own stored answer.
    first = session.scalars(select(Verification).where(Verification.token == token)).one_or_none()
    if first is not None:
        return _repeat(first, document, item, user)
    _check_claim(item, token, user)
    # A seeded item shows a document that was settled long ago.
    if item.mode is not ItemMode.SEEDED and document.state is not DocumentState.VERIFYING:
        raise ItemGone(f"item {item_id}")
    stored = _store(session, document, item, token, user, answer)
    if item.mode is ItemMode.SEEDED:
        return Submitted(item.id, document.id, document.state, field_settled=True)
    if stored.outcome in _MOVES:
        to, reason = _MOVES[stored.outcome]
        review_items.cancel_open(session, document.id)
        advance(session, document, to, user, {"item": item.id, "field": item.field}, reason=reason)
        return Submitted(item.id, document.id, document.state)
    return _evaluate(session, document, item, user, rules)


def reopen(session: Session, item_id: int, user: str, seconds: float = 120.0) -> Item:
    """Undo: return an answered item to the person who answered it. The answer stays stored; a new one replaces it.

    Raises ItemGone once the document is settled or somebody else works on a follow-up item, NotYours.
    """
    item = _load(session, item_id)
    document = lock(session, item.document_id)
    item = session.get_one(Item, item_id, with_for_update=True, populate_existing=True)
    if item.done_by != user:
        raise NotYours(f"item {item_id}")
    if item.state is not ItemState.DONE or item.round != document.round:
        raise ItemGone(f"item {item_id}")
    if document.state is not DocumentState.VERIFYING and item.mode is not ItemMode.SEEDED:
        raise ItemGone(f"item {item_id}")
    _cancel_follow_up(session, item)
    item.state, item.done_by, item.done_at = ItemState.CLAIMED, None, None
    item.lease_owner, item.lease_until = user, now(session) + timedelta(seconds=seconds)
    # A new token: the old one belongs to the stored answer and would return that.
    item.claim_token = random_tokens.token_urlsafe(18)
    session.flush()
    _note(session, user, item, "item.reopened", {})
    return item


def clean(value: str) -> str:
    """A typed value as it may be stored: NFC, no spaces at the ends.

    Raises InvalidAnswer for control characters, unpaired surrogates, direction overrides, and over 4,000 characters.
    """
    if len(value) > MAX_LENGTH:
        raise InvalidAnswer(f"> {MAX_LENGTH}")
    text = unicodedata.normalize("NFC", value).strip()
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cs"} or character in _BIDI:
            raise InvalidAnswer(f"U+{ord(character):04X}")
    return text


def _load(session: Session, item_id: int) -> Item:
    item = session.get(Item, item_id)
    if item is None:
        raise NotFound(f"item {item_id}")
    return item


def _repeat(first: Verification, document: Document, item: Item, user: str) -> Submitted:
    if first.user != user or first.item_id != item.id:
        raise NotYours(f"item {item.id}")
    return Submitted(item.id, document.id, document.state, repeated=True)


def _check_claim(item: Item, token: str, user: str) -> None:
    if item.state in {ItemState.DONE, ItemState.CANCELLED}:
        raise ItemGone(f"item {item.id}")
    if item.lease_owner != user or not item.claim_token or item.claim_token != token:
        raise NotYours(f"item {item.id}")


def _store(
    session: Session, document: Document, item: Item, token: str, user: str, answer: Answer
) -> Verification:
    value, outcome = _as_counted(session, document, item, answer)
    # More than a day at once is a broken clock or script, not work.
    if answer.active_seconds < 0 or answer.active_seconds > 86_400:
        raise InvalidAnswer("active_seconds")
    secret = item.field in document.secret_fields
    reading = readings.of_field(session, document.id, item.field, reveal=True)
    stored = Verification(
        document_id=document.id,
        item_id=item.id,
        field=item.field,
        user=user,
        value=readings.encrypt_value(session, document.id, item.field, value, secret=secret),
        secret=secret,
        outcome=outcome,
        note=clean(answer.note),
        active_seconds=answer.active_seconds,
        keystrokes=answer.keystrokes,
        shown=answer.shown,
        mode=item.mode.value,
        decision=reading.decision if reading else None,
        confidence=reading.confidence if reading else None,
        agrees=comparable(reading.value) == comparable(value) if reading else None,
        token=token,
        created_at=now(session),
    )
    session.add(stored)
    item.state, item.done_by, item.done_at = ItemState.DONE, user, now(session)
    session.flush()
    fingerprint = vault(session).fingerprint(f"{document.id}:{item.field}:{value}")
    _note(session, user, item, "item.answered", {"outcome": outcome.value, "value": fingerprint})
    return stored


def _as_counted(session: Session, document: Document, item: Item, answer: Answer) -> tuple[str, Outcome]:
    """The value and the outcome to be counted: whether the machine was right is decided here, not by the page."""
    if answer.outcome not in _WITH_VALUE:
        return "", answer.outcome
    value = clean(answer.value)
    if item.mode is ItemMode.OVERRIDE:
        # A broken rule stands only if somebody writes down why.
        if answer.outcome is Outcome.CONFIRMED and not answer.note.strip():
            raise InvalidAnswer("note")
        return value, answer.outcome
    if answer.outcome is Outcome.CORRECTED_BY_APPLICANT:
        return value, answer.outcome
    # A seeded item is compared with the wrong value that was shown, not with the reading.
    reading = readings.of_field(session, document.id, item.field, reveal=True)
    machine = reading.value if reading else ""
    if item.wrong_value is not None:
        secret = item.field in document.secret_fields
        machine = readings.decrypt_value(session, document.id, item.field, item.wrong_value, secret=secret)
    if comparable(machine) == comparable(value):
        return value, Outcome.CONFIRMED
    return value, Outcome.CORRECTED if value else Outcome.BLANK


def _evaluate(
    session: Session, document: Document, item: Item, user: str, rules: RuleCheck | None
) -> Submitted:
    found = settlement.agreement_of(session, document, item.field)
    opened = _open_follow_up(session, document, item, found, user)
    settled = found.state is AgreementState.SETTLED
    # An illegible field has just returned the document.
    if document.state is not DocumentState.VERIFYING or settlement.waiting_items(session, document):
        return Submitted(item.id, document.id, document.state, field_settled=settled, opened=tuple(opened))
    return _finish(session, document, item, user, rules, settled)


def _open_follow_up(
    session: Session, document: Document, item: Item, found: FieldAgreement, user: str
) -> Sequence[int]:
    if found.state is AgreementState.NEEDS_THIRD:
        return [review_items.open_third(session, item)]
    if found.state is AgreementState.NEEDS_LEAD:
        return [review_items.open_lead(session, item)]
    if found.state is AgreementState.ILLEGIBLE:
        review_items.cancel_open(session, document.id)
        detail = {"item": item.id, "field": item.field}
        advance(session, document, DocumentState.RETURNED, user, detail, reason=f"illegible:{item.field}")
    return []


def _finish(
    session: Session, document: Document, item: Item, user: str, rules: RuleCheck | None, settled: bool
) -> Submitted:
    values, origins = settlement.settled_values(session, document)
    failures: tuple[RuleFailure, ...] = tuple(settlement.failing_rules(session, document, values, rules))
    if failures:
        opened = tuple(review_items.open_overrides(session, document, failures))
        return Submitted(
            item.id, document.id, document.state, field_settled=settled, failures=failures, opened=opened
        )
    record = settlement.make_record(session, document, values, origins, user)
    state = get(session, document.id).state
    return Submitted(item.id, document.id, state, field_settled=True, record_id=record.id)


def _cancel_follow_up(session: Session, item: Item) -> None:
    """Cancel the items for a third person and a lead that this answer caused; ItemGone once somebody works on one."""
    if item.mode is ItemMode.THIRD and item.seat == LEAD_SEAT:
        return
    seats = [LEAD_SEAT] if item.mode is ItemMode.THIRD else [THIRD_SEAT, LEAD_SEAT]
    query = select(Item).where(
        Item.document_id == item.document_id,
        Item.round == item.round,
        Item.field == item.field,
        Item.mode == ItemMode.THIRD,
        Item.seat.in_(seats),
        Item.state != ItemState.CANCELLED,
    )
    for later in session.scalars(query.with_for_update()):
        if later.state is not ItemState.OPEN:
            raise ItemGone(f"item {item.id}")
        later.state = ItemState.CANCELLED


def _note(session: Session, user: str, item: Item, act: str, detail: dict[str, object]) -> None:
    facts = {"item": item.id, "field": item.field, "shown": item.presentation.value, **detail}
    chain.append(session, actor=user, act=act, subject=f"document:{item.document_id}", detail=facts)


__all__ = ["MAX_LENGTH", "Presentation", "clean", "reopen", "submit"]
