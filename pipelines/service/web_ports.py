"""The ports of the web app: registering a page by hand, page pictures, evidence, and requesting the flows."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import cv2
import numpy as np

from extractors.base.errors import ExtractionError
from extractors.base.model import PageImage, RegisteredPage
from extractors.files.decode import open_pages
from extractors.reader.overlay import draw
from extractors.registration.register import locate, locate_by_corners
from pipelines.context import Office
from pipelines.prefect_api import request_run
from pipelines.steps.accounting import evidence_bundle as evidence
from pipelines.steps.intake import urgency
from pipelines.steps.intake.joining import assign_and_release
from pipelines.steps.intake.pages import outcome_of_registered, store_picture
from pipelines.steps.intake.split import record_page
from store.base.schema import Page
from store.documents import batches
from verification.errors import CannotRegister
from verification.ports import Corners

REQUEST_SECONDS = 10.0  # a person who places page after page causes one request, not one for each click
PREVIEW_WIDTH = 1000  # px: enough to judge the frames, and small enough to be redrawn at every change
_COVER = (212, 208, 208)  # BGR


def picture_corners(image: PageImage, rotation: int) -> Corners:
    """The picture's corners as the corners of a sheet that is upright after a turn of `rotation` degrees clockwise."""
    height, width = image.pixels.shape[:2]
    corners = [(0.0, 0.0), (float(width), 0.0), (float(width), float(height)), (0.0, float(height))]
    return [corners[(place - rotation // 90) % 4] for place in range(4)]


class PixelPorts:
    """Implements ``verification.ports.Ports``; one per web process."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._request_lock = threading.Lock()
        self._requested_at = -REQUEST_SECONDS

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
        """Registers a page to the chosen form; a complete document goes on to be read."""
        office = self._office
        page = self._page(page_id)
        located = self._register(page, form_id, page_no, corners_px, rotation)
        outcome = replace(outcome_of_registered(located, office.store.files), scan_sha256=page.scan_sha256)
        with office.store.write() as session:
            record_page(session, page.file_id, outcome).document_id = document_id
            document = assign_and_release(session, document_id, office.forms[form_id], actor)
            urgency.assign(session, office.settings, document, actor)
        self.requeue()

    def preview(
        self, page_id: int, form_id: str, page_no: int, corners: Corners | None, rotation: int | None = None
    ) -> bytes:
        """The page as it would be registered, with the form's frames drawn and secret fields covered, as PNG."""
        picture = draw(self._register(self._page(page_id), form_id, page_no, corners, rotation), None)
        height = round(picture.shape[0] * PREVIEW_WIDTH / picture.shape[1])
        small = cv2.resize(picture, (PREVIEW_WIDTH, height), interpolation=cv2.INTER_AREA)
        form = self._office.forms[form_id]
        scale = PREVIEW_WIDTH / form.size_mm[0]
        for box in (f.box for f in form.fields() if f.secret and f.page == page_no):
            corners_px = [round(value * scale) for value in (box.x, box.y, box.right, box.bottom)]
            cv2.rectangle(
                small, (corners_px[0], corners_px[1]), (corners_px[2], corners_px[3]), _COVER, cv2.FILLED
            )
        return cv2.imencode(".png", small)[1].tobytes()

    def store_scan(self, page_id: int) -> None:
        """Decodes the page's file again and stores the picture as scanned, unless that was done before."""
        page = self._page(page_id)
        if page.scan_sha256 is not None:
            return
        kept = store_picture(self._office.store.files, self._decode(page).pixels)
        with self._office.store.write() as session:
            session.get_one(Page, page_id).scan_sha256 = kept

    def requeue(self) -> None:
        """Requests runs from Prefect, at most every few seconds."""
        with self._request_lock:
            if time.monotonic() - self._requested_at < REQUEST_SECONDS:
                return
            self._requested_at = time.monotonic()
        settings = self._office.settings
        # In a thread: a click must not wait for Prefect's server, which may be stuck for its whole time limit.
        threading.Thread(
            target=lambda: [request_run(settings, name) for name in ("read", "enter")], daemon=True
        ).start()

    def evidence(self, document_id: int, actor: str) -> bytes:
        """The signed evidence bundle, without the original file when that shows secret fields."""
        return evidence.make_bundle(self._office, document_id, actor).pdf

    def _register(
        self, page: Page, form_id: str, page_no: int, corners: Corners | None, rotation: int | None
    ) -> RegisteredPage:
        office, image = self._office, self._decode(page)
        try:
            located = None if corners is not None else self._register_by_print(image, form_id, rotation)
            if located is None:
                points = np.asarray(corners or picture_corners(image, rotation or 0), np.float64)
                return locate_by_corners(image, office.forms[form_id], page_no, points, office.library)
        except ExtractionError as error:
            raise CannotRegister(error.ja, error.en) from error
        if located.page_no != page_no:
            raise CannotRegister(
                f"この紙は {located.page_no} ページ目と読めます。四隅を指定するか、ページを選び直してください。",
                f"The sheet looks like page {located.page_no}; give its corners or choose the page again.",
            )
        return located

    def _register_by_print(
        self, image: PageImage, form_id: str, rotation: int | None
    ) -> RegisteredPage | None:
        """The registration found by the print; None when it contradicts the rotation that a person chose."""
        try:
            located = locate(image, self._office.library, form_id)
        except ExtractionError:
            if rotation is None:
                raise
            return None  # the person has turned the picture upright, so its own corners can stand for the sheet's
        agrees = rotation is None or (located.rotation + rotation) % 360 == 0
        return located if agrees else None

    def _page(self, page_id: int) -> Page:
        with self._office.store.read() as session:
            return session.get_one(Page, page_id)

    def _decode(self, page: Page) -> PageImage:
        with self._office.store.read() as session:
            path = self._office.store.files.path(batches.get_file(session, page.file_id).sha256)
        return next(one for one in open_pages(path) if one.index == page.index_in_file)
