"""Opens a file of the inbox without following any link on the way.

Who can write into the inbox could swap a file, or a folder, for a link between the listing and the copy, and have the
service copy what only the service may read. So each part of the path is opened below the one before it.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
# Not waiting: opening a pipe would wait for its writer for ever.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK


def open_below(folder: Path, path: Path) -> BinaryIO:
    """Open a regular file below a folder.

    Raises:
        OSError: it is gone, locked, no regular file, or a link stands on the way.
    """
    *folders, name = path.relative_to(folder).parts
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in folders:
            below = os.open(part, _FOLDER, dir_fd=handle)
            os.close(handle)
            handle = below
        found = os.open(name, _FILE, dir_fd=handle)
    finally:
        os.close(handle)
    stream = os.fdopen(found, "rb")
    if not stat.S_ISREG(os.fstat(found).st_mode):
        stream.close()
        raise OSError(f"no regular file: {path.name}")
    return stream
