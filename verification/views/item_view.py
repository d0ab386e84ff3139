"""The view of an item for its verifier: blind items show no machine value, secret values are typed again."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.audit import chain
from store.base.model import ItemMode, Presentation, StoredReading
from store.base.schema import Document, Item, Page, SourceFile
from store.base.secrets import mask
from store.documents import documents
from store.queue import review_queue, settlement
from templates_forms import blocking
from templates_forms.model import Field, FieldType, Form
from templates_forms.values import ERAS, to_wareki
from verification import typed_values
from verification.model import AnswerView, CandidateView, ItemView, OptionView, OtherField, Piece, ReasonView
from verification.request_context import RequestContext

_FLAGS = frozenset({FieldType.CHECK, FieldType.SEAL, FieldType.SIGNATURE})
# A person who could tell a check from an ordinary item would behave differently.
_HIDDEN_MODES = {ItemMode.SEEDED: ItemMode.VERIFY, ItemMode.QUALITY: ItemMode.VERIFY}
_MAX_CANDIDATES = 5


@dataclass(frozen=True, slots=True)
class _VisibleValue:
    """The machine's or the present value, as far as this person may see it."""

    value: str = ""
    weak: tuple[int, ...] = ()
    confidence: float | None = None
    candidates: tuple[tuple[str, float, str], ...] = ()


def view(session: Session, context: RequestContext, item: Item) -> ItemView:
    """The data of a claimed item for the page."""
    document = documents.get(session, item.document_id)
    form = context.app.forms.get(document.form_id or "")
    field = _field(form, item.field)
    secret = item.field in document.secret_fields
    blind = item.presentation is Presentation.BLIND or (secret and item.mode is not ItemMode.OVERRIDE)
    shown = _VisibleValue() if blind or secret else _visible_value(session, document, item)
    concerned = _concerned(session, document, item, form)
    page = _page(session, document, item.page_no)
    file = session.get(SourceFile, page.file_id if page else document.file_id)
    snippets_only = context.app.settings.snippets
    # Part of the address of a crop, so that a picture cached for an earlier claim is not shown.
    stamp = (item.claim_token or "")[:6]
    return ItemView(
        id=item.id,
        token=item.claim_token or "",
        document=document.id,
        form=document.form_id or "",
        form_title=context.title(document.form_id),
        field=item.field,
        label=context.label(form, item.field),
        type=field.type.value if field else FieldType.TEXT.value,
        content=(field.content or "") if field else "",
        page=page.index_in_file if page else item.page_no,
        page_no=item.page_no,
        file=file.original_name if file else "",
        mode=_HIDDEN_MODES.get(item.mode, item.mode).value,
        presentation=(Presentation.BLIND if blind else item.presentation).value,
        required=bool(field and field.required),
        secret=secret,
        max_length=_max_length(field),
        value=_prefilled(field, shown.value),
        pieces=_pieces(context, field, shown),
        # Truncated, not rounded: 99.9% must not be shown as 100%.
        confidence=None if shown.confidence is None else int(shown.confidence * 100),
        candidates=_candidates(context, field, shown),
        options=options(context, field),
        reasons=_reasons(context, item, blind),
        voices=_answers_for_lead(session, context, item, secret),
        blocked_by=_broken(item, concerned),
        others=_others(session, context, document, item, form, concerned),
        crop=f"/crops/{item.id}.jpg?c={stamp}",
        near="" if snippets_only else f"/crops/{item.id}/near.jpg?c={stamp}",
        page_link="" if snippets_only else f"/documents/{document.id}",
    )


def options(context: RequestContext, field: Field | None) -> list[OptionView]:
    """The choices of the number keys: the printed options, or present / absent for marks and seals."""
    if field is None:
        return []
    if field.type in _FLAGS:
        return [OptionView(value=word, label=context.words(f"mark.{word}")) for word in ("true", "false")]
    if field.type in {FieldType.CHOICE, FieldType.MULTI_CHOICE}:
        return [OptionView(value=option.value, label=option.label) for option in field.options]
    return []


def short_date(value: str) -> str:
    """`1975-04-01` → `S50.4.1`, as a person types it; other text as it is."""
    wareki = to_wareki(value)
    for era in ERAS:
        if wareki and wareki.startswith(era.name):
            year, month, day = (int(part) for part in value.split("-"))
            return f"{era.letter}{year - era.first.year + 1}.{month}.{day}"
    return value


def _field(form: Form | None, name: str) -> Field | None:
    try:
        return form.field(name) if form else None
    except KeyError:
        return None


def _visible_value(session: Session, document: Document, item: Item) -> _VisibleValue:
    """A later round starts from the present value, the first from the machine's reading."""
    later_round = document.round > 1 and item.mode is not ItemMode.SEEDED
    if item.mode is ItemMode.OVERRIDE or later_round:
        values, _ = settlement.settled_values(session, document)
        return _VisibleValue(values.get(item.field, ""))
    reading: StoredReading | None = review_queue.visible_reading(session, item)
    if reading is None:
        return _VisibleValue()
    return _VisibleValue(reading.value, reading.weak, reading.confidence, reading.candidates)


