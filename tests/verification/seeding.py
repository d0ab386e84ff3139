"""Fills a store with applications as the pipeline would leave them, with drawn sheets and plausible doubts.

`python -m seeding FOLDER PORT` (from this folder) serves the result, to look at the screens by hand.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import ClassVar

from sqlalchemy.orm import Session

from foundation.words import sentence
from pipelines.editor_worker.ports import EditorWorkerPort
from pipelines.editor_worker.worker import EditorWorker
from samples.people.answers import answers, applicant
from store.base.model import DocumentState, FileState, ItemMode, ItemPlan, NewReading, PageState, Presentation
from store.base.schema import Batch, Document
from store.database import Store
from store.documents import batches, documents, readings
from store.entry import entries
from store.ops import messages, users
from store.queue import review_queue
from templates_forms.blocking import blocking_rules
from templates_forms.loader import load_library
from templates_forms.model import Field, FieldType, Form
from tests.verification.verification_drawing import DPI, sheet
from verification.errors import CannotRegister
from verification.ports import Corners
from verification.settings import WebSettings

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "korehatesuto-2026"
PEOPLE = {
    "sato": ("佐藤 花", ["verifier"]),
    "mori": ("森 一郎", ["verifier"]),
    "abe": ("阿部 香織", ["verifier"]),
    "kato": ("加藤 恵", ["clerk"]),
    "ueno": ("上野 誠", ["lead"]),
    "kanri": ("管理 太郎", ["admin"]),
    "dx": ("推進 次郎", ["dx"]),
    "aoki": ("青木 みどり", ["automator"]),
    "baba": ("馬場 健", ["automator"]),
    "zenbu": ("全部 できる", ["admin", "automator", "clerk", "dx", "lead", "verifier"]),
}
_SWAPS = {"ン": "ソ", "シ": "ツ", "1": "7", "0": "6", "郎": "朗", "子": "了", "ア": "ヤ", "2": "3", "5": "6"}
_DOUBTFUL = ("readers_disagree", "confusable", "ink_unread", "faint", "variant_character")


@dataclass(frozen=True)
class SeededDocument:
    """A document and what is really written on it."""

    document: int
    form: Form
    truth: dict[str, str]
    read: dict[str, str]


class TestPorts:
    """Stands for the pipeline: remembers what it was asked, registers whatever is asked of page 1."""

    __test__ = False

    def __init__(self, store: Store, forms: dict[str, Form]) -> None:
        self.store, self.forms = store, forms
        self.registered: list[tuple[int, str, int, Corners | None, int | None]] = []
        self.placed: list[int] = []
        self.wakes = 0

    def reregister(
        self,
        document_id: int,
        page_id: int,
        form_id: str,
        page_no: int,
        corners_px: Corners | None,
        rotation: int | None,
        *,
        actor: str,
    ) -> None:
        if corners_px is None and rotation is None and form_id == "hoiku_moshikomi":
            raise CannotRegister
        self.placed.append(page_id)
        self.registered.append((document_id, form_id, page_no, corners_px, rotation))
        form = self.forms[form_id]
        with self.store.write() as session:
            documents.assign_form(
                session,
                document_id,
                form_id=form_id,
                edition=form.edition,
                secret_fields=form.secret_fields(),
                key_fields=form.record_key,
                actor=actor,
            )
            documents.advance(session, document_id, DocumentState.RECEIVED, actor)

    def preview(
        self, page_id: int, form_id: str, page_no: int, corners: Corners | None, rotation: int | None = None
    ) -> bytes:
        import io

        from PIL import Image, ImageDraw

        with Image.open(self.forms[form_id].pages[page_no - 1].blank) as blank:
            picture = blank.convert("RGB").resize((420, 594))
        ImageDraw.Draw(picture).rectangle((10, 10, 200, 40), outline=(0, 23, 193), width=3)
        out = io.BytesIO()
        picture.save(out, "PNG")
        return out.getvalue()

    def store_scan(self, page_id: int) -> None:
        """The drawn sheets lie straight: the upright sheet is the scan."""

    def requeue(self) -> None:
        self.wakes += 1

    def evidence(self, document_id: int, actor: str) -> bytes:
        return b"%PDF-1.7 " + f"{document_id} {actor}".encode()


class TestWorkshop(EditorWorkerPort):
    """The real one over a library of the test's own."""

    __test__ = False

    _found: ClassVar[dict[tuple[bytes, tuple[float, float]], list[list[float]]]] = {}

    def __init__(self, templates: Path, forms: dict[str, Form], helper: EditorWorker) -> None:
        super().__init__(worker=helper)
        self._templates, self._forms = templates, forms

    def lines(self, picture: Path, size_mm: tuple[float, float]) -> list[list[float]]:
        """Looked for once in each picture: many tests open the same few forms."""
        same = (picture.read_bytes(), size_mm)
        if same not in self._found:
            self._found[same] = super().lines(picture, size_mm)
        return self._found[same]

    def reload(self) -> None:
        self._forms.clear()
        self._forms.update(load_library(self._templates))


