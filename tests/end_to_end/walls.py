"""Whether and how a command can be run with nothing outside to reach."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

_UNSHARE = ("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")


@cache
def can_be_walled() -> bool:
    """Whether this user may make network namespaces (Linux, root, iproute2)."""
    if not (shutil.which("unshare") and shutil.which("ip")):
        return False
    return (
        subprocess.run([*_UNSHARE, "ip", "link", "add", "x0", "type", "veth"], capture_output=True).returncode
        == 0
    )


def behind_a_wall(attempts: Path, command: Sequence[str]) -> list[str]:
    """The command that runs ``command`` there and writes what it tried to reach as a JSON list."""
    return [*_UNSHARE, sys.executable, str(Path(__file__).with_name("quiet.py")), str(attempts), *command]
