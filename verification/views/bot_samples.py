"""Sample records for a bot: invented values by field type, the plain values of a settled record, records from a CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from typing import Final

from sqlalchemy.orm import Session

from store.documents import records
from store.entry.bot_versions import REHEARSAL_RECORDS
from templates_forms.model import Field, FieldType, Form
from verification.errors import CannotMake

MOST_RECORDS: Final = 50
MOST_FIELDS: Final = 200
LONGEST_VALUE: Final = 4000
NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}")

# Invented, and recognisable as such to everybody who meets them in a test system.
_EXAMPLES: Final[Mapping[FieldType, str]] = {
    FieldType.TEXT: "見本",
    FieldType.KANA: "ミホン",
    FieldType.LATIN: "MIHON",
    FieldType.DIGITS: "12345678901234567890",
    FieldType.AMOUNT: "12000",
    FieldType.DATE: "1980-04-05",
    FieldType.POSTAL_CODE: "1234567",
    FieldType.PHONE: "0312345678",
    FieldType.MY_NUMBER: "",  # no invented number passes its check digit and belongs to nobody for certain
    FieldType.ACCOUNT_NUMBER: "1234567",
    FieldType.CHECK: "true",
}
_BY_CONTENT: Final = {
    "name": "見本 太郎",
    "address": "見本県若葉市中央1-2-3",
    "bank": "見本銀行",
    "branch": "中央支店",
}
_UNUSED: Final = (FieldType.SEAL, FieldType.SIGNATURE, FieldType.BARCODE)


def fields_of(form: Form) -> list[Field]:
    """The fields of a form that have a value to type."""
    return [field for field in form.fields() if field.type not in _UNUSED]


def example(field: Field) -> str:
    """An invented value for a field; empty where a person has to choose one."""
    if field.options:
        return field.options[0].value
    if field.type is FieldType.KANA:
        return "ミホン タロウ" if "name" in field.name or "kana" in field.name else "ミホン"
    value = _BY_CONTENT.get(field.content or "", _EXAMPLES.get(field.type, ""))
    longest = field.max_length or field.cell_count
    # An account number or a postal code cut short would be no number at all; only free digits fit any length.
    if field.type is FieldType.DIGITS:
        return value[: longest or 8]
    return value[:longest] if longest and field.type is FieldType.TEXT else value


def for_engine(form: Form) -> dict[str, object]:
    """What the engine has to know about a form: the printed words of its options, and which fields to cover."""
    choices = {
        field.name: {o.value: o.label or o.value for o in field.options}
        for field in fields_of(form)
        if field.options
    }
    return {"choices": choices, "masked": sorted(form.secret_fields())}


def of_record(session: Session, form: Form, document_id: int) -> dict[str, str]:
    """The plain values of an application's settled record; secret fields are left out. Raises CannotMake."""
    record = records.newest(session, document_id)
    if record is None or record.form_id != form.id:
        raise CannotMake(
            f"番号 {document_id} の申請書には、この帳票の確定データがありません。",
            f"Application {document_id} has no settled record of this form.",
        )
    secret = form.secret_fields()
    return {name: str(value) for name, value in record.values.items() if name not in secret}


def typed(sent: Mapping[str, str]) -> dict[str, str]:
    """The sample typed into a form: `value_NAME` for the fields of a form, `name_N` beside `other_N` for free ones."""
    found: dict[str, str] = {}
    for key, value in sent.items():
        if key.startswith("value_"):
            found[key.removeprefix("value_")] = value
        elif key.startswith("name_") and value.strip():
            found[value.strip()] = sent.get(f"other_{key.removeprefix('name_')}", "")
    return checked({name: value.strip() for name, value in found.items()})


def checked(record: Mapping[str, str]) -> dict[str, str]:
    """A record with usable names and values of a bearable length. Raises CannotMake."""
    bad = next((name for name in record if not NAME.fullmatch(name)), None)
    if bad is not None:
        raise CannotMake(
            f"項目の名前「{bad[:40]}」は使えません。半角の英字で始め、英数字と _ だけにしてください。",
            f"'{bad[:40]}' is not a field's name: letters, digits and _, beginning with a letter.",
        )
    if len(record) > MOST_FIELDS or any(len(value) > LONGEST_VALUE for value in record.values()):
        raise CannotMake(
            "項目が多すぎるか、値が長すぎます。200 項目、4,000 文字以内にしてください。",
            "Too many fields, or too long a value: at most 200 fields of 4,000 characters.",
        )
    return dict(record)


def from_csv(text: str, keys: tuple[str, ...]) -> list[dict[str, str]]:
    """The records of a rehearsal: ten to fifty, every one with another key. Raises CannotMake."""
    try:
        # A tab: what a spreadsheet puts on the clipboard.
        dialect = "excel-tab" if "\t" in text.partition("\n")[0] else "excel"
        rows = list(csv.DictReader(io.StringIO(text.strip().lstrip("\ufeff")), dialect=dialect, strict=True))
    except csv.Error as error:
        raise CannotMake(
            "記録の表を CSV として読めません。1 行目に項目の名前を書いてください。",
            "The records are not a CSV; its first line names the fields.",
        ) from error
    if any(None in row or None in row.values() for row in rows):
        raise CannotMake(
            "列の数が 1 行目と違う行があります。", "A line has another number of columns than the first."
        )
    found = [checked({name.strip(): (value or "").strip() for name, value in row.items()}) for row in rows]
    if not REHEARSAL_RECORDS <= len(found) <= MOST_RECORDS:
        raise CannotMake(
            f"リハーサルには {REHEARSAL_RECORDS} 件から {MOST_RECORDS} 件の記録が要ります（今は {len(found)} 件）。",
            f"A rehearsal needs {REHEARSAL_RECORDS} to {MOST_RECORDS} records; these are {len(found)}.",
        )
    seen = {tuple(row.get(key, "") for key in keys) for row in found}
    if len(seen) != len(found) or any(not "".join(key) for key in seen):
        raise CannotMake(
            f"キー（{'、'.join(keys)}）が空か、同じ記録があります。1 件ずつ別の値にしてください。",
            f"The key ({', '.join(keys)}) is empty or twice the same; every record needs its own.",
        )
    return found
