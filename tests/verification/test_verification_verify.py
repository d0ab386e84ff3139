"""Verifying in a real browser: by keyboard alone, blind doubles, undo, rules, input methods, lost sessions."""

from __future__ import annotations

import statistics
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from store.base.model import DocumentState, ItemMode, ItemPlan, Outcome, Presentation
from store.base.schema import Item
from store.documents import documents, records
from store.queue import review_queue
from tests.verification import seeding
from tests.verification.conftest import Office

pytestmark = pytest.mark.browser
Enter = Callable[..., Page]
NO_DOUBTS: dict[str, str] = {}


def shown(page: Page, field: str) -> None:
    """Wait until the item of this field is on screen, and as long as anybody needs to see it."""
    expect(page.locator("#item")).to_have_attribute("data-field", field)
    wait_until_seen(page)


def wait_until_seen(page: Page) -> None:
    """Wait as long as anybody needs to see the crop: earlier the page takes no answer."""
    page.wait_for_function(
        "() => { const d = document.getElementById('item').dataset; return d.item && d.seen === d.item; }"
    )


def key(page: Page, value: str) -> None:
    """Replace what stands in the input by typing, then Enter."""
    page.keyboard.press("Control+A")
    page.keyboard.type(value)
    page.keyboard.press("Enter")


def nothing_left(page: Page) -> None:
    expect(page.locator("#nothing-left")).to_be_visible()


def settled(office: Office, document: int) -> dict[str, str]:
    with office.store.read() as session:
        assert documents.get(session, document).state is DocumentState.VERIFIED
        record = records.newest(session, document)
        assert record is not None
        return records.load(session, record, reveal=True).values


def test_a_whole_application_by_keyboard_alone(office: Office, enter: Enter) -> None:
    form = office.forms["kyufukin_shinsei"]
    doubts = {
        "applicant_kana": "verify",
        "birth_date": "verify",
        "amount": "verify",
        "account_type": "verify",
    }
    truth = {"applicant_kana": "サトウ　ハナコ", "applicant_name": "佐藤　花子", "birth_date": "1975-04-01",
             "amount": "30000", "account_type": "toza", "account_holder_kana": "サトウ　ハナコ"}  # fmt: skip
    read = {
        "applicant_kana": "サトウ　ハナコ",
        "birth_date": "1976-04-01",
        "amount": "80000",
        "account_type": "futsu",
    }
    made = seeding.document(
        office.store, form, seeding.batch(office.store), 4, truth=truth, read=read, doubts=doubts
    )
    page = enter(office, "sato", "/verify")

    shown(page, "applicant_kana")
    expect(page.locator("#item")).to_have_attribute("data-presentation", "confirm")
    expect(page.locator("#item")).to_have_attribute("data-file", "scan_0004.pdf")
    page.keyboard.press("Enter")
    shown(page, "birth_date")
    page.keyboard.press("Control+A")
    page.keyboard.type("昭和50年4月1日")
    expect(page.locator("#helper")).to_contain_text("1975-04-01")
    page.keyboard.press("Enter")
    shown(page, "amount")
    key(page, "３０，０００円")
    shown(page, "account_type")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    nothing_left(page)

    values = settled(office, made.document)
    assert values["birth_date"] == "1975-04-01"
    assert values["amount"] == "30000"
    assert values["account_type"] == "toza"
    with office.store.read() as session:
        said = review_queue.answers_of(session, made.document)
    assert [row.outcome for row in said] == [Outcome.CONFIRMED] + [Outcome.CORRECTED] * 3
    assert all(0 < row.active_seconds < 60 for row in said)
    assert office.ports.wakes > 0


def test_candidates_are_picked_by_number_and_weak_characters_are_marked(office: Office, enter: Enter) -> None:
    form = office.forms["kyufukin_shinsei"]
    made = seeding.document(
        office.store,
        form,
        seeding.batch(office.store),
        4,
        truth={"applicant_name": "本田　英二"},
        doubts={"applicant_name": "verify"},
        read=None,
    )
    assert made.read["applicant_name"] == "本田　英二"
    page = enter(office, "sato", "/verify")
    shown(page, "applicant_name")
    expect(page.locator("#read .weak")).to_have_text("二")
    expect(page.locator("#reasons li")).to_have_count(1)
    assert page.evaluate("getSelection().toString()") == "二"


