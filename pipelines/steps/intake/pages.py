"""one decoded page → its form and registration, with its picture stored. No database here."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from extractors.base.errors import BlankPage, Unidentified, Unregistered
from extractors.base.model import SHEET_DPI, PageImage, RegisteredPage
from extractors.registration.identify import Library
from extractors.registration.register import is_mirrored, locate
from pipelines.alarms.model import UNKNOWN_EDITION
from store.base.files import FileStore
from store.base.model import PageState

MIRRORED = "mirrored"
JPEG_QUALITY = 82
_GREY_WITHIN = 8  # levels between channels: less is the scanner's own unevenness


@dataclass(frozen=True, slots=True, eq=False)
class PageOutcome:
    """The result for one image of a file.

    Attributes:
        index: number of the image in its file, from 1.
        state: located, unidentified, unregistered or blank.
        form_id: the form, where known.
        page_no: its page, from 1, where known.
        located: the registered page; None unless located.
        suggestions: (form id, page, score) for the person who has to choose.
        scan_sha256: the stored picture as scanned, for pages that a person has to place.
        picture_sha256: the stored upright sheet.
        problem: the reason why it needs a person, if there is one: `unknown_edition`, `mirrored`.
    """

    index: int
    state: PageState
    form_id: str | None = None
    page_no: int | None = None
    located: RegisteredPage | None = None
    suggestions: tuple[tuple[str, int, float], ...] = ()
    scan_sha256: str | None = None
    picture_sha256: str | None = None
    problem: str | None = None

    @property
    def picture_dpi(self) -> float | None:
        return float(SHEET_DPI) if self.picture_sha256 else None


def identify_page(
    page: PageImage, library: Library, files: FileStore, form_hint: str | None = None
) -> PageOutcome:
    """Identifies and registers a page, and stores the picture for people."""
    try:
        located = locate(page, library, form_hint)
    except BlankPage:
        return PageOutcome(page.index, PageState.BLANK)
    except Unidentified as error:
        scan = store_picture(files, page.pixels)
        suggestions = tuple(error.suggestions)
        problem = UNKNOWN_EDITION if error.edition_of else MIRRORED if is_mirrored(page, library) else None
        return PageOutcome(
            page.index, PageState.UNIDENTIFIED, scan_sha256=scan, suggestions=suggestions, problem=problem
        )
    except Unregistered as error:
        # As scanned: without a registration there is no upright sheet to show.
        scan = store_picture(files, page.pixels)
        suggestion = ((error.form_id, error.page_no, error.score),)
        problem = UNKNOWN_EDITION if error.other_edition else None
        return PageOutcome(
            page.index, PageState.UNREGISTERED, scan_sha256=scan, suggestions=suggestion, problem=problem
        )
    return outcome_of_registered(located, files)


def outcome_of_registered(located: RegisteredPage, files: FileStore) -> PageOutcome:
    """The result for a registered page, with its upright sheet stored."""
    return PageOutcome(
        located.page.index,
        PageState.LOCATED,
        form_id=located.form.id,
        page_no=located.page_no,
        located=located,
        picture_sha256=store_picture(files, located.sheet_color),
    )


def store_picture(files: FileStore, pixels: NDArray[np.uint8]) -> str:
    """Stores a picture as JPEG (grey if it has no colour); returns its SHA-256."""
    if pixels.ndim == 3 and not _coloured(pixels):
        # One channel is enough for a grey page, and cheaper than a conversion of all three.
        pixels = np.asarray(cv2.extractChannel(pixels, 1), np.uint8)
    done, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise ValueError("picture cannot be encoded")
    return files.add(data.tobytes(), ".jpg")


def _coloured(pixels: NDArray[np.uint8]) -> bool:
    """Whether anything on a BGR picture has a colour, by every fourth pixel of every fourth row."""
    # A sample of one pixel in sixteen: a stamp or a pen covers many, and all pixels would take far longer.
    blue, green, red = cv2.split(np.ascontiguousarray(pixels[::4, ::4]))
    most, least = cv2.max(cv2.max(blue, green), red), cv2.min(cv2.min(blue, green), red)
    return int(cv2.subtract(most, least).max(initial=0)) > _GREY_WITHIN
