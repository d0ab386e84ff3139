"""The sample legacy system through a real browser: its screens, and the traps that only a browser falls into."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Dialog, Error, FrameLocator, Page, Route

from samples.legacy_system.server import LegacySystem

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def system(tmp_path_factory) -> Iterator[LegacySystem]:
    folder = tmp_path_factory.mktemp("legacy")
    with LegacySystem(database=folder / "fukushi.db", user="1234", password="himitsu") as running:
        yield running


@pytest.fixture
def desk(browser: Browser, system: LegacySystem) -> Iterator["Desk"]:
    system.faults(clear=True)
    context = browser.new_context()
    context.set_default_timeout(10_000)
    yield Desk(context.new_page(), system)
    context.close()


class Desk:
    """A clerk at the screen, logged in."""

    def __init__(self, page: Page, system: LegacySystem) -> None:
        self.page = page
        self.words: list[str] = []
        page.on("dialog", self._answer)
        page.goto(system.url)
        self._log_in(page.locator("body"))

    def _log_in(self, where) -> None:
        where.locator("[name=T01]").fill("1234")
        where.locator("[name=T02]").fill("himitsu")
        where.locator("[value*=ログイン]").click()
        self.main.get_by_text("左のメニューから").wait_for()

    def _answer(self, dialog: Dialog) -> None:
        self.words.append(dialog.message)
        dialog.accept()

    @property
    def main(self) -> FrameLocator:
        return self.page.frame_locator("[name=main]")

    def open(self, register: int, link: str, waiting_for: str) -> None:
        self.page.frame_locator("[name=menu]").get_by_text(link).nth(register).click()
        self.main.get_by_text(waiting_for).first.wait_for()

    def put(self, **values: str) -> None:
        for name, value in values.items():
            self.main.locator(f"[name={name}]").fill(value)

    def press(self, button: str) -> None:
        self.main.locator(f'input[value="{button}"]').click()

    def press_and_be_told(self, button: str, words: str) -> None:
        """An alert that comes while the next page loads may be later than its first words."""
        with self.page.expect_event("dialog", lambda dialog: dialog.message.startswith(words)):
            self.press(button)

    def see(self, text: str) -> None:
        self.main.get_by_text(text).first.wait_for()

    def beside(self, label: str) -> str:
        cell = self.main.locator(f"xpath=//td[normalize-space(text())='{label}']/following-sibling::td[1]")
        return cell.inner_text().strip("\xa0 ")


def fill_benefit(desk: Desk, number: str, name: str = "髙橋　一男") -> None:
    desk.open(0, "新規登録", "振込先口座")
    desk.put(T01=number, T02="タカハシ　カズオ", T03=name, T05="58", T06="3", T07="7", T08="105", T09="0011")
    desk.main.locator("[name=T04]").select_option(label="昭和")
    desk.put(T10="東京都港区芝公園1-2-3", T11="09012345678", T12="3", T13="0005")
    desk.main.locator("[name=T13]").press("Tab")
    desk.see("三菱ＵＦＪ銀行")  # the page was sent in and came back
    desk.put(T14="123", T16="0123456", T17="タカハシ　カズオ", T18="110000")
    desk.main.locator("[name=T15][value=futsu]").check()
    desk.main.locator("[name=T19]").check()
    desk.press("　確　認　")


def save(desk: Desk) -> str:
    desk.see("登録確認")
    desk.press("　登　録　")
    desk.see("登録完了")
    return desk.main.locator("font[size='5'] b").inner_text()


def test_a_benefit_is_entered_found_and_shown_in_the_old_style(desk: Desk, system: LegacySystem):
    fill_benefit(desk, "26000001")
    desk.see("登録確認")
    assert desk.beside("生年月日") == "昭和58年03月07日"
    assert desk.beside("申請者フリガナ") == "ﾀｶﾊｼ ｶｽﾞｵ"
    assert desk.beside("申請金額") == "110,000円"
    receipt = save(desk)
    assert desk.words == ["登録します。よろしいですか？"]
    desk.open(0, "検索・照会", "カナ氏名")
    desk.put(T01="26000001")
    desk.press("　検　索　")
    desk.main.get_by_role("link", name=receipt).click()
    desk.see("登録者")
    assert desk.beside("金融機関コード") == "0005"
    stored = next(row for row in system.rows("kyufukin_shinsei") if row["receipt_no"] == receipt)
    del stored["stored_at"]
    assert stored == {
        "receipt_no": receipt, "application_no": "26000001", "applicant_kana": "タカハシ　カズオ",
        "applicant_name": "髙橋　一男", "birth_date": "1983-03-07", "postal_code": "1050011",
        "address": "東京都港区芝公園1-2-3", "phone": "09012345678", "household_size": "3", "bank_code": "0005",
        "branch_code": "123", "account_type": "futsu", "account_number": "0123456",
        "account_holder_kana": "タカハシ　カズオ", "amount": "110000", "consent": "true", "stored_by": "1234",
    }  # fmt: skip


def test_entering_twice_makes_two_rows_without_a_word(desk: Desk, system: LegacySystem):
    fill_benefit(desk, "26000002")
    first = save(desk)
    fill_benefit(desk, "26000002")
    second = save(desk)
    rows = [
        row["receipt_no"] for row in system.rows("kyufukin_shinsei") if row["application_no"] == "26000002"
    ]
    assert rows == [first, second]


def test_a_character_outside_cp932_is_refused_in_the_systems_words(desk: Desk):
    fill_benefit(desk, "26000003", name="𠮷田　一男")
    desk.see("E103 申請者氏名にJIS外の文字が使われています。")


def test_typing_the_kana_name_overwrites_the_account_holder(desk: Desk):
    desk.open(0, "新規登録", "振込先口座")
    desk.put(T17="ベツノ　ヒト", T02="タカハシ　カズオ")
    desk.main.locator("[name=T02]").press("Tab")
    assert desk.main.locator("[name=T17]").input_value() == "ﾀｶﾊｼ ｶｽﾞｵ"


def test_not_there_and_cannot_tell_are_different_pages(desk: Desk):
    desk.open(0, "検索・照会", "カナ氏名")
    desk.put(T01="99999999")
    desk.press("　検　索　")
    desk.see("該当データがありません")
    desk.open(0, "検索・照会", "カナ氏名")
    desk.put(T01="２６０００００１")
    desk.press("　検　索　")
    desk.see("データベースエラー")


def nameless(desk: Desk, label: str, at: int = 0):
    cell = f"xpath=//td[starts-with(normalize-space(.),'{label}')]/following-sibling::td[1]"
    return desk.main.locator(cell).first.locator("input:not([type=button]),select").nth(at)


def wareki(desk: Desk, label: str, era: str, *numbers: str) -> None:
    nameless(desk, label).select_option(label=era)
    for at, number in enumerate(numbers, start=1):
        nameless(desk, label, at).fill(number)


def test_a_child_allowance_goes_through_nameless_inputs_popup_and_dialogs(desk: Desk, system: LegacySystem):
    desk.open(1, "新規登録", "支給対象児童")
    assert desk.main.locator("input[type=text][name]").count() == 0
    texts = {
        "申請番号": "26000010",
        "フリガナ": "サトウ　ハナコ",
        "氏名": "𠮷田　花子",
        "電話番号": "0312345678",
    }
    for label, text in texts.items():
        nameless(desk, label).fill(text)
    wareki(desk, "生年月日", "Ｈ", "2", "12", "31")
    nameless(desk, "性別").select_option(label="女")
    nameless(desk, "郵便番号").fill("1050011")
    with desk.page.expect_popup() as popup:
        desk.press("住所検索")
    with popup.value.expect_event("close"):  # pressed from a timer: the window closes under a real click
        popup.value.locator("input[value=選択]").first.evaluate(
            "button => { setTimeout(() => button.click(), 0) }"
        )
    assert nameless(desk, "住所").input_value() == "東京都港区芝公園"
    nameless(desk, "住所").fill("東京都港区芝公園4-5-6")
    nameless(desk, "金融機関").select_option("9900")
    desk.main.locator("option[value='018']").wait_for(state="attached")
    nameless(desk, "支店").select_option("018")
    nameless(desk, "預金種目").select_option(label="普通")
    nameless(desk, "口座番号").fill("7654321")
    desk.press_and_be_told("　確　認　", "口座名義（カナ）を入力してください。")
    nameless(desk, "口座名義").fill("サトウ　ハナコ")
    wareki(desk, "請求年月日", "Ｒ", "8", "9", "1")
    child = desk.main.locator("xpath=//tr[td[1][normalize-space(.)='1']]").locator("input,select")
    child.nth(0).fill("佐藤　空")
    child.nth(2).select_option("5")
    for at, number in ((3, "3"), (4, "4"), (5, "5")):
        child.nth(at).fill(number)
    desk.press("　確　認　")
    desk.see("登録確認")
    assert desk.beside("氏名") == "&#134071;田　花子"
    desk.press_and_be_told("　登　録　", "登録が完了しました。")
    assert desk.words[1] == "登録します。よろしいですか？"
    row = system.rows("jido_teate_nintei")[-1]
    assert row["applicant_name"] == "&#134071;田　花子"
    assert (row["child1_name"], row["child1_birth_date"], row["child2_name"]) == (
        "佐藤　空",
        "2021-04-05",
        "",
    )
    assert (row["birth_date"], row["sex"], row["bank_code"], row["branch_code"]) == (
        "1990-12-31",
        "female",
        "9900",
        "018",
    )


def test_a_nursery_application_takes_two_pages_and_is_shown_as_a_locked_form(
    desk: Desk, system: LegacySystem
):
    desk.open(2, "新規登録", "児童・保護者")
    desk.put(T01="26000020")
    desk.press_and_be_told("次画面＞", "E101 児童フリガナが入力されていません。")
    desk.main.locator("td[bgcolor='#FFC0CB']").first.wait_for()
    desk.put(
        T02="サトウ　ソラ", T03="佐藤　空", T05="5", T06="4", T07="1", T09="サトウ　ハナコ", T10="佐藤　花子"
    )
    desk.main.locator("[name=T04]").select_option("05")
    desk.main.locator("[name=T08][value=male]").check()
    desk.main.locator("[name=T11]").select_option("mother")
    desk.put(T12="105", T13="0011", T14="東京都港区芝公園4-5-6", T15="09012345678")
    desk.press("次画面＞")
    desk.see("（2／2）")
    desk.put(T16="101", T17="202", T22="8", T23="10", T24="1", T25="0830", T26="1745")
    desk.main.locator("[name=T21]").select_option("05")
    for name in ("T27", "T28", "T33"):
        desk.main.locator(f"[name={name}]").check()
    desk.main.locator("[name=T41][value=yes]").click()
    desk.main.locator("[name=T42]").wait_for()  # exists only after the page came back
    desk.put(T42="卵・牛乳")
    desk.press("　確　認　")
    receipt = save(desk)
    row = system.rows("hoiku_moshikomi")[-1]
    assert row["receipt_no"] == receipt
    wanted = {
        "child_name": "佐藤　空", "child_birth_date": "2023-04-01", "child_sex": "male", "relation": "mother",
        "preference1": "101", "preference2": "202", "preference3": "", "start_date": "2026-10-01",
        "hours_from": "0830", "hours_to": "1745", "days": "mon|tue", "reasons": "work", "siblings": "",
        "allergy": "yes", "allergy_note": "卵・牛乳", "single_parent": "false", "consent": "false",
    }  # fmt: skip
    assert {name: row[name] for name in wanted} == wanted
    desk.open(2, "検索・照会", "カナ氏名")
    desk.put(T01="26000020")
    desk.press("　検　索　")
    desk.press("照会")
    desk.see("登録者")
    assert desk.main.locator("[name=T25]").input_value() == "08:30"
    assert desk.main.locator("[name=T27]").is_checked() and desk.main.locator("[name=T27]").is_disabled()
    assert not desk.main.locator("[name=T29]").is_checked()


def test_a_lost_session_shows_the_login_inside_the_frame(desk: Desk, system: LegacySystem):
    system.faults(lost_session={"times": 1})
    desk.page.frame_locator("[name=menu]").get_by_text("新規登録").first.click()
    desk.see("セッションが切れました。")
    assert desk.page.frame_locator("[name=menu]").get_by_text("業務メニュー").is_visible()
    desk.main.locator("[name=T01]").fill("1234")
    desk.main.locator("[name=T02]").fill("himitsu")
    desk.main.locator("[value*=ログイン]").click()
    desk.main.frame_locator("[name=main]").get_by_text("左のメニューから").wait_for()


def test_a_cut_after_the_save_leaves_one_row_when_the_browser_is_kept_from_sending_again(
    desk: Desk, system: LegacySystem
):
    def once(route: Route) -> None:
        try:
            route.fulfill(response=route.fetch(max_retries=0))
        except Error:
            route.abort("connectionaborted")

    desk.page.route("**/touroku.asp", once)
    system.faults(cut_after_save={"times": 1})
    fill_benefit(desk, "26000030")
    desk.see("登録確認")
    with desk.page.expect_event("requestfailed"):
        desk.press("　登　録　")
    rows = [row for row in system.rows("kyufukin_shinsei") if row["application_no"] == "26000030"]
    assert len(rows) == 1
    assert system.faults()["faults"]["cut_after_save"]["fired"] == 1
