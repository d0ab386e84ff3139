"""What the web app asks of the side that knows pixels: laying a page over a form by hand, and waking the flows."""

from __future__ import annotations

import threading
import time

import cv2
import numpy as np

from extractors.decode import open_pages
from extractors.errors import ExtractionError
from extractors.model import Located
from extractors.overlay import draw
from extractors.registration import locate, locate_by_corners
from pipelines.office import Office
from pipelines.prefect_api import ask_for
from pipelines.steps import urgency
from pipelines.steps.joining import send_on
from pipelines.steps.pages import seen_located
from pipelines.steps.split import put
from store import batches, documents
from store.schema import Page
from verification.errors import CannotRegister
from verification.hooks import Corners

ASK_SECONDS = 10.0
PREVIEW_WIDTH = 1000


class PixelHooks:
    """Implements ``verification.hooks.Hooks``; one per web process."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._asking = threading.Lock()
        self._asked = -ASK_SECONDS

    def reregister(
        self,
        document_id: int,
        form_id: str,
        page_no: int,
        corners_px: Corners | None,
        rotation: int,
        *,
        actor: str,
    ) -> None:
        """Lays the document's page over the chosen form and, when it is complete, sends it on to be read.

        ``rotation`` is not needed here: registration finds by itself how the sheet lies.
        """
        office = self._office
        with office.store.read() as session:
            page = next(p for p in documents.pages_of(session, document_id) if p.picture_sha256 is None)
        located = self._lay(page, form_id, page_no, corners_px)
        seen = seen_located(located, office.store.files)
        with office.store.write() as session:
            put(session, page.file_id, seen).document_id = document_id
            document = send_on(session, document_id, office.forms[form_id], actor)
            urgency.assign(session, office.settings, document, actor)
        self.requeue()

    def preview(self, page_id: int, form_id: str, page_no: int, corners: Corners) -> bytes:
        """The page cut at ``corners`` with the form's frames drawn over it, as PNG."""
        with self._office.store.read() as session:
            page = session.get_one(Page, page_id)
        picture = draw(self._lay(page, form_id, page_no, corners), None)
        height = round(picture.shape[0] * PREVIEW_WIDTH / picture.shape[1])
        small = cv2.resize(picture, (PREVIEW_WIDTH, height), interpolation=cv2.INTER_AREA)
        return cv2.imencode(".png", small)[1].tobytes()

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

    def _lay(self, page: Page, form_id: str, page_no: int, corners: Corners | None) -> Located:
        office = self._office
        with office.store.read() as session:
            path = office.store.files.path(batches.get_file(session, page.file_id).sha256)
        image = next(one for one in open_pages(path) if one.index == page.index_in_file)
        try:
            if corners is not None:
                points = np.asarray(corners, np.float64)
                return locate_by_corners(image, office.forms[form_id], page_no, points, office.library)
            located = locate(image, office.library, form_id)
        except ExtractionError as error:
            raise CannotRegister(error.message_ja, error.message_en) from error
        if located.page_no != page_no:
            raise CannotRegister(
                f"この紙は {located.page_no} ページ目と読めます。四隅を指定するか、ページを選び直してください。",
                f"The sheet looks like page {located.page_no}; give its corners or choose the page again.",
            )
        return located
