"""Two printed editions of one form: scans go to their own; one nobody knows is not read, and the board says so."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml
from PIL import Image

from extractors.base.errors import Unidentified
from extractors.files.decode import open_pages
from extractors.registration.identify import Library
from extractors.registration.register import locate
from pipelines.alarms.monitor import Monitor
from pipelines.context import Office
from pipelines.service.web_ports import PixelPorts
from pipelines.settings import Settings
from pipelines.steps.intake.split import split_next
from pipelines.steps.intake.take_in import wait_and_take
from samples.scanning.document import Order, make_document
from samples.writing.handwriting import Sources
from store.base.model import DocumentState
from store.base.schema import Document
from store.documents import documents
from store.ops import messages
from templates_forms.form_text import form_text
from templates_forms.loader import load_form
from templates_forms.model import Form

ROOM = Path(__file__).resolve().parents[3] / "templates_forms"
OLD, NEW = "kyufukin_shinsei", "kyufukin_2027"
CUT_PX, SHIFT_PX = 1232, 12  # from here on everything stands a little lower in the new edition
PX = 200 / 25.4


def new_edition(library: Path) -> Form:
    """The form as it might be printed next year: its lower half stands 1.5 mm lower."""
    folder = library / NEW
    folder.mkdir(parents=True)
    picture = cv2.imread(str(ROOM / OLD / "page1.png"), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    picture[CUT_PX:] = picture[CUT_PX - SHIFT_PX : -SHIFT_PX].copy()
    cv2.imwrite(str(folder / "page1.png"), picture)
    data: dict[str, Any] = yaml.safe_load((ROOM / OLD / "form.yaml").read_text(encoding="utf-8"))
    data |= {"id": NEW, "edition": "2027-04"}
    for entry in data["pages"][0]["fields"]:
        places = [entry, *entry.get("options", []), *(entry.get("era") or {}).get("options", [])]
        for part in [*places, *(entry[key] for key in ("year", "month", "day") if key in entry)]:
            if part.get("box") and part["box"][1] * PX > CUT_PX - SHIFT_PX:
                part["box"][1] += SHIFT_PX / PX
    (folder / "form.yaml").write_text(form_text(data), encoding="utf-8")
    return load_form(folder)


def scan(form: Form, seed: int, path: Path, bilevel: bool = False) -> Path:
    made = make_document(form, Order(form.id, seed), Sources(None, None), bilevel=bilevel)
    Image.fromarray(np.asarray(made.pictures[0].pixels)).save(path, dpi=(200, 200))
    return path


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Form]:
    library = tmp_path_factory.mktemp("editions")
    return {OLD: load_form(ROOM / OLD), NEW: new_edition(library)}


def test_filled_scans_go_to_their_own_edition(editions: dict[str, Form], tmp_path: Path):
    both, alone = Library(editions.values()), Library([editions[OLD]])
    for number, (seed, name) in enumerate(((3, OLD), (4, NEW), (5, OLD), (6, NEW))):
        page = next(iter(open_pages(scan(editions[name], seed, tmp_path / f"{seed}.png", number > 1))))
        assert locate(page, both).form.id == name
        if name == NEW:
            with pytest.raises(Unidentified) as caught:
                locate(page, alone)
            assert (caught.value.code, caught.value.edition_of) == ("unknown_edition", OLD)


def test_an_unknown_edition_is_not_read_but_told_until_it_has_a_template(
    editions: dict[str, Form], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    templates = tmp_path / "templates"
    for name in (OLD, "jido_teate_nintei"):
        shutil.copytree(ROOM / name, templates / name)
    office = Office(Settings(home=tmp_path / "home", templates=templates, stable_seconds=0.0))
    scan(editions[NEW], 8, office.settings.inbox_folder / "new.png")
    wait_and_take(office)
    while (fresh := split_next(office)) is not None:
        list(fresh)
    with office.store.read() as session:
        document = session.query(Document).one()
        assert (document.state, document.reason) == (DocumentState.UNIDENTIFIED, "unknown_edition")
        [page] = documents.pages_of(session, document.id)
    monitor = Monitor(office, lambda settings, news: None)
    monitor.run_once()
    alert = board(office)["unknown_edition"]
    assert "知らない版" in alert and office.forms[OLD].title in alert and "1 件" in alert

    shutil.copytree(editions[NEW].folder, templates / NEW)
    office.reload_forms()
    assert NEW in office.forms
    ports = PixelPorts(office)
    monkeypatch.setattr(ports, "requeue", lambda: None)
    ports.reregister(document.id, page.id, NEW, 1, None, None, actor="kato")
    with office.store.read() as session:
        placed = documents.get(session, document.id)
        assert (placed.state, placed.form_id, placed.edition) == (DocumentState.RECEIVED, NEW, "2027-04")
    monitor.run_once()
    assert "unknown_edition" not in board(office)


def board(office: Office) -> dict[str, str]:
    with office.store.read() as session:
        return {alert.code: messages.alert_text(alert, "ja") for alert in messages.open_alerts(session)}
