"""Files that are larger than any scan: moved aside, so that none of them stops the others for want of space."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import BinaryIO

from pipelines.settings import Settings
from pipelines.steps.intake.file_names import disk_name

_MIB = 2**20
log = logging.getLogger("utsushi.intake")


def is_too_large(settings: Settings, stream: BinaryIO) -> bool:
    """Whether an open file exceeds `max_file_mib`; holes in it count, as copying fills them."""
    return os.fstat(stream.fileno()).st_size > settings.max_file_mib * _MIB


def set_aside(settings: Settings, path: Path) -> None:
    """Moves a file to the folder `too_large` of the quarantine, unread, with its reason beside it.

    Where the quarantine is on another file system it stays in the inbox: copying it is what must not happen.
    """
    folder = _folder(settings)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name, number = disk_name(path.name), 1
    while (folder / name).exists():
        number += 1
        name = f"{number}_{disk_name(path.name)}"
    reason = (
        f"{settings.max_file_mib} MiB を超えるため、取り込みませんでした。分けてスキャンし、入れ直してください。\n"
        f"Larger than {settings.max_file_mib} MiB, so it was not taken: scan it in parts and drop it again.\n"
    )
    try:
        path.rename(folder / name)
    except OSError as error:
        log.warning("a file that is too large stays in the inbox: %s", type(error).__name__)
        name = disk_name(path.name)
    (folder / f"{name}.reason.txt").write_text(reason, encoding="utf-8")


def waiting(settings: Settings) -> int:
    """The number of files that were too large and that nobody has removed yet."""
    return len(list(_folder(settings).glob("*.reason.txt")))


def _folder(settings: Settings) -> Path:
    return settings.quarantine_folder / "too_large"
