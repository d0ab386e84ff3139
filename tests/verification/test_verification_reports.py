"""The month's figures are the same on screen, on paper and in Excel; keying by hand is timed in a real browser."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import lxml.html
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from reports import charts, exports
from reports.headings import COLUMNS
from store.base.model import Answer, Basis, Outcome
from store.base.schema import Document, Entry
from store.ops import activity
from store.queue import review_queue
from tests.verification import seeding
from tests.verification.conftest import Office
from tests.verification.test_verification_requests import Client
from verification.request_context import words

SCREEN_ONLY = {"form", "state", "activity", "measured", "mode", "age", "step", "suggestion", "reason"}


@pytest.fixture(scope="module")
def month(scene: Office) -> dict[str, bytes]:
    client = Client(scene)
    client.sign_in("dx")
    page = client.http.get("/reports")
    name = re.search(r'name="month" value="(\d{4}-\d{2})"', page.text).group(1)
    found = {"screen": page.content}
    for kind in ("pdf", "xlsx"):
        answer = client.http.get(f"/reports/{name}/files/{kind}", timeout=120)
        assert answer.status_code == 200
        found[kind] = answer.content
    return found


def on_screen(html: bytes) -> dict[str, list[list[str]]]:
    """The rows of each table by its name, cells as they are shown."""
    found = {}
    for section in lxml.html.fromstring(html.decode()).iter("section"):
        rows = [[cell.text_content() for cell in row.iter("td")] for row in section.iter("tr")]
        [heading] = section.xpath("./h2/@id")
        found[heading.removeprefix("h-")] = [row for row in rows if row]
    return found


def on_paper(pdf: bytes, folder: Path) -> str:
    (folder / "report.pdf").write_bytes(pdf)
    done = subprocess.run(
        ["pdftotext", "-layout", folder / "report.pdf", "-"], capture_output=True, check=True
    )
    return done.stdout.decode()


def test_screen_pdf_and_excel_show_the_same_figures(month: dict[str, bytes], tmp_path: Path) -> None:
    screen, paper = on_screen(month["screen"]), on_paper(month["pdf"], tmp_path)
    book = pd.read_excel(io.BytesIO(month["xlsx"]), sheet_name=None)
    compared = 0
    for name, title in exports.TABLES.items():
        sheet = book[title]
        if not len(sheet):
            assert screen[name] == []
            continue
        assert len(screen[name]) == len(sheet), name
        for place, column in enumerate(sheet.columns):
            if column in SCREEN_ONLY:
                continue
            for seen, kept in zip([row[place] for row in screen[name]], sheet[column], strict=True):
                if not isinstance(kept, int | float) or kept != kept:
                    continue
                assert seen == (f"{kept:.2f}" if "." in seen else str(kept)), (name, column)
                wanted = f"{kept:,.2f}" if "." in seen else f"{kept}"
                assert re.search(rf"(?<![\d.]){re.escape(wanted)}(?![\d.])", paper), (name, column)
                compared += 1
    assert compared > 60


def test_paper_and_screen_call_columns_by_the_same_words() -> None:
    known = words("ja").part("column")
    assert {name: known[name] for name in COLUMNS} == dict(COLUMNS)


def test_the_parts_add_up_to_the_headline(month: dict[str, bytes]) -> None:
    book = pd.read_excel(io.BytesIO(month["xlsx"]), sheet_name=None)
    hours, offices, steps = book["削減時間"], book["窓口別"], book["内訳"]
    net = hours["net_hours"].sum()
    assert offices["net_hours"].sum() == pytest.approx(net)
    assert steps.loc[steps["step"] == "net", "hours"].item() == pytest.approx(net)
    assert steps.loc[steps["step"] != "net", "hours"].sum() == pytest.approx(net)
    assert book["作業時間"]["minutes"].sum() / 60 == pytest.approx(hours["spent_hours"].sum())
    assert book["月別"]["net_hours"].sum() == pytest.approx(net), "one month has had applications"
    assert f"{net:.2f} 時間" in month["screen"].decode()


def test_the_paper_is_a4_with_embedded_fonts(month: dict[str, bytes], tmp_path: Path) -> None:
    on_paper(month["pdf"], tmp_path)
    told = subprocess.run(
        ["pdfinfo", tmp_path / "report.pdf"], capture_output=True, text=True, check=True
    ).stdout
    assert "(A4)" in told
    fonts = subprocess.run(
        ["pdffonts", tmp_path / "report.pdf"], capture_output=True, text=True, check=True
    ).stdout
    lines = fonts.splitlines()[2:]
    assert lines and all(line.split()[-5] == "yes" for line in lines)


@pytest.mark.parametrize("month", ["", "2019-02", "2026-11", "2090-12"])
def test_an_office_in_which_nothing_happened_has_its_report_of_any_month(office: Office, month: str) -> None:
    client = Client(office)
    client.sign_in("dx")
    page = client.http.get("/reports", params={"month": month}, timeout=120)
    assert page.status_code == 200 and "入力まで終わった申請はありません" in page.text
    pictures = re.findall(r'src="(/reports/[^"]+\.png)"', page.text)
    assert len(pictures) == len(charts.CHARTS)
    for picture in pictures:
        assert client.http.get(picture, timeout=120).content.startswith(b"\x89PNG"), picture


@pytest.mark.parametrize("month", ["0001-01", "9999-12", "2026-13", "once"])
def test_a_month_that_no_office_has_is_no_page(office: Office, month: str) -> None:
    client = Client(office)
    client.sign_in("dx")
    assert client.http.get("/reports", params={"month": month}).status_code == 404


@pytest.mark.browser
def test_keying_by_hand_is_timed_form_by_form(office: Office, enter: Callable[..., Page]) -> None:
    page = enter(office, "dx", "/reports/baseline")
    page.fill("#person", "高橋")
    page.fill("#count", "2")
    for _ in range(2):
        page.click("#go")
        page.wait_for_timeout(400)
        page.click("#go")
    expect(page.locator("#go")).to_be_disabled()
    page.click("#save")
    expect(page.locator("p.notice")).to_contain_text("2件")
    with office.store.read() as session:
        runs = activity.baselines(session)
    assert [(run.person, run.forms, run.basis) for run in runs] == [("高橋", 1, Basis.MEASURED)] * 2
    assert all(0.4 <= run.minutes * 60 < 30 for run in runs)


def test_a_timing_without_a_person_or_with_nonsense_is_refused(office: Office) -> None:
    client = Client(office)
    client.sign_in("dx")
    form = next(iter(office.forms))
    for person, seconds in (("", "3.0"), ("高橋", ""), ("高橋", "1e9"), ("高橋", "-4"), ("高橋", "3," * 60)):
        assert client.send("/reports/baseline", form=form, person=person, timed=seconds).status_code == 422
    with office.store.read() as session:
        assert activity.baselines(session) == []


def readable(html: str) -> str:
    """What stands on a page for people to read: no addresses, values of inputs, or scripts."""
    tree = lxml.html.fromstring(html)
    for one in tree.xpath("//script|//style"):
        one.drop_tree()
    return " ".join([tree.text_content(), *tree.xpath("//@alt|//@title|//@aria-label|//@placeholder")])


@pytest.mark.parametrize("language", ["ja", "en"])
def test_no_screen_shows_the_id_of_a_form_or_field(scene: Office, language: str) -> None:
    client = Client(scene)
    client.sign_in("zenbu")
    ids = {name for form in scene.forms.values() for name in (form.id, *(f.name for f in form.fields()))}
    ids = {name for name in ids if "_" in name}  # "address" is a word of its own
    with scene.store.read() as session:
        states = {str(row.state.value): row.id for row in session.query(Document).order_by(Document.id)}
        entered = [row.id for row in session.query(Entry).order_by(Entry.id)]
    paths = [
        "/",
        "/documents",
        "/exceptions",
        "/exceptions/conflicts/1",
        "/quality",
        "/reports",
        "/reports/baseline",
    ]
    paths += [f"/documents/{number}" for number in states.values()]
    paths += [f"/exceptions/pages/{states[state]}" for state in ("unidentified", "unregistered")]
    paths += [f"/exceptions/entries/{number}" for number in entered]
    seen = ""
    for path in paths:
        page = client.http.get(path, params={"lang": language}, timeout=120)
        assert page.status_code == 200, path
        text = readable(page.text)
        files = {word for word in text.split() if word.endswith((".pdf", ".tif"))}  # a scanner's own names
        for word in files:
            text = text.replace(word, "")
        assert not {name for name in ids if re.search(rf"\b{name}\b", text)}, path
        seen += text
    form = scene.forms["kyufukin_shinsei"]
    assert form.title_in(language) in seen and form.field("applicant_kana").label_in(language) in seen


def test_a_field_that_nobody_could_read_is_named_by_its_label(office: Office) -> None:
    form = office.forms["kyufukin_shinsei"]
    double = {"applicant_name": "double"}
    made = seeding.document(office.store, form, seeding.batch(office.store), 4, doubts=double, draw=False)
    for user in ("sato", "mori", "ueno"):
        with office.store.write() as session:
            [item] = review_queue.claim_next(session, user, roles={"lead"}, document_id=made.document)
            review_queue.submit(session, item.id, str(item.claim_token), user, Answer(Outcome.ILLEGIBLE, ""))
    client = Client(office)
    client.sign_in("zenbu")
    for language, label in (("ja", "氏名"), ("en", "Name")):
        text = readable(client.http.get("/exceptions", params={"lang": language}).text)
        assert "illegible:" not in text and "applicant_name" not in text
        assert f"({form.field('applicant_name').label_in(language)})" in text and label in text


def test_charts_follow_the_language_of_the_person(scene: Office) -> None:
    client = Client(scene)
    client.sign_in("dx")
    pictures = {}
    for language in ("ja", "en", "ja"):
        page = client.http.get("/reports", params={"lang": language}, timeout=120)
        month = re.search(r'name="month" value="(\d{4}-\d{2})"', page.text).group(1)
        picture = client.http.get(f"/reports/{month}/states.png", timeout=120).content
        assert pictures.setdefault(language, picture) == picture
    assert pictures["ja"] != pictures["en"]
