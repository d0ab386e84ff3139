"""Names of runs for Prefect's pages: what is done, and for which batches."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

import httpx
from prefect import get_client
from prefect.exceptions import PrefectException
from prefect.runtime import flow_run

from foundation import clock
from pipelines.context import this_office
from pipelines.prefect_api import machine_tag
from pipelines.steps.accounting.board import waiting_batches
from pipelines.steps.intake.file_names import display_name
from pipelines.steps.intake.stability import list_folder
from store.base.errors import StoreError
from store.base.model import DocumentState, FileState


def intake_name() -> str:
    """受付, and the subfolders of the inbox in which files lie."""
    folders: list[str] = []
    with suppress(OSError):
        inbox = this_office().settings.inbox_folder
        found = {sight.path.parent.relative_to(inbox) for sight in list_folder(inbox)}
        folders = sorted(display_name(folder.as_posix()) for folder in found if folder.parts)
    return run_title("受付", folders)


def read_name() -> str:
    """読取, and the batches that wait for the reader."""
    return _of_batches("読取", FileState.RECEIVED, DocumentState.RECEIVED, DocumentState.READ)


def enter_name() -> str:
    """入力, and the batches that wait for the bots."""
    return _of_batches("入力", DocumentState.VERIFIED, DocumentState.ENTERING)


def report_name() -> str:
    """報告, and the day."""
    return f"報告 {clock.today():%Y-%m-%d}"


def tag_machine() -> None:
    """Tags this run with its machine, the only one that can see whether its process lives."""
    run = flow_run.get_id()  # None in tests that call the plain function
    if run is not None:
        # Without Prefect's server the run goes on: its work is leased, the tag only speeds up its clean-up.
        with suppress(httpx.HTTPError, PrefectException), get_client(sync_client=True) as prefect:
            prefect.update_flow_run(UUID(run), tags=sorted({*flow_run.get_tags(), machine_tag()}))


def run_title(what: str, names: Sequence[str]) -> str:
    """The first name, and how many more there are."""
    more = f" ほか {len(names) - 1} 束" if len(names) > 1 else ""
    return f"{what} {names[0]}{more}" if names else what


def _of_batches(what: str, *states: FileState | DocumentState) -> str:
    names: list[str] = []
    with suppress(StoreError, OSError):  # a name is no reason to fail; the run reports the error itself
        names = waiting_batches(this_office(), *states)
    return run_title(what, names)
