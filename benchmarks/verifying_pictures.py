"""Photographs every screen for docs/verifying.md from sample data, in a real browser.

python -m benchmarks.verifying_pictures [--out docs/pictures/verifying]

The office is invented (`tests/verification/seeding.py`): drawn sheets, plausible doubts. The overlay on the exceptions
screen is the real registration of a drawn sheet by the four corners on screen.
"""

from __future__ import annotations

import argparse
import io
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import uvicorn
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.rigs import crowd
from bots.browser.launch import arguments
from extractors.base.model import PageImage
from extractors.reader.overlay import draw
from extractors.registration.identify import Library
from extractors.registration.register import locate, locate_by_corners
from templates_forms.model import Form
from verification.app import create_app
from verification.ports import Corners

seeding = crowd.seeding

from store.base.model import Answer, ItemMode, ItemPlan, Outcome, Presentation  # noqa: E402
from store.base.schema import Document, KeyConflict  # noqa: E402
from store.base.schema import Page as Sheet  # noqa: E402
from store.database import Store  # noqa: E402
from store.documents import records  # noqa: E402
from store.queue import review_queue, seeded_checks  # noqa: E402
from store.queue.seeded_checks import KnownAnswer  # noqa: E402

SIZE = {"width": 1366, "height": 768}
COLOURS = 160
SEEN = "() => { const d = document.getElementById('item').dataset; return d.item && d.seen === d.item; }"


class RealOverlay(seeding.TestPorts):  # type: ignore[misc, name-defined]
    """The test ports with the real overlay."""

    def __init__(self, store: Store, forms: dict[str, Form]) -> None:
        super().__init__(store, forms)
        self._library = Library(forms.values())

    def preview(self, page_id: int, form_id: str, page_no: int, corners: Corners | None) -> bytes:
        with self.store.read() as session:
            row = session.get_one(Sheet, page_id)
            data = self.store.files.read(row.scan_sha256 or row.picture_sha256 or "")
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        page = PageImage("scan", 1, np.asarray(pixels, np.uint8), 200.0)
        form = self.forms[form_id]
        if corners is None:
            located = locate(page, self._library, form_id)
        else:
            located = locate_by_corners(page, form, page_no, np.asarray(corners, np.float64), self._library)
        picture = draw(located, None)
        small = cv2.resize(
            picture, (900, round(picture.shape[0] * 900 / picture.shape[1])), interpolation=cv2.INTER_AREA
        )
        return bytes(cv2.imencode(".png", small)[1])


@dataclass(frozen=True)
class Scene:
    """The furnished office and who can be asked for which screen."""

    store: Store
    forms: dict[str, Form]
    override: int
    grid: int
    blind: int
    confirm: int


def furnish(folder: Path) -> Scene:
    """Everything that the screens can show, once."""
    store = Store("", folder / "state")
    store.migrate()
    seeding.scene(store)
    forms = seeding.forms()
    batch = seeding.batch(store, "7月分 窓口受付")
    form = forms["kyufukin_shinsei"]
    confirm = seeding.document(
        store,
        form,
        batch,
        61,
        doubts={"applicant_kana": "verify"},
        read=None,
        truth={"applicant_kana": "ヨシダ　アン"},
    )
    blind = seeding.document(
        store,
        forms["jido_teate_nintei"],
        batch,
        62,
        doubts={"applicant_name": "double"},
        plans=[ItemPlan("applicant_name", 1, ItemMode.DOUBLE)],
    )
    rule = seeding.document(
        store,
        form,
        batch,
        63,
        truth={"postal_code": "1020072", "address": "東京都千代田区飯田橋8-17-1"},
        read={"postal_code": "0600000"},
        doubts={"postal_code": "verify"},
    )
    _say(store, "zenbu", rule.document, "0600000")
    grid = [_cell(store, form, batch, seed) for seed in range(71, 87)]
    _vigilance(store, confirm)
    return Scene(store, forms, rule.document, grid[4], blind.document, confirm.document)


