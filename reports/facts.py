"""Queries of the reports, with their results as pandas frames. Days are the office's, times UTC."""

from __future__ import annotations

import gc
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pandas as pd
from sqlalchemy import Integer, Select, String, case, exists, func, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased
from sqlalchemy.sql.elements import ColumnElement

from foundation.clock import OFFICE_ZONE
from reports.model import Span
from store.base.model import ItemMode, ItemState, Outcome
from store.base.schema import ActivityTime, Baseline, Batch, Document, Entry, Item, Page, Verification
from store.base.session import now

BINS: Final = 20
_SEPARATOR: Final = "|"  # in no field name, decision, mode or outcome
EXCLUDED_MODES: Final = (ItemMode.SEEDED.value, ItemMode.OVERRIDE.value)
"""Modes of review items whose answers do not measure the reading: seeded checks, and items about a broken rule."""
VALUE_OUTCOMES: Final = (
    Outcome.CONFIRMED.value,
    Outcome.CORRECTED.value,
    Outcome.BLANK.value,
    Outcome.ILLEGIBLE.value,
)
"""Outcomes about what is written on the paper. Not: a later change by the applicant, a wrong or returned form."""
_FIELD: Final = ["document_id", "field"]
AGES: Final = ((1, "hour"), (4, "four_hours"), (24, "day"), (72, "three_days"), (0, "older"))
"""Largest age in hours of a waiting item, and its code word; the last one is everything older."""


def _frame(session: Session, query: Select[Any]) -> pd.DataFrame:
    """The result of a query, without ORM objects: a year has hundreds of thousands of rows."""
    result = session.connection().execute(query)
    names = list(result.keys())
    columns = list(zip(*result.all(), strict=True)) or [()] * len(names)
    return pd.DataFrame(dict(zip(names, columns, strict=True)), columns=names)


def _driver_frame(session: Session, query: Select[Any]) -> pd.DataFrame:
    """`_frame` for queries whose columns need no conversion by SQLAlchemy: the rows come from the driver's cursor."""
    result = session.connection().execute(query)
    names = list(result.keys())
    # The garbage collector would run over the new tuples again and again, and none of them can be garbage yet.
    collecting = gc.isenabled()
    gc.disable()
    try:
        columns = list(zip(*result.cursor.fetchall(), strict=True)) or [()] * len(names)
        result.close()
        return pd.DataFrame(dict(zip(names, columns, strict=True)), columns=names)
    finally:
        if collecting:
            gc.enable()


def _raw(column: Any) -> Any:
    """An enum or a time as the driver returns it, without a Python conversion for each row."""
    return type_coerce(column, String()).label(column.key)


def _times(column: pd.Series) -> pd.Series:
    """Times in UTC."""
    # SQLite returns ISO 8601 text, PostgreSQL datetimes; this accepts both.
    return pd.to_datetime(column, utc=True, format="ISO8601")


def bounds(span: Span) -> tuple[datetime, datetime]:
    """First and last instant of the span in UTC."""
    since, until = (
        datetime(day.year, day.month, day.day, tzinfo=OFFICE_ZONE).astimezone(UTC)
        for day in (span.since, span.until)
    )
    return since, until


def documents(session: Session, span: Span) -> pd.DataFrame:
    """Applications received in the span: id, form, state, office, opened_at, pages."""
    since, until = bounds(span)
    query = (
        select(
            Document.id,
            Document.form_id.label("form"),
            _raw(Document.state),
            Batch.office,
            _raw(Document.opened_at),
        )
        .join(Batch, Batch.id == Document.batch_id)
        .where(Document.opened_at >= since, Document.opened_at < until)
    )
    frame = _driver_frame(session, query)
    frame["form"] = frame["form"].fillna("")
    frame["opened_at"] = _times(frame["opened_at"])
    counted = _driver_frame(
        session,
        select(Page.document_id, func.count().label("pages"))
        .where(Page.document_id.is_not(None))
        .group_by(Page.document_id),
    )
    pages = pd.Series(counted["pages"].to_numpy(), index=counted["document_id"])
    frame["pages"] = frame["id"].map(pages).fillna(0).astype(int)
    return frame


def entries(session: Session, span: Span) -> pd.DataFrame:
    """Entries of the span's documents: document_id, system, state, reason, seconds, confirmed_at."""
    since, until = bounds(span)
    query = (
        select(
            Entry.document_id,
            Entry.system,
            _raw(Entry.state),
            Entry.reason,
            Entry.seconds,
            _raw(Entry.confirmed_at),
        )
        .join(Document, Document.id == Entry.document_id)
        .where(Document.opened_at >= since, Document.opened_at < until)
    )
    frame = _driver_frame(session, query)
    frame["confirmed_at"] = _times(frame["confirmed_at"])
    return frame