def forms() -> dict[str, Form]:
    return load_library(ROOT / "templates_forms")


def settings(**changed: object) -> WebSettings:
    values: dict[str, object] = {"office": "若葉市", "session_secret": "only-for-tests-" * 4}
    return WebSettings(**{**values, **changed})  # type: ignore[arg-type]


def people(store: Store, names: Sequence[str] = tuple(PEOPLE)) -> None:
    """The sample people, all with `PASSWORD`."""
    from argon2 import PasswordHasher

    # The real cost belongs to real passwords; a test signs in dozens of times.
    users._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with store.write() as session:
        for name in names:
            display, roles = PEOPLE[name]
            users.add(session, name, display=display, password=PASSWORD, roles=roles, actor="seed")


def batch(store: Store, name: str = "6月分 窓口受付") -> int:
    with store.write() as session:
        return batches.open_batch(session, name=name, source="inbox", actor="intake").id


def document(
    store: Store,
    form: Form,
    batch_id: int,
    seed: int,
    *,
    name: str = "",
    truth: dict[str, str] | None = None,
    read: dict[str, str] | None = None,
    doubts: dict[str, str] | None = None,
    weak: dict[str, tuple[int, ...]] | None = None,
    plans: Sequence[ItemPlan] | None = None,
    draw: bool = True,
    pictures: Sequence[str | None] | None = None,
) -> SeededDocument:
    """One application, read and routed.

    Args:
        truth: values that differ from the invented person's.
        read: what the machine read otherwise than it is written.
        doubts: decision by field; without, every third field is doubtful.
        weak: doubtful characters by field.
        plans: the questions; without, one for each doubtful field.
        pictures: SHA-256 of kept sheets, one a page, in place of drawing them.
    """
    person = applicant(form, seed)
    true = {**answers(form, person), **(truth or {})}
    chance = Random(seed)
    rows = [_reading(field, true[field.name], chance, read, doubts, weak or {}) for field in form.fields()]
    sheets = pictures or [
        store.files.add(sheet(form, page.number, true, seed), ".jpg") if draw else None for page in form.pages
    ]
    with store.write() as session:
        row = _file_and_pages(session, form, batch_id, seed, name, sheets)
        readings.add(session, row, f"run-{row.id}", rows, actor="reader", model_version="test")
        documents.advance(session, row, DocumentState.READ, "reader")
        questions = list(plans) if plans is not None else [_plan(r) for r in rows if r.decision != "accept"]
        review_queue.open_items(session, row, questions, actor="router", rules=blocking_rules(form))
    return SeededDocument(row.id, form, true, {r.field: r.value for r in rows})


def lost_page(store: Store, form: Form, batch_id: int, seed: int, *, registered: bool = True) -> int:
    """A page that nobody could identify (or align), with suggestions."""
    true = answers(form, applicant(form, seed))
    scan = store.files.add(sheet(form, 1, true, seed), ".jpg")
    state = PageState.UNIDENTIFIED if registered else PageState.UNREGISTERED
    with store.write() as session:
        file = _file(session, batch_id, seed, f"scan_{seed:04d}.tif")
        hints = [(form.id, 1, 0.41), ("hoiku_moshikomi", 1, 0.22)]
        page = batches.put_page(session, file.id, 1, state, scan_sha256=scan, suggestions=hints)
        found = documents.create(
            session,
            batch_id=batch_id,
            file_id=file.id,
            actor="intake",
            state=DocumentState(state.value),
            pages=[page.id],
        )
        return found.id


def bad_file(store: Store, batch_id: int, seed: int, name: str = "壊れた見本.pdf") -> int:
    with store.write() as session:
        file = _file(session, batch_id, seed, name)
        sentence = "PDFとして開けません。スキャンし直してください。"
        batches.move_file(session, file, FileState.QUARANTINED, "intake", reason="not_a_pdf", error=sentence)
        return file.id


def scene(store: Store) -> list[SeededDocument]:
    """Everything that the screens can show, once."""
    library = forms()
    people(store)
    kyufukin, jido, hoiku = (library[n] for n in ("kyufukin_shinsei", "jido_teate_nintei", "hoiku_moshikomi"))
    first, second = batch(store), batch(store, "6月分 郵送")
    made = [
        document(store, jido, first, 3),
        document(store, kyufukin, first, 4),
        document(store, hoiku, first, 5),
    ]
    made += [document(store, kyufukin, second, seed) for seed in range(6, 9)]
    nothing: dict[str, str] = {}
    for seed in (11, 12, 13):
        same = {"application_no": "20260611"} if seed < 13 else {}
        made.append(document(store, kyufukin, second, seed, truth=same, doubts=nothing))
    lost_page(store, kyufukin, first, 21)
    lost_page(store, jido, first, 22, registered=False)
    bad_file(store, first, 23)
    _entries(store, kyufukin, second)
    for seed in (41, 42):
        number = {"application_no": f"2026{seed}19"}
        plan = ItemPlan("application_no", 1, presentation=Presentation.GRID, group="1", confidence=0.7)
        made.append(
            document(
                store,
                kyufukin,
                second,
                seed,
                truth=number,
                read=number,
                doubts={"application_no": "verify"},
                weak={"application_no": (6,)},
                plans=[plan],
            )
        )
    with store.write() as session:
        messages.raise_alert(session, "disk", sentence("alert.disk_low", free_gib=1.0), subject="disk")
    return made


