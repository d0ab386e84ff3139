"""A web app's ports without a pipeline behind them."""

from __future__ import annotations

from store.base.errors import NotFound
from verification.errors import CannotRegister
from verification.ports import Corners


class NoPorts:
    """Every page is refused, waking does nothing."""

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
        """Always refused."""
        raise CannotRegister

    def preview(
        self, page_id: int, form_id: str, page_no: int, corners: Corners | None, rotation: int | None = None
    ) -> bytes:
        """Always refused."""
        raise CannotRegister

    def store_scan(self, page_id: int) -> None:
        """Nothing to keep it from."""

    def requeue(self) -> None:
        """Nobody to wake."""

    def evidence(self, document_id: int, actor: str) -> bytes:
        """Always refused."""
        raise NotFound(f"document {document_id}")
