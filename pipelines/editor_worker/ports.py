"""Implements ``verification.ports.EditorPort`` with the editor worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.context import Office
from pipelines.editor_worker.worker import EditorWorker, EditorWorkerFailed
from verification.errors import CannotMake

# Then the worker is ended: an upload on which a decoder never finishes must not block the editor for others.
_NEW_SECONDS, _READ_SECONDS, _LINES_SECONDS = 600.0, 180.0, 60.0


class EditorWorkerPort:
    """One per web process. ``office`` reloads its forms when templates change; None in tests without an office."""

    def __init__(self, office: Office | None = None, worker: EditorWorker | None = None) -> None:
        self._office = office
        self._worker = worker or EditorWorker()

    def new(self, blank: Path, name: str, form_id: str, out: Path, title: str | None, edition: str) -> None:
        """Makes a draft of a blank form."""
        self._request(
            _NEW_SECONDS,
            "new",
            blank=str(blank),
            form_id=form_id,
            out=str(out),
            title=title,
            edition=edition,
            name=name,
        )

    def lines(self, picture: Path, size_mm: tuple[float, float]) -> list[list[float]]:
        """Ruled lines of a template's page."""
        found = self._request(
            _LINES_SECONDS, "lines", picture=str(picture), width_mm=size_mm[0], height_mm=size_mm[1]
        )
        return [[float(v) for v in line] for line in found]

    def read(
        self, folder: Path, data: Mapping[str, Any], scan: Path, field: str = "", types: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Reads a sample scan with a template that is being edited."""
        found = self._request(
            _READ_SECONDS,
            "read",
            folder=str(folder),
            data=dict(data),
            scan=str(scan),
            field=field,
            types=list(types),
        )
        return dict(found)

    def reload(self) -> None:
        """Loads the installed templates again."""
        if self._office is not None:
            self._office.reload_forms()

    def close(self) -> None:
        """Ends the worker process."""
        self._worker.close()

    def _request(self, seconds: float, act: str, **values: Any) -> Any:
        try:
            return self._worker.request(seconds, act, **values)
        except EditorWorkerFailed as error:
            raise CannotMake(error.ja, error.en) from error
