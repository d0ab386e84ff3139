"""Records for the sample legacy system and what its database must hold afterwards."""

from __future__ import annotations

import os
from pathlib import Path

from bots.spec.model.bot import BotRecord

BOT = Path(__file__).parents[3] / "bots" / "systems" / "fukushi_sogo"
FORM = "kyufukin_shinsei"

_VALUES = {
    "applicant_kana": "タカハシ　ハナコ",
    "applicant_name": "髙橋　花子",
    "birth_date": "1983-03-07",
    "postal_code": "1000001",
    "address": "東京都千代田区千代田１－１",
    "phone": "0312345678",
    "household_size": "3",
    "bank_code": "0001",
    "branch_code": "123",
    "account_type": "futsu",
    "account_number": "7654321",
    "account_holder_kana": "タカハシ　ハナコ",
    "amount": "50000",
    "consent": "true",
}


def record(number: int, **changes: str) -> BotRecord:
    """A Record of the register ``kyufukin_shinsei`` with its own application number."""
    values = {"application_no": f"{number:08d}", **_VALUES, **changes}
    return BotRecord(values["application_no"], values)


def log_in(user: str = "kenshu", password: str = "kenshu", account: str = "") -> None:
    """Put the sample system's login into the environment, as that of one account."""
    ending = f"_{account}" if account else ""
    os.environ[f"UTSUSHI_SECRET_FUKUSHI_USER{ending}"] = user
    os.environ[f"UTSUSHI_SECRET_FUKUSHI_PASSWORD{ending}"] = password


def faults_in_rows(rows: list[dict[str, str]], records: list[BotRecord]) -> list[str]:
    """Every Record that is not in the system exactly once, field by field equal."""
    wrong: list[str] = []
    for one in records:
        found = [r for r in rows if r["application_no"] == one.key]
        if len(found) != 1:
            wrong.append(f"{one.key}: {len(found)} rows")
            continue
        wrong += [
            f"{one.key}.{k}: {found[0][k]!r} for {v!r}" for k, v in one.values.items() if found[0][k] != v
        ]
    return wrong
