"""The bot workshop in a real browser: pointing, keys, message boxes, stages, a failed step, axe, both languages."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.verification import bot_building as building
from tests.verification.bot_building import SYSTEM, call, good, signed_in
from tests.verification.conftest import BotOffice
from tests.verification.test_verification_pages import violations

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]
HERE = f"/systems/workshop/{SYSTEM}"


def opened(bots: BotOffice, enter: Enter, user: str = "aoki", **options: object) -> Page:
    page = enter(bots.office, user, f"{HERE}/build", **options)
    page.wait_for_selector("html[data-ready]")
    return page


def spot(page: Page, element: str):
    return page.locator(f".spot[data-id='{element}']")


def tab(page: Page, procedure: str) -> None:
    page.locator(f"#tab-{procedure}").click()


def settled(page: Page) -> None:
    expect(page.locator("#screen")).to_have_attribute("aria-busy", "false")


def browse(page: Page, address: str) -> None:
    page.locator("#recording").uncheck()
    page.locator("#address").fill(address)
    page.locator("#go button").click()
    settled(page)
    page.locator("#recording").check()


def test_a_bot_is_shown_from_the_first_page_to_the_signature(bot_office: BotOffice, enter: Enter) -> None:
    page = enter(bot_office.office, "aoki", "/systems/workshop")
    page.get_by_role("link", name="新しいボットを作る").click()
    page.get_by_label("名前", exact=True).fill("許可台帳")
    page.get_by_label("id", exact=True).fill(SYSTEM)
    page.get_by_label("アドレス").fill("http://kyoka.example.lan/app")
    for number, (name, value) in enumerate((("no", "20269001"), ("name", "見本 太郎")), start=1):
        page.get_by_label(f"項目の名前 {number}", exact=True).fill(name)
        page.get_by_label(f"見本の値 {number}", exact=True).fill(value)
    page.get_by_label("キーの項目").fill("no")
    page.get_by_role("button", name="始める").click()
    page.wait_for_selector("html[data-ready]")
    expect(page.locator(".missing li")).to_have_count(4)

    spot(page, "user").click()
    expect(page.locator("#act-where")).to_contain_text("ログイン")
    page.locator("#act-secret").fill("lower")
    page.locator("#act-go").click()
    expect(page.locator("#act")).to_be_visible()  # a secret's name has capital letters
    page.locator("#act-secret").fill("KYOKA_USER")
    page.locator("#act-go").click()
    expect(page.locator("#procedure .step")).to_have_count(1)
    spot(page, "login").click()
    page.get_by_role("button", name="押す", exact=True).click()
    expect(page.locator("#screen-title")).to_have_text("許可台帳 検索")

    tab(page, "find")
    spot(page, "number").click()
    page.locator("#act-field").select_option("no")
    page.locator("#act-go").click()
    expect(page.locator(".step-field")).to_contain_text("20269001")
    spot(page, "search").click()
    page.get_by_role("button", name="押す", exact=True).click()
    for element, kind in (("none", "no"), ("row", "yes")):
        settled(page)
        spot(page, element).click()
        expect(page.locator("#act-sign")).to_have_value(kind)
        page.locator("#act-mark").click()
    expect(page.locator(".sign")).to_have_count(2)

    tab(page, "enter")
    spot(page, "new").click()
    page.get_by_role("button", name="開く", exact=True).last.click()
    expect(page.locator("#screen-title")).to_have_text("許可台帳 登録")
    for element, field in (("number", "no"), ("name", "name")):
        settled(page)
        spot(page, element).click()
        page.locator("#act-field").select_option(field)
        page.locator("#act-go").click()
        settled(page)
    spot(page, "save").click()
    page.locator("#act-save").click()
    expect(page.locator(".step-saving")).to_contain_text("保存（取り消せない操作）")
    assert "click save" not in bot_office.engine.calls, "shown, not pressed"

    tab(page, "read_back")
    spot(page, "number").click()
    page.locator("#act-capture").select_option("no")
    page.get_by_role("button", name="この値を読み取る").click()
    page.locator("#go-check").click()
    expect(page.locator(".notice.ok")).to_contain_text("第1版")
    page.locator("#go-walk").click()
    page.locator("#go-rehearse").click()
    expect(page.locator("#records")).to_have_value(
        re.compile(r"no,name\n20269002,見本 太郎\n(.|\n)*20269011,見本 太郎$")
    )
    page.locator("#is-test").check()
    page.get_by_role("button", name="リハーサルを始める").click()
    expect(page.locator("#outcomes tbody tr")).to_have_count(10)
    page.get_by_role("link", name="第1版を開く").click()
    page.get_by_label("署名した方の氏名").fill("福祉課 山本 進")
    page.get_by_role("button", name="署名を記録する").click()
    expect(page.locator("main")).to_contain_text("作成に関わったため")

    other = enter(bot_office.office, "ueno", "/systems/workshop")
    other.get_by_role("link", name="第1版").click()
    other.get_by_role("button", name="この版を有効化する").click()
    expect(other.locator(".title-row .state")).to_have_text("使用中")
    assert (bot_office.systems / SYSTEM / "bot.yaml").is_file()


@pytest.fixture
def taught(bot_office: BotOffice) -> BotOffice:
    client = signed_in(bot_office, "aoki")
    building.begin(client)
    building.teach(client)
    return bot_office


def test_everything_is_reached_by_keyboard(taught: BotOffice, enter: Enter) -> None:
    page = opened(taught, enter)
    first = page.locator(".spot[tabindex='0']")
    expect(first).to_have_count(1)
    first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    focused = page.evaluate("document.activeElement.dataset.id")
    page.keyboard.press("Enter")
    expect(page.locator("#act")).to_be_visible()
    assert page.evaluate("document.getElementById('act').contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(page.locator("#act")).to_be_hidden()
    assert page.evaluate("document.activeElement.dataset.id") == focused
    page.locator("#tab-login").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#tab-find")).to_have_attribute("aria-selected", "true")
    assert page.evaluate("document.activeElement.id") == "tab-find"


def test_a_message_box_is_answered_before_anything_else(taught: BotOffice, enter: Enter) -> None:
    page = opened(taught, enter)
    tab(page, "enter")
    browse(page, "http://kyoka.example.lan/app/new")
    page.once("dialog", lambda dialog: dialog.accept())
    spot(page, "save").click()
    page.get_by_role("button", name="保存ボタンとして押す").click()
    box = page.locator("#message-box")
    expect(box).to_contain_text("登録します。よろしいですか")
    assert page.evaluate("document.getElementById('spots').inert")
    assert violations(page) == []
    box.get_by_role("button", name="キャンセル").click()
    expect(box).to_be_hidden()
    assert "dialog " in taught.engine.calls


def test_steps_are_moved_changed_deleted_and_brought_back(taught: BotOffice, enter: Enter) -> None:
    page = opened(taught, enter)
    tab(page, "enter")
    steps = page.locator("#procedure .step")
    words = steps.locator(".step-words").all_inner_texts()
    steps.nth(1).get_by_role("button", name="後へ移す").click()
    expect(steps.nth(2).locator(".step-words")).to_have_text(words[1])
    steps.nth(2).locator("summary").click()
    expect(steps.nth(2).locator("img")).to_be_visible()
    steps.nth(2).get_by_label("ラベル「番号」").check()
    expect(steps.nth(2).get_by_label("ラベル「番号」")).to_be_checked()
    steps.nth(2).get_by_label("どの項目の値か").select_option("name")
    expect(steps.nth(2).locator(".step-field")).to_contain_text("name")
    steps.nth(2).get_by_role("button", name="削除").click()
    expect(steps).to_have_count(len(words) - 1)
    for _ in range(4):
        page.locator("#undo").click()
        settled(page)
    assert steps.locator(".step-words").all_inner_texts() == words
    expect(page.locator("#stages [aria-current]")).to_contain_text("点検")


def test_a_failed_step_is_shown_and_mended(taught: BotOffice, enter: Enter) -> None:
    taught.engine.broken = True
    page = opened(taught, enter)
    page.locator("#go-check").click()
    page.locator("#go-walk").click()
    failure = page.locator("#failure")
    expect(failure).to_contain_text("「番号」の入力欄が見つかりません。")
    expect(failure.locator("img")).to_have_count(2)
    assert violations(page) == []
    expect(failure.locator(".frame-box")).to_be_visible()  # where the proposed element is now
    failure.get_by_label("ラベル「許可番号」").check()
    page.locator("#repair").click()
    expect(page.locator("#status")).to_contain_text("もう一度点検")
    client = signed_in(taught, "aoki")
    step = client.http.get(f"/api{HERE}").json()["draft"]["procedures"]["find"][0]
    assert step["step"]["target"] == {"label": "許可番号"}


def test_whoever_opens_the_page_during_a_walk_sees_it_end(taught: BotOffice, enter: Enter) -> None:
    client = signed_in(taught, "aoki")
    good(call(client, "/check"))
    taught.engine.hold.clear()
    good(call(client, "/walk"))
    page = enter(taught.office, "baba", f"{HERE}/build")
    expect(page.locator("#status")).to_contain_text("から歩き中")
    taught.engine.hold.set()
    expect(page.locator(".notice.ok")).to_contain_text("から歩きが通りました")
    expect(page.locator("#go-rehearse")).to_be_visible()


def test_hostile_words_of_the_old_system_stay_words(taught: BotOffice, enter: Enter) -> None:
    client = signed_in(taught, "aoki")
    evil = "<img src=x onerror=alert(1)>{{ 7*7 }}</script>"
    good(call(client, "/edit", {"sign": {"kind": "refused", "text": evil}}))
    good(call(client, "/edit", {"set": {"title": {"ja": evil}}}))
    alerts: list[str] = []
    page = opened(taught, enter)
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    expect(page.locator(".sign").first).to_contain_text(evil)
    expect(page.locator("h1")).to_contain_text(evil)
    page.goto(f"{taught.office.url}{HERE}")
    assert alerts == []


@pytest.mark.parametrize("language", ["ja", "en"])
def test_no_page_has_an_axe_violation_or_scrolls_sideways(
    taught: BotOffice, enter: Enter, language: str
) -> None:
    client, lead = signed_in(taught, "aoki"), signed_in(taught, "ueno")
    building.to_signed(client)
    assert lead.send(f"{HERE}/versions/1/activate").status_code == 303
    good(call(client, "/edit", {"unsign": "g2"}))
    good(call(client, "/edit", {"sign": {"kind": "no", "text": "0 件"}}))
    assert building.to_signed(client) == 2
    page = enter(taught.office, "zenbu", f"/systems/workshop?lang={language}")
    refused: list[str] = []
    page.on(
        "console",
        lambda message: refused.append(message.text) if "Content Security" in message.text else None,
    )
    found: list[str] = []
    for path in (
        "/systems/workshop", "/systems/workshop/new", "/systems/workshop/new?form=kyufukin_shinsei&examples=true",
        HERE, f"{HERE}/build", f"{HERE}/yaml", f"{HERE}/versions/1", f"{HERE}/versions/2",
        f"{HERE}/versions/2/explain", f"{HERE}/compare?before=1&after=2",
    ):  # fmt: skip
        page.goto(taught.office.url + path)
        if path.endswith("build"):
            page.wait_for_selector("html[data-ready]")
            tab(page, "enter")
            page.locator(".step summary").first.click()
            found += violations(page)
            page.locator(".spot").first.click()
        found += violations(page)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path} scrolls sideways"
        words = page.inner_text("body")
        assert not re.search(r"\b(bots|bot_js|bot_event|nav|role)\.\w+", words), path
        if language == "en":
            ours = page.locator("h2, button, .hint, label").all_inner_texts()
            assert not [text for text in ours if "ボット" in text]
    assert found == [] and refused == []
    page.set_viewport_size({"width": 683, "height": 384})
    page.goto(f"{taught.office.url}{HERE}/build")
    page.wait_for_selector("html[data-ready]")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