def answers(session: Session, span: Span) -> pd.DataFrame:
    """All answers since the span began, in their order.

    Columns: document_id, item_id, field, decision, mode, outcome, same, bin, seconds, stands. `same` (equal to the
    machine's value) and `bin` (the confidence in twentieths) are those stored with the answer. `stands` is false while
    the field waits for another person.
    """
    since, _ = bounds(span)
    outcome = _raw(Verification.outcome)
    # Four text columns travel as one: few combinations differ, so each is split once and becomes a category code.
    words = (Verification.field, func.coalesce(Verification.decision, ""), Verification.mode, outcome)
    joined: ColumnElement[str] = type_coerce(words[0], String())
    for word in words[1:]:
        joined = joined.concat(_SEPARATOR).concat(type_coerce(word, String()))
    query = (
        select(
            Verification.document_id,
            Verification.item_id,
            joined.label("words"),
            type_coerce(Verification.agrees, Integer()).label("same"),
            Verification.confidence.label("bin"),
            Verification.active_seconds.label("seconds"),
        )
        # Without an upper limit: an answer after the span still counts for an application received in it.
        .where(Verification.created_at >= since)
        .order_by(Verification.id)
    )
    frame = _driver_frame(session, query)
    # Not in SQL: a cast to a whole number rounds in PostgreSQL and cuts in SQLite. 1.0 belongs to the last bin.
    frame["bin"] = (frame["bin"].astype(float) * BINS // 1).clip(upper=BINS - 1)
    codes, different = pd.factorize(frame.pop("words"))
    parts = [str(one).split(_SEPARATOR) for one in different]
    for place, name in enumerate(("field", "decision", "mode", "outcome")):
        own, categories = pd.factorize(pd.Series([part[place] for part in parts], dtype=object))
        frame[name] = pd.Categorical.from_codes(own[codes], categories)
    frame["stands"] = ~frame["item_id"].isin(_undecided_items(session))
    return frame


def _undecided_items(session: Session) -> list[int]:
    """Items whose answers do not count: withdrawn, or of a field that waits for another person in its round."""
    open_, asked = aliased(Item), aliased(Item)
    waiting = select(asked.id).join(
        open_,
        (open_.document_id == asked.document_id)
        & (open_.round == asked.round)
        & (open_.field == asked.field)
        & open_.state.in_((ItemState.OPEN, ItemState.CLAIMED))
        & open_.mode.not_in(EXCLUDED_MODES),
    )
    answered = exists().where(Verification.item_id == Item.id)
    withdrawn = select(Item.id).where(Item.state == ItemState.CANCELLED, answered)
    return list(session.scalars(waiting.union(withdrawn)))


def verifying(answers: pd.DataFrame) -> pd.DataFrame:
    """Verifying per application: document_id, seconds of all answers, number of answered fields."""
    # Seeded checks cost time as well, but are no field of the application.
    seconds = answers.groupby("document_id")["seconds"].sum()
    answered = answers[answers["mode"] != ItemMode.SEEDED.value].drop_duplicates(_FIELD)
    fields = answered.groupby("document_id").size().reindex(seconds.index, fill_value=0)
    return pd.DataFrame({"seconds": seconds, "fields": fields}).reset_index()


def activities(session: Session, span: Span) -> pd.DataFrame:
    """Staff time other than verifying: at, document_id, form, office, activity, seconds, basis."""
    since, until = bounds(span)
    query = (
        select(
            _raw(ActivityTime.at),
            ActivityTime.document_id,
            ActivityTime.form_id.label("form"),
            Batch.office,
            _raw(ActivityTime.activity),
            ActivityTime.seconds,
            _raw(ActivityTime.basis),
        )
        # Outer: time may be logged for a form alone, without a batch.
        .outerjoin(Batch, Batch.id == ActivityTime.batch_id)
        .where(ActivityTime.at >= since, ActivityTime.at < until)
    )
    frame = _frame(session, query)
    frame["at"] = _times(frame["at"])
    return frame


def baselines(session: Session) -> pd.DataFrame:
    """All timed runs of keying by hand: form, person, forms, minutes, basis, how, measured_at."""
    query = select(
        Baseline.form_id.label("form"),
        Baseline.person,
        Baseline.forms,
        Baseline.minutes,
        Baseline.basis,
        Baseline.how,
        Baseline.measured_at,
    )
    frame = _frame(session, query)
    frame["basis"] = frame["basis"].map(str)
    return frame


def verified_readings(answers: pd.DataFrame, documents: pd.DataFrame) -> pd.DataFrame:
    """Numbers of verified readings: form, field, decision, mode, outcome, same, bin, n.

    A field counts once, by its last answer (of the third person, the lead, or a later correction); a field that people
    have not settled yet is left out. `mode` is that of the first item: a quality sample stays one when a third person
    was needed.
    """
    about = (
        answers["same"].notna()
        & ~answers["mode"].isin(EXCLUDED_MODES)
        & answers["outcome"].isin(VALUE_OUTCOMES)
    )
    # An item that was undone and answered again has two answers; then items in the order in which they were opened.
    answers = (
        answers[about & answers["stands"]].drop_duplicates("item_id", keep="last").sort_values("item_id")
    )
    asked = answers.drop_duplicates(_FIELD)[[*_FIELD, "mode"]]
    last = answers.drop_duplicates(_FIELD, keep="last").drop(columns="mode").merge(asked, on=_FIELD)
    forms = pd.Series(documents["form"].to_numpy(), index=documents["id"])
    last = last.assign(form=last["document_id"].map(forms))
    named = ["form", "field", "decision", "mode", "outcome", "same", "bin"]
    found = (
        last[last["form"].notna()]
        .groupby(named, dropna=False, observed=True)
        .size()
        .rename("n")
        .reset_index()
    )
    return found.assign(same=found["same"].astype(bool))


def read_fields(session: Session, span: Span) -> pd.DataFrame:
    """Numbers of read fields by decision, from the tallies of the documents: form, field, decision, n."""
    since, until = bounds(span)
    query = select(Document.form_id, Document.tally).where(
        Document.opened_at >= since,
        Document.opened_at < until,
        Document.form_id.is_not(None),
        Document.tally != "",
    )
    # A tally is `field=decision,field=decision…`; it is stored with each document so that no readings are counted here.
    rows = []
    for form, tallies in _driver_frame(session, query).groupby("form_id")["tally"]:
        counted = Counter(",".join(tallies).split(","))
        rows += [(form, *word.split("=", 1), number) for word, number in sorted(counted.items())]
    return pd.DataFrame(rows, columns=["form", "field", "decision", "n"])


def waiting_items(session: Session) -> pd.DataFrame:
    """Waiting items now, by age: age (a word of `AGES`), mode, n."""
    at = now(session)
    ages = [(Item.created_at > at - timedelta(hours=hours), word) for hours, word in AGES[:-1]]
    age = case(*ages, else_=AGES[-1][1]).label("age")
    query = (
        select(age, Item.mode, func.count().label("n"))
        .where(Item.state.in_((ItemState.OPEN, ItemState.CLAIMED)), Item.mode != ItemMode.SEEDED)
        .group_by(age, Item.mode)
    )
    frame = _frame(session, query)
    frame["mode"] = frame["mode"].map(str)
    order = {word: place for place, (_, word) in enumerate(AGES)}
    return frame.sort_values("age", key=lambda words: words.map(order)).reset_index(drop=True)


def paired_answers(session: Session, span: Span) -> pd.DataFrame:
    """Fields that two people keyed independently: form, field, pairs, agreed. Secret ones are left out.

    A field that one of them could not read makes no pair; spaces are ignored, as in settling.
    """
    since, until = bounds(span)
    first, second = aliased(Item), aliased(Item)
    one, two = aliased(Verification), aliased(Verification)
    latest = [
        ~exists().where(Verification.item_id == answer.item_id, Verification.id > answer.id)
        for answer in (one, two)
    ]
    legible = [answer.outcome.in_(VALUE_OUTCOMES[:-1]) for answer in (one, two)]
    agreed = _without_spaces(one.value) == _without_spaces(two.value)
    # The same round, because a later correction of the field opens new items for it.
    same = (
        (first.document_id == second.document_id)
        & (first.round == second.round)
        & (first.field == second.field)
    )
    query = (
        select(
            first.form_id.label("form"),
            first.field,
            func.count().label("pairs"),
            func.sum(case((agreed, 1), else_=0)).label("agreed"),
        )
        .join(second, same & (second.seat == 2) & (second.mode == ItemMode.DOUBLE))
        .join(one, one.item_id == first.id)
        .join(two, two.item_id == second.id)
        # Each secret value is encrypted with a key of its own, so the database cannot compare two of them.
        .where(first.mode == ItemMode.DOUBLE, first.seat == 1, first.secret.is_(False), *latest, *legible)
        .where(one.created_at >= since, one.created_at < until)
        .group_by(first.form_id, first.field)
        .order_by(first.form_id, first.field)
    )
    return _frame(session, query)


def _without_spaces(value: InstrumentedAttribute[str]) -> ColumnElement[str]:
    """``store.documents.answer_agreement.comparable`` in SQL."""
    # Without its NFC step: answers are stored in NFC. U+3000 is the ideographic space.
    return func.replace(func.replace(value, " ", ""), "\u3000", "")
