"""What the web app asks of the side that knows pixels: laying a page over a form by hand, and waking the flows."""

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
from pipelines.prefect_api import ask_for
from pipelines.steps.accounting import evidence_bundle as evidence
from pipelines.steps.intake import urgency
from pipelines.steps.intake.joining import send_on
from pipelines.steps.intake.pages import keep_picture, seen_located
from pipelines.steps.intake.split import put
from store.base.schema import Page
from store.documents import batches
from verification.errors import CannotRegister
from verification.ports import Corners

ASK_SECONDS = 10.0
PREVIEW_WIDTH = 1000


def whole_picture(image: PageImage, rotation: int) -> Corners:
    """The picture's own corners as those of a sheet that stands upright when turned `rotation` degrees clockwise."""
    height, width = image.pixels.shape[:2]
    corners = [(0.0, 0.0), (float(width), 0.0), (float(width), float(height)), (0.0, float(height))]
    return [corners[(place - rotation // 90) % 4] for place in range(4)]


class PixelPorts:
    """Implements ``verification.ports.Ports``; one per web process."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._asking = threading.Lock()
        self._asked = -ASK_SECONDS

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
        """Lays a page of the document over the chosen form and, when it is complete, sends it on to be read."""
        office = self._office
        page = self._page(page_id)
        located = self._lay(page, form_id, page_no, corners_px, rotation)
        seen = replace(seen_located(located, office.store.files), scan_sha256=page.scan_sha256)
        with office.store.write() as session:
            put(session, page.file_id, seen).document_id = document_id
            document = send_on(session, document_id, office.forms[form_id], actor)
            urgency.assign(session, office.settings, document, actor)
        self.requeue()

    def preview(
        self, page_id: int, form_id: str, page_no: int, corners: Corners | None, rotation: int | None = None
    ) -> bytes:
        """The page as it would lie with the form's frames drawn over it, as PNG."""
        picture = draw(self._lay(self._page(page_id), form_id, page_no, corners, rotation), None)
        height = round(picture.shape[0] * PREVIEW_WIDTH / picture.shape[1])
        small = cv2.resize(picture, (PREVIEW_WIDTH, height), interpolation=cv2.INTER_AREA)
        return cv2.imencode(".png", small)[1].tobytes()

    def store_scan(self, page_id: int) -> None:
        """Decodes the page's file again, once, and keeps the picture as it was scanned."""
        page = self._page(page_id)
        if page.scan_sha256 is not None:
            return
        kept = keep_picture(self._office.store.files, self._decode(page).pixels)
        with self._office.store.write() as session:
            session.get_one(Page, page_id).scan_sha256 = kept

    def requeue(self) -> None:
        """Asks Prefect for a run, at most every few seconds and never in the way of the person's click."""
        with self._asking:
            if time.monotonic() - self._asked < ASK_SECONDS:
                return
            self._asked = time.monotonic()
        settings = self._office.settings
        threading.Thread(
            target=lambda: [ask_for(settings, name) for name in ("read", "enter")], daemon=True
        ).start()

    def evidence(self, document_id: int, actor: str) -> bytes:
        """The signed evidence bundle, without the file as received where that shows secrets."""
        return evidence.make(self._office, document_id, actor).pdf

    def _lay(
        self, page: Page, form_id: str, page_no: int, corners: Corners | None, rotation: int | None
    ) -> RegisteredPage:
        office, image = self._office, self._decode(page)
        try:
            located = None if corners is not None else self._by_print(image, form_id, rotation)
            if located is None:
                points = np.asarray(corners or whole_picture(image, rotation or 0), np.float64)
                return locate_by_corners(image, office.forms[form_id], page_no, points, office.library)
        except ExtractionError as error:
            raise CannotRegister(error.ja, error.en) from error
        if located.page_no != page_no:
            raise CannotRegister(
                f"この紙は {located.page_no} ページ目と読めます。四隅を指定するか、ページを選び直してください。",
                f"The sheet looks like page {located.page_no}; give its corners or choose the page again.",
            )
        return located

    def _by_print(self, image: PageImage, form_id: str, rotation: int | None) -> RegisteredPage | None:
        """Where the print says that the sheet lies; None when a person who turned the picture sees it otherwise."""
        try:
            located = locate(image, self._office.library, form_id)
        except ExtractionError:
            if rotation is None:
                raise
            return None
        agrees = rotation is None or (located.rotation + rotation) % 360 == 0
        return located if agrees else None

    def _page(self, page_id: int) -> Page:
        with self._office.store.read() as session:
            return session.get_one(Page, page_id)

    def _decode(self, page: Page) -> PageImage:
        with self._office.store.read() as session:
            path = self._office.store.files.path(batches.get_file(session, page.file_id).sha256)
        return next(one for one in open_pages(path) if one.index == page.index_in_file)
