"""What the web app cannot do by itself because it takes pixels or flows; `pipelines` brings it along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

Corners = Sequence[tuple[float, float]]
"""Four points (x, y) in px of the page as it was scanned.

Top-left, top-right, bottom-right, bottom-left of the sheet as it should stand.
"""


class Ports(Protocol):
    """The pipeline's side of exceptions.

    Every method raises `verification.errors.CannotRegister` with a sentence for the clerk when the page cannot be laid
    over that form.
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
        """Lay one page of the document over page `page_no` of a form; send it on to be read once it is complete.

        Args:
            document_id: in state `unidentified` or `unregistered`.
            page_id: one of its pages, placed before or not.
            form_id: the form that a person chose.
            page_no: from 1.
            corners_px: where the sheet's corners are, or None to find them by the print.
            rotation: degrees clockwise, 0, 90, 180 or 270, by which a person turned the picture upright: a print that
                seems to stand otherwise is not believed, and where none is found, the whole picture is the sheet.
                None: nobody turned it. Corners say by their order how the sheet stands, so it is not asked for then.
            actor: who decided.
        """
        ...

    def preview(
        self, page_id: int, form_id: str, page_no: int, corners: Corners | None, rotation: int | None = None
    ) -> bytes:
        """The page as it would lie, with the form's frames drawn over it, as PNG, for a person to agree to.

        `corners` and `rotation` mean what they do in `reregister`.
        """
        ...

    def store_scan(self, page_id: int) -> None:
        """Keep the page as it was scanned, if only its upright sheet is kept, so that it can be placed anew."""
        ...

    def requeue(self) -> None:
        """Wake the flows: there is work in the store."""
        ...

    def evidence(self, document_id: int, actor: str) -> bytes:
        """The signed evidence bundle of an application, a PDF with secret fields masked; making it is on record.

        Raises UtsushiError where it cannot be made.
        """
        ...


class EditorPort(Protocol):
    """What the editor of templates needs from the side that knows pixels.

    Every method raises `verification.errors.CannotMake` with a sentence when the file cannot be worked on.
    """

    def new(self, blank: Path, name: str, form_id: str, out: Path, title: str | None, edition: str) -> None:
        """Make a draft template `out/form_id` of an uploaded blank form that its owner calls `name`."""
        ...

    def lines(self, picture: Path, size_mm: tuple[float, float]) -> list[list[float]]:
        """Ruled lines of a template's page: [1 level or 0 upright, where, from, to] in mm."""
        ...

    def read(
        self, folder: Path, data: Mapping[str, Any], scan: Path, field: str = "", types: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Read a sample scan by a template's data as it stands in the editor; or one field as each of several types.

        Gives `pages` (number, jpeg) and `readings` (sheet, field, label, type, page, value, secret, confidence,
        decision, reasons).
        """
        ...

    def reload(self) -> None:
        """Templates were installed or saved: look at them anew."""
        ...
