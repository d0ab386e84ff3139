"""The editor of templates in a real browser, over real pixels: boxes, keys, undo, tables, what is refused, saving."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import yaml
from playwright.sync_api import Page, expect

from store.base.schema import AuditEvent
from templates_forms.loader import load_form
from templates_forms.model import Form
from tests.verification.conftest import Office
from tests.verification.test_verification_pages import violations

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]
FORM = "kyufukin_shinsei"


@pytest.fixture
def editor(workroom: Office, enter: Enter) -> Page:
    return opened(workroom, enter, FORM)


def opened(office: Office, enter: Enter, form: str, user: str = "dx") -> Page:
    page = enter(office, user, f"/templates/installed/{form}")
    page.wait_for_selector("html[data-ready]")
    return page


def place(page: Page, name: str, at: int = 0):
    return page.locator(f"#sheet [data-name='{name}'] .place").nth(at)


def box(page: Page, name: str, at: int = 0) -> list[float]:
    rect = place(page, name, at)
    return [float(rect.get_attribute(key) or 0) for key in ("x", "y", "width", "height")]


def mm(page: Page) -> float:
    """Pixels of the screen per millimetre of the sheet."""
    return float(page.evaluate("document.getElementById('sheet').getScreenCTM().a"))


def drag(page: Page, start: tuple[float, float], right: float, down: float) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] + right / 2, start[1] + down / 2)
    page.mouse.move(start[0] + right, start[1] + down, steps=4)
    page.mouse.up()


def middle(page: Page, name: str, at: int = 0) -> tuple[float, float]:
    place(page, name, at).scroll_into_view_if_needed()
    found = place(page, name, at).bounding_box()
    assert found
    return found["x"] + found["width"] / 2, found["y"] + found["height"] / 2


def names(page: Page) -> list[str]:
    return page.eval_on_selector_all("#sheet [data-uid]", "all => all.map((g) => g.dataset.name)")


def saved(office: Office, form: str = FORM) -> Form:
    assert office.templates
    return load_form(office.templates / form)


def save(page: Page) -> None:
    page.keyboard.press("Escape")
    page.locator("#save").click()
    page.locator("#saving-go").click()
    expect(page.locator("#status")).to_contain_text("保存しました")


def test_a_box_is_dragged_onto_printed_lines_saved_and_kept_as_a_version(
    workroom: Office, editor: Page
) -> None:
    before = box(editor, "applicant_name")
    x, y = middle(editor, "applicant_name")
    drag(editor, (x, y), -2.5 * mm(editor), 0)  # lets go beside the line: the edge jumps onto it
    after = box(editor, "applicant_name")
    assert after != before
    lines = workroom_lines(editor)
    edges = (after[0], after[0] + after[2])
    assert min(abs(edge - line) for edge in edges for line in lines) < 0.011
    editor.locator("#save").click()
    expect(editor.locator("#saving-list")).to_contain_text("氏名 (applicant_name)")
    expect(editor.locator("#saving-list")).to_contain_text(re.compile(r"右へ -[0-9.]+ mm"))
    editor.locator("#saving-go").click()
    expect(editor.locator("#status")).to_contain_text("保存しました")
    form = saved(workroom)
    assert form.version == 2
    found = form.field("applicant_name").box
    assert [found.x, found.y] == pytest.approx(after[:2])
    assert load_form(form.folder).rules
    old = yaml.safe_load((form.folder / "history" / "form.1.yaml").read_text(encoding="utf-8"))
    assert next(f for f in old["pages"][0]["fields"] if f["name"] == "applicant_name")["box"] == before
    with workroom.store.read() as session:
        event = session.query(AuditEvent).filter_by(act="template.saved").one()
    assert event.actor == "dx" and event.subject == f"template:{FORM}"


def workroom_lines(page: Page) -> list[float]:
    rows = page.evaluate(f"fetch('/api/templates/installed/{FORM}').then((r) => r.json())")["lines"][0]
    return [row[1] for row in rows if row[0] == 0]


def test_keys_move_resize_copy_delete_and_undo(editor: Page) -> None:
    place(editor, "phone").click()
    start = box(editor, "phone")
    editor.keyboard.press("ArrowRight")
    editor.keyboard.press("ArrowDown")
    assert box(editor, "phone") == [start[0] + 0.25, start[1] + 0.25, start[2], start[3]]
    editor.keyboard.press("Shift+ArrowRight")
    assert box(editor, "phone")[2] == start[2] + 0.25
    count = len(names(editor))
    editor.keyboard.press("Control+c")
    editor.keyboard.press("Control+v")
    assert "phone_2" in names(editor) and len(names(editor)) == count + 1
    editor.keyboard.press("Delete")
    assert len(names(editor)) == count
    for _ in range(4):
        editor.keyboard.press("Control+z")
    assert box(editor, "phone") == start and "phone_2" not in names(editor)
    for _ in range(3):
        editor.keyboard.press("Control+y")
    assert "phone_2" in names(editor)
    editor.keyboard.press("Control+a")
    expect(editor.locator("#field-panel")).to_contain_text(f"{count + 1} 項目を選択中")
    editor.keyboard.press("Escape")
    expect(editor.locator("#sheet .chosen")).to_have_count(0)


def test_several_fields_are_chosen_by_a_frame_and_by_shift_and_move_together(editor: Page) -> None:
    place(editor, "applicant_kana").click()
    place(editor, "applicant_name").click(modifiers=["Shift"])
    expect(editor.locator("#field-panel")).to_contain_text("2 項目を選択中")
    kana, name = box(editor, "applicant_kana"), box(editor, "applicant_name")
    editor.keyboard.press("ArrowLeft")
    assert box(editor, "applicant_kana")[0] == pytest.approx(kana[0] - 0.25)
    assert box(editor, "applicant_name")[0] == pytest.approx(name[0] - 0.25)
    sheet = editor.locator("#sheet").bounding_box()
    assert sheet
    first, last = (
        place(editor, "applicant_kana").bounding_box(),
        place(editor, "applicant_name").bounding_box(),
    )
    assert first and last
    start = (sheet["x"] + 6, first["y"] - 4)
    end = (last["x"] + last["width"] + 8, last["y"] + last["height"] + 5)
    editor.keyboard.press("Escape")
    drag(editor, start, end[0] - start[0], end[1] - start[1])
    assert {"applicant_kana", "applicant_name"} <= chosen(editor)


def chosen(page: Page) -> set[str]:
    return set(page.eval_on_selector_all("#sheet .chosen", "all => all.map((g) => g.dataset.name)"))


def test_handles_resize_and_alt_lets_go_of_the_lines(editor: Page) -> None:
    place(editor, "applicant_name").click()
    before = box(editor, "applicant_name")
    handle = editor.locator("#sheet .handle-right").bounding_box()
    assert handle
    start = (handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2)
    editor.keyboard.down("Alt")
    drag(editor, start, -10 * mm(editor), 0)
    editor.keyboard.up("Alt")
    after = box(editor, "applicant_name")
    assert after[:2] == before[:2] and after[2] == pytest.approx(before[2] - 10, abs=0.4)


def test_a_click_into_a_printed_cell_makes_a_field_of_that_cell(workroom: Office, editor: Page) -> None:
    cell = box(editor, "address")
    spot = middle(editor, "address")
    place(editor, "address").click()
    editor.keyboard.press("Delete")
    editor.keyboard.press("n")
    editor.mouse.click(*spot)
    editor.keyboard.type("住所")
    editor.keyboard.press("Tab")  # the label says what it is: name and type follow
    expect(editor.locator("#field-name")).to_have_value("address")
    expect(editor.locator("#field-type")).to_have_value("text")
    made = box(editor, "address")
    assert made[0] <= cell[0] + 0.5 and made[0] + made[2] >= cell[0] + cell[2] - 0.5
    save_anyway(editor)
    found = saved(workroom).field("address")
    assert (found.label, found.type.value) == ("住所", "text")


def save_anyway(page: Page) -> None:
    expect(page.locator("#problems")).to_be_hidden()
    save(page)


def test_character_boxes_are_counted_from_the_print(editor: Page) -> None:
    place(editor, "applicant_kana").click()
    cells = editor.locator("#field-cells")
    shown = cells.input_value()
    cells.fill("5")
    editor.get_by_role("button", name="数える").click()
    expect(editor.locator("#field-cells")).to_have_value(shown)


def test_a_row_of_a_table_is_copied_into_the_next_one(workroom: Office, enter: Enter) -> None:
    page = opened(workroom, enter, "hoiku_moshikomi")
    rows = [name for name in names(page) if re.search(r"\d", name)]
    assert rows, "the sample form has a table"
    name = rows[0]
    place(page, name).click()
    start = box(page, name)
    page.keyboard.press("Control+d")
    copy = next(iter(chosen(page)))
    assert copy not in rows and re.sub(r"\d+", "", copy) == re.sub(r"\d+", "", name)
    assert box(page, copy)[0] == start[0] and box(page, copy)[1] > start[1] + 3


@pytest.mark.parametrize("fault", ["overlap", "off the page", "two of a name", "bad name", "no rule"])
def test_what_is_wrong_is_said_and_cannot_be_saved(workroom: Office, editor: Page, fault: str) -> None:
    place(editor, "phone").click()
    if fault == "overlap":
        target = box(editor, "applicant_kana")
        for at, value in enumerate(target[:2]):
            editor.locator(f"[data-side='{at}']").fill(str(value))
        words = "重なっています"
    elif fault == "off the page":
        editor.locator("[data-side='0']").fill("205")
        words = "用紙の外"
    elif fault == "two of a name":
        editor.locator("#field-name").fill("applicant_kana")
        words = "同じ名前が 2 回"
    elif fault == "bad name":
        editor.locator("#field-name").fill("電話")
        words = "値の形が違います"
    else:
        editor.get_by_role("button", name="この項目で規則を追加").click()
        editor.locator(".rule input").nth(-3).fill("nobody")
        words = "項目 nobody がありません"
    expect(editor.locator("#problems")).to_contain_text(words)
    editor.locator("#save").click()
    expect(editor.locator("#saving-go")).to_be_disabled()
    expect(editor.locator("#saving-list")).to_contain_text(words)
    assert saved(workroom).version == 1


def test_options_and_rules_are_edited(workroom: Office, editor: Page) -> None:
    choice = next(f for f in saved(workroom).fields() if len(f.options) > 1)
    place(editor, choice.name).click()
    editor.locator(".options-edit li").first.get_by_label("印刷された語").fill("新しい語")
    place(editor, choice.name).click()
    editor.keyboard.press("ArrowDown")
    editor.keyboard.press("Escape")
    editor.locator("#tab-form").click()
    editor.locator("#panel-form").get_by_label("手入力の分数（実測）").fill("4.5")
    editor.locator("#panel-form").get_by_role("button", name="規則を追加").click()
    rule = editor.locator(".rule").last
    rule.locator("select").select_option("distinct")
    rule.get_by_label("項目の名前").fill("applicant_kana, applicant_name")
    editor.locator("#desk").focus()
    save_anyway(editor)
    form = saved(workroom)
    assert form.field(choice.name).options[0].label == "新しい語"
    assert form.field(choice.name).options[0].box.y == pytest.approx(choice.options[0].box.y + 0.25)
    assert form.field(choice.name).options[1].box.y == pytest.approx(choice.options[1].box.y)
    assert form.hand_minutes == 4.5
    assert any(r.rule == "distinct" and r.fields == ("applicant_kana", "applicant_name") for r in form.rules)


def test_a_renamed_field_takes_its_rules_along(workroom: Office, editor: Page) -> None:
    rule = next(r for r in saved(workroom).rules if "postal_code" in r.fields)
    place(editor, "postal_code").click()
    editor.locator("#field-name").fill("zip_code")
    save_anyway(editor)
    form = saved(workroom)
    assert any(r.rule == rule.rule and "zip_code" in r.fields for r in form.rules)


def test_edits_survive_a_closed_page(editor: Page) -> None:
    place(editor, "phone").click()
    start = box(editor, "phone")
    editor.keyboard.press("ArrowRight")
    editor.reload()
    editor.wait_for_selector("html[data-ready]")
    expect(editor.locator("#status")).to_contain_text("復元しました")
    assert box(editor, "phone")[0] == start[0] + 0.25
    editor.get_by_role("button", name="破棄して保存済みに戻す").click()
    assert box(editor, "phone") == start


def test_whoever_saves_second_is_told(workroom: Office, editor: Page, enter: Enter) -> None:
    other = opened(workroom, enter, FORM, "kanri")
    for page, key in ((editor, "ArrowRight"), (other, "ArrowDown")):
        place(page, "phone").click()
        page.keyboard.press(key)
    save(editor)
    other.locator("#save").click()
    other.locator("#saving-go").click()
    expect(other.locator("#saving-text")).to_contain_text("別の人が保存しました")
    assert saved(workroom).version == 2


def test_a_scan_is_read_beside_the_sheet_and_one_field_by_two_alphabets(
    workroom: Office, editor: Page
) -> None:
    from seeding import ROOT

    editor.locator("#tab-trial").click()
    editor.locator("#trial-file").set_input_files(ROOT / "samples" / "scans" / "kyufukin_06.jpg")
    expect(editor.locator("#panel-trial .file")).to_contain_text("kyufukin_06.jpg")
    editor.locator("#trial-read").click()
    rows = editor.locator("#trial-table tbody tr")
    expect(rows).to_have_count(sum(1 for _ in saved(workroom).fields()), timeout=120_000)
    truth = truth_of("kyufukin_06.jpg")
    kana = rows.filter(has_text="フリガナ").first
    expect(kana.locator(".trial-value")).to_have_text(truth["applicant_kana"])
    expect(kana).to_contain_text(re.compile(r"[0-9.]+%"))
    account = rows.filter(has_text="口座番号").first
    expect(account.locator(".trial-value")).to_have_text(re.compile("^●+$"))
    expect(account.locator("svg")).to_have_count(0)
    assert "data:image/jpeg" in (editor.locator("#sheet image").get_attribute("href") or "")
    kana.get_by_role("button").click()
    editor.locator("#tab-trial").click()
    editor.locator("#compare-0").select_option("kana")
    editor.locator("#compare-1").select_option("digits")
    editor.locator("#compare-go").click()
    cells = editor.locator(".compared tbody td")
    expect(cells.first).to_contain_text(truth["applicant_kana"], timeout=60_000)
    expect(cells.nth(1)).not_to_contain_text(truth["applicant_kana"])


def truth_of(file: str) -> dict[str, str]:
    import csv

    from seeding import ROOT

    with (ROOT / "samples" / "scans" / "truth.csv").open(encoding="utf-8") as stream:
        return {row["field"]: row["value"] for row in csv.DictReader(stream) if row["file"] == file}


def test_the_pages_have_no_axe_violation_and_fit_in_both_languages(
    workroom: Office, enter: Enter, editor: Page
) -> None:
    found = violations(editor)
    for tab in ("form", "trial"):
        editor.locator(f"#tab-{tab}").click()
        found += violations(editor)
    for path in ("/templates", "/templates/shelf", f"/templates/installed/{FORM}?lang=en"):
        editor.goto(workroom.url + path)
        if "installed" in path:
            editor.wait_for_selector("html[data-ready]")
            place(editor, "phone").click()
            expect(editor.locator("#field-panel")).to_contain_text("Character boxes")
        found += violations(editor)
        wide = editor.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path} scrolls sideways"
        assert not re.search(r"\beditor\.\w+|templates\.\w+_|shelf\.\w+", editor.inner_text("main"))
    assert found == []
