"""Keystrokes and seconds per form on the sample batch: verifying doubtful fields against keying the whole form.

`python -m benchmarks.keystroke [--scans samples/scans] [--only NAME …]`

The sample scans go through the real reader. A scripted skilled person, who knows the values on the paper, answers
every item in the real pages in a real browser, by keys alone; doubles, thirds and decisions are done by further
people, and all their keys count. Then the same person keys every field of the same applications into a plain form, Tab
after each. The browser counts the real key events of both. Last, the same batch again with the glyph grid first.

Seconds are not those of the script but follow the Keystroke-Level Model (Card, Moran, Newell 1980, Communications of
the ACM 23(7), 396-410): K = 0.20 s a key (average skilled typist), M = 1.35 s to make up one's mind, once for each
field that is looked at, by either way; R = what the page really took from Enter to the next crop (median). A box in the
grid is looked at with one fixation, 0.23 s (Card, Moran, Newell 1983, The Psychology of Human-Computer Interaction).
What the model leaves out: finding the sheet and the place on it, reading bad handwriting, pauses.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright
from playwright.sync_api import TimeoutError as Late

from benchmarks.rigs import crowd, skilled
from bots.browser.launch import arguments
from pipelines.context import Office
from pipelines.demo.demo_office import SCANS, SUFFIXES
from pipelines.demo.truth import Truth
from pipelines.service.web_settings import web_settings
from pipelines.settings import Settings
from pipelines.steps.intake.take_in import wait_and_take
from pipelines.steps.reading.read_loop import read_everything
from store.base.model import DocumentState, Presentation
from store.base.schema import Document, Item, SourceFile, Verification
from store.base.schema import Page as Sheet
from store.documents import readings
from tests.fakes.ports import NoPorts
from verification.app import create_app

K, M, FIXATION = 0.20, 1.35, 0.23
_READY = """() => {
  const item = document.getElementById("item"), left = document.getElementById("nothing-left");
  return (!item.hidden && item.dataset.seen === item.dataset.item) || !left.hidden;
}"""
_GONE = "before => document.getElementById('item').dataset.item !== before"
_REASON = "記載どおり"


@dataclass
class Work:
    """The effort of one way of settling the batch."""

    keys: Counter[int] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)
    cells: int = 0
    grid_keys: int = 0
    latency: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Figures:
    """Averages a form, keys counted, seconds by the model."""

    forms: int
    keys_by_hand: float
    fields_by_hand: float
    seconds_by_hand: float
    keys_verifying: float
    answers: float
    seconds_verifying: float
    answer_seconds: float


@dataclass(frozen=True)
class Batch:
    """The read and routed sample scans with their true values."""

    office: Office
    truth: Truth

    def written(self, document: int, name: str) -> str:
        """The true value of this field."""
        with self.office.store.read() as session:
            row = session.get_one(Document, document)
            number = self.office.forms[row.form_id or ""].field(name).page
            sheet = session.query(Sheet).filter_by(document_id=document, page_no=number).first()
            assert sheet is not None
            file = session.get_one(SourceFile, sheet.file_id)
        return self.truth.value(file.original_name, sheet.index_in_file, name)


def prepare(home: Path, scans: Path, only: Sequence[str]) -> Office:
    """Reads and routes all files in `scans` (or those named), and creates people to verify them."""
    settings = Settings(home=home, stable_seconds=0.0, quality_share=0.0, vigilance_share=0.0).prepare()
    for path in sorted(scans.iterdir()):
        if path.suffix.lower() in SUFFIXES and (not only or path.name in only):
            shutil.copy(path, settings.inbox_folder / path.name)
    office = Office(settings)
    wait_and_take(office)
    read_everything(office)
    crowd.people(office.store, 4)
    return office


@contextmanager
def serving(office: Office) -> Iterator[str]:
    """The real web app over the office, in a thread."""
    app = create_app(office.store, office.forms, web_settings(office), NoPorts())
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


class Desk:
    """One person at one browser page."""

    def __init__(self, browser: Browser, url: str, name: str, batch: Batch) -> None:
        self.batch, self.url = batch, url
        context = browser.new_context(viewport={"width": 1366, "height": 768})
        self.page: Page = context.new_page()
        self.page.set_default_timeout(60_000)
        self.cdp: CDPSession = context.new_cdp_session(self.page)
        self.page.goto(f"{url}/login")
        self.page.fill("#name", name)
        self.page.fill("#password", crowd.seeding.PASSWORD)
        self.page.press("#password", "Enter")
        self.page.wait_for_url(f"{url}/")

    def verify(self, work: Work) -> int:
        """Settle everything that this person may; return the number of answers."""
        self.page.goto(f"{self.url}/verify")
        done = 0
        while True:
            self.page.wait_for_function(_READY)
            shown = self.page.evaluate("({...document.getElementById('item').dataset})")
            if not shown.get("item"):
                break
            self._answer(shown)
            done += 1
            self._until_gone(shown)
        taken = "performance.getEntriesByName('enter-to-crop').map((entry) => entry.duration)"
        work.latency += self.page.evaluate(taken)
        return done

    def _until_gone(self, shown: dict[str, str]) -> None:
        """Presses a key again that came while the input method was still closing; it counts, too."""
        for _ in range(5):
            try:
                self.page.wait_for_function(_GONE, arg=shown["item"], timeout=6_000)
                return
            except Late:
                self.page.keyboard.press("Enter")
        shown_errors = self.page.locator("#message, #problems, #panel:not([hidden])").all_inner_texts()
        raise RuntimeError(f"{shown}: {self.page.evaluate('document.activeElement.value')!r} {shown_errors}")

    def _answer(self, shown: dict[str, str]) -> None:
        value = self.batch.written(int(shown["document"]), shown["field"])
        where = self.batch.office.forms[shown["form"]].field(shown["field"])
        if shown["mode"] == "override":
            self.page.keyboard.press("Enter" if value else "Alt+KeyR")
            skilled.press(self.page, self.cdp, skilled.japanese(_REASON))
        elif not value and where.type not in skilled.CHOSEN:
            self.page.keyboard.press("Alt+KeyK")
            return
        elif where.type in skilled.CHOSEN | skilled.NOT_KEYED:
            self._choose(value)
        else:
            self._type(where, value)
        self.page.keyboard.press("Enter")

    def _choose(self, value: str) -> None:
        """Presses only the keys of options that must change."""
        boxes = self.page.locator('#inputs input[name="value"]')
        known = boxes.evaluate_all("all => all.map((one) => [one.value, one.checked, one.type])")
        wanted = [part for part in value.split("|") if part]
        if not wanted and any(checked for _, checked, _ in known):
            self.page.keyboard.press("0")
        for place, (option, checked, kind) in enumerate(known, start=1):
            if (option in wanted) != checked and (kind == "checkbox" or option in wanted):
                self.page.keyboard.press(str(place))

    def _type(self, where: skilled.Field, value: str) -> None:
        """Types nothing if the value is right, only the doubtful character if that suffices, else the whole value."""
        stands = self.page.input_value("#value")
        wanted = "".join(word.text for word in skilled.words(where, value))
        if stands == wanted:
            return
        start, end = self.page.evaluate(
            "(() => { const v = document.getElementById('value'); return [v.selectionStart, v.selectionEnd]; })()"
        )
        middle = wanted[start : len(wanted) - (len(stands) - end)]
        if (
            stands
            and stands[:start] + middle + stands[end:] == wanted
            and middle
            and (start, end) != (0, len(stands))
        ):
            skilled.press(
                self.page,
                self.cdp,
                skilled.words(where, middle)
                if where.type in skilled.JAPANESE
                else [skilled.Word(middle, middle)],
            )
            return
        if stands and (start, end) != (0, len(stands)):
            self.page.keyboard.press("Control+A")
        skilled.press(self.page, self.cdp, skilled.words(where, value))

    def grid(self, work: Work) -> None:
        """Confirm every grid; select odd boxes with the arrow keys."""
        self.page.goto(f"{self.url}/verify/glyphs")
        while True:
            self.page.wait_for_selector('#grid[aria-busy="false"]')
            cells = self.page.locator(".cell").evaluate_all(
                "all => all.map((one) => [Number(one.dataset.item), one.querySelector('input').value])"
            )
            if not cells:
                return
            work.cells += len(cells)
            at = 0
            for place, (item, read) in enumerate(cells):
                true = self._character(item)
                if true != read:
                    for _ in range(place - at):
                        self.page.keyboard.press("ArrowRight")
                    at = place
                    skilled.press(self.page, self.cdp, skilled.japanese(true))
            self.page.evaluate("document.getElementById('grid').setAttribute('aria-busy', 'true')")
            self.page.keyboard.press("Enter")

    def _character(self, item_id: int) -> str:
        with self.batch.office.store.read() as session:
            item = session.get_one(Item, item_id)
            reading = readings.of_field(session, item.document_id, item.field)
        assert reading is not None
        true, place = self.batch.written(item.document_id, item.field), reading.weak[0]
        return true[place] if len(true) == len(reading.value) else reading.value[place]


def settle(browser: Browser, batch: Batch, names: Sequence[str], *, grid_first: bool) -> Work:
    """Lets everybody work until nothing is left."""
    work = Work()
    with serving(batch.office) as url:
        desks = [Desk(browser, url, name, batch) for name in names]
        if grid_first:
            desks[0].grid(work)
        while sum(desk.verify(work) for desk in desks):
            continue
    with batch.office.store.read() as session:
        for said, item in session.query(Verification, Item).join(Item, Item.id == Verification.item_id):
            if said.shown is Presentation.GRID:
                work.grid_keys += said.keystrokes or 0
            work.keys[item.document_id] += said.keystrokes or 0
            work.answers[item.document_id] += said.shown is not Presentation.GRID
    return work


def key_everything(
    browser: Browser, batch: Batch, documents: Sequence[int]
) -> tuple[Counter[int], Counter[int]]:
    """Keys every field of each application into a plain form; returns key events and checked fields by document."""
    page = browser.new_page()
    cdp = page.context.new_cdp_session(page)
    page.set_content("<form></form><script>let n = 0; addEventListener('keydown', () => n++, true);</script>")
    pressed: Counter[int] = Counter()
    looked: Counter[int] = Counter()
    for document in documents:
        with batch.office.store.read() as session:
            form = batch.office.forms[session.get_one(Document, document).form_id or ""]
        keyed = [one for one in form.fields() if one.type not in skilled.NOT_KEYED]
        page.evaluate(
            "count => { n = 0; document.forms[0].innerHTML = '<input>'.repeat(count + 1); }", len(keyed)
        )
        page.evaluate("document.querySelector('input').focus()")
        for where in keyed:
            value = batch.written(document, where.name)
            looked[document] += bool(value)
            if where.type in skilled.CHOSEN:
                for _ in range(skilled.keys(where, value)):
                    page.keyboard.press("1")
            elif value:
                skilled.press(page, cdp, skilled.words(where, value))
            page.keyboard.press("Tab")
        pressed[document] = int(page.evaluate("n"))
    page.close()
    return pressed, looked


def run(scans: Path, only: Sequence[str]) -> Figures:
    """Runs both ways and the grid; prints and returns the figures."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        first = prepare(Path(folder) / "one", scans, only)
        second_home = Path(folder) / "two"
        first.store.close()
        shutil.copytree(Path(folder) / "one", second_home)
        second = Office(Settings(home=second_home, vigilance_share=0.0))
        truth = Truth(scans, first.forms)
        browser = playwright.chromium.launch(executable_path=crowd.chromium(), args=arguments(("127.0.0.1",)))
        names = [f"user{number:02d}" for number in range(4)]
        plain = settle(browser, Batch(first, truth), names, grid_first=False)
        grid = settle(browser, Batch(second, truth), names, grid_first=True)
        whole = _settled(first)
        keyed, looked = key_everything(browser, Batch(first, truth), whole)
        browser.close()
        figures = _figures(whole, plain, keyed, looked)
        _print_figures(first, figures, whole, plain, keyed)
        _print_grid(first, second, grid, figures.answer_seconds)
        return figures


