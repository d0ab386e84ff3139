"""A register unlike every other sample, entered by YAML alone: what each of its traps must come to."""

from __future__ import annotations

from pathlib import Path

import pytest

from bots.spec.language.load import load_bot
from bots.spec.model.bot import BotRecord
from tests.bots.conftest import Place
from tests.bots.systems.old_register import OldRegister

pytestmark = pytest.mark.browser
YAML = Path(__file__).with_name("old_register.yaml")


def grant(ref: str, **more: str) -> BotRecord:
    """A Record of the register."""
    usual = {
        "holder": "Zoë Müller",
        "kind": "Travel",
        "amount": "1500",
        "day": "1999-12-31",
        "note": "à payer",
    }
    return BotRecord(ref, {"ref": ref, **usual, **more})


def test_a_western_register_by_yaml_alone(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UTSUSHI_SECRET_DOOR", "door-key")
    records = [grant(k) for k in ("R1", "GONE", "STORED", "RETYPE")]
    records += [
        grant("LONG", holder="Maximiliane von Hohenberg"),
        grant("NOTE", note=""),
        grant("HEART", holder="♥ Zoë"),
        grant("Ä7"),
    ]
    with OldRegister() as system:
        done = place.run(load_bot(YAML), system.url, records)
        rows = [r["a1"] for r in system.rows]
        saves = list(system.saves)
        again = place.run(load_bot(YAML), system.url, records[:4])
    reasons = {k: o.reason for k, o in done.items()}
    for key in ("R1", "GONE", "STORED", "RETYPE"):
        assert done[key].status == "confirmed", reasons
        assert rows.count(key) == 1, "stored once, whatever became of the session"
    assert system.rows[0] | {"token": ""} == {
        "token": "", "a1": "R1", "a2": "Zoë Müller", "k": "T", "m": "1.500,00", "d": "31/12/1999", "n": "à payer",
        "go": "Save",
    }  # fmt: skip
    for key, words in (
        ("LONG", "Maximiliane"),
        ("HEART", "U+2665"),
    ):
        assert done[key].status == "refused" and words in reasons[key], reasons
    assert done["Ä7"].status == "unknown" and "ODBC error" in reasons["Ä7"], "an error page is no 'not there'"
    assert done["NOTE"].status == "confirmed", "filled after the script that writes into it"
    assert not {"LONG", "HEART", "Ä7"} & set(saves), "found out before anything is saved"
    assert {o.status for o in again.values()} == {"confirmed"} and len(system.saves) == len(saves)
    kept = b"".join(f.read_bytes() for f in place.evidence.rglob("*.json"))
    assert b"door-key" not in kept
