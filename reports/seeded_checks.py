"""Seeded checks answered and noticed, per form, over all people: a person's own rate is not in the report."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import case, exists, func, select
from sqlalchemy.orm import Session, aliased

from reports import facts
from reports.accuracy import clopper_pearson
from reports.model import Span
from store.base.model import ItemMode, Outcome
from store.base.schema import Item, Verification

# "planted": a column of the CSV export, so its name stays.
COLUMNS = ["form", "planted", "noticed", "rate", "low", "high"]


def by_form(session: Session, span: Span) -> pd.DataFrame:
    """One row per form with the exact 95% interval of the share that was noticed; the newest answer counts."""
    since, until = facts.bounds(span)
    later = aliased(Verification)
    # An answer that was undone and given again is two rows for one item.
    newest = ~exists().where(later.item_id == Verification.item_id, later.id > Verification.id)
    # Any outcome but a confirmation shows that the wrong value was noticed.
    noticed = func.sum(case((Verification.outcome != Outcome.CONFIRMED, 1), else_=0))
    query = (
        select(Item.form_id, func.count(), noticed)
        .join(Verification, Verification.item_id == Item.id)
        .where(Item.mode == ItemMode.SEEDED, newest)
        .where(Verification.created_at >= since, Verification.created_at < until)
        .group_by(Item.form_id)
        .order_by(Item.form_id)
    )
    rows = [
        (form, total, int(seen), int(seen) / total, *clopper_pearson(int(seen), total))
        for form, total, seen in session.execute(query).tuples()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)
