"""A system in frames and windows whose pages have changed JavaScript itself, entered by YAML alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from bots.spec.language.load import load_bot
from bots.spec.model.bot import BotRecord
from tests.bots.conftest import Place
from tests.bots.systems.kokuho import Kokuho

pytestmark = pytest.mark.browser
YAML = Path(__file__).with_name("kokuho.yaml")


def benefit(number: str, **more: str) -> BotRecord:
    """A Record of the system."""
    usual = {
        "name": "髙橋　花子", "kana": "タカハシ　ハナコ", "birth": "1988-04-01", "amount": "1234567", "bank": "0009",
        "account": "7654321", "memo": "療養費",
    }  # fmt: skip
    return BotRecord(number, {"no": number, **usual, **more})


def test_frames_windows_and_an_old_script_library(place: Place) -> None:
    records = [
        benefit("10000001"),
        benefit("10000002", memo="OUT"),
        benefit("10000003", memo="TIMEOUT"),
        benefit("10000004", amount="abc"),
    ]
    with Kokuho() as system:
        done = place.run(load_bot(YAML), system.url, records)
    reasons = {k: o.reason for k, o in done.items()}
    assert done["10000001"].status == done["10000003"].status == "confirmed", reasons
    assert [r["no"] for r in system.rows] == ["10000001", "10000003"]
    assert system.saves == ["10000001", "10000002", "10000003"]
    row = system.rows[0]
    assert (row["name"], row["kana"], row["sum"], row["bank"]) == (
        "髙橋　花子",
        "ﾀｶﾊｼ ﾊﾅｺ",
        "1234567",
        "0009",
    )
    assert done["10000002"].status == "refused" and "E0300：資格がありません" in reasons["10000002"]
    assert done["10000004"].status == "refused" and "abc" in reasons["10000004"]
    # The picture shows the window whose values were read, though it is closed by now.
    picture = next(p for p in done["10000001"].evidence if p.name == "read_back.png")
    with Image.open(picture) as shown:
        blue = sum(1 for p in shown.convert("RGB").get_flattened_data() if p == (0xCC, 0xCC, 0xFF))
    assert blue > 1000, "the labels of the detail window are blue, those of the list are not"