def _cell(store: Store, form: Form, batch: int, seed: int) -> int:
    read = f"2026{seed}{'7' if seed % 4 == 0 else '1'}9"
    plan = ItemPlan(
        "application_no", 1, presentation=Presentation.GRID, group=read[6], confidence=0.5 + seed / 300
    )
    true = read[:6] + ("7" if seed == 75 else read[6]) + "9"
    made = seeding.document(
        store,
        form,
        batch,
        seed,
        truth={"application_no": true},
        read={"application_no": read},
        doubts={"application_no": "verify"},
        weak={"application_no": (6,)},
        plans=[plan],
    )
    return int(made.document)


def _say(store: Store, user: str, document: int, value: str) -> None:
    with store.write() as session:
        [item] = review_queue.claim_next(session, user, roles={"lead"}, document_id=document)
        said = Answer(Outcome.CORRECTED, value, active_seconds=4.2, shown=item.presentation)
        form = seeding.forms()[item.form_id]
        from verification.judging import blocking_rules

        review_queue.submit(session, item.id, str(item.claim_token), user, said, rules=blocking_rules(form))


def _vigilance(store: Store, made: object) -> None:
    """A few planted errors: noticed by most."""
    with store.read() as session:
        record = session.query(records.Record).order_by(records.Record.id).first()
        assert record is not None
        known = KnownAnswer(record.document_id, record.form_id, "address", str(record.values["address"]))
    for user, noticed in (("sato", True), ("sato", True), ("sato", False), ("mori", True), ("abe", True)):
        with store.write() as session:
            seeded_checks.seed(
                session, known, 1, known.value + "1", confidence=0.8, reason="confusable", actor="x"
            )
            [item] = review_queue.claim_next(session, user, modes=[ItemMode.SEEDED])
            value = known.value if noticed else known.value + "1"
            review_queue.submit(
                session, item.id, str(item.claim_token), user, Answer(Outcome.CORRECTED, value)
            )


@contextmanager
def serving(scene: Scene, folder: Path) -> Iterator[str]:
    """The app over the office."""
    settings = seeding.settings(
        systems=("wakaba_kyufu", "wakaba_jido"), reports_folder=folder / "reports", alike=(frozenset("17"),)
    )
    app = create_app(scene.store, scene.forms, settings, RealOverlay(scene.store, scene.forms))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


