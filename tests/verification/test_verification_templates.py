"""Templates over HTTP: who may, what uploads are refused and in which words, packages, saving; nothing is half done."""

from __future__ import annotations

import copy
import io
import json
import shutil
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image
from playwright.sync_api import Page, expect

from benchmarks.rigs.designs.form_canvas import FormCanvas
from pipelines.editor_worker.worker import EditorWorker
from reports.accuracy import by_form
from store.base.schema import AuditEvent, Reading
from store.database import Store
from templates_forms.loader import load_form, load_library
from templates_forms.sharing.keys import fingerprint, public_bytes
from templates_forms.sharing.manifest import MANIFEST, SIGNATURE, Manifest, digest
from templates_forms.sharing.packing import pack_template
from tests.verification import seeding
from tests.verification.conftest import Office, serve
from tests.verification.test_verification_requests import Client

ROOM = seeding.ROOT / "templates_forms"
FORM = "kyufukin_shinsei"
API = f"/api/templates/installed/{FORM}"
KEY = Ed25519PrivateKey.generate()


@pytest.fixture
def client(workroom: Office) -> Iterator[Client]:
    made = Client(workroom)
    made.sign_in("dx")
    yield made
    made.http.close()


def upload(client: Client, path: str, name: str, data: bytes, **fields: str) -> httpx.Response:
    sent = {"csrf": client.token("/"), **fields}
    return client.http.post(path, data=sent, files={"file": (name, data)})


def call(client: Client, path: str, body: dict[str, Any] | str) -> httpx.Response:
    content = body if isinstance(body, str) else json.dumps(body)
    headers = {"x-csrf-token": client.token("/"), "content-type": "application/json"}
    return client.http.post(path, content=content, headers=headers)


