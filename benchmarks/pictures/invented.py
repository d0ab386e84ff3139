"""An office in which everything that the screens can show has happened once, with drawn sheets and plausible doubts.

The people and papers are those of `tests/verification/seeding.py`. The overlay on the exceptions screen is the real
registration of a drawn sheet by the four corners on screen.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from fastapi import FastAPI

from extractors.base.model import PageImage
from extractors.reader.overlay import draw
from extractors.registration.identify import Library
from extractors.registration.register import locate, locate_by_corners
from store.base.model import Answer, ItemMode, ItemPlan, Outcome, Presentation
from store.base.schema import Page as Sheet
from store.base.schema import Record
from store.database import Store
from store.queue import review_queue, seeded_checks
from store.queue.seeded_checks import KnownAnswer
from templates_forms.blocking import blocking_rules
from templates_forms.model import Form
from tests.verification import seeding
from verification.app import create_app
from verification.ports import Corners

PASSWORD: str = seeding.PASSWORD


class RealOverlay(seeding.TestPorts):  # type: ignore[misc]
    """The test ports with the real overlay."""

    def __init__(self, store: Store, forms: dict[str, Form]) -> None:
        super().__init__(store, forms)
        self._library = Library(forms.values())

    def preview(self, page_id: int, form_id: str, page_no: int, corners: Corners | None) -> bytes:
        with self.store.read() as session:
            row = session.get_one(Sheet, page_id)
            data = self.store.files.read(row.scan_sha256 or row.picture_sha256 or "")
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        page = PageImage("scan", 1, np.asarray(pixels, np.uint8), 200.0)
        form = self.forms[form_id]
        if corners is None:
            located = locate(page, self._library, form_id)
        else:
            located = locate_by_corners(page, form, page_no, np.asarray(corners, np.float64), self._library)
        picture = draw(located, None)
        small = cv2.resize(
            picture, (900, round(picture.shape[0] * 900 / picture.shape[1])), interpolation=cv2.INTER_AREA
        )
        return bytes(cv2.imencode(".png", small)[1])


@dataclass(frozen=True)
class Scene:
    """The filled office, and the items for each screen."""

    store: Store
    forms: dict[str, Form]
    override: int
    grid: int
    blind: int
    confirm: int


def fill_office(folder: Path) -> Scene:
    """Creates everything that the screens can show, once."""
    store = Store("", folder / "state")
    store.migrate()
    seeding.scene(store)
    forms = seeding.forms()
    batch = seeding.batch(store, "7月分 窓口受付")
    form = forms["kyufukin_shinsei"]
    confirm = seeding.document(
        store,
        form,
        batch,
        61,
        doubts={"applicant_kana": "verify"},
        read=None,
        truth={
            "applicant_kana": "ヨシダ　アン",
            "applicant_name": "吉田　杏",
            "account_holder_kana": "ヨシダ　アン",
        },
    )
    blind = seeding.document(
        store,
        forms["jido_teate_nintei"],
        batch,
        62,
        doubts={"applicant_name": "double"},
        plans=[ItemPlan("applicant_name", 1, ItemMode.DOUBLE)],
    )
    rule = seeding.document(
        store,
        form,
        batch,
        63,
        truth={"postal_code": "1020072", "address": "東京都千代田区飯田橋8-17-1"},
        read={"postal_code": "0600000"},
        doubts={"postal_code": "verify"},
    )
    _submit_answer(store, "zenbu", rule.document, "0600000")
    _checked(store, form, batch)
    grid = [_cell(store, form, batch, seed) for seed in range(71, 87)]
    _seeded_checks(store, confirm)
    return Scene(store, forms, rule.document, grid[4], blind.document, confirm.document)


def _checked(store: Store, form: Form, batch: int) -> None:
    """Settled applications: an address that people often correct, and an accepted field keyed again unseen."""
    plans = [ItemPlan("address", 1), ItemPlan("applicant_kana", 1, ItemMode.QUALITY, Presentation.BLIND)]
    for seed in range(91, 99):
        read = {"address": "若葉市1丁目"} if seed % 3 == 0 else {}
        made = seeding.document(
            store, form, batch, seed, read=read, doubts={"address": "verify"}, plans=plans
        )
        for user in ("sato", "mori"):
            with store.write() as session:
                [item] = review_queue.claim_next(session, user, document_id=made.document)
                said = Answer(Outcome.CORRECTED, made.truth[item.field], active_seconds=4.2)
                review_queue.submit(session, item.id, str(item.claim_token), user, said)


def _cell(store: Store, form: Form, batch: int, seed: int) -> int:
    read = f"2026{seed}{'7' if seed % 4 == 0 else '1'}9"
    plan = ItemPlan(
        "application_no", 1, presentation=Presentation.GRID, group=read[6], confidence=0.5 + seed / 300
    )
    true = read[:6] + ("7" if seed == 75 else read[6]) + "9"
    made = seeding.document(
        store,
        form,
        batch,
        seed,
        truth={"application_no": true},
        read={"application_no": read},
        doubts={"application_no": "verify"},
        weak={"application_no": (6,)},
        plans=[plan],
    )
    return int(made.document)


def _submit_answer(store: Store, user: str, document: int, value: str) -> None:
    with store.write() as session:
        [item] = review_queue.claim_next(session, user, roles={"lead"}, document_id=document)
        said = Answer(Outcome.CORRECTED, value, active_seconds=4.2, shown=item.presentation)
        form = seeding.forms()[item.form_id]
        review_queue.submit(session, item.id, str(item.claim_token), user, said, rules=blocking_rules(form))


def _seeded_checks(store: Store, made: object) -> None:
    """A few seeded checks, most of them noticed."""
    with store.read() as session:
        record = session.query(Record).order_by(Record.id).first()
        assert record is not None
        known = KnownAnswer(record.document_id, record.form_id, "address", str(record.values["address"]))
    for user, noticed in (("sato", True), ("sato", True), ("sato", False), ("mori", True), ("abe", True)):
        with store.write() as session:
            seeded_checks.seed(
                session, known, 1, known.value + "1", confidence=0.8, reason="confusable", actor="x"
            )
            [item] = review_queue.claim_next(session, user, modes=[ItemMode.SEEDED])
            value = known.value if noticed else known.value + "1"
            review_queue.submit(
                session, item.id, str(item.claim_token), user, Answer(Outcome.CORRECTED, value)
            )


def app_of(scene: Scene, folder: Path) -> FastAPI:
    """The web app over the office."""
    settings = seeding.settings(
        systems=("wakaba_kyufu", "wakaba_jido"), reports_folder=folder / "reports", alike=(frozenset("17"),)
    )
    return create_app(scene.store, scene.forms, settings, RealOverlay(scene.store, scene.forms))
