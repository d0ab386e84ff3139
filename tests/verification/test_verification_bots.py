"""Building a bot over HTTP: rights, stages, two people, the installed file, packs, going back, hostile input."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from store.base.model import BotState
from store.base.schema import AuditEvent
from store.entry import bot_versions
from tests.verification import bot_building as building
from tests.verification import seeding
from tests.verification.bot_building import SYSTEM, call, good, signed_in
from tests.verification.conftest import BotOffice
from tests.verification.test_verification_requests import Client

HERE = f"/systems/workshop/{SYSTEM}"


@pytest.fixture
def aoki(bot_office: BotOffice) -> Iterator[Client]:
    """Builds."""
    client = signed_in(bot_office, "aoki")
    yield client
    client.http.close()


@pytest.fixture
def baba(bot_office: BotOffice) -> Iterator[Client]:
    """Reviews."""
    client = signed_in(bot_office, "baba")
    yield client
    client.http.close()


def installed(bots: BotOffice) -> Path:
    return bots.systems / SYSTEM / "bot.yaml"


def acts(bots: BotOffice) -> list[str]:
    with bots.office.store.read() as session:
        rows = (
            session.query(AuditEvent).filter(AuditEvent.subject == f"bot:{SYSTEM}").order_by(AuditEvent.seq)
        )
        return [row.act for row in rows]


def state(bots: BotOffice, number: int) -> BotState:
    with bots.office.store.read() as session:
        return bot_versions.get(session, SYSTEM, number).state


def stages(client: Client) -> dict[str, str]:
    return {s["key"]: s["state"] for s in client.http.get(f"/api{HERE}").json()["stages"]}


def test_from_a_draft_to_an_installed_bot(bot_office: BotOffice, aoki: Client, baba: Client) -> None:
    building.begin(aoki)
    assert stages(aoki)["teach"] == "now"
    building.teach(aoki)
    assert stages(aoki) == {
        "teach": "done", "check": "now", "walk": "later", "rehearse": "later", "sign": "later", "activate": "later",
    }  # fmt: skip
    number = building.to_signed(aoki)
    assert stages(aoki)["activate"] == "now" and not installed(bot_office).exists()
    page = f"{HERE}/versions/{number}"
    assert "作成に関わったため" in aoki.http.get(page).text
    refused = aoki.send(f"{page}/activate")
    assert refused.status_code == 403 and "別の人に頼" in refused.text and not installed(bot_office).exists()
    assert baba.send(f"{page}/activate").status_code == 303
    assert state(bot_office, number) is BotState.ACTIVE
    with bot_office.office.store.read() as session:
        assert installed(bot_office).read_text("utf-8") == bot_versions.get(session, SYSTEM, number).yaml
    assert bot_office.office.ports.wakes == 1
    assert acts(bot_office) == [
        "bot.draft_begun", "bot.version_made", "bot.walked", "bot.rehearsed", "bot.signed", "bot.activated",
    ]  # fmt: skip
    assert SYSTEM in signed_in(bot_office, "dx").http.get("/systems").text


def test_without_the_role_nothing_of_it_is_seen(bot_office: BotOffice, aoki: Client) -> None:
    building.begin(aoki)
    building.teach(aoki)
    number = building.to_signed(aoki)
    paths = ["", "/new", f"/{SYSTEM}", f"/{SYSTEM}/build", f"/{SYSTEM}/yaml", f"/{SYSTEM}/versions/{number}"]
    for name in ("sato", "kato", "kanri"):
        client = signed_in(bot_office, name)
        assert "/systems/workshop" not in client.http.get("/").text
        for path in paths:
            assert client.http.get(f"/systems/workshop{path}").status_code == 403, (name, path)
        assert client.http.get(f"/api{HERE}").status_code == 403
        for path in ("/screen", "/act", "/edit", "/check", "/walk", "/rehearse", "/close"):
            body = {"kind": "back"} if path == "/act" else {}
            assert call(client, path, body).status_code in {403, 400, 422}
        assert client.send(f"{HERE}/versions/{number}/activate").status_code == 403
        assert client.send(f"{HERE}/discard").status_code == 403
    lead = signed_in(bot_office, "ueno")
    assert lead.http.get(HERE).status_code == 200 == lead.http.get(f"{HERE}/versions/{number}").status_code
    assert lead.http.get(f"{HERE}/build").status_code == 403 == call(lead, "/check").status_code
    assert lead.send(f"{HERE}/versions/{number}/sign", name="x").status_code == 403
    assert lead.send(f"{HERE}/versions/{number}/activate").status_code == 303


def test_every_change_needs_the_token_of_the_session(bot_office: BotOffice, aoki: Client) -> None:
    building.begin(aoki)
    before = acts(bot_office)
    for path in ("/screen", "/act", "/edit", "/check", "/walk", "/rehearse", "/close"):
        body = {"kind": "back"} if path == "/act" else {}
        assert aoki.http.post(f"/api{HERE}{path}", json=body).status_code == 403, path
    for path in (
        "/discard",
        "/yaml",
        "/versions/1/sign",
        "/versions/1/activate",
        "/versions/1/edit",
        "/edit-installed",
    ):
        assert aoki.http.post(f"{HERE}{path}", data={"csrf": "x"}).status_code == 403, path
    assert aoki.http.post("/systems/workshop/install", data={"csrf": "x"}).status_code == 403
    assert acts(bot_office) == before and (bot_office.drafts / SYSTEM / "draft").is_dir()


def test_a_change_after_the_check_begins_the_stages_again(bot_office: BotOffice, aoki: Client) -> None:
    building.begin(aoki)
    building.teach(aoki)
    building.to_signed(aoki)
    step = aoki.http.get(f"/api{HERE}").json()["draft"]["procedures"]["enter"][1]["id"]
    good(call(aoki, "/edit", {"delete": step}))
    assert stages(aoki)["check"] == "now"
    assert "先に点検" in call(aoki, "/walk").json()["error"]["message"]
    assert good(call(aoki, "/check"))["version"] == 2
    assert stages(aoki)["walk"] == "now" and state(bot_office, 1) is BotState.SIGNED
    good(call(aoki, "/edit", {"undo": True}))
    assert good(call(aoki, "/check"))["version"] == 3, "an older text is a new version, too"


def test_what_was_not_shown_is_named_and_makes_no_version(bot_office: BotOffice, aoki: Client) -> None:
    building.begin(aoki)
    found = good(call(aoki, "/check"))
    assert found["version"] is None and found["stages"][0]["missing"] == [
        "login",
        "find",
        "enter",
        "read_back",
    ]
    building.teach(aoki)
    bot_office.engine.problem = "find の手順がキーを使っていません。"
    assert good(call(aoki, "/check"))["version"] is None
    save = next(
        s for s in aoki.http.get(f"/api{HERE}").json()["draft"]["procedures"]["enter"] if s["irreversible"]
    )
    state_of = good(call(aoki, "/edit", {"step": save["id"], "irreversible": False}))
    assert state_of["stages"][0]["missing"] == ["saving"]
    bot_office.engine.problem = ""
    assert good(call(aoki, "/check"))["version"] is None
    assert "bot.version_made" not in acts(bot_office)


def test_whoever_touched_the_draft_cannot_activate_it(
    bot_office: BotOffice, aoki: Client, baba: Client
) -> None:
    building.begin(aoki)
    building.teach(aoki)
    good(call(baba, "/edit", {"set": {"sample": {"no": "20269009", "name": "見本 花子"}}}))
    number = building.to_signed(aoki)
    assert baba.send(f"{HERE}/versions/{number}/activate").status_code == 403
    assert signed_in(bot_office, "ueno").send(f"{HERE}/versions/{number}/activate").status_code == 303


def test_looking_at_a_draft_makes_nobody_its_author(
    bot_office: BotOffice, aoki: Client, baba: Client
) -> None:
    building.begin(aoki)
    building.teach(aoki)
    assert baba.http.get(f"{HERE}/build").status_code == 200
    good(call(baba, "/screen"))
    good(call(baba, "/act", {"kind": "goto", "value": "/search"}))
    number = building.to_signed(aoki)
    assert baba.send(f"{HERE}/versions/{number}/activate").status_code == 303


@pytest.mark.parametrize(
    ("ends", "passed"),
    [(["confirmed"] * 10, True), (["confirmed"] * 9 + ["refused"], False), (["confirmed"] * 4, False)],
)
def test_a_rehearsal_passes_when_every_record_is_confirmed(
    bot_office: BotOffice, aoki: Client, ends: list[str], passed: bool
) -> None:
    building.begin(aoki)
    building.teach(aoki)
    good(call(aoki, "/check"))
    assert "から歩き" in building.rehearse(aoki).json()["error"]["message"]
    good(call(aoki, "/walk"))
    building.finished(aoki)
    bot_office.engine.ends = ends
    good(building.rehearse(aoki))
    assert building.finished(aoki)["kind"] == "rehearse"
    assert stages(aoki)["sign"] == ("now" if passed else "later")
    signed = aoki.send(f"{HERE}/versions/1/sign", name="山本")
    assert signed.status_code == (303 if passed else 409)
    with bot_office.office.store.read() as session:
        kept = json.dumps(bot_versions.get(session, SYSTEM, 1).rehearsal, ensure_ascii=False)
    assert "見本" not in kept and "20260001" not in kept, "what was entered is not kept"


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ("no,name\n1,a", "10 件から"),
        ("no,name\n" + "1,a\n" * 10, "同じ記録"),
        ("name\n" + "a\n" * 10, "キー"),
        ("no,name\n" + "".join(f"{n},a,b\n" for n in range(10)), "列の数"),
        ("no,na me\n" + "".join(f"{n},a\n" for n in range(10)), "名前"),
        ("no,name\n" + "".join(f"{n},a\n" for n in range(60)), "50 件"),
        ("", "10 件から"),
    ],
)
def test_records_that_cannot_be_rehearsed(
    bot_office: BotOffice, aoki: Client, records: str, words: str
) -> None:
    building.begin(aoki)
    building.teach(aoki)
    good(call(aoki, "/check"))
    good(call(aoki, "/walk"))
    building.finished(aoki)
    answer = building.rehearse(aoki, records=records)
    assert answer.status_code == 422 and words in answer.json()["error"]["message"]
    assert building.rehearse(aoki, test_system=False).status_code == 400, "only into a test system"
    assert not [c for c in bot_office.engine.calls if c.startswith("rehearse")]


def test_while_a_walk_runs_nothing_else_moves_the_browser(
    bot_office: BotOffice, aoki: Client, baba: Client
) -> None:
    building.begin(aoki)
    building.teach(aoki)
    good(call(aoki, "/check"))
    bot_office.engine.hold.clear()
    good(call(aoki, "/walk"))
    for path, body in (("/act", {"kind": "back"}), ("/edit", {"undo": True}), ("/walk", {}), ("/check", {})):
        assert "途中です" in call(baba, path, body).json()["error"]["message"]
    assert baba.http.get(f"/api{HERE}").json()["job"]["state"] == "running"
    assert baba.http.get(f"{HERE}/build").status_code == 200
    bot_office.engine.hold.set()
    assert building.finished(aoki)["state"] == "done" and "bot.walked" in acts(bot_office)


def test_a_failed_step_comes_with_what_would_fit_now(bot_office: BotOffice, aoki: Client) -> None:
    building.begin(aoki)
    building.teach(aoki)
    good(call(aoki, "/check"))
    bot_office.engine.broken = True
    good(call(aoki, "/walk"))
    failure = building.finished(aoki)["result"]
    assert failure["procedure"] == "find" and failure["proposals"][0]["target"] == {"cell": "許可番号"}
    assert "bot.walked" not in acts(bot_office) and stages(aoki)["walk"] == "now"
    change = {"step": failure["step"], "target": failure["proposals"][0]["target"]}
    after = good(call(aoki, "/edit", change))
    assert after["draft"]["procedures"]["find"][0]["step"]["target"] == {"cell": "許可番号"}
    assert stages(aoki)["check"] == "now"


def second_version(bots: BotOffice, aoki: Client, baba: Client) -> None:
    """Two versions, the second one in use."""
    building.begin(aoki)
    building.teach(aoki)
    building.to_signed(aoki)
    assert baba.send(f"{HERE}/versions/1/activate").status_code == 303
    act = {"kind": "fill", "procedure": "enter", "element": "name", "value": "備考", "field": ""}
    good(call(aoki, "/act", act))
    assert building.to_signed(aoki) == 2
    assert baba.send(f"{HERE}/versions/2/activate").status_code == 303


def test_versions_are_compared_and_gone_back_to(bot_office: BotOffice, aoki: Client, baba: Client) -> None:
    second_version(bot_office, aoki, baba)
    first = bot_versions.digest(installed(bot_office).read_text("utf-8"))
    compared = baba.http.get(f"{HERE}/compare?before=1&after=2").text
    assert len(re.findall('class="diff-added"', compared)) >= 2 and "備考" in compared
    assert baba.http.get(f"{HERE}/compare?before=1&after=9").status_code == 404
    assert "違いはありません" in baba.http.get(f"{HERE}/compare?before=1&after=1").text
    assert baba.send(f"{HERE}/versions/1/activate").status_code == 409, "not without a reason"
    assert bot_versions.digest(installed(bot_office).read_text("utf-8")) == first
    assert baba.send(f"{HERE}/versions/1/activate", reason="画面が元に戻った").status_code == 303
    assert (state(bot_office, 1), state(bot_office, 2)) == (BotState.ACTIVE, BotState.RETIRED)
    assert "備考" not in installed(bot_office).read_text("utf-8")
    kept = [path.read_text("utf-8") for path in (bot_office.systems / SYSTEM / "history").iterdir()]
    assert any("備考" in one for one in kept)
    assert acts(bot_office)[-1] == "bot.rolled_back"
    assert baba.send(f"{HERE}/versions/1/retire", reason="業務終了").status_code == 303
    assert not installed(bot_office).exists() and state(bot_office, 1) is BotState.RETIRED


def test_a_file_written_by_hand_is_kept_as_a_version_and_said_so(
    bot_office: BotOffice, aoki: Client, baba: Client
) -> None:
    old = f"id: {SYSTEM}\ntitle: 手書きの台帳\nforms:\n  kyufukin_shinsei: {{key: no}}\n"
    installed(bot_office).parent.mkdir(parents=True)
    installed(bot_office).write_text(old, "utf-8")
    assert "手書きのファイル" in aoki.http.get("/systems/workshop").text
    building.begin(aoki)
    building.teach(aoki)
    number = building.to_signed(aoki)
    page = f"{HERE}/versions/{number}/activate"
    refused = baba.send(page)
    assert refused.status_code == 422 and "kyufukin_shinsei" in refused.text
    assert installed(bot_office).read_text("utf-8") == old and state(bot_office, number) is BotState.SIGNED
    assert baba.send(page, drop_forms="yes").status_code == 303
    with bot_office.office.store.read() as session:
        rows = bot_versions.versions(session, SYSTEM)
    assert [(row.source, row.state) for row in rows] == [
        ("file", BotState.RETIRED),
        ("workshop", BotState.ACTIVE),
    ]
    assert baba.send(f"{HERE}/versions/2/activate", reason="戻す", drop_forms="yes").status_code == 303
    assert installed(bot_office).read_text("utf-8") == old
    installed(bot_office).write_text(old + "# changed behind its back\n", "utf-8")
    assert "ここで有効化した版ではありません" in baba.http.get(HERE).text


def test_a_folder_that_cannot_be_written_leaves_everything_as_it_was(
    bot_office: BotOffice, aoki: Client, baba: Client
) -> None:
    building.begin(aoki)
    building.teach(aoki)
    number = building.to_signed(aoki)
    bot_office.systems.write_text("a file where the folder should be", "utf-8")
    answer = baba.send(f"{HERE}/versions/{number}/activate")
    assert answer.status_code == 422 and "書き込めません" in answer.text
    assert state(bot_office, number) is BotState.SIGNED and "bot.activated" not in acts(bot_office)


def test_a_text_changed_in_the_database_is_neither_activated_nor_packed(
    bot_office: BotOffice, aoki: Client, baba: Client
) -> None:
    building.begin(aoki)
    building.teach(aoki)
    number = building.to_signed(aoki)
    with bot_office.office.store.engine.begin() as connection:
        connection.execute(text("UPDATE bot_version SET yaml = yaml || '# x'"))
    assert baba.send(f"{HERE}/versions/{number}/activate").status_code == 404
    assert baba.http.get(f"{HERE}/versions/{number}/pack").status_code == 404
    assert not installed(bot_office).exists()


def upload(client: Client, data: bytes) -> httpx.Response:
    sent = {"csrf": client.token("/")}
    return client.http.post("/systems/workshop/install", data=sent, files={"pack": ("p.zip", data)})


def test_a_pack_travels_to_another_office_and_begins_there_as_a_draft(
    bot_office: BotOffice, aoki: Client
) -> None:
    building.begin(aoki)
    building.teach(aoki)
    building.to_signed(aoki)
    pack = aoki.http.get(f"{HERE}/versions/1/pack")
    assert pack.headers["content-disposition"] == f'attachment; filename="bot_{SYSTEM}_v1.zip"'
    assert "aoki" not in str(zipfile.ZipFile(io.BytesIO(pack.content)).read("about.json"))
    taken = upload(aoki, pack.content)
    assert taken.status_code == 422 and "すでにあります" in taken.text
    assert aoki.send(f"{HERE}/discard").status_code == 303 and not (bot_office.drafts / SYSTEM).exists()
    assert upload(aoki, pack.content).headers["location"] == f"{HERE}/build"
    assert "bot.pack_installed" in acts(bot_office) and not installed(bot_office).exists()


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("_", "."), data)
    return out.getvalue()


def summed(yaml: str) -> bytes:
    return zipped(bot_yaml=yaml.encode(), bot_sha256=f"{bot_versions.digest(yaml)}  bot.yaml\n".encode())


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join(['*' + before] * 9)}]\n"
    for before, name in zip("abcdefghijklmno", "bcdefghijklmnop", strict=True)
)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"no zip", zipped(other=b"x"), zipped(bot_yaml=b"id: a", bot_sha256=b"0" * 64), summed("- a\n- b"),
        zipped(bot_yaml=b"x" * 2_000_000, bot_sha256=b"0"), zipped(bot_yaml=b"id: a", bot_sha256=b""),
        summed("id: ../../etc"), summed("id: new\n"), summed("id: A"), summed("title: no id"), summed(BOMB),
        summed("id: kyoka\n" + "[" * 60 + "]" * 60), summed("id: !!python/object/apply:os.system [ls]"),
        summed("? [a, b]\n: c\n"),
    ],
)  # fmt: skip
def test_hostile_packs_are_refused_and_leave_nothing(
    bot_office: BotOffice, aoki: Client, data: bytes
) -> None:
    answer = upload(aoki, data)
    assert answer.status_code in {400, 422}, answer.text[:200]
    assert not list(bot_office.drafts.iterdir()) and acts(bot_office) == []


def test_a_text_edited_by_hand_is_checked_before_it_reaches_the_engine(
    bot_office: BotOffice, aoki: Client
) -> None:
    building.begin(aoki)
    text_now = aoki.http.get(f"{HERE}/yaml").text
    assert f"id: {SYSTEM}" in text_now
    for bad in (BOMB, "id: other\n", "- a", "a: [", "x" * 300_000, "\x00", f"id: {SYSTEM}\nb: *missing"):
        answer = aoki.send(f"{HERE}/yaml", yaml=bad)
        assert answer.status_code == 422, bad[:30]
    kept = aoki.send(f"{HERE}/yaml", yaml="id: other\nnote: 消えては困る\n")
    assert "消えては困る" in kept.text, "what was typed is shown again"
    assert (
        aoki.send(f"{HERE}/yaml", yaml=f"id: {SYSTEM}\nsettle_seconds: 9\nkey: [no]\r\n").status_code == 303
    )
    assert "settle_seconds: 9" in aoki.http.get(f"{HERE}/yaml").text


@pytest.mark.parametrize("system", ["..", "a%2Fb", "A", "1a", "a-b", "%00", "x" * 80, "あ", "a.b"])
def test_an_id_in_an_address_is_never_a_path(bot_office: BotOffice, aoki: Client, system: str) -> None:
    for path in ("", "/build", "/yaml", "/versions/1", "/compare?before=1&after=1"):
        assert aoki.http.get(f"/systems/workshop/{system}{path}").status_code in {403, 404}
    assert aoki.http.get(f"/api/systems/workshop/{system}").status_code == 404
    answer = aoki.send("/systems/workshop/new", **{**building.NEW, "id": system})
    assert answer.status_code == 422 and not list(bot_office.drafts.iterdir())


@pytest.mark.parametrize(
    "changed",
    [
        {"base_url": "file:///etc/passwd"}, {"base_url": "javascript:alert(1)"}, {"base_url": "http://a:b@c/"},
        {"base_url": ""}, {"base_url": "http://[::1"}, {"base_url": "http://a:99999999/"}, {"key": ""},
        {"key": "nobody"}, {"name_0": "a b"}, {"form": "nobody"}, {"encoding": "utf-7"}, {"other_0": ""},
        {"other_1": "x" * 5000}, {"id": "install"},
    ],
)  # fmt: skip
def test_a_draft_that_cannot_be_begun_is_shown_again(
    bot_office: BotOffice, aoki: Client, changed: dict[str, str]
) -> None:
    answer = aoki.send("/systems/workshop/new", **{**building.NEW, **changed})
    assert answer.status_code in {400, 422} and 'name="title" value="許可台帳"' in answer.text
    assert not list(bot_office.drafts.iterdir()) and acts(bot_office) == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/act", {"kind": "evaluate"}), ("/act", {"kind": "click", "element": "../x"}),
        ("/act", {"kind": "fill", "value": "x" * 5000}), ("/act", {"kind": "fill", "secret": SYSTEM}),
        ("/act", {"kind": "click", "procedure": "correct"}), ("/act", {"kind": "click", "more": 1}),
        ("/edit", {"yaml": "id: x"}), ("/edit", {"step": "s1", "target": {"css": "x" * 5000}}),
        ("/edit", {"sign": {"kind": "other", "text": "x"}}), ("/edit", {"move": "s1", "to": -1}),
        ("/edit", {"set": {"base_url": "http://evil"}}), ("/edit", {"set": {"sample": {"a b": "x"}}}),
        ("/screen", {"url": "x" * 500}), ("/act", "{"), ("/act", "[]"), ("/edit", '{"set": ' + "[" * 5000),
    ],
)  # fmt: skip
def test_hostile_requests_never_reach_the_engine(
    bot_office: BotOffice, aoki: Client, path: str, body: dict[str, object] | str
) -> None:
    building.begin(aoki)
    before = list(bot_office.engine.calls)
    assert call(aoki, path, body).status_code in {400, 413, 422}
    assert bot_office.engine.calls == before
    assert aoki.http.get(f"/api{HERE}").json()["draft"]["procedures"]["login"] == []


def test_a_huge_picture_is_not_sent_on(bot_office: BotOffice, aoki: Client) -> None:
    building.begin(aoki)
    bot_office.engine.picture_size = 17 << 20
    answer = call(aoki, "/screen")
    assert answer.status_code == 422 and len(answer.content) < 2000


@pytest.mark.parametrize(
    "name", ["../draft.json", "..%2Fdraft.json", "draft.json", "a/b.png", ".png", "x" * 99 + ".png"]
)
def test_the_name_of_a_picture_is_never_a_path(bot_office: BotOffice, aoki: Client, name: str) -> None:
    building.begin(aoki)
    assert aoki.http.get(f"/api{HERE}/picture/{name}").status_code == 404
    assert aoki.http.get(f"/api{HERE}/picture/search.png").headers["content-type"] == "image/png"


def test_a_real_record_is_a_sample_only_for_those_who_may_see_it(bot_office: BotOffice, aoki: Client) -> None:
    store, form = bot_office.office.store, bot_office.office.forms["kyufukin_shinsei"]
    made = seeding.document(store, form, seeding.batch(store), 4, doubts={}, draw=False)
    sent = {
        **{k: v for k, v in building.NEW.items() if not k.startswith(("name_", "other_"))},
        "form": form.id,
    }
    sent |= {"document": str(made.document), "key": form.record_key[0]}
    assert aoki.send("/systems/workshop/new", **sent).status_code == 403
    assert "申請書から写す" not in aoki.http.get(f"/systems/workshop/new?form={form.id}").text
    both = signed_in(bot_office, "zenbu")
    assert "申請書から写す" in both.http.get(f"/systems/workshop/new?form={form.id}").text
    assert both.send("/systems/workshop/new", **{**sent, "document": "999"}).status_code == 422
    assert both.send("/systems/workshop/new", **sent).status_code == 303
    sample = both.http.get(f"/api{HERE}").json()["draft"]["sample"]
    assert sample[form.record_key[0]] and not form.secret_fields() & set(sample)
    with store.read() as session:
        event = session.query(AuditEvent).filter_by(act="record.used_as_sample").one()
    assert event.actor == "zenbu" and event.subject == f"document:{made.document}"


def test_every_form_of_the_office_has_invented_values_to_begin_with(
    bot_office: BotOffice, aoki: Client
) -> None:
    for form in bot_office.office.forms.values():
        page = aoki.http.get(f"/systems/workshop/new?form={form.id}&examples=true").text
        keys = [re.search(rf'name="value_{key}" value="([^"]*)"', page) for key in form.record_key]
        assert all(found and found[1] for found in keys), form.id
