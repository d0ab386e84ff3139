"""Secret fields are covered on every picture of a page whose form is known, and no picture stays in a cache."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from store.base.model import COLLATION, DocumentState, PageState
from store.base.schema import Document, Page
from store.documents import documents
from templates_forms.model import Box
from tests.verification import seeding
from tests.verification.conftest import Office
from tests.verification.test_verification_requests import Client

FORM, SECRET, OPEN = "kyufukin_shinsei", "account_number", "applicant_name"
DPI = 200.0
# Scanned askew: mm on the sheet to px of the scan, with a turn, a shift and a little perspective.
ASKEW = [[7.8, -0.35, 90.0], [0.32, 7.8, 40.0], [0.00002, 0.00001, 1.0]]


def box_of(office: Office, field: str) -> Box:
    return office.forms[FORM].field(field).box


def ink(picture: Image.Image, around: tuple[float, float], size: int = 10) -> set[int]:
    x, y = (round(value) for value in around)
    return set(picture.convert("L").crop((x - size, y - size, x + size, y + size)).getdata())


def middle(box: Box) -> tuple[float, float]:
    return (box.x + box.right) / 2, (box.y + box.bottom) / 2


def on_scan(point: tuple[float, float]) -> tuple[float, float]:
    across, down, depth = (row[0] * point[0] + row[1] * point[1] + row[2] for row in ASKEW)
    return across / depth, down / depth


def covered(picture: Image.Image, point: tuple[float, float]) -> bool:
    """Whether nothing but the cover's colour lies there; the drawn scan has black everywhere under it."""
    return all(abs(level - 208) < 8 for level in ink(picture, point))


@pytest.fixture
def client(office: Office) -> Client:
    seeding.batch(office.store)
    made = Client(office)
    made.sign_in("kato")
    return made


def application(office: Office, state: DocumentState, reason: str | None = None) -> int:
    """Read, with its page black as scanned, so that whatever is not covered is black; returns the page's id."""
    made = seeding.document(office.store, office.forms[FORM], 1, 5)
    scan = BytesIO()
    Image.new("L", (1900, 2600), 0).save(scan, "PNG")
    with office.store.write() as session:
        document = documents.get(session, made.document)
        [page] = documents.pages_of(session, document.id)
        page.scan_sha256 = office.store.files.add(scan.getvalue(), ".png")
        page.homography, page.state = ASKEW, PageState.LOCATED
        document.state, document.reason = state, reason
        return page.id


def picture(client: Client, path: str) -> Image.Image:
    answer = client.http.get(path)
    assert answer.status_code == 200, path
    return Image.open(BytesIO(answer.content))


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (DocumentState.ENTERED, None), (DocumentState.VERIFYING, None), (DocumentState.RETURNED, "blank"),
        (DocumentState.UNIDENTIFIED, COLLATION), (DocumentState.UNIDENTIFIED, "missing_page"),
    ],
)  # fmt: skip
def test_a_page_as_scanned_is_covered_where_its_form_is_known(
    client: Client, office: Office, state: DocumentState, reason: str | None
) -> None:
    page = application(office, state, reason)
    seen = picture(client, f"/scans/{page}.jpg")
    assert covered(seen, on_scan(middle(box_of(office, SECRET))))
    assert ink(seen, on_scan(middle(box_of(office, OPEN)))) == {0}


def test_what_nobody_could_place_is_shown_as_it_is(client: Client, office: Office) -> None:
    page = application(office, DocumentState.UNIDENTIFIED, "wrong_form")
    assert ink(picture(client, f"/scans/{page}.jpg"), on_scan(middle(box_of(office, SECRET)))) == {0}


def test_a_page_without_its_scan_is_the_upright_sheet_with_covers(client: Client, office: Office) -> None:
    page = application(office, DocumentState.ENTERED)
    with office.store.write() as session:
        session.get_one(Page, page).scan_sha256 = None
    x, y = middle(box_of(office, SECRET))
    for path in (f"/scans/{page}.jpg", f"/pages/{page}.jpg"):
        # Hatched: the cover's two greys and what lies between them.
        levels = ink(picture(client, path), (x * DPI / 25.4, y * DPI / 25.4), 6)
        assert min(levels) > 120 and max(levels) < 235, path


def test_a_template_that_makes_a_field_less_secret_unmasks_no_older_page(
    client: Client, office: Office
) -> None:
    page = application(office, DocumentState.ENTERED)
    with office.store.write() as session:
        document = session.get_one(Document, session.get_one(Page, page).document_id)
        document.secret_fields = [OPEN]  # as the template said when it was read
    seen = picture(client, f"/scans/{page}.jpg")
    assert covered(seen, on_scan(middle(box_of(office, OPEN))))
    assert covered(seen, on_scan(middle(box_of(office, SECRET)))), "secret now"


def test_no_picture_of_a_person_stays_in_a_browser(client: Client, office: Office) -> None:
    page = application(office, DocumentState.ENTERED)
    for path in (
        f"/pages/{page}.jpg",
        f"/pages/{page}.jpg?width=160",
        f"/scans/{page}.jpg",
        "/exceptions",
        "/documents/1",
    ):
        assert client.http.get(path).headers["cache-control"] == "no-store", path


def test_a_preview_is_for_pages_that_wait_to_be_placed(client: Client, office: Office) -> None:
    page = application(office, DocumentState.ENTERED)
    path = f"/exceptions/preview.png?page={page}&form={FORM}&page_no=1"
    assert client.http.get(path).status_code == 409
    with office.store.write() as session:
        document = session.get_one(Document, session.get_one(Page, page).document_id)
        document.state = DocumentState.UNIDENTIFIED
    assert client.http.get(path).status_code == 200