def waited(client: Client, form_id: str, seconds: float = 120) -> httpx.Response:
    """The draft's page once the form has been read, or why it could not be."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = client.http.get(f"/templates/draft/{form_id}")
        if "帳票を読み取っています" not in answer.text:
            return answer
        time.sleep(0.2)
    raise AssertionError("the form was never read")


def test_only_those_who_may_edit_templates_see_them(client: Client, workroom: Office) -> None:
    other = Client(workroom)
    assert other.http.get("/templates").headers["location"].startswith("/login")
    for name in ("kato", "sato"):
        other.sign_in(name)
        assert other.http.get("/templates").status_code == 403
        assert other.http.get(API).status_code == 403
        assert upload(other, "/templates/new", "a.pdf", b"%PDF", id="mine").status_code == 403
        assert 'href="/templates"' not in other.http.get("/").text
    assert 'href="/templates"' in client.http.get("/").text


def test_an_app_without_a_workshop_has_no_editor(office: Office) -> None:
    alone = Client(office)
    alone.sign_in("dx")
    assert alone.http.get("/templates").status_code == 404
    assert 'href="/templates"' not in alone.http.get("/").text


@pytest.mark.parametrize(
    "path",
    [
        "/templates/installed/..%2f..%2fetc",
        "/templates/draft/%2e%2e",
        "/templates/draft/nobody",
        "/templates/nowhere/kyufukin_shinsei",
        f"/templates/installed/{FORM}/page9.png",
        f"/templates/installed/{FORM}/page0.png",
        "/api/templates/draft/nobody",
    ],
)
def test_addresses_lead_nowhere_else(client: Client, path: str) -> None:
    assert client.http.get(path).status_code == 404


def test_uploads_without_the_pages_token_are_refused(client: Client, workroom: Office) -> None:
    blank = (ROOM / FORM / "blank.pdf").read_bytes()
    answer = client.http.post("/templates/new", data={"id": "mine"}, files={"blank": ("a.pdf", blank)})
    assert answer.status_code == 403
    answer = client.http.post(f"{API}/scans", files={"scan": ("a.pdf", blank)})
    assert answer.status_code == 403 and answer.json()["error"]["code"] == "csrf"
    assert client.http.get(API).json()["scans"] == []


def test_more_than_a_form_can_need_is_refused_before_it_is_kept(client: Client, workroom: Office) -> None:
    large = upload(client, "/templates/new", "a.pdf", b"%PDF" + bytes(65 << 20), id="mine")
    assert large.status_code == 413 and "64 MB" in large.text
    stranger = httpx.post(f"{workroom.url}/templates/new", files={"blank": ("a.pdf", bytes(2 << 20))})
    assert stranger.status_code == 413  # nobody who is not signed in may send that much


def white() -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.full((2339, 1654), 255, np.uint8)).save(out, "PNG", dpi=(200, 200))
    return out.getvalue()


def photo() -> bytes:
    import cv2

    sheet = cv2.imread(str(ROOM / FORM / "page1.png"))
    assert sheet is not None
    high, wide = sheet.shape[:2]
    corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    seen = np.array([[260, 180], [wide - 320, 120], [wide - 60, high - 60], [40, high - 160]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, seen)
    tilted = cv2.warpPerspective(sheet, matrix, (wide, high), borderValue=(120, 140, 150))
    return cv2.imencode(".jpg", tilted)[1].tobytes()


def typed() -> bytes:
    """A blank whose character boxes somebody has typed a number into."""
    from benchmarks.rigs.designs.hojokin import draw

    pencil = draw()
    for i in range(7):
        pencil.text(81.5 + 7 * i, 157, str(i), 12, "centre")
    return pencil.pdf()


def words_alone() -> bytes:
    from templates_forms.model import Box

    pencil = FormCanvas()
    for i in range(12):
        pencil.rect(Box(20, 20 + 8 * i, 60, 8), shade=0.9)
        pencil.text(50, 24 + 8 * i, "説明の言葉です", 9, "centre")
    return pencil.pdf()


BAD_BLANKS: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "a page without lines": ("白紙.png", white, "罫線が見つかりません"),
    "a photo": ("写真.jpg", photo, "写真のように見えます"),
    "a filled form": ("記入済み.pdf", typed, "「記入済み.pdf」には記入があるようです"),
    "nothing to fill in": ("説明.pdf", words_alone, "記入欄が見つかりません"),
    "cut off": ("a.pdf", lambda: (ROOM / FORM / "blank.pdf").read_bytes()[:9000], "途中で切れています"),
    "something else": ("a.pdf", lambda: b"MZ\x90" * 400, "読める種類ではありません|中身が違います"),
    "empty": ("a.pdf", lambda: b"", "中身が空です|ファイルを選んで"),
}


@pytest.mark.parametrize("case", BAD_BLANKS)
def test_what_is_no_blank_form_is_told_in_words(client: Client, workroom: Office, case: str) -> None:
    name, make, words = BAD_BLANKS[case]
    answer = upload(client, "/templates/new", name, make(), id="mine", title="新しい届")
    if answer.status_code == 303:
        answer = waited(client, "mine")
    assert answer.status_code in {400, 422}
    assert any(word in answer.text for word in words.split("|")), answer.text[:3000]
    assert 'value="mine"' in answer.text  # what was typed stays
    assert workroom.templates
    drafts = workroom.templates.parent / "workshop" / "drafts"
    assert list(drafts.iterdir()) == [] and list((drafts.parent / "uploads").iterdir()) == []


@pytest.mark.parametrize("form_id", ["Form", "../x", "1st", "a b", FORM, ""])
def test_ids_that_cannot_be_used_are_refused(client: Client, form_id: str) -> None:
    blank = (ROOM / FORM / "blank.pdf").read_bytes()
    answer = upload(client, "/templates/new", "a.pdf", blank, id=form_id)
    assert answer.status_code == 422
    assert "使えません" in answer.text or "すでに使われています" in answer.text


@pytest.mark.browser
def test_a_blank_becomes_a_draft_that_is_saved_into_the_library(
    workroom: Office, enter: Callable[..., Page]
) -> None:
    page = enter(workroom, "dx", "/templates")
    page.locator("#blank").set_input_files(ROOM / "jido_teate_nintei" / "blank.pdf")
    page.locator("#id").fill("jido_2027")
    page.locator("#edition").fill("2027-04")
    page.get_by_role("button", name="読み取って下書きを作る").click()
    page.wait_for_selector("html[data-ready]", timeout=120_000)
    expect(page.locator("h1")).to_contain_text("児童手当認定請求書")
    assert page.locator("#sheet [data-uid]").count() == 28
    assert "jido_2027" not in workroom.forms
    page.locator("#sheet [data-name='applicant_name'] .place").click()
    page.locator("#field-label").fill("請求者の氏名")
    page.locator("#save").click()
    expect(page.locator("#saving-list")).to_contain_text("請求者の氏名")
    page.locator("#saving-go").click()
    page.wait_for_url("**/templates/installed/jido_2027")
    form = workroom.forms["jido_2027"]
    assert (form.edition, form.version) == ("2027-04", 2)
    assert form.field("applicant_name").label == "請求者の氏名"
    assert workroom.templates
    assert not (workroom.templates.parent / "workshop" / "drafts" / "jido_2027").exists()
    assert load_form(workroom.templates / "jido_2027" / "form.yaml")


def test_only_a_usable_template_is_saved(client: Client, workroom: Office) -> None:
    opened = client.http.get(API).json()
    file = workroom.forms[FORM].folder / "form.yaml"
    before = file.read_bytes()
    faults: list[Callable[[dict[str, Any]], Any]] = [
        lambda data: data["pages"][0]["fields"][0].update(box=[300, 10, 20, 5]),
        lambda data: data["pages"][0]["fields"][0].update(box=[float("nan"), 10, 20, 5]),
        lambda data: data["pages"][0]["fields"].append(data["pages"][0]["fields"][0]),
        lambda data: data["pages"][0]["fields"][0].update(type="poem"),
        lambda data: data["pages"][0].update(blank="../../keys/session.key"),
        lambda data: data.update(id="another"),
        lambda data: data.update(pages=[]),
        lambda data: data.update(pages="x"),
        lambda data: data["pages"][0]["fields"][0].update(pattern="("),
    ]
    for spoil in faults:
        data = copy.deepcopy(opened["data"])
        spoil(data)
        body = {"data": data, "base": opened["stamp"], "seconds": 3}
        answer = call(client, f"{API}/save", body)
        assert answer.status_code in {400, 422}, answer.text
        assert answer.json()["error"]["message"]
        checked = call(client, f"{API}/check", {"data": data})
        assert checked.status_code in {200, 400, 422}
    lone = json.dumps({"data": {**opened["data"], "title": "\ud800"}, "base": opened["stamp"]})
    assert call(client, f"{API}/save", lone).status_code == 422
    assert file.read_bytes() == before and not (file.parent / "history").exists()
    good = {**opened["data"], "hand_minutes": 3.5}
    done = call(client, f"{API}/save", {"data": good, "base": opened["stamp"], "seconds": 3})
    assert done.status_code == 200 and done.json()["version"] == 2
    again = call(client, f"{API}/save", {"data": good, "base": opened["stamp"]})
    assert again.status_code == 409 and again.json()["error"]["code"] == "template_overtaken"
    assert [p.name for p in file.parent.iterdir() if p.name.startswith(".")] == []


def test_fields_that_applications_wait_with_keep_name_and_type(client: Client, workroom: Office) -> None:
    seeding.document(workroom.store, workroom.forms[FORM], seeding.batch(workroom.store), 3, draw=False)
    opened = client.http.get(API).json()
    data = copy.deepcopy(opened["data"])
    data["pages"][0]["fields"][1]["name"] = "renamed"
    data["rules"], data["record_key"] = [], []
    answer = call(client, f"{API}/check", {"data": data}).json()
    assert any("処理中の申請書が 1 件" in problem["text"] for problem in answer["problems"])
    assert call(client, f"{API}/save", {"data": data, "base": opened["stamp"]}).status_code == 422
    moved = copy.deepcopy(opened["data"])
    moved["pages"][0]["fields"][0]["box"][0] += 0.5
    assert call(client, f"{API}/save", {"data": moved, "base": opened["stamp"]}).status_code == 200


def test_sample_scans_keep_to_their_folder(client: Client, workroom: Office) -> None:
    scan = (seeding.ROOT / "samples" / "scans" / "kyufukin_06.jpg").read_bytes()
    for name in ("../../../evil.jpg", "..\\evil.jpg", ".hidden.jpg", "名前 の/申請.jpg"):
        answer = client.http.post(
            f"{API}/scans", files={"scan": (name, scan)}, headers={"x-csrf-token": client.token("/")}
        )
        assert answer.status_code == 200, answer.text
    names = client.http.get(API).json()["scans"]
    assert names == ["evil.jpg", "hidden.jpg", "申請.jpg"]
    kept = sorted(path.name for path in workroom.templates.parent.rglob("*.jpg"))  # type: ignore[union-attr]
    assert kept == names
    wrong = client.http.post(
        f"{API}/scans", files={"scan": ("a.exe", b"MZ")}, headers={"x-csrf-token": client.token("/")}
    )
    assert wrong.status_code == 422 and "試し読みに使えません" in wrong.text
    data = client.http.get(API).json()["data"]
    for name in ("../form.yaml", "nobody.jpg", "/etc/passwd"):
        assert call(client, f"{API}/read", {"data": data, "scan": name}).status_code == 404
    for name in names:
        assert call(client, f"{API}/scans/remove", {"scan": name}).status_code == 200
    assert client.http.get(API).json()["scans"] == []


def test_a_scan_that_brings_a_decoder_down_ends_only_its_helper(client: Client) -> None:
    for data in (b"\x89PNG\r\n\x1a\n" + b"\x00" * 500, b"%PDF-1.7\n%%EOF", b"II*\x00" + b"\xff" * 200):
        client.http.post(
            f"{API}/scans", files={"scan": ("bad.png", data)}, headers={"x-csrf-token": client.token("/")}
        )
        body = {"data": client.http.get(API).json()["data"], "scan": "bad.png"}
        answer = call(client, f"{API}/read", body)
        assert answer.status_code == 422 and answer.json()["error"]["message"]


def test_a_helper_that_dies_is_told_of_and_begins_anew(helper: EditorWorker, tmp_path: Path) -> None:
    from pipelines.editor_worker.worker import EditorWorkerFailed

    fresh = EditorWorker()
    with pytest.raises(EditorWorkerFailed, match="途中で終わりました"):
        fresh.request(0.05, "lines", picture=str(ROOM / FORM / "page1.png"), width_mm=210, height_mm=297)
    found = fresh.request(60, "lines", picture=str(ROOM / FORM / "page1.png"), width_mm=210, height_mm=297)
    assert len(found) > 50
    fresh.close()


def test_a_helper_nobody_asks_gives_its_memory_back(monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.editor_worker import worker

    monkeypatch.setattr(worker, "IDLE_SECONDS", 0.2)
    fresh = EditorWorker()
    question = {"picture": str(ROOM / FORM / "page1.png"), "width_mm": 210, "height_mm": 297}
    fresh.request(60, "lines", **question)
    first = fresh._process
    end = time.monotonic() + 10
    while fresh._process is not None and time.monotonic() < end:
        time.sleep(0.05)
    assert fresh._process is None and first is not None and first.poll() is not None
    assert fresh.request(60, "lines", **question)
    fresh.close()


def package(folder: Path, form: str = "jido_teate_nintei") -> Path:
    target = folder / f"{form}.utsushi"
    pack_template(ROOM / form, target, KEY)
    return target


def signed(files: dict[str, bytes]) -> bytes:
    listing = {name: (digest(data), len(data)) for name, data in files.items()}
    manifest = Manifest("evil", "題", "1", "2026-01-01T00:00:00Z", public_bytes(KEY.public_key()), listing)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as bundle:
        bundle.writestr(MANIFEST, manifest.to_bytes())
        bundle.writestr(SIGNATURE, KEY.sign(manifest.to_bytes()).hex())
        for name, data in files.items():
            bundle.writestr(name, data)
    return out.getvalue()


def forged(path: Path) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            new.writestr(
                info.filename, data.replace(b"digits", b"latin ") if "yaml" in info.filename else data
            )
    return out.getvalue()


def test_packages_that_are_not_in_order_are_told_and_nothing_is_installed(
    client: Client, workroom: Office, tmp_path: Path
) -> None:
    good = package(tmp_path).read_bytes()
    cases = {
        "途中で切れていないか": good[: len(good) // 2],
        "署名が合いません": forged(tmp_path / "jido_teate_nintei.utsushi"),
        "許されない名前": signed({"../../evil.yaml": b"x"}),
        "パッケージとして開けません": b"PK\x03\x04 nothing",
    }
    before = sorted(path.name for path in workroom.templates.iterdir())  # type: ignore[union-attr]
    for words, data in cases.items():
        answer = upload(client, "/templates/shelf/inspect", "受領.utsushi", data)
        assert answer.status_code == 422 and words in answer.text, words
        assert "/templates/shelf/install" not in answer.text
    unusable = upload(client, "/templates/shelf/inspect", "a", signed({"form.yaml": b"id: evil"}))
    digest_of = unusable.text.split('name="package" value="')[1].split('"')[0]
    refused = client.send("/templates/shelf/install", package=digest_of)
    assert refused.status_code == 422 and "誤りがあります" in refused.text
    for tricks in ("../../form.yaml", "0" * 64, ""):
        assert client.send("/templates/shelf/install", package=tricks).status_code == 404
    assert sorted(path.name for path in workroom.templates.iterdir()) == before  # type: ignore[union-attr]


@pytest.mark.browser
def test_a_package_is_looked_into_and_installed(
    workroom: Office, enter: Callable[..., Page], tmp_path: Path
) -> None:
    page = enter(workroom, "dx", "/templates/shelf")
    page.locator("#package").set_input_files(package(tmp_path))
    page.get_by_role("button", name="中身を確かめる").click()
    expect(page.locator("#h-about")).to_be_visible()
    expect(page.locator("main")).to_contain_text(fingerprint(public_bytes(KEY.public_key())))
    assert "jido_teate_nintei" not in workroom.forms
    page.get_by_role("button", name="取り込む", exact=True).click()
    row = page.locator(".shelf tbody tr").filter(has_text="児童手当")
    expect(row).to_contain_text(fingerprint(public_bytes(KEY.public_key())))
    assert "jido_teate_nintei" in workroom.forms
    with workroom.store.read() as session:
        event = session.query(AuditEvent).filter_by(act="template.installed").one()
    assert event.subject == "template:jido_teate_nintei"
    page.locator("#package").set_input_files(package(tmp_path, FORM))
    page.get_by_role("button", name="中身を確かめる").click()
    expect(page.locator("main")).to_contain_text("すでにあるため、取り込めません")


def test_the_shelf_shows_what_people_here_found(tmp_path: Path, helper: EditorWorker) -> None:
    templates = tmp_path / "templates"
    shutil.copytree(
        ROOM, templates, ignore=shutil.ignore_patterns("*.py", "authoring", "sharing", "__pycache__")
    )
    store = Store("", tmp_path / "state")
    store.migrate()
    seeding.scene(store)
    forms = load_library(templates)
    shop = seeding.TestWorkshop(templates, forms, helper)
    for office in serve(store, forms, shop, templates=templates, workshop=tmp_path / "workshop"):
        client = Client(office)
        client.sign_in("dx")
        text = client.http.get("/templates/shelf").text
        with store.read() as session:
            total = session.query(Reading).count()
        rows = [row.split("</tr>")[0] for row in text.split('<tr><th scope="row">')[1:]]
        shown = [int(row.split('<td class="number">')[1].split("<")[0]) for row in rows]
        assert len(rows) == 3 and 0 < sum(shown) <= total
    store.close()


def test_accuracy_of_a_form_weighs_both_kinds_of_proof() -> None:
    read = pd.DataFrame(
        [("a", "x", "accept", 80), ("a", "x", "verify", 20), ("b", "y", "accept", 10)],
        columns=["form", "field", "decision", "n"],
    )
    judged = pd.DataFrame(
        [
            ("a", "x", "quality", "confirmed", True, 39),
            ("a", "x", "quality", "corrected", False, 1),
            ("a", "x", "verify", "confirmed", True, 15),
            ("a", "x", "verify", "corrected", False, 5),
        ],
        columns=["form", "field", "mode", "outcome", "same", "n"],
    )
    table = by_form(read, judged).set_index("form")
    assert table.loc["a", "accuracy"] == pytest.approx(0.8 * 39 / 40 + 0.2 * 15 / 20)
    assert (table.loc["a", "quality_judged"], table.loc["a", "quality_wrong"]) == (40, 1)
    assert pd.isna(table.loc["b", "accuracy"])  # ten accepted fields that nobody has looked at prove nothing
