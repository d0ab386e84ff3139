"""Pictures from the samples: one doubtful field, the editor, and the report of a whole demo."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pypdfium2
from PIL import ImageChops
from PIL.Image import Image
from playwright.sync_api import Browser, Page

from benchmarks.pictures.camera import Camera, keep, serving
from benchmarks.pictures.screens import SEEN
from pipelines.context import Office
from pipelines.demo.demo_office import SCANS
from pipelines.editor_worker.ports import EditorWorkerPort
from pipelines.service.web_ports import PixelPorts
from pipelines.service.web_settings import web_settings
from pipelines.settings import Settings
from pipelines.steps.intake.take_in import wait_and_take
from pipelines.steps.reading.read_loop import read_everything
from store.base.model import ItemMode, Presentation
from store.base.schema import Item
from store.ops import users
from verification.app import create_app

SCAN = "jido_04.jpg"
FORM = "jido_teate_nintei"
FIELD = "address"
EDITOR = (1400, 860)
DPI = 110
MARGIN = 12
TANAKA = ("tanaka", secrets.token_urlsafe(12))


def desk(browser: Browser, out: Path) -> None:
    """`verify` and `editor`: the pages of an office that has just read one sample scan."""
    with TemporaryDirectory() as folder:
        office = _read_one(Path(folder))
        app = create_app(
            office.store, office.forms, web_settings(office), PixelPorts(office), EditorWorkerPort(office)
        )
        item = _best_item(office)
        with serving(app) as url:
            query = f"/verify?document={item.document_id}&field={item.field}"
            Camera(browser, url, out, TANAKA).take("verify", query, lambda page: page.wait_for_function(SEEN))
            Camera(browser, url, out, TANAKA, EDITOR).take("editor", f"/templates/installed/{FORM}", _chosen)
        office.store.close()


def report(out: Path, played: Path | None = None) -> None:
    """`report`: the first page of the PDF that the demo ends with; `played` is the folder of a demo that has run."""
    with TemporaryDirectory() as folder:
        home = played or _run_demo(Path(folder) / "demo")
        [paper] = (home / "reports").glob("*/report.pdf")
        document = pypdfium2.PdfDocument(paper)
        picture = document[0].render(scale=DPI / 72).to_pil()
        document.close()
    keep(_without_margins(picture), out / "report.png")


def _read_one(folder: Path) -> Office:
    """An office of its own settings, whatever the environment says, with one scan read and a lead."""
    os.environ.update(_environment(folder))
    office = Office(Settings())
    shutil.copy(SCANS / SCAN, office.settings.inbox_folder / SCAN)
    wait_and_take(office)
    read_everything(office)
    with office.store.write() as session:
        roles = ("verifier", "lead", "clerk", "dx", "admin")
        users.add(
            session,
            TANAKA[0],
            display="田中（確認責任者）",
            password=TANAKA[1],
            roles=roles,
            actor="pictures",
        )
    return office


def _environment(folder: Path) -> Mapping[str, str]:
    return {"UTSUSHI_HOME": str(folder), "UTSUSHI_STABLE_SECONDS": "0.2"}


def _best_item(office: Office) -> Item:
    """The item that shows most: a visible value with doubtful characters and candidates."""
    with office.store.read() as session:
        items = session.query(Item).filter_by(mode=ItemMode.VERIFY, presentation=Presentation.CONFIRM).all()
    return max(items, key=lambda item: (item.field.endswith("_kana"), len(item.reasons)))


def _chosen(page: Page) -> None:
    page.wait_for_selector("html[data-ready]")
    page.locator(f"#sheet [data-name='{FIELD}'] .place").first.click()


def _run_demo(home: Path) -> Path:
    command = [sys.executable, "-m", "pipelines", "demo", "--headless", "--home", str(home)]
    subprocess.run(command, check=True, timeout=3600)
    return home


def _without_margins(picture: Image) -> Image:
    blank = picture.convert("RGB").point(lambda _: 255)
    box = ImageChops.difference(picture.convert("RGB"), blank).getbbox()
    assert box is not None
    left, top, right, bottom = box
    return picture.crop((left - MARGIN, top - MARGIN, right + MARGIN, bottom + MARGIN))
