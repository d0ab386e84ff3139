# ruff: noqa: E501 — pages and records are easier to read on one line
"""What a text on a page stands for: fields through formatters, keys in groups, comparisons."""

from __future__ import annotations

import pytest

from bots.workshop.recognise import Recogniser
from bots.workshop.steps import capture_for

SAMPLE = {
    "no": "00000123", "birth": "1988-04-01", "name": "山田　太郎", "tel": "0312345678", "postal": "1000001", "sex": "male",
    "days": "mon|tue", "amount": "50000", "agree": "true", "children": "4", "account": "7654321", "bank": "0009",
}  # fmt: skip
CHOICES = {
    "sex": {"male": "男", "female": "女"},
    "days": {"mon": "月", "tue": "火"},
    "bank": {"0009": "三井住友銀行"},
}
KNOWN = Recogniser(SAMPLE, ["no"], CHOICES)


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ("00000123", "{{ no }}"),
        ("昭和", "{{ birth | era }}"),
        ("63", "{{ birth | wareki_year }}"),
        ("04", "{{ birth | month(2) }}"),
        ("S63.04.01", "{{ birth | wareki('GEE.MM.DD') }}"),
        ("昭和63年4月1日", "{{ birth | wareki }}"),
        ("03-1234-5678", "{{ tel | phone }}"),
        ("1234", "{{ tel | phone_part(2) }}"),
        ("100-0001", "{{ postal | postal }}"),
        ("男", "{{ sex | lookup('sex') }}"),
        ("火", "{{ days | has('tue') }}"),
        ("50,000円", "{{ amount | number }}円"),
        ("山田 太郎", "{{ name | space(' ') }}"),
        ("000-00123", "{{ no | slice(1, 3) }}-{{ no | slice(4, 8) }}"),
        ("***4321", "***{{ account | slice(4) }}"),
        ("0009 三井住友銀行", "{{ bank }} {{ bank | lookup('bank') }}"),
    ],
)
def test_a_text_is_recognised_through_formatters(text: str, template: str) -> None:
    meaning = KNOWN.meaning(text)
    assert meaning is not None and meaning.template == template
    assert KNOWN.render(template) == ("true" if "has(" in template else text)


def test_among_short_values_the_field_before_and_the_words_beside_decide() -> None:
    assert KNOWN.meaning("4", near=["子の人数"], recent="amount").field == "children"  # type: ignore[union-attr]
    assert KNOWN.meaning("4", near=["生年月日 月"], recent="birth").template == "{{ birth | month }}"  # type: ignore[union-attr]
    used = ["{{ birth | month }}"]
    twice = Recogniser({"birth": "1988-04-04"}, ["birth"])
    assert twice.meaning("4", recent="birth", used=used).template == "{{ birth | day }}"  # type: ignore[union-attr]


def test_other_texts_are_no_value_and_no_key() -> None:
    assert KNOWN.meaning("鈴木") is None
    assert KNOWN.key_template("03-1234-5678") == "" and KNOWN.key_template("1") == ""
    assert not KNOWN.is_value("4") and KNOWN.holds_value("番号 00000123 の行")


@pytest.mark.parametrize(
    ("field", "text", "made"),
    [
        ("birth", "昭和63年4月1日", {"compare": ["date"]}),
        ("amount", "50,000 円", {"compare": ["number"]}),
        ("bank", "0009 みずほ", {"pattern": r"\d{4}"}),
        ("name", "山田　太郎", {}),
        ("name", " 山田　太郎", {"compare": ["displayed"]}),
        ("sex", "男", {"expected": "{{ sex | lookup('sex') }}"}),
        ("agree", "有", {"expected": "{{ agree | yes_no('有', '無') }}"}),
    ],
)
def test_a_captured_value_is_compared_as_strictly_as_it_can_be(
    field: str, text: str, made: dict[str, object]
) -> None:
    step, found = capture_for({"cell": "項目"}, text, "", {"field": field}, KNOWN)
    assert found == field
    assert step["capture"] == {"cell": "項目", "as": field, **made}


def test_a_receipt_in_a_sentence_becomes_a_pattern() -> None:
    step, _ = capture_for(
        {"css": "p"}, "登録しました。整理番号：K-00001", "K-00001", {"field": "receipt"}, KNOWN
    )
    assert step == {"capture": {"pattern": r"整理番号[\s　:：]*([\w-]+)", "as": "receipt"}}