class Camera:
    """A browser page of one person, and where its pictures go."""

    def __init__(self, browser: Browser, url: str, out: Path, name: str | None) -> None:
        self.url, self.out = url, out
        context = browser.new_context(viewport=SIZE, locale="ja-JP")
        self.page: Page = context.new_page()
        self.page.set_default_timeout(30_000)
        if name:
            self.page.goto(f"{url}/login")
            self.page.fill("#name", name)
            self.page.fill("#password", seeding.PASSWORD)
            self.page.press("#password", "Enter")
            self.page.wait_for_url(f"{url}/")

    def take(self, name: str, path: str | None = None, act: Callable[[Page], None] = lambda _: None) -> None:
        """Photograph a screen after something was done to it."""
        if path is not None:
            self.page.goto(self.url + path)
        act(self.page)
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_timeout(400)
        data = self.page.screenshot()
        picture = Image.open(io.BytesIO(data)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        picture.save(self.out / f"{name}.png", optimize=True)
        print(name, flush=True)


def photograph(browser: Browser, url: str, scene: Scene, out: Path) -> None:
    """Every screen once."""
    with scene.store.read() as session:
        lost = session.query(Document).filter_by(state="unregistered").order_by(Document.id).first()
        whole = session.query(Document).filter_by(state="verified").order_by(Document.id).first()
        conflict = session.query(KeyConflict).order_by(KeyConflict.id).first()
        assert lost and whole and conflict
    Camera(browser, url, out, None).take("login", "/login")
    everybody = Camera(browser, url, out, "zenbu")
    everybody.take("board", "/")
    everybody.take("documents", "/documents?batch=1")
    everybody.take("document", f"/documents/{whole.id}")
    everybody.take("exceptions", "/exceptions")
    everybody.take("page", f"/exceptions/pages/{lost.id}", _corners)
    everybody.take("conflict", f"/exceptions/conflicts/{conflict.id}")
    everybody.take("entry", "/exceptions/entries/2")
    everybody.take("quality", "/quality")
    everybody.take("reports", "/reports")
    everybody.take("systems", "/systems")
    everybody.take("users", "/users")
    everybody.take("refused", None, _stale(scene))
    everybody.take("board_en", "/?lang=en")
    _verifying(browser, url, scene, out)


def _verifying(browser: Browser, url: str, scene: Scene, out: Path) -> None:
    sato = Camera(browser, url, out, "sato")
    sato.take("verify_confirm", f"/verify?document={scene.confirm}", _seen)
    sato.take("verify_near", None, lambda page: page.keyboard.press("Alt+KeyN"))
    sato.take("verify_blind", f"/verify?document={scene.blind}", _seen)
    sato.take("verify_return", None, lambda page: page.keyboard.press("Alt+KeyR"))
    sato.take("verify_rule", f"/verify?document={scene.override}", _seen)
    sato.take("glyphs", "/verify/glyphs", lambda page: _grid(page, scene.grid))
    sato.take(
        "nothing_left", "/verify?document=999", lambda page: page.wait_for_selector("#nothing-left:visible")
    )
    sato.take("signed_out", f"/verify?document={scene.blind}", _signed_out)
    Camera(browser, url, out, "sato").take("verify_en", f"/verify?document={scene.confirm}&lang=en", _seen)


def _seen(page: Page) -> None:
    page.wait_for_function(SEEN)


def _grid(page: Page, odd: int) -> None:
    """The one 7 among the ones is put right."""
    page.wait_for_selector(".cell")
    page.locator(".cell", has=page.get_by_text(str(odd), exact=True)).locator("input").focus()
    page.keyboard.type("7")


def _corners(page: Page) -> None:
    page.locator("#corners-on").click()
    page.locator('input[name="target"]').first.check()
    size = [float(page.locator("#scan").get_attribute(f"data-{side}") or 0) for side in ("width", "height")]
    for place, (x, y) in enumerate(((0, 0), (1, 0), (1, 1), (0, 1))):
        entry = page.locator(f'[data-corner="{place}"]')
        entry.fill(f"{x * size[0]:.0f}, {y * size[1]:.0f}")
        entry.press("Tab")
    page.wait_for_function("() => document.getElementById('preview-picture').naturalWidth > 0")
    page.evaluate("scrollTo(0, 120)")


def _stale(scene: Scene) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        with scene.store.read() as session:
            lost = session.query(Document).filter_by(state="unidentified").order_by(Document.id).first()
            assert lost is not None
        page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + f"/exceptions/pages/{lost.id}")
        page.locator('details:has(form[action$="/dismiss"]) summary').click()
        page.locator("#why-dismiss").fill("送付状だったため、申請書ではありません")
        page.locator('form[action$="/dismiss"] input[name="version"]').evaluate("one => (one.value = '0')")
        page.locator('form[action$="/dismiss"] button').click()

    return act


def _signed_out(page: Page) -> None:
    page.wait_for_function(SEEN)
    page.context.clear_cookies()
    page.keyboard.type("吉川　智也")
    page.keyboard.press("Enter")
    page.wait_for_selector("#again[open]")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/pictures/verifying"))
    out = parser.parse_args().out
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        scene = furnish(Path(folder))
        browser = playwright.chromium.launch(executable_path=crowd.chromium(), args=arguments(("127.0.0.1",)))
        with serving(scene, Path(folder)) as url:
            photograph(browser, url, scene, out)
        browser.close()
        scene.store.close()


if __name__ == "__main__":
    main()