def _page(session: Session, document: Document, page_no: int) -> Page | None:
    query = select(Page).where(Page.document_id == document.id, Page.page_no == page_no)
    return session.scalars(query.limit(1)).first()


def _max_length(field: Field | None) -> int | None:
    return field.max_length if field else None


def _prefilled(field: Field | None, value: str) -> str:
    # Dates as they are typed, so that a correction changes one digit instead of the whole value.
    if field and field.type is FieldType.DATE and (field.era or not value):
        return short_date(value)
    return value


def _pieces(context: RequestContext, field: Field | None, shown: _VisibleValue) -> list[Piece]:
    """The value cut at its doubtful characters. A date is shown with its era, so its weak digits become weak parts."""
    if field is None or not shown.value:
        return []
    if field.type is FieldType.DATE:
        return _date_pieces(shown)
    if options(context, field):
        return [Piece(text=typed_values.display(field, shown.value, context.words), weak=False)]
    pieces: list[Piece] = []
    for place, character in enumerate(shown.value):
        weak = place in shown.weak
        if pieces and pieces[-1].weak == weak:
            pieces[-1] = Piece(text=pieces[-1].text + character, weak=weak)
        else:
            pieces.append(Piece(text=character, weak=weak))
    return pieces


def _date_pieces(shown: _VisibleValue) -> list[Piece]:
    wareki = to_wareki(shown.value)
    if wareki is None:
        return [Piece(text=shown.value, weak=bool(shown.weak))]
    year, rest = wareki.split("年")
    month, day = rest.split("月")
    # Positions in the ISO value YYYY-MM-DD.
    parts = ((f"{year}年", range(4)), (f"{month}月", range(5, 7)), (day, range(8, 10)))
    return [Piece(text=text, weak=any(place in places for place in shown.weak)) for text, places in parts]


def _candidates(context: RequestContext, field: Field | None, shown: _VisibleValue) -> list[CandidateView]:
    # Both readers may propose the same value; the higher probability counts.
    best: dict[str, float] = {}
    for value, probability, _source in shown.candidates:
        best[value] = max(best.get(value, 0.0), probability)
    ranked = sorted(best.items(), key=lambda pair: -pair[1])[:_MAX_CANDIDATES]
    if len(ranked) < 2:
        return []  # one candidate is the value in the input already
    return [
        CandidateView(
            value=_prefilled(field, value),
            shown=typed_values.display(field, value, context.words) if field else value,
            percent=int(probability * 100),
        )
        for value, probability in ranked
    ]


def _reasons(context: RequestContext, item: Item, blind: bool) -> list[ReasonView]:
    """Blind verifiers get no reasons to doubt, which could lead them to the machine's value."""
    if item.mode is ItemMode.OVERRIDE or (blind and item.role is None and item.mode is not ItemMode.THIRD):
        return []
    return [ReasonView(code=code, text=context.words.reason(code)) for code in item.reasons]


def _answers_for_lead(
    session: Session, context: RequestContext, item: Item, secret: bool
) -> list[AnswerView]:
    if item.role is None or not context.may("decide"):
        return []
    answers = review_queue.answers_for_lead(session, item)
    # A lead sees these in clear, which counts as a reveal like any other.
    if secret and answers:
        detail = {"field": item.field, "purpose": "lead_decides"}
        subject = f"document:{item.document_id}"
        chain.append(session, actor=context.name, act="secret.reveal", subject=subject, detail=detail)
    return [
        AnswerView(outcome=context.words.coded("outcome", answer.outcome.value), value=answer.value)
        for answer in answers
    ]


def _concerned(session: Session, document: Document, item: Item, form: Form | None) -> tuple[str, ...]:
    """Fields of the broken rule that an `override` item is about; none once the rule holds."""
    if item.mode is not ItemMode.OVERRIDE or form is None or not item.reasons:
        return ()
    values, _ = settlement.settled_values(session, document)
    return blocking.fields_of_rule(form, values, item.reasons[0])


def _broken(item: Item, concerned: tuple[str, ...]) -> str:
    if not concerned:
        return ""
    return item.reasons[1] if len(item.reasons) > 1 else item.reasons[0]


def _others(
    session: Session,
    context: RequestContext,
    document: Document,
    item: Item,
    form: Form | None,
    concerned: tuple[str, ...],
) -> list[OtherField]:
    if form is None or not concerned:
        return []
    values, _ = settlement.settled_values(session, document)
    found = []
    for name in concerned:
        if name == item.field:
            continue
        value = values.get(name, "")
        if name in document.secret_fields:
            value = mask(value)
        found.append(
            OtherField(
                field=name,
                label=context.label(form, name),
                value=typed_values.display(form.field(name), value, context.words),
                crop=f"/crops/{item.id}.jpg?field={name}",
            )
        )
    return found
