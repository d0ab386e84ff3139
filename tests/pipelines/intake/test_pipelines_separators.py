"""A stack with separator sheets in it becomes batches, however the sheets went through the scanner."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import select

from extractors.files.decode import open_pages
from pipelines.context import Office
from pipelines.separators.mark import LONGEST_NAME, Separator, find, read, text_of
from pipelines.separators.sheet import draw, save
from pipelines.steps.intake import separate, take_in
from pipelines.steps.intake.split import split_next
from store.base.model import DocumentState, PageState
from store.base.schema import Batch, Document, Page, SourceFile
from store.base.secrets import Vault

SCANS = Path(__file__).resolve().parents[3] / "samples" / "scans"
FORM = "kyufukin_shinsei"


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    made = Vault(tmp_path_factory.mktemp("keys") / "fields.json")
    made.create()
    return made


def sheet(vault: Vault, form: str = FORM, batch: str = "窓口 午前") -> Image.Image:
    return draw(text_of(Separator(form, batch), vault), "給付金申請書", batch, "若葉市")


@given(form=st.sampled_from(["", FORM]), batch=st.text(min_size=1, max_size=LONGEST_NAME))
def test_what_is_written_is_read_and_nothing_else_is_believed(vault: Vault, form: str, batch: str):
    text = text_of(Separator(form, batch), vault)
    assert text.isascii() and read(text, vault) == Separator(form, batch)
    assert read(text.replace("utsushi1", "utsushi2"), vault) is None
    assert read(text[:-1] + ("0" if text[-1] != "0" else "1"), vault) is None


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
@pytest.mark.parametrize("damage", ["none", "fax", "skewed", "stained"])
def test_a_sheet_is_known_in_every_direction_and_when_worn(vault: Vault, turn: int, damage: str):
    page = np.rot90(np.asarray(sheet(vault).resize((1654, 2339))), turn)
    height, width = page.shape
    if damage == "fax":
        page = np.where(cv2.resize(page, (width // 2, height // 2)) > 128, 255, 0).astype(np.uint8)
    elif damage == "skewed":
        turned = cv2.getRotationMatrix2D((width / 2, height / 2), 4, 1.0)
        page = cv2.warpAffine(page, turned, (width, height), borderValue=255)
    elif damage == "stained":
        page = page.copy()
        page[: height // 2, : width // 2] = 0  # half of one code or of both is gone
    if damage == "stained" and turn % 2:
        return  # lying on its side that stain takes both codes
    assert find(np.ascontiguousarray(page), vault) == Separator(FORM, "窓口 午前")


def test_another_office_s_sheet_and_a_plain_code_are_no_separators(vault: Vault, tmp_path: Path):
    other = Vault(tmp_path / "fields.json")
    other.create()
    assert find(np.asarray(sheet(other).resize((1654, 2339))), vault) is None
    forged = draw("utsushi1||evil|" + "0" * 20, "", "x", "x").resize((1654, 2339))
    assert find(np.asarray(forged), vault) is None


def stack(office: Office, path: Path) -> None:
    """Four applications with a separator before the second and before the last, its blank back behind it."""
    [page] = open_pages(SCANS / "kyufukin_06.jpg")
    application = Image.fromarray(page.pixels[:, :, ::-1])
    blank = Image.new("L", (1654, 2339), 252)
    first, second = (
        sheet(office.store.vault, form, batch).resize((1654, 2339))
        for form, batch in ((FORM, "午前"), ("", "午後"))
    )
    pages = [application, first, blank, application, application, second, application]
    pages[0].save(path, "TIFF", save_all=True, append_images=pages[1:], compression="jpeg", dpi=(200, 200))


def test_a_stack_is_divided_and_a_cut_off_one_goes_on_into_the_same_batches(office: Office, monkeypatch):
    path = office.settings.inbox_folder / "stack.tif"
    stack(office, path)
    take_in.take(office, [path])
    real = separate.open_batch

    def cut_off(*arguments):
        heap = real(*arguments)
        if arguments[2].index == 6:
            raise KeyboardInterrupt
        return heap

    with monkeypatch.context() as cut, pytest.raises(KeyboardInterrupt):
        cut.setattr(separate, "open_batch", cut_off)
        list(split_next(office) or [])
    with office.store.write() as session:
        session.scalars(select(SourceFile)).one().lease_until = None
    list(split_next(office) or [])
    with office.store.read() as session:
        batches = {batch.id: batch for batch in session.scalars(select(Batch).order_by(Batch.id))}
        documents = list(session.scalars(select(Document).order_by(Document.id)))
        pages = {page.index_in_file: page.state for page in session.scalars(select(Page))}
    names = [batches[document.batch_id].name.rpartition(" ")[0].rpartition(" ")[0] for document in documents]
    assert len(batches) == 3 and names[1:] == ["午前", "午前", "午後"] and documents[0].batch_id == 1
    assert [batch.form_hint for batch in batches.values()] == [None, FORM, None]
    assert {document.state for document in documents} == {DocumentState.RECEIVED}
    assert [pages[index] for index in (2, 3, 6)] == [PageState.FOREIGN, PageState.BLANK, PageState.FOREIGN]


def test_the_printed_pdf_is_read_back(office: Office, tmp_path: Path):
    save(sheet(office.store.vault), tmp_path / "sheet.pdf")
    [page] = open_pages(tmp_path / "sheet.pdf")
    assert separate.separator_on(office, page) == Separator(FORM, "窓口 午前")
    assert (tmp_path / "sheet.pdf").stat().st_size < 100_000


def test_looking_for_separators_costs_little(office: Office):
    import time

    [page] = open_pages(SCANS / "kyufukin_06.jpg")
    began = time.process_time()
    for _ in range(5):
        assert separate.separator_on(office, page) is None
    assert (time.process_time() - began) / 5 < 0.06
