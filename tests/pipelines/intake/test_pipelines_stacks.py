"""Stacks as they come out of a feeder, with real pixels: one side after the other, in a mirror, as a negative."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from extractors.files.decode import open_pages
from pipelines.context import Office
from pipelines.demo.demo_office import SCANS
from pipelines.steps.intake.pages import MIRRORED
from pipelines.steps.intake.split import split_next
from pipelines.steps.intake.take_in import wait_and_take
from store.base.model import COLLATION, MISSING_PAGE, DocumentState, PageState
from store.base.schema import Document
from store.documents import documents

pytestmark = pytest.mark.lengthy


@pytest.fixture(scope="module")
def sheets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Image.Image]:
    """A1, A2, B1, B2: two applications of two pages."""
    folder = tmp_path_factory.mktemp("sheets")
    with zipfile.ZipFile(SCANS / "hoiku_03.zip") as archive:
        archive.extractall(folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    pictures = [
        Image.fromarray(page.pixels[:, :, ::-1]).convert("L") for file in files for page in open_pages(file)
    ]
    return dict(zip(("A1", "A2", "B1", "B2"), pictures, strict=True))


def split(
    office: Office, stack: list[Image.Image]
) -> list[tuple[DocumentState, str | None, list[int | None]]]:
    """Drops the pictures as one TIFF; each document's state, reason and page numbers, in the order of the stack."""
    path: Path = office.settings.inbox_folder / "stack.tif"
    stack[0].save(path, save_all=True, append_images=stack[1:], compression="tiff_lzw", dpi=(200, 200))
    assert wait_and_take(office, patience=-1) == 1
    while (fresh := split_next(office)) is not None:
        list(fresh)
    with office.store.read() as session:
        return [
            (one.state, one.reason, [page.page_no for page in documents.pages_of(session, one.id)])
            for one in session.query(Document).order_by(Document.id)
        ]


def test_fronts_and_backs_fed_one_after_the_other(office: Office, sheets: dict[str, Image.Image]) -> None:
    lost = DocumentState.UNIDENTIFIED
    assert split(office, [sheets[name] for name in ("A1", "B1", "A2", "B2")]) == [
        (lost, MISSING_PAGE, [1]),
        (lost, COLLATION, [1, 2]),
        (lost, MISSING_PAGE, [2]),
    ]


def test_a_negative_is_read_and_a_mirrored_page_goes_to_a_person_with_the_reason(
    office: Office, sheets: dict[str, Image.Image]
) -> None:
    stack = [ImageOps.invert(sheets["A1"]), sheets["A2"], ImageOps.mirror(sheets["B1"])]
    assert split(office, stack) == [
        (DocumentState.RECEIVED, None, [1, 2]),
        (DocumentState.UNIDENTIFIED, MIRRORED, [None]),
    ]
    with office.store.read() as session:
        pages = [page for one in session.query(Document) for page in documents.pages_of(session, one.id)]
    assert [page.state for page in pages] == [PageState.LOCATED, PageState.LOCATED, PageState.UNIDENTIFIED]
    upright = Image.open(office.store.files.path(pages[0].picture_sha256 or "")).convert("L").resize((50, 70))
    assert sorted(upright.getdata())[1750] > 200, "people see it dark on light"
