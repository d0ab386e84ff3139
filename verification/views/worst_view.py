"""The fields that people corrected most, each with crops, the machine's value and the answer."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import Final

import pandas as pd
from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from reports.facts import EXCLUDED_MODES, VALUE_OUTCOMES
from store.base.errors import FileDamaged
from store.base.schema import Document, Page, Reading, Verification
from templates_forms.model import Field
from verification.request_context import RequestContext

EXAMPLES: Final = 3


@dataclass(frozen=True, slots=True)
class Example:
    """One corrected reading; `picture` is a data URI."""

    picture: str
    read: str
    answer: str


@dataclass(frozen=True, slots=True)
class WorstView:
    """A field with its share of corrected readings."""

    form: str
    label: str
    verified: int
    wrong: int
    share: float
    suggestion: str
    examples: tuple[Example, ...]


def worst_view(session: Session, context: RequestContext, worst: pd.DataFrame) -> tuple[WorstView, ...]:
    """The rows of a report's `worst` table with their examples.

    A person who gets single snippets only sees no examples; secret fields have none.
    """
    found = []
    for row in worst.to_dict("records"):
        form = context.app.forms.get(row["form"])
        field = next((one for one in form.fields() if one.name == row["field"]), None) if form else None
        shown = field is not None and not field.secret and not context.snippets_only
        found.append(
            WorstView(
                context.title(row["form"]),
                context.label(form, row["field"]),
                int(row["judged"]),
                int(row["wrong"]),
                float(row["share_wrong"]),
                str(row["suggestion"]),
                tuple(_examples(session, context, row["form"], field)) if shown and field else (),
            )
        )
    return tuple(found)


def _examples(session: Session, context: RequestContext, form_id: str, field: Field) -> list[Example]:
    later = aliased(Verification)
    # Only the last answer of a field is an example: an earlier one may have been the mistake.
    overruled = exists().where(
        later.document_id == Verification.document_id,
        later.field == Verification.field,
        later.mode.not_in(EXCLUDED_MODES),
        later.id > Verification.id,
    )
    query = (
        select(Reading.value, Verification.value, Page.picture_sha256, Page.picture_dpi)
        .join(Document, Document.id == Verification.document_id)
        .join(Reading, (Reading.document_id == Document.id) & (Reading.field == Verification.field))
        .join(Page, (Page.document_id == Document.id) & (Page.page_no == field.page))
        .where(
            Verification.field == field.name,
            Verification.agrees.is_(False),
            Verification.secret.is_(False),
            Verification.mode.not_in(EXCLUDED_MODES),
            Verification.outcome.in_(VALUE_OUTCOMES),
            ~overruled,
            Document.form_id == form_id,
            Reading.run == Document.read_run,  # a document that was read again has older readings, too
            Page.picture_sha256.is_not(None),
        )
        .order_by(Verification.id.desc())
        .limit(EXAMPLES)
    )
    found = []
    for read, answer, picture, dpi in session.execute(query).tuples():
        try:
            # In the page as data: the address of a crop needs a claim, which nobody has on these fields.
            crop = context.app.pictures.crop(str(picture), float(dpi or 200), field.box)
        except FileDamaged:
            continue  # the row itself is still shown
        found.append(Example(f"data:image/jpeg;base64,{b64encode(crop).decode()}", read, answer))
    return found