def _settled(office: Office) -> list[int]:
    with office.store.read() as session:
        rows = session.query(Document).filter_by(state=DocumentState.VERIFIED).order_by(Document.id)
        return [row.id for row in rows]


def _figures(whole: Sequence[int], plain: Work, keyed: Counter[int], looked: Counter[int]) -> Figures:
    n = max(1, len(whole))
    answer = statistics.median(plain.latency) / 1000 if plain.latency else 0.0
    by_hand, fields = sum(keyed[d] for d in whole) / n, sum(looked[d] for d in whole) / n
    keys, answers = sum(plain.keys[d] for d in whole) / n, sum(plain.answers[d] for d in whole) / n
    return Figures(
        forms=len(whole),
        keys_by_hand=by_hand,
        fields_by_hand=fields,
        seconds_by_hand=K * by_hand + M * fields,
        keys_verifying=keys,
        answers=answers,
        seconds_verifying=K * keys + (M + answer) * answers,
        answer_seconds=answer,
    )


def _print_figures(
    office: Office, found: Figures, whole: Sequence[int], plain: Work, keyed: Counter[int]
) -> None:
    answer = found.answer_seconds * 1000
    print(
        f"{found.forms} forms settled; model: K {K} s, M {M} s, fixation {FIXATION} s; measured R {answer:.0f} ms"
    )
    print(
        f"keying the whole form: {found.keys_by_hand:.1f} keys, {found.fields_by_hand:.1f} fields, "
        f"{found.seconds_by_hand:.1f} s a form"
    )
    print(
        f"verifying what is doubted: {found.keys_verifying:.1f} keys, {found.answers:.1f} answers, "
        f"{found.seconds_verifying:.1f} s a form"
    )
    keys, seconds = found.keys_verifying / found.keys_by_hand, found.seconds_verifying / found.seconds_by_hand
    print(f"  that is {keys:.0%} of the keys and {seconds:.0%} of the seconds")
    for form, documents in sorted(_by_form(office, whole).items()):
        by_keys = sum(keyed[d] for d in documents) / len(documents)
        asked = sum(plain.keys[d] for d in documents) / len(documents)
        print(f"  {form}: {len(documents)} forms, {by_keys:.1f} keys by hand, {asked:.1f} verifying")


