"""Takes what reports stand on out of the database, as pandas frames. Days are the office's, times UTC."""

from __future__ import annotations

import gc
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pandas as pd
from sqlalchemy import Integer, Select, String, case, cast, exists, func, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased
from sqlalchemy.sql.elements import ColumnElement

from foundation.clock import OFFICE_ZONE
from reports.model import Span
from store.base.model import ItemMode, ItemState, Outcome
from store.base.schema import ActivityTime, Baseline, Batch, Document, Entry, Item, Page, Verification
from store.base.session import now

BINS: Final = 20
_SEPARATOR: Final = "|"
NO_JUDGES: Final = (ItemMode.SEEDED.value, ItemMode.OVERRIDE.value)
"""Questions whose answers say nothing of a reading: planted ones, and those about a broken rule."""
LAST_WORDS: Final = (
    Outcome.CONFIRMED.value,
    Outcome.CORRECTED.value,
    Outcome.BLANK.value,
    Outcome.ILLEGIBLE.value,
)
"""Answers about what stands on the paper; an applicant who changed it, or a form sent back, says nothing of that."""
_FIELD: Final = ["document_id", "field"]
AGES: Final = ((1, "hour"), (4, "four_hours"), (24, "day"), (72, "three_days"), (0, "older"))
"""Hours that a question has waited at most, and the word for it; the last is everything older."""


def _frame(session: Session, query: Select[Any]) -> pd.DataFrame:
    """Column by column, past the ORM: a year's rows are hundreds of thousands."""
    result = session.connection().execute(query)
    names = list(result.keys())
    columns = list(zip(*result.all(), strict=True)) or [()] * len(names)
    return pd.DataFrame(dict(zip(names, columns, strict=True)), columns=names)


def _bare(session: Session, query: Select[Any]) -> pd.DataFrame:
    """`_frame` for queries whose columns the driver gives as they are wanted: no row passes through SQLAlchemy."""
    result = session.connection().execute(query)
    names = list(result.keys())
    # The collector would look at every new row again and again, and none of them can be garbage.
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
    """A word or a time as the driver gives it, without a Python call for each row."""
    return type_coerce(column, String()).label(column.key)


def _times(column: pd.Series) -> pd.Series:
    """Times in UTC, from what either database gives."""
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
    frame = _bare(session, query)
    frame["form"] = frame["form"].fillna("")
    frame["opened_at"] = _times(frame["opened_at"])
    counted = _bare(
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
    frame = _bare(session, query)
    frame["confirmed_at"] = _times(frame["confirmed_at"])
    return frame


def answers(session: Session, span: Span) -> pd.DataFrame:
    """What people said since the span began, in the order of the answers.

    Columns: document_id, item_id, field, decision, mode, outcome, same, bin, seconds, stands. `same` (was it the
    machine's value) and `bin` (the machine's probability in twentieths, rounded down) are those that stood beside the
    answer. `stands` is false while the field waits for another person. The four words come as one: few are different.
    """
    since, _ = bounds(span)
    outcome = _raw(Verification.outcome)
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
            cast(Verification.confidence * BINS - 0.5, Integer).label("bin"),
            Verification.active_seconds.label("seconds"),
        )
        .where(Verification.created_at >= since)
        .order_by(Verification.id)
    )
    frame = _bare(session, query)
    codes, different = pd.factorize(frame.pop("words"))
    parts = [str(one).split(_SEPARATOR) for one in different]
    for place, name in enumerate(("field", "decision", "mode", "outcome")):
        own, categories = pd.factorize(pd.Series([part[place] for part in parts], dtype=object))
        frame[name] = pd.Categorical.from_codes(own[codes], categories)
    frame["stands"] = ~frame["item_id"].isin(_undecided(session))
    return frame


def _undecided(session: Session) -> list[int]:
    """Questions whose answers do not count: withdrawn, or of a field that waits for another person in its round."""
    open_, asked = aliased(Item), aliased(Item)
    waiting = select(asked.id).join(
        open_,
        (open_.document_id == asked.document_id)
        & (open_.round == asked.round)
        & (open_.field == asked.field)
        & open_.state.in_((ItemState.OPEN, ItemState.CLAIMED))
        & open_.mode.not_in(NO_JUDGES),
    )
    answered = exists().where(Verification.item_id == Item.id)
    withdrawn = select(Item.id).where(Item.state == ItemState.CANCELLED, answered)
    return list(session.scalars(waiting.union(withdrawn)))


