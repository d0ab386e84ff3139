"""``python -m benchmarks.newcomer``: a newcomer turns a blank into a template that reads filled scans.

In a real Chromium the blank is uploaded, the draft is checked, corrected with mouse and keys, tried on one scan and
saved. Then filled scans of the same form are read with it. Prints the share of right fields, beside that of the
hand-made template on the same scans, and the minutes (see ``newcomer_person``).
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import uvicorn
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from benchmarks.authoring import SCANS, Blank, _scan
from benchmarks.rigs.designs.truth import Truth, truth_of, truths_of
from benchmarks.rigs.newcomer_mends import Wanted, mend, moved_form, partner
from benchmarks.rigs.newcomer_person import LOOK, SECONDS, Person
from extractors.base.errors import ExtractionError
from extractors.files.decode import open_pages
from extractors.reader.reader import Reader
from extractors.registration.identify import Library
from extractors.registration.register import locate
from extractors.values.rule_checks import apply_rules
from pipelines.editor_worker.ports import EditorWorkerPort
from samples.scanning.document import MadeDocument, Order, make_document
from samples.writing.handwriting import Sources
from store.database import Store
from store.ops import users
from templates_forms.loader import load_form, load_library
from templates_forms.model import Form
from templates_forms.values import same
from tests.fakes.ports import NoPorts
from verification.app import create_app
from verification.settings import WebSettings

ROOT = Path(__file__).resolve().parents[1]
PASSWORD = "newcomer-2026-only"
ARGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
]
Maker = Sources(None, None)


@dataclass
class Office:
    """A running app with an empty library apart from another form."""

    url: str
    templates: Path


class Shop(EditorWorkerPort):
    def __init__(self, templates: Path, forms: dict[str, Form]) -> None:
        super().__init__()
        self._templates, self._forms = templates, forms

    def reload(self) -> None:
        self._forms.update(load_library(self._templates))


@contextmanager
def office(folder: Path, beside: str) -> Iterator[Office]:
    """The web app with one other form installed and one person who may edit templates."""
    templates = folder / "templates"
    shutil.copytree(ROOT / "templates_forms" / beside, templates / beside)
    store = Store("", folder / "state")
    store.migrate()
    with store.write() as session:
        users.add(session, "shinjin", display="新人", password=PASSWORD, roles=["dx"], actor="run")
    forms = load_library(templates)
    shop = Shop(templates, forms)
    settings = WebSettings(
        "若葉市", session_secret="only-for-this-run" * 3, templates=templates, workshop=folder / "workshop"
    )
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(create_app(store, forms, settings, NoPorts(), shop), log_level="warning")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Office(f"http://127.0.0.1:{listener.getsockname()[1]}", templates)
    server.should_exit = True
    thread.join(10)
    shop.close()
    store.close()


def blank_of(form: Form, how: str, folder: Path) -> tuple[Path, dict[str, Truth]]:
    """The blank for the newcomer, and the place of each field on it."""
    pdf = (form.folder / "blank.pdf").read_bytes()
    if how == "PDF":
        (folder / "blank.pdf").write_bytes(pdf)
        return folder / "blank.pdf", {field.name: truth_of(field) for field in form.fields()}
    path = folder / "blank.tif"
    places = _scan(Blank(form.id, pdf, truths_of(form), form.size_mm), SCANS[how], path)
    return path, {place.name: place for place in places}


def newcomer(page: Page, at: Office, blank: Path, trial: Path, wanted: Sequence[Wanted]) -> Person:
    """From the blank to a saved template ``mine``."""
    person = Person(page)
    page.goto(f"{at.url}/login?next=/templates")
    page.fill("#name", "shinjin")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url("**/templates")
    person.pick_file(page.locator("#blank"), blank)
    person.fill(page.locator("#id"), "mine")
    person.click(page.get_by_role("button", name="読み取って下書きを作る"))
    with person.waiting():
        page.wait_for_selector("html[data-ready]", timeout=600_000)
    draft = load_form(at.templates.parent / "workshop" / "drafts" / "mine")
    person.look(sum(1 for _ in draft.fields()))
    mend(person, page, wanted, draft)
    _try(person, page, trial)
    person.click(page.locator("#save"))
    page.wait_for_selector("#saving[open]")
    assert page.locator("#saving-go").is_enabled(), page.locator("#saving-list").inner_text()
    person.look(page.locator("#saving-list tr").count())
    person.click(page.locator("#saving-go"))
    with person.waiting():
        page.wait_for_url("**/templates/installed/mine")
    return person


def _try(person: Person, page: Page, trial: Path) -> None:
    """One filled scan read beside the sheet, the readings compared with the paper."""
    person.click(page.locator("#tab-trial"))
    person.pick_file(page.locator("#trial-file"), trial)
    page.wait_for_selector("#trial-read:not([disabled])")
    person.click(page.locator("#trial-read"))
    with person.waiting():
        page.wait_for_selector("#trial-table tbody tr", timeout=300_000)
    person.look(page.locator("#trial-table tbody tr").count())


def filled(form: Form, count: int, seed: int, level: str, slips: float) -> list[MadeDocument]:
    """Filled scans with their true values."""
    return [
        make_document(form, Order(form.id, seed + number, level, slips), Maker, dpi=200)
        for number in range(count)
    ]


def keep(made: MadeDocument, folder: Path, number: int) -> Path:
    """An application as a TIFF file, all its pages."""
    path = folder / f"filled_{number:02d}.tif"
    pages = [Image.fromarray(np.asarray(picture.pixels)) for picture in made.pictures]
    pages[0].save(path, save_all=True, append_images=pages[1:], dpi=(200, 200))
    return path


def read(form: Form, beside: Sequence[Form], files: Sequence[Path], reader: Reader) -> list[dict[str, str]]:
    """The readings of a template for each application; none for a page that matches no form."""
    library = Library([form, *beside])
    out = []
    for file in files:
        values: dict[str, str] = {}
        for page in open_pages(file):
            try:
                located = locate(page, library)
            except ExtractionError:
                continue
            if located.form.id == form.id:
                [found] = reader.read([located])
                values |= {reading.field: reading.value for reading in apply_rules(form, found)}
        out.append(values)
    return out


def shares(
    true: Form,
    wanted: Sequence[Wanted],
    mine: Form,
    made: Sequence[MadeDocument],
    values: Sequence[dict[str, str]],
) -> tuple[int, int, list[str]]:
    """Fields right, fields in all, and what was wrong."""
    found = [truth_of(field) for field in mine.fields()]
    right, wrong = 0, []
    for number, (one, said) in enumerate(zip(made, values, strict=True)):
        for want in wanted:
            near = partner(want.place, found)
            value = said.get(near.name, "") if near else ""
            if near is not None:
                value = _worded(want, mine, near.name, value)
            if same(want.field.type, one.values[want.field.name], value, want.field):
                right += 1
            else:
                wrong.append(f"{number}: {want.field.name} {one.values[want.field.name]!r} read as {value!r}")
    return right, len(made) * len(true_fields(true)), wrong


def true_fields(form: Form) -> list[str]:
    return [field.name for field in form.fields()]


def _worded(want: Wanted, mine: Form, name: str, value: str) -> str:
    """Translates an option to the newcomer's word, by its position in the row from left to right."""
    options = mine.field(name).options
    if not options or not want.field.options or len(options) != len(want.field.options):
        return value
    order = [
        sorted(group, key=lambda o: (round(o.box.y / 4), o.box.x)) for group in (options, want.field.options)
    ]
    words = {theirs.value: true.value for theirs, true in zip(*order, strict=True)}
    return "|".join(words.get(word, word) for word in value.split("|"))


