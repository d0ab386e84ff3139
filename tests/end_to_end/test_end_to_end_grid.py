"""From real scans to a record by way of the glyph grid: read, routed, confirmed box by box, settled."""

from __future__ import annotations

import re
import shutil

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from pipelines.context import Office
from pipelines.demo.demo_office import SCANS
from pipelines.demo.truth import Truth
from pipelines.service.web_settings import web_settings
from pipelines.settings import Settings
from pipelines.steps.intake.take_in import wait_and_take
from pipelines.steps.reading.read_loop import read_everything
from store.base.model import ItemState, Presentation, StoredReading
from store.base.schema import Item, Page, SourceFile, Verification
from store.documents import documents, readings
from store.ops import users
from store.queue import settlement
from tests.fakes.ports import NoPorts
from verification.app import create_app

CHOSEN = ("給付金_窓口受付.zip", "jido_02_fax.tif", "kyufukin_08_grey.tif", "kyufukin_02_fax.tif")
PASSWORD = "mijikai-youde-nagai"

pytestmark = [pytest.mark.ocr, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Two sample files, read and routed, and somebody who verifies."""
    home = tmp_path_factory.mktemp("grid")
    office = Office(Settings(home=home, stable_seconds=0.0, quality_share=0.0, vigilance_share=0.0))
    for name in CHOSEN:
        shutil.copy(SCANS / name, office.settings.inbox_folder / name)
    wait_and_take(office)
    read_everything(office)
    with office.store.write() as session:
        users.add(session, "sato", display="佐藤", password=PASSWORD, roles=["verifier"], actor="test")
    return office


def signed_in(office: Office) -> tuple[TestClient, dict[str, str]]:
    client = TestClient(create_app(office.store, office.forms, web_settings(office), NoPorts()))
    csrf = re.search(r'name="csrf" content="([^"]+)"', client.get("/login").text)
    assert csrf
    client.post("/login", data={"csrf": csrf[1], "name": "sato", "password": PASSWORD})
    again = re.search(r'name="csrf" content="([^"]+)"', client.get("/").text)
    assert again
    return client, {"x-csrf-token": again[1]}


def written(office: Office, truth: Truth, item: Item) -> str:
    """What really stands on the paper."""
    with office.store.read() as session:
        query = select(Page).where(Page.document_id == item.document_id, Page.page_no == item.page_no)
        page = session.scalars(query).one()
        file = session.get_one(SourceFile, page.file_id)
    return truth.value(file.original_name, page.index_in_file, item.field)


def confirmed(machine: StoredReading, paper: str) -> str:
    """What the machine read, with the one box that a person was shown as it stands on the paper."""
    place = machine.weak[0]
    return machine.value[:place] + paper[place] + machine.value[place + 1 :]


def test_boxes_confirmed_in_the_grid_become_the_fields_values(office: Office):
    truth = Truth(SCANS, office.forms)
    with office.store.read() as session:
        cells = list(session.scalars(select(Item).where(Item.presentation == Presentation.GRID)))
        machine = {item.id: readings.of_field(session, item.document_id, item.field) for item in cells}
    assert len(cells) >= 4
    paper = {item.id: written(office, truth, item) for item in cells}
    wrong = {number for number, value in paper.items() if value != machine[number].value}
    assert wrong, "these samples hold boxes that were read wrongly"

    client, headers = signed_in(office)
    while True:
        grid = client.post("/api/glyphs/claim", json={"group": None}, headers=headers).json()
        if not grid["cells"]:
            break
        said = []
        for cell in grid["cells"]:
            assert client.get(cell["crop"]).headers["content-type"] == "image/jpeg"
            place = machine[cell["item"]].weak[0]
            assert machine[cell["item"]].value[place] == cell["read"]
            said.append(
                {"item": cell["item"], "token": cell["token"], "character": paper[cell["item"]][place]}
            )
        sent = {"cells": said, "seconds": 1.5 * len(said), "keystrokes": len(said)}
        stored = client.post("/api/glyphs/answer", json=sent, headers=headers).json()
        assert [one["error"] for one in stored] == [""] * len(said)

    right = 0
    with office.store.read() as session:
        for item in cells:
            assert session.get_one(Item, item.id).state is ItemState.DONE
            values, origins = settlement.settled_values(session, documents.get(session, item.document_id))
            assert values[item.field] == confirmed(machine[item.id], paper[item.id]), item.field
            assert origins[item.field] == "one"
            right += values[item.field] == paper[item.id]
        said_in_grid = list(session.scalars(select(Verification).where(Verification.item_id.in_(paper))))
    assert {row.shown for row in said_in_grid} == {Presentation.GRID}
    assert all(row.active_seconds == 1.5 for row in said_in_grid)
    assert right >= len(cells) - 1, (
        "at most one of these has a second box that was read wrongly, and with certainty"
    )
