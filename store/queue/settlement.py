"""From answers to a record: the present value of each field, the rules it breaks, and the settling itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.base.model import ItemMode, ItemState, Outcome, RuleCheck, RuleFailure
from store.base.schema import Document, Item, Record, Verification
from store.documents import answer_agreement, readings, records
from store.documents.answer_agreement import AgreementState, FieldAgreement, FieldAnswer


def field_answers(
    session: Session, document: Document, field: str | None = None
) -> dict[str, list[FieldAnswer]]:
    """The answers of this round by field, oldest first; a repeated answer replaces the earlier one."""
    query = (
        select(Item, Verification)
        .join(Verification, Verification.item_id == Item.id)
        .where(
            Item.document_id == document.id,
            Item.round == document.round,
            Item.state == ItemState.DONE,
            Item.mode != ItemMode.SEEDED,
        )
        .order_by(Verification.id)
    )
    if field is not None:
        query = query.where(Item.field == field)
    newest: dict[int, tuple[Item, Verification]] = {}
    for item, verification in session.execute(query).tuples():
        newest.pop(item.id, None)  # put at the end again: order is that of the newest answers
        newest[item.id] = (item, verification)
    found: dict[str, list[FieldAnswer]] = {}
    for item, verification in newest.values():
        value = readings.decrypt_value(
            session, document.id, item.field, verification.value, secret=verification.secret
        )
        answer = FieldAnswer(item.mode, item.seat, item.presentation, verification.outcome, value)
        found.setdefault(item.field, []).append(answer)
    return found


def agreement_of(session: Session, document: Document, field: str) -> FieldAgreement:
    """The agreement on one field; `NONE` while an item of it is unanswered."""
    waiting = select(Item.id).where(
        Item.document_id == document.id,
        Item.round == document.round,
        Item.field == field,
        Item.mode.not_in((ItemMode.SEEDED, ItemMode.OVERRIDE)),
        Item.state.in_((ItemState.OPEN, ItemState.CLAIMED)),
    )
    if session.scalars(waiting.limit(1)).first() is not None:
        return FieldAgreement(AgreementState.NONE)
    reading = readings.of_field(session, document.id, field, reveal=True)
    answers = field_answers(session, document, field).get(field, [])
    return answer_agreement.evaluate(answers, reading.value if reading else None)


def waiting_items(session: Session, document: Document) -> bool:
    """True while any item of this round that blocks settling is unanswered."""
    query = select(Item.id).where(
        Item.document_id == document.id,
        Item.round == document.round,
        # Seeded items settle nothing.
        Item.mode != ItemMode.SEEDED,
        Item.state.in_((ItemState.OPEN, ItemState.CLAIMED)),
    )
    return session.scalars(query.limit(1)).first() is not None


def record_to_correct(session: Session, document: Document) -> tuple[dict[str, str], dict[str, str]]:
    """Values and origins of the record that a correction starts from; empty if the document was read again since."""
    record = records.newest(session, document.id)
    if record is None or record.read_run != document.read_run:
        return {}, {}
    loaded = records.load(session, record, reveal=True)
    return loaded.values, loaded.origins


def settled_values(session: Session, document: Document) -> tuple[dict[str, str], dict[str, str]]:
    """Every field's present value and its origin (secret values in clear)."""
    read = readings.latest(session, document.id, reveal=True)
    machine = readings.values(read)
    values, origins = dict(machine), dict.fromkeys(machine, answer_agreement.MACHINE)
    # Order of precedence: machine, then the record that is being corrected, then this round's answers.
    earlier, whose = record_to_correct(session, document)
    values.update(earlier)
    origins.update(whose)
    for field, answers in field_answers(session, document).items():
        found = answer_agreement.evaluate(answers, machine.get(field))
        if found.state is AgreementState.SETTLED:
            values[field], origins[field] = found.value, found.origin
    return values, origins


def failing_rules(
    session: Session, document: Document, values: Mapping[str, str], rules: RuleCheck | None
) -> Sequence[RuleFailure]:
    """Required rules that the values break and that nobody has overridden in this round."""
    if rules is None:
        return []
    overridden = _overridden(session, document)
    return [failure for failure in rules(values) if failure.rule not in overridden]


def make_record(
    session: Session, document: Document, values: Mapping[str, str], origins: Mapping[str, str], actor: str
) -> Record:
    """Settle: add the record and move the document to `verified`."""
    return records.settle(session, document, values, origins, actor)


def _overridden(session: Session, document: Document) -> set[str]:
    query = (
        select(Item.reasons)
        .join(Verification, Verification.item_id == Item.id)
        .where(
            Item.document_id == document.id,
            Item.round == document.round,
            Item.mode == ItemMode.OVERRIDE,
            Item.state == ItemState.DONE,
            Verification.outcome == Outcome.CONFIRMED,
        )
    )
    # `open_overrides` stores the rule's name as the first reason.
    return {reasons[0] for reasons in session.scalars(query) if reasons}
