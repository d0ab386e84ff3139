"""Placing pages by hand with real pixels: previews, a form chosen anew, corners, pages that complete each other."""

from __future__ import annotations

import io
import shutil

import pytest
from PIL import Image

from pipelines.context import Office
from pipelines.demo.demo_office import SCANS
from pipelines.service.web_ports import PixelPorts
from pipelines.settings import Settings
from pipelines.steps.intake.split import split_next
from pipelines.steps.intake.take_in import wait_and_take
from store.base.model import DocumentState, PageState
from store.base.schema import Document, Page
from store.documents import documents
from verification.errors import CannotRegister

FORM = "hoiku_moshikomi"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Two applications of two pages each, split and registered, not read."""
    home = tmp_path_factory.mktemp("placing")
    office = Office(Settings(home=home, stable_seconds=0.0, form_days={FORM: 7.0}, form_priority={FORM: 2}))
    shutil.copy(SCANS / "hoiku_03.zip", office.settings.inbox_folder / "hoiku_03.zip")
    wait_and_take(office)
    while (fresh := split_next(office)) is not None:
        list(fresh)
    return office


@pytest.fixture
def ports(office: Office, monkeypatch: pytest.MonkeyPatch) -> PixelPorts:
    made = PixelPorts(office)
    monkeypatch.setattr(made, "requeue", lambda: None)
    return made


def lost(office: Office, number: int) -> tuple[int, list[int]]:
    """The document taken back to be placed, as after "wrong form"; its id and its pages'."""
    with office.store.write() as session:
        document = session.query(Document).order_by(Document.id).all()[number]
        if document.state is not DocumentState.UNIDENTIFIED:
            documents.advance(session, document, DocumentState.UNIDENTIFIED, "sato", reason="wrong_form")
        return document.id, [page.id for page in documents.pages_of(session, document.id)]


def state(office: Office, document: int) -> DocumentState:
    with office.store.read() as session:
        return documents.get(session, document).state


def test_documents_carry_their_forms_priority_and_deadline(office: Office):
    with office.store.read() as session:
        for document in session.query(Document):
            assert document.priority == 2
            assert 6.9 < (document.due - document.opened_at).days + 1 < 8.1


def test_the_overlay_is_shown_before_anybody_agrees(office: Office, ports: PixelPorts):
    _, pages = lost(office, 0)
    by_print = ports.preview(pages[0], FORM, 1, None)
    with Image.open(io.BytesIO(by_print)) as picture:
        assert picture.format == "PNG" and picture.width == 1000
    with pytest.raises(CannotRegister, match="2 ページ目"):
        ports.preview(pages[1], FORM, 1, None)
    corners = [(0.0, 0.0), (1200.0, 0.0), (1200.0, 1700.0), (0.0, 1700.0)]
    assert ports.preview(pages[0], FORM, 1, corners) != by_print


def test_a_document_of_the_wrong_form_is_placed_anew_and_goes_on(office: Office, ports: PixelPorts):
    document, pages = lost(office, 0)
    ports.store_scan(pages[1])
    with office.store.read() as session:
        page = session.get_one(Page, pages[1])
        assert page.scan_sha256 is not None and page.scan_sha256 != page.picture_sha256
        kept = page.scan_sha256
    ports.reregister(document, pages[1], FORM, 2, None, None, actor="kato")
    assert state(office, document) is DocumentState.RECEIVED
    with office.store.read() as session:
        page = session.get_one(Page, pages[1])
        assert (page.page_no, page.state, page.scan_sha256) == (2, PageState.LOCATED, kept)
        assert [one.id for one in documents.pages_of(session, document)] == pages


def test_what_does_not_fit_changes_nothing(office: Office, ports: PixelPorts):
    document, pages = lost(office, 1)
    with pytest.raises(CannotRegister):
        ports.reregister(document, pages[0], "kyufukin_shinsei", 1, None, None, actor="kato")
    assert state(office, document) is DocumentState.UNIDENTIFIED


def dropped(office: Office, name: str, upright: Image.Image, lies: int) -> tuple[int, int]:
    """A picture taken in that must be turned `lies` degrees clockwise to stand; its document and page."""
    upright.rotate(lies, expand=True).save(office.settings.inbox_folder / name, dpi=(100, 100))
    wait_and_take(office)
    while (fresh := split_next(office)) is not None:
        list(fresh)
    with office.store.read() as session:
        page = session.query(Page).order_by(Page.id.desc()).first()
        assert page is not None and page.document_id is not None
        return page.document_id, page.id


def without_print() -> Image.Image:
    """A sheet on which no form can be found: a broad bar near its top, and nothing else."""
    paper = Image.new("RGB", (827, 1169), "white")
    paper.paste("black", (60, 60, 767, 120))
    return paper


def shown(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("L").resize((100, 141))


def test_a_sheet_on_its_side_whose_print_is_not_found_lies_as_a_person_turned_it(
    office: Office, ports: PixelPorts
):
    document, page = dropped(office, "side.png", without_print(), 90)
    assert state(office, document) is DocumentState.UNIDENTIFIED
    with pytest.raises(CannotRegister):
        ports.preview(page, "kyufukin_shinsei", 1, None)
    preview = shown(ports.preview(page, "kyufukin_shinsei", 1, None, 90))
    assert preview.getpixel((50, 10)) < 60 < 200 < preview.getpixel((50, 131)), "the bar is at the top"
    upside_down = shown(ports.preview(page, "kyufukin_shinsei", 1, None, 270))
    assert upside_down.getpixel((50, 131)) < 60 < 200 < upside_down.getpixel((50, 10))
    ports.reregister(document, page, "kyufukin_shinsei", 1, None, 90, actor="kato")
    assert state(office, document) is DocumentState.RECEIVED
    with office.store.read() as session:
        assert session.get_one(Page, page).rotation == 270


def test_a_print_is_believed_unless_a_person_turned_the_picture_otherwise(office: Office, ports: PixelPorts):
    form = office.forms["kyufukin_shinsei"]
    with Image.open(form.pages[0].blank) as blank:
        _, page = dropped(office, "turned.png", blank.convert("RGB").resize((827, 1169)), 90)
    by_print = ports.preview(page, form.id, 1, None)
    assert ports.preview(page, form.id, 1, None, 90) == by_print
    assert ports.preview(page, form.id, 1, None, 180) != by_print