def _entries(store: Store, form: Form, batch_id: int) -> None:
    for seed, ending in ((31, "confirm"), (32, "refuse"), (33, "mismatch")):
        made = document(store, form, batch_id, seed, doubts={})
        with store.write() as session:
            if documents.get(session, made.document).state is not DocumentState.VERIFIED:
                continue
            entry = entries.plan(session, made.document, "wakaba_kyufu", "bot")
            [work] = entries.claim(session, "wakaba_kyufu", "bot")
            entries.submitting(session, entry.id, "bot")
            back = dict(work.values)
            if ending == "confirm":
                entries.confirm(session, entry.id, "bot", receipt="R-000123", read_back=back, seconds=8.4)
            elif ending == "refuse":
                entries.refuse(session, entry.id, "bot", reason="口座番号の桁数が正しくありません。")
            else:
                back["applicant_name"] = back["applicant_name"][:2]
                entries.mismatch(session, entry.id, "bot", reason="applicant_name", read_back=back)


def _reading(
    field: Field,
    value: str,
    chance: Random,
    read: dict[str, str] | None,
    doubts: dict[str, str] | None,
    marked: dict[str, tuple[int, ...]],
) -> NewReading:
    decision = _decision(field, chance, doubts)
    seen, weak = (read or {}).get(field.name, value), marked.get(field.name, ())
    if decision != "accept" and read is None:
        seen, weak = _misread(field, value)
    sure = (
        chance.uniform(0.985, 0.999)
        if decision == "accept"
        else chance.uniform(0.3 if doubts is None else 0.6, 0.93)
    )
    others = ((seen, sure, "line"), (value, 1 - sure, "glyph")) if seen != value else ((seen, sure, "line"),)
    reasons = () if decision == "accept" else (chance.choice(_DOUBTFUL),)
    box = (field.box.x, field.box.y, field.box.width, field.box.height)
    cells = tuple(range(len(seen))) if field.cells and field.type is not FieldType.DATE else ()
    return NewReading(field.name, field.page, seen, sure, decision, reasons, others, box, weak, cells)


def _decision(field: Field, chance: Random, doubts: dict[str, str] | None) -> str:
    if doubts is not None:
        return doubts.get(field.name, "accept")
    if field.handling.value == "double":
        return "double"
    return "verify" if chance.random() < 0.35 else "accept"


def _misread(field: Field, value: str) -> tuple[str, tuple[int, ...]]:
    if field.options or field.type in {FieldType.CHECK, FieldType.SEAL, FieldType.DATE}:
        return value, ()
    for place, character in enumerate(value):
        if character in _SWAPS:
            return value[:place] + _SWAPS[character] + value[place + 1 :], (place,)
    return value, ((len(value) - 1,) if value else ())


def _plan(reading: NewReading) -> ItemPlan:
    mode = ItemMode.DOUBLE if reading.decision == "double" else ItemMode.VERIFY
    blind = reading.confidence is not None and reading.confidence < 0.5
    shown = Presentation.BLIND if blind else Presentation.CONFIRM
    return ItemPlan(reading.field, reading.page, mode=mode, presentation=shown, reasons=reading.reasons)


def _file(session: Session, batch_id: int, seed: int, name: str) -> batches.SourceFile:
    return batches.add_file(
        session,
        batch_id,
        sha256=f"{batch_id * 100_000 + seed:064x}",
        original_name=name,
        size=1,
        kept_path="x",
        actor="intake",
    )


def _file_and_pages(
    session: Session, form: Form, batch_id: int, seed: int, name: str, pictures: Sequence[str | None]
) -> Document:
    file = _file(session, batch_id, seed, name or f"scan_{seed:04d}.pdf")
    pages = [
        batches.put_page(
            session,
            file.id,
            page.number,
            PageState.LOCATED,
            form_id=form.id,
            page_no=page.number,
            picture_sha256=picture,
            picture_dpi=float(DPI) if picture else None,
        )
        for page, picture in zip(form.pages, pictures, strict=True)
    ]
    batches.move_file(session, file, FileState.SPLIT, "intake", pages=len(pages))
    assert session.get(Batch, batch_id) is not None
    return documents.create(
        session,
        batch_id=batch_id,
        file_id=file.id,
        actor="intake",
        form_id=form.id,
        edition=form.edition,
        secret_fields=form.secret_fields(),
        key_fields=form.record_key,
        pages=[page.id for page in pages],
    )


def main(folder: Path, port: int) -> None:
    import uvicorn

    from verification.app import create_app

    store = Store("", folder)
    store.migrate()
    scene(store)
    library = forms()
    app = create_app(
        store, library, settings(systems=("wakaba_kyufu", "wakaba_jido")), TestPorts(store, library)
    )
    uvicorn.run(app, port=port, log_level="warning")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