def test_double_is_blind_goes_to_two_and_a_mismatch_to_a_third(office: Office, enter: Enter) -> None:
    form = office.forms["jido_teate_nintei"]
    made = seeding.document(
        office.store,
        form,
        seeding.batch(office.store),
        3,
        truth={"applicant_name": "吉川　智也"},
        read={"applicant_name": "古川　智也"},
        doubts={"applicant_name": "double"},
    )
    first, second, third = (enter(office, user, "/verify") for user in ("sato", "mori", "abe"))
    nothing_left(third)
    for page, value in ((first, "吉川　智也"), (second, "吉川　智世")):
        shown(page, "applicant_name")
        expect(page.locator("#value")).to_have_value("")
        assert "古川" not in page.content()
        key(page, value)
        nothing_left(page)
    shown(third, "applicant_name")
    expect(third.locator("#item")).to_have_attribute("data-mode", "third")
    key(third, "吉川 智也")
    nothing_left(third)
    assert settled(office, made.document)["applicant_name"] == "吉川　智也"


def test_input_method_never_confirms(office: Office, enter: Enter) -> None:
    form = office.forms["kyufukin_shinsei"]
    seeding.document(
        office.store, form, seeding.batch(office.store), 4, doubts={"applicant_name": "verify"}, read={}
    )
    page = enter(office, "sato", "/verify")
    shown(page, "applicant_name")
    item = page.locator("#item").get_attribute("data-item")
    page.evaluate(
        """() => {
          const input = document.getElementById("value");
          const enter = (more) => input.dispatchEvent(
            new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...more }));
          input.dispatchEvent(new CompositionEvent("compositionstart", { bubbles: true }));
          enter({ isComposing: true });
          enter({ keyCode: 229 });
          enter({});
          input.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true }));
          enter({});
        }"""
    )
    page.wait_for_timeout(200)
    expect(page.locator("#item")).to_have_attribute("data-item", item or "")
    page.keyboard.press("Enter")
    nothing_left(page)