def _print_grid(first: Office, second: Office, grid: Work, answer: float) -> None:
    with second.store.read() as session:
        cells = {
            (i.document_id, i.field) for i in session.query(Item).filter_by(presentation=Presentation.GRID)
        }
    with first.store.read() as session:
        one_by_one = [
            said.keystrokes or 0
            for said in session.query(Verification)
            if (said.document_id, said.field) in cells
        ]
    if not grid.cells:
        print("glyph grid: no cell in this batch")
        return
    alone = K * sum(one_by_one) + (M + answer) * len(one_by_one)
    together = K * grid.grid_keys + FIXATION * grid.cells + M * (1 if grid.cells else 0)
    print(f"glyph grid: {grid.cells} boxes, {grid.grid_keys} keys, {together / grid.cells:.2f} s a box;")
    print(f"  the same fields one by one: {sum(one_by_one)} keys, {alone / grid.cells:.2f} s a field")


def _by_form(office: Office, whole: Sequence[int]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    with office.store.read() as session:
        for document in whole:
            found[session.get_one(Document, document).form_id or ""].append(document)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scans", type=Path, default=SCANS)
    parser.add_argument("--only", nargs="*", default=[], help="names of files in the folder of scans")
    asked = parser.parse_args()
    run(asked.scans, asked.only)
    return 0


if __name__ == "__main__":
    sys.exit(main())