@contextmanager
def chromium() -> Iterator[Page]:
    """A page of a real browser."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*ARGS, *root])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(60_000)
        yield page
        browser.close()


@dataclass
class Outcome:
    """The result."""

    person: Person
    fields: int
    right: int
    by_hand: int
    total: int
    wrong: list[str]


def run(
    form_id: str, how: str, count: int, *, seed: int, level: str, slips: float, picture: Path | None = None
) -> Outcome:
    """Runs it once."""
    form = load_form(ROOT / "templates_forms" / form_id)
    beside = "kyufukin_shinsei" if form_id != "kyufukin_shinsei" else "jido_teate_nintei"
    with tempfile.TemporaryDirectory() as temp:
        folder = Path(temp)
        made = filled(form, count + 1, seed, level, slips)
        files = [keep(one, folder, number) for number, one in enumerate(made)]
        blank, places = blank_of(form, how, folder)
        wanted = moved_form(form, places)
        with office(folder / "office", beside) as at, chromium() as page:
            person = newcomer(page, at, blank, files[0], wanted)
            if picture:
                page.wait_for_selector("html[data-ready]")
                page.screenshot(path=str(picture))
            mine = load_form(at.templates / "mine")
            others = [load_form(at.templates / beside)]
            reader = Reader()
            right, total, wrong = shares(form, wanted, mine, made[1:], read(mine, others, files[1:], reader))
            own = moved_form(form, {field.name: truth_of(field) for field in form.fields()})
            hand, _, _ = shares(form, own, form, made[1:], read(form, others, files[1:], reader))
    return Outcome(person, len(wanted), right, hand, total, wrong)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.newcomer", description=__doc__)
    parser.add_argument("--form", default="jido_teate_nintei")
    parser.add_argument("--blank", default="grey 200 dpi", choices=["PDF", *SCANS])
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=5200)
    parser.add_argument("--faults", default="light", choices=["none", "light", "all"])
    parser.add_argument("--slips", type=float, default=0.0, help="0: nobody makes mistakes, 1: as people do")
    parser.add_argument("--wrong", action="store_true", help="name every field that was read wrongly")
    options = parser.parse_args(arguments)
    start = time.monotonic()
    got = run(
        options.form,
        options.blank,
        options.count,
        seed=options.seed,
        level=options.faults,
        slips=options.slips,
    )
    person = got.person
    print(f"{options.form}, blank as {options.blank}: {got.fields} fields, {len(person.mends)} mends")
    for one in person.mends:
        print(f"  {one}")
    print(
        f"{options.count} filled scans (faults {options.faults}, slips {options.slips:g}): "
        f"{got.right} of {got.total} fields right ({got.right / got.total:.1%}); "
        f"by the hand-made template {got.by_hand} ({got.by_hand / got.total:.1%})"
    )
    operators = ", ".join(f"{name} {person.operators[name]}×{SECONDS[name]} s" for name in SECONDS)
    print(
        f"minutes: {person.minutes:.1f} by the keystroke-level model ({operators}; {person.looks} looks at {LOOK} s, "
        f"assumed; machine {person.waited:.0f} s, measured)"
    )
    for line in got.wrong if options.wrong else ():
        print(f"  {line}")
    print(f"this run took {(time.monotonic() - start) / 60:.1f} min")
    return 0 if got.right / got.total >= 0.95 else 1


if __name__ == "__main__":
    raise SystemExit(main())