def test_undo_reopens_the_last_answer_and_outcomes_have_keys(office: Office, enter: Enter) -> None:
    form = office.forms["kyufukin_shinsei"]
    doubts = {"applicant_name": "verify", "address": "verify", "phone": "verify"}
    made = seeding.document(office.store, form, seeding.batch(office.store), 4, doubts=doubts, read={})
    page = enter(office, "sato", "/verify")
    shown(page, "applicant_name")
    key(page, "間違い　太郎")
    shown(page, "address")
    page.keyboard.press("Alt+KeyZ")
    shown(page, "applicant_name")
    expect(page.locator("#value")).to_have_value("間違い　太郎")
    key(page, made.truth["applicant_name"])
    shown(page, "address")
    page.keyboard.press("Alt+KeyN")
    expect(page.locator("#near-picture")).to_be_visible()
    page.keyboard.press("Alt+KeyT")
    shown(page, "phone")
    page.keyboard.press("Alt+KeyR")
    expect(page.locator("#panel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    page.keyboard.press("Alt+KeyR")
    page.keyboard.type("電話番号が書かれていない")
    page.keyboard.press("Enter")
    nothing_left(page)
    with office.store.read() as session:
        document = documents.get(session, made.document)
        assert document.state is DocumentState.RETURNED
        said = review_queue.answers_of(session, made.document)
    assert said[-1].note == "電話番号が書かれていない"
    assert Outcome.CORRECTED_BY_APPLICANT in {row.outcome for row in said}


def test_a_broken_rule_is_told_while_typing_and_blocks_settling(office: Office, enter: Enter) -> None:
    form = office.forms["kyufukin_shinsei"]
    truth = {"postal_code": "1020072", "address": "東京都千代田区飯田橋8-17-1"}
    made = seeding.document(
        office.store,
        form,
        seeding.batch(office.store),
        4,
        truth=truth,
        doubts={"postal_code": "verify"},
        read={},
    )
    page = enter(office, "sato", "/verify")
    shown(page, "postal_code")
    page.keyboard.press("Control+A")
    page.keyboard.type("0600000")
    expect(page.locator("#problems .problem.error")).to_contain_text("住所")
    page.keyboard.press("Enter")
    expect(page.locator("#item")).to_have_attribute("data-mode", "override")
    wait_until_seen(page)
    expect(page.locator("#blocked-text")).to_be_visible()
    expect(page.locator("#others li")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#message")).to_be_visible()
    page.keyboard.type("転居前の郵便番号。窓口で確認")
    page.keyboard.press("Enter")
    nothing_left(page)
    assert settled(office, made.document)["postal_code"] == "0600000"


def test_from_a_broken_rule_the_other_field_can_be_mended(office: Office, enter: Enter) -> None:
    form = office.forms["kyufukin_shinsei"]
    truth = {"postal_code": "1020072", "address": "東京都千代田区飯田橋8-17-1"}
    made = seeding.document(
        office.store,
        form,
        seeding.batch(office.store),
        4,
        truth=truth,
        read={"address": "北海道札幌市中央区1-1"},
        doubts={"postal_code": "verify"},
    )
    page = enter(office, "sato", "/verify")
    shown(page, "postal_code")
    page.keyboard.press("Enter")
    expect(page.locator("#item")).to_have_attribute("data-mode", "override")
    page.locator("[data-other=address]").click()
    shown(page, "address")
    key(page, truth["address"])
    shown(page, "postal_code")
    expect(page.locator("#blocked")).to_be_hidden()
    page.keyboard.press("Enter")
    nothing_left(page)
    assert settled(office, made.document)["address"] == truth["address"]


def test_hostile_values_and_names_stay_text(office: Office, enter: Enter) -> None:
    form = office.forms["kyufukin_shinsei"]
    evil = "<script>window.hit=1</script><img src=x onerror=window.hit=1>"
    made = seeding.document(
        office.store,
        form,
        seeding.batch(office.store, evil),
        4,
        name=f"{evil}\u202egpj.pdf",
        truth={"address": evil},
        read={"address": evil},
        doubts={"address": "verify"},
    )
    page = enter(office, "zenbu", "/verify")
    shown(page, "address")
    expect(page.locator("#value")).to_have_value(evil)
    for path in ("/", f"/documents/{made.document}", "/documents?batch=1"):
        page.goto(office.url + path)
        assert page.evaluate("window.hit") is None
        assert page.locator("img[src=x]").count() == 0
    page.goto(f"{office.url}/documents/{made.document}")
    assert "⟨U+202E⟩" in page.locator(".file").first.inner_text()


def test_what_cannot_be_stored_comes_back_with_what_was_typed(office: Office, enter: Enter) -> None:
    form = office.forms["kyufukin_shinsei"]
    doubts = {"applicant_name": "verify", "address": "verify"}
    seeding.document(office.store, form, seeding.batch(office.store), 4, doubts=doubts, read={})
    page = enter(office, "sato", "/verify")
    shown(page, "applicant_name")
    # Somebody else takes the item while its holder is away.
    with office.store.write() as session:
        for item in session.query(Item).filter(Item.field == "applicant_name"):
            item.lease_owner, item.claim_token = "mori", "another"
    key(page, "入力した　内容")
    expect(page.locator("#message")).to_contain_text("ほかの人が確認中")
    shown(page, "applicant_name")
    expect(page.locator("#value")).to_have_value("入力した　内容")
    page.keyboard.press("Enter")
    shown(page, "address")
    page.evaluate("document.getElementById('value').value = 'a\\u202eb'")
    page.keyboard.press("Enter")
    expect(page.locator("#message")).to_contain_text("保存できません")
    shown(page, "address")


def test_an_expired_session_asks_again_and_loses_nothing(office: Office, enter: Enter) -> None:
    form = office.forms["kyufukin_shinsei"]
    made = seeding.document(
        office.store, form, seeding.batch(office.store), 4, doubts={"address": "verify"}, read={}
    )
    page = enter(office, "sato", "/verify")
    shown(page, "address")
    page.context.clear_cookies()
    key(page, made.truth["address"] + "201")
    expect(page.locator("#again")).to_be_visible()
    page.keyboard.type(seeding.PASSWORD)
    page.keyboard.press("Enter")
    nothing_left(page)
    with office.store.read() as session:
        assert review_queue.answers_of(session, made.document)[0].value == made.truth["address"] + "201"


def test_leaving_gives_the_items_back(office: Office, enter: Enter) -> None:
    form = office.forms["kyufukin_shinsei"]
    doubts = {"applicant_name": "verify", "address": "verify"}
    seeding.document(office.store, form, seeding.batch(office.store), 4, doubts=doubts, read={})
    page = enter(office, "sato", "/verify")
    shown(page, "applicant_name")
    page.goto(office.url + "/")
    page.wait_for_timeout(300)
    other = enter(office, "mori", "/verify")
    shown(other, "applicant_name")


def test_enter_to_next_crop(office: Office, enter: Enter, capsys: pytest.CaptureFixture[str]) -> None:
    form = office.forms["kyufukin_shinsei"]
    batch = seeding.batch(office.store)
    every = {field.name: "verify" for field in form.fields() if not field.secret}
    for seed in (41, 42, 43):
        seeding.document(office.store, form, batch, seed, doubts=every, read={})
    page = enter(office, "sato", "/verify")
    for _ in range(36):
        item = page.locator("#item").get_attribute("data-item")
        wait_until_seen(page)
        page.keyboard.press("Enter")
        page.wait_for_function("i => document.getElementById('item').dataset.item !== i", arg=item)
    page.wait_for_timeout(300)
    taken = page.evaluate("performance.getEntriesByName('enter-to-crop').map((m) => m.duration)")
    median, late = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
    with capsys.disabled():
        print(f"\nEnter to next crop: n={len(taken)} median {median:.0f} ms, 95th {late:.0f} ms")
    assert len(taken) >= 34
    assert median <= 100


def test_a_blind_quality_sample_looks_like_any_other_item(office: Office, enter: Enter) -> None:
    form = office.forms["kyufukin_shinsei"]
    plans = [
        ItemPlan("address", 1, ItemMode.QUALITY, Presentation.BLIND),
        ItemPlan("applicant_name", 1, ItemMode.SEEDED, expected="本田　英二", wrong_value="本由　英二"),
    ]
    seeding.document(office.store, form, seeding.batch(office.store), 4, doubts=NO_DOUBTS, plans=plans)
    page = enter(office, "sato", "/verify")
    shown(page, "address")
    expect(page.locator("#item")).to_have_attribute("data-mode", "verify")
    page.keyboard.type("x")
    page.keyboard.press("Enter")
    shown(page, "applicant_name")
    expect(page.locator("#item")).to_have_attribute("data-mode", "verify")
    expect(page.locator("#value")).to_have_value("本由　英二")


def test_a_doubled_enter_does_not_confirm_what_nobody_has_seen(office: Office, enter: Enter) -> None:
    form = office.forms["kyufukin_shinsei"]
    doubts = {"applicant_name": "verify", "address": "verify"}
    made = seeding.document(office.store, form, seeding.batch(office.store), 4, doubts=doubts, read={})
    page = enter(office, "sato", "/verify")
    shown(page, "applicant_name")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.locator("[data-do=ok]").dblclick()
    shown(page, "address")

    def answered() -> list[str]:
        with office.store.read() as session:
            return [row.field for row in review_queue.answers_of(session, made.document)]

    # It is on its way while the next crop is shown; a second one would have been sent with it.
    for _ in range(100):
        page.wait_for_timeout(100)
        if answered():
            break
    assert answered() == ["applicant_name"]
    page.keyboard.press("Enter")
    nothing_left(page)


def test_arrows_move_between_the_items_at_hand_and_keep_what_was_typed(office: Office, enter: Enter) -> None:
    form = office.forms["kyufukin_shinsei"]
    doubts = {"applicant_name": "verify", "address": "verify", "account_type": "verify"}
    seeding.document(office.store, form, seeding.batch(office.store), 4, doubts=doubts, read={})
    page = enter(office, "sato", "/verify")
    shown(page, "applicant_name")
    page.keyboard.press("Control+A")
    page.keyboard.type("途中")
    page.keyboard.press("ArrowDown")
    shown(page, "address")
    page.keyboard.press("ArrowDown")
    shown(page, "account_type")
    chosen = page.evaluate("document.querySelector('#inputs :checked')?.value")
    page.keyboard.press("ArrowUp")
    shown(page, "address")
    page.keyboard.press("ArrowUp")
    shown(page, "applicant_name")
    expect(page.locator("#value")).to_have_value("途中")
    page.keyboard.press("ArrowUp")
    shown(page, "account_type")
    assert page.evaluate("document.querySelector('#inputs :checked')?.value") == chosen


def test_a_bad_picture_is_turned_brightened_and_enlarged_by_keys(office: Office, enter: Enter) -> None:
    form = office.forms["kyufukin_shinsei"]
    seeding.document(
        office.store, form, seeding.batch(office.store), 4, doubts={"applicant_name": "verify"}, read={}
    )
    page = enter(office, "sato", "/verify")
    shown(page, "applicant_name")
    flat = page.locator("#crop").bounding_box()
    page.keyboard.press("Alt+KeyG")
    stood = page.locator("#crop").bounding_box()
    room = page.locator(".crop").bounding_box()
    assert flat and stood and room
    assert flat["width"] > flat["height"] and stood["height"] > stood["width"]
    assert stood["y"] >= room["y"] and stood["y"] + stood["height"] <= room["y"] + room["height"]
    for _ in range(3):
        page.keyboard.press("Alt+KeyG")
    filters = set()
    for _ in range(4):
        page.keyboard.press("Alt+KeyB")
        filters.add(page.evaluate("getComputedStyle(document.getElementById('crop')).filter"))
    assert len(filters) == 4 and "none" in filters
    page.keyboard.press("Alt+ArrowUp")
    larger = page.locator("#crop").bounding_box()
    assert larger and larger["width"] > flat["width"]


def test_a_huge_paste_is_told_kept_and_not_sent(office: Office, enter: Enter) -> None:
    form = office.forms["kyufukin_shinsei"]
    made = seeding.document(
        office.store, form, seeding.batch(office.store), 4, doubts={"address": "verify"}, read={}
    )
    page = enter(office, "sato", "/verify")
    shown(page, "address")
    page.evaluate(
        """() => { const input = document.getElementById("value"); input.value = "あ".repeat(10_000_000);
             input.dispatchEvent(new InputEvent("input", { bubbles: true })); }"""
    )
    page.keyboard.press("Enter")
    expect(page.locator("#message")).to_contain_text("4000文字を超えています")
    assert page.evaluate("document.getElementById('value').value.length") == 10_000_000
    with office.store.read() as session:
        assert review_queue.answers_of(session, made.document) == []
    key(page, made.truth["address"])
    nothing_left(page)


def test_an_unpaired_surrogate_is_told_and_kept(office: Office, enter: Enter) -> None:
    form = office.forms["kyufukin_shinsei"]
    made = seeding.document(
        office.store, form, seeding.batch(office.store), 4, doubts={"address": "verify"}, read={}
    )
    page = enter(office, "sato", "/verify")
    shown(page, "address")
    page.evaluate("document.getElementById('value').value = 'a\\ud842b'")
    page.keyboard.press("Enter")
    expect(page.locator("#message")).to_contain_text("保存できません")
    assert page.evaluate("document.getElementById('value').value === 'a\\ud842b'")
    with office.store.read() as session:
        assert review_queue.answers_of(session, made.document) == []


def test_a_long_pause_counts_as_work_only_up_to_the_idle_limit(office: Office, enter: Enter) -> None:
    form = office.forms["kyufukin_shinsei"]
    doubts = {"address": "verify", "applicant_name": "verify"}
    made = seeding.document(office.store, form, seeding.batch(office.store), 4, doubts=doubts, read={})
    page = enter(office, "sato")
    page.clock.install()
    page.goto(f"{office.url}/verify")
    shown(page, "applicant_name")
    page.clock.fast_forward(20 * 60 * 1000)
    page.keyboard.press("Enter")
    shown(page, "address")
    page.keyboard.press("Enter")
    nothing_left(page)
    with office.store.read() as session:
        paused, at_once = (row.active_seconds for row in review_queue.answers_of(session, made.document))
    assert 30 <= paused < 60, "20 minutes away count as 30 seconds"
    assert at_once < 30
