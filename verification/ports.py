"""Operations of the web app that need images or flows, as protocols; `pipelines` implements them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

Corners = Sequence[tuple[float, float]]
"""Four points (x, y) in px of the page as it was scanned.

Top-left, top-right, bottom-right, bottom-left of the upright sheet.
"""


# Protocols, because this package must import neither `extractors` nor `pipelines` (import-linter); tests use fakes.
class Ports(Protocol):
    """The pipeline's side of exceptions.

    Every method raises `verification.errors.CannotRegister` with a message for the clerk when the page cannot be
    registered on that form.
    """

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
        """Register one page of the document on page `page_no` of a form; queue the document for reading once complete.

        Args:
            document_id: in state `unidentified` or `unregistered`.
            page_id: one of its pages, registered before or not.
            form_id: the form that a person chose.
            page_no: from 1.
            corners_px: where the sheet's corners are, or None to find them by the print.
            rotation: degrees clockwise, 0, 90, 180 or 270, by which a person turned the picture upright: a match of
                the print in another orientation is rejected, and without a match the whole picture is the sheet.
                None: nobody turned it. Ignored with corners, whose order gives the orientation.
            actor: who decided.
        """
        ...

    def preview(
        self, page_id: int, form_id: str, page_no: int, corners: Corners | None, rotation: int | None = None
    ) -> bytes:
        """The page as it would be registered, with the form's frames drawn over it, as PNG, for a person to approve.

        `corners` and `rotation`: as in `reregister`.
        """
        ...

    def store_scan(self, page_id: int) -> None:
        """Store the page as scanned, if only its upright sheet is stored, so that it can be registered again."""
        ...

    def requeue(self) -> None:
        """Request a run of the flows: there is work in the store."""
        ...

    def evidence(self, document_id: int, actor: str) -> bytes:
        """The signed evidence bundle of an application, a PDF with secret fields masked; recorded in the audit chain.

        Raises UtsushiError where it cannot be made.
        """
        ...


class EditorPort(Protocol):
    """Image operations of the template editor.

    Every method raises `verification.errors.CannotMake` with a message when the file cannot be processed.
    """

    def new(self, blank: Path, name: str, form_id: str, out: Path, title: str | None, edition: str) -> None:
        """Make a draft template `out/form_id` of an uploaded blank form whose file name is `name`."""
        ...

    def lines(self, picture: Path, size_mm: tuple[float, float]) -> list[list[float]]:
        """Ruled lines of a template's page: [1 level or 0 upright, where, from, to] in mm."""
        ...

    def read(
        self, folder: Path, data: Mapping[str, Any], scan: Path, field: str = "", types: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Read a sample scan by a template's present data in the editor; or one field as each of several types.

        Returns `pages` (number, jpeg) and `readings` (sheet, field, label, type, page, value, secret, confidence,
        decision, reasons).
        """
        ...

    def reload(self) -> None:
        """Reload the templates after one was installed or saved."""
        ...