def verifying(said: pd.DataFrame) -> pd.DataFrame:
    """People's work on fields, per application: document_id, seconds of all answers, fields that were answered."""
    seconds = said.groupby("document_id")["seconds"].sum()
    answered = said[said["mode"] != ItemMode.SEEDED.value].drop_duplicates(_FIELD)
    fields = answered.groupby("document_id").size().reindex(seconds.index, fill_value=0)
    return pd.DataFrame({"seconds": seconds, "fields": fields}).reset_index()


def activities(session: Session, span: Span) -> pd.DataFrame:
    """Other minutes of people: at, document_id, form, office, activity, seconds, basis."""
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
        .outerjoin(Batch, Batch.id == ActivityTime.batch_id)
        .where(ActivityTime.at >= since, ActivityTime.at < until)
    )
    frame = _frame(session, query)
    frame["at"] = _times(frame["at"])
    return frame


def baselines(session: Session) -> pd.DataFrame:
    """What was timed by hand, all of it: form, person, forms, minutes, basis, how, measured_at."""
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


def judged(said: pd.DataFrame, documents: pd.DataFrame) -> pd.DataFrame:
    """Machine readings that people have judged, counted: form, field, decision, mode, outcome, same, bin, n.

    A field counts once. The person who was asked last has the last word on it (the third, the lead, whoever corrected
    it later), and a field of which people settle nothing yet is left out. `mode` says why the field was asked about at
    first: a sample of accepted fields stays one when a third person was needed.
    """
    about = said["same"].notna() & ~said["mode"].isin(NO_JUDGES) & said["outcome"].isin(LAST_WORDS)
    said = said[about & said["stands"]].drop_duplicates("item_id", keep="last").sort_values("item_id")
    asked = said.drop_duplicates(_FIELD)[[*_FIELD, "mode"]]
    last = said.drop_duplicates(_FIELD, keep="last").drop(columns="mode").merge(asked, on=_FIELD)
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
    """How many fields were read and how decided, from the tallies of the documents: form, field, decision, n."""
    since, until = bounds(span)
    query = select(Document.form_id, Document.tally).where(
        Document.opened_at >= since,
        Document.opened_at < until,
        Document.form_id.is_not(None),
        Document.tally != "",
    )
    rows = []
    for form, tallies in _bare(session, query).groupby("form_id")["tally"]:
        counted = Counter(",".join(tallies).split(","))
        rows += [(form, *word.split("=", 1), number) for word, number in sorted(counted.items())]
    return pd.DataFrame(rows, columns=["form", "field", "decision", "n"])


def waiting_items(session: Session) -> pd.DataFrame:
    """Questions that wait for people just now, counted by age: age (a word of `AGES`), mode, n."""
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
    """Fields that two people keyed without seeing each other: form, field, pairs, agreed. Secret ones are left out.

    A field that one of them could not read makes no pair; spaces make no difference, as in settling.
    """
    since, until = bounds(span)
    first, second = aliased(Item), aliased(Item)
    one, two = aliased(Verification), aliased(Verification)
    latest = [
        ~exists().where(Verification.item_id == said.item_id, Verification.id > said.id)
        for said in (one, two)
    ]
    legible = [said.outcome.in_(LAST_WORDS[:-1]) for said in (one, two)]
    agreed = _without_spaces(one.value) == _without_spaces(two.value)
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
        .where(first.mode == ItemMode.DOUBLE, first.seat == 1, first.secret.is_(False), *latest, *legible)
        .where(one.created_at >= since, one.created_at < until)
        .group_by(first.form_id, first.field)
        .order_by(first.form_id, first.field)
    )
    return _frame(session, query)


def _without_spaces(value: InstrumentedAttribute[str]) -> ColumnElement[str]:
    """The database's part of ``store.documents.answer_agreement.comparable``: answers are stored in NFC already."""
    return func.replace(func.replace(value, " ", ""), "\u3000", "")
