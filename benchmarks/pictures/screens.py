"""Every screen of docs/verifying.md, from an invented office."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page

from benchmarks.pictures.camera import Camera, serving
from benchmarks.pictures.invented import PASSWORD, Scene, app_of, fill_office
from store.base.schema import Document, KeyConflict

SATO = ("sato", PASSWORD)
SEEN = "() => { const d = document.getElementById('item').dataset; return d.item && d.seen === d.item; }"


def take_screenshots(browser: Browser, out: Path) -> None:
    """Every screen of the invented office once."""
    with TemporaryDirectory() as folder:
        scene = fill_office(Path(folder))
        with serving(app_of(scene, Path(folder))) as url:
            _overview(browser, url, scene, out)
            _verifying(browser, url, scene, out)
        scene.store.close()


def _overview(browser: Browser, url: str, scene: Scene, out: Path) -> None:
    with scene.store.read() as session:
        lost = session.query(Document).filter_by(state="unregistered").order_by(Document.id).first()
        whole = session.query(Document).filter_by(state="verified").order_by(Document.id).first()
        conflict = session.query(KeyConflict).order_by(KeyConflict.id).first()
        assert lost and whole and conflict
    Camera(browser, url, out, None).take("login", "/login")
    everybody = Camera(browser, url, out, ("zenbu", PASSWORD))
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


def _verifying(browser: Browser, url: str, scene: Scene, out: Path) -> None:
    sato = Camera(browser, url, out, SATO)
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
    Camera(browser, url, out, SATO).take("verify_en", f"/verify?document={scene.confirm}&lang=en", _seen)


def _seen(page: Page) -> None:
    page.wait_for_function(SEEN)


def _grid(page: Page, odd: int) -> None:
    """Corrects the one 7 among the ones."""
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
