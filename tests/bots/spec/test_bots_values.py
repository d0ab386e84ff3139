# ruff: noqa: E501 — pages and cases are easier to read on one line
"""Formatters, templates, characters, comparison and what must not be shown."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.base.characters import unencodable
from bots.base.errors import TemplateError, ValueUnfit
from bots.base.redact import hide_values
from bots.base.secrets import Secrets
from bots.run.evidence import encoded_forms, redact
from bots.spec import compare
from bots.spec.formatters import era_of
from bots.spec.templating import Scope, parse

LOOKUPS = {"sex": {"male": "男", "female": "女"}}
CASES = [
    ("{{ d | date('YYYY/MM/DD') }}", "1988/04/01"),
    ("{{ d | date('D.M.YY') }}", "1.4.88"),
    ("{{ d | date('D-MMM-YYYY MMMM') }}", "1-Apr-1988 April"),
    ("{{ d | wareki }}", "昭和63年4月1日"),
    ("{{ d | wareki('GEE.MM.DD') }}", "S63.04.01"),
    ("{{ d | era }}{{ d | era('short') }}{{ d | era('letter') }}", "昭和昭S"),
    ("{{ d | wareki_year(3) }}-{{ d | month(2) }}-{{ d | day }}", "063-04-1"),
    ("{{ d | year(2) }}", "88"),
    ("{{ zip | postal }} {{ zip | postal_part(2) }}", "100-0001 0001"),
    ("{{ tel | phone }} {{ tel | phone_part(1) }}", "03-1234-5678 03"),
    ("{{ yen | number }} {{ yen | number('.', ',', 2) }}", "1,500,000 1.500.000,00"),
    ("{{ rate | number(',', '.', 3) }} {{ rate | number(',', '.', 2, 'round') }}", "12.345 12.35"),
    ("{{ yen | zero_pad(10) }}", "0001500000"),
    ("{{ kana | half_kana }}|{{ kana | half_kana | full_kana }}", "ｶﾞｲﾑ ﾊﾅｺ|ガイム ハナコ"),
    ("{{ kana | hiragana }}", "がいむ　はなこ"),
    (
        "{{ name | family }}/{{ name | given }}/{{ name | no_spaces }}/{{ name | space(' ') }}",
        "外務/花子/外務花子/外務 花子",
    ),
    ("{{ zip | full_width }}", "１０００００１"),
    ("{{ zip | slice(1, 3) }}-{{ zip | slice(4) }}", "100-0001"),
    ("{{ days | part('|', 2) }}{{ days | has('tue') }}{{ days | has('mo') }}", "tuetruefalse"),
    ("{{ sex | lookup('sex') }}{{ none | lookup('sex') }}", "女"),
    ("{{ none | default('－') }}{{ flag | yes_no('有', '無') }}{{ none | yes_no('有', '無') }}", "－有無"),
    ("{{ none | wareki }}{{ none | postal }}", ""),
    ("{{ time | time }}", "08:30"),
    ("{{ name | replace('外', '内') | prefix('様 ') }}", "様 内務　花子"),
    ("{{ item.name }}{{ key }}", "K1"),
]
VALUES = {
    "d": "1988-04-01", "zip": "1000001", "tel": "0312345678", "yen": "1500000", "kana": "ガイム　ハナコ",
    "name": "外務　花子", "days": "mon|tue", "sex": "female", "none": "", "flag": "true", "time": "0830", "rate": "12.345",
}  # fmt: skip


@pytest.mark.parametrize(("template", "wanted"), CASES)
def test_formatters(template: str, wanted: str) -> None:
    assert parse(template).render(Scope(VALUES, key="K1", lookups=LOOKUPS)).text == wanted


@pytest.mark.parametrize(
    "template",
    [
        "{{ name | date }}",
        "{{ name | postal }}",
        "{{ rate | number(',', '.', 2) }}",
        "{{ rate | number }}",
        "{{ days | lookup('sex') }}",
        "{{ missing }}",
    ],
)
def test_values_that_do_not_suit(template: str) -> None:
    with pytest.raises(ValueUnfit):
        parse(template).render(Scope(VALUES, lookups=LOOKUPS))


@pytest.mark.parametrize(
    "template", ["{{ a | }}", "{{ a b }}", "{{ }}", "{{ a | slice(x) }}", "a }} b", "{{ a | era('x', 'y') }}"]
)
def test_malformed_templates(template: str) -> None:
    with pytest.raises(TemplateError):
        parse(template)


@given(st.dates(dt.date(1873, 1, 1), dt.date(2099, 12, 31)))
def test_every_date_survives_the_era_and_back(day: dt.date) -> None:
    name, short, letter, year = era_of(day)
    for text in (
        f"{name}{year}年{day.month}月{day.day}日", f"{letter}{year:02}.{day.month:02}.{day.day:02}", f"{short}{year}/{day.month}/{day.day}",
    ):  # fmt: skip
        assert compare.as_date(text) == day.isoformat()


def test_first_year_of_an_era() -> None:
    assert compare.as_date("令和元年５月１日") == "2019-05-01"
    assert era_of(dt.date(2019, 4, 30))[0] == "平成"


@pytest.mark.parametrize(
    ("wanted", "found", "declared", "same"),
    [
        ("山田　太郎", "山田 太郎", (), False),
        ("山田　太郎", "山田 太郎", ("spaces",), True),
        ("1500", "1,500円", ("number",), True),
        ("ヤマダ", "ﾔﾏﾀﾞ", ("kana",), True),
        ("０３－１２３４", "031234", ("digits",), True),
        ("1-2", "1−2", ("hyphens",), True),
        ("ABC", "abc", (), False),
        ("ABC", "abc", ("case",), True),
        ("月、火", "月火", ("punctuation",), True),
        ("高橋", "髙橋", ("width", "spaces", "kana"), False),
    ],
)
def test_only_declared_differences_are_forgiven(
    wanted: str, found: str, declared: tuple[str, ...], same: bool
) -> None:
    assert compare.same(wanted, found, declared) is same


def test_characters_that_a_page_cannot_hold() -> None:
    assert unencodable("髙橋﨑渡邊", "cp932") == []
    assert unencodable("𠮷野〜", "cp932") == ["𠮷", "〜"]
    assert unencodable("Müller €", "latin-1") == ["€"]
    assert unencodable("高橋髙", "euc-jp") == ["髙"], (
        "browsers send no JIS X 0212 character to an EUC-JP page"
    )
    assert unencodable("𠮷〜€", "utf-8") == []


def test_secrets_and_masked_fields_stay_hidden(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setenv("UTSUSHI_SECRET_PW_B", "geheim")
    (tmp_path / "s").write_text("# ours\nUSER_B = anna\n", encoding="utf-8")
    secrets = Secrets.load("B", tmp_path / "s")
    scope = Scope({"my_number": "123456789018"}, secrets=secrets, masked=frozenset({"my_number"}))
    assert parse("{{ secret.PW }}").render(scope).text == "geheim"
    assert parse("x {{ secret.USER }}").render(scope) == parse("x anna").render(scope).__class__(
        "x anna", True
    )
    assert parse("{{ my_number | slice(1, 4) }}").render(scope).hidden
    assert "geheim" not in repr(scope) and "anna" not in repr(scope)
    with pytest.raises(ValueUnfit) as caught:
        parse("{{ my_number | postal }}").render(scope)
    assert "123456789018" not in str(caught.value)


@pytest.mark.parametrize("shown", ["1234567890", "1234-567890", "１２３４　５６７８９０", "12 34 56 78 90"])
def test_a_reason_never_quotes_a_hidden_value(shown: str) -> None:
    assert hide_values(f"画面:「{shown}」", {"1234567890"}) == "画面:「●●●」"


@given(st.text("あ亜Aa1 +&=\"'\\%", min_size=3, max_size=12))
def test_no_spelling_of_a_hidden_value_stays_in_a_trace(tmp_path_factory, value: str) -> None:
    import zipfile

    folder = tmp_path_factory.mktemp("trace")
    with zipfile.ZipFile(folder / "raw", "w") as raw:
        for number, spelling in enumerate(encoded_forms(value)):
            raw.writestr(f"{number}.json", b"before " + spelling + b" after")
    if redact(folder / "raw", folder / "clean.zip", [value]):
        with zipfile.ZipFile(folder / "clean.zip") as clean:
            assert all(s not in clean.read(n) for n in clean.namelist() for s in encoded_forms(value))
    else:
        assert not (folder / "clean.zip").exists()
