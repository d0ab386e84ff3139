"""`./run` finds a Python that works, whatever other ones a machine only seems to have."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHIM = '#!/bin/sh\necho "pyenv: $(basename "$0"): command not found" >&2\nexit 127\n'
WITHOUT_VENV = '#!/bin/sh\ncase "$2" in *ensurepip*) echo "No module named ensurepip" >&2; exit 1 ;; esac\n'
# Answers as a Python does; a virtual environment made with it has one that does nothing.
WORKING = f"""#!/bin/sh
[ "$1" = -c ] && exec {sys.executable} "$@"
mkdir -p .venv/bin && echo "made by $(basename "$0")" >.venv/maker
printf '#!/bin/sh\\nexit 0\\n' >.venv/bin/python && chmod +x .venv/bin/python
"""


def virtual_environment(folder: Path, **pythons: str) -> subprocess.CompletedProcess[str]:
    """Runs that function of `run` in a folder where these are the Pythons of the PATH (`python3_13`, …)."""
    [function] = re.findall(
        r"^virtual_environment\(\) \{\n.*?^\}\n", (ROOT / "run").read_text("utf-8"), re.M | re.S
    )
    for name in ("requirements.lock", "pyproject.toml"):
        (folder / name).write_text("")
    shims = folder / "shims"
    shims.mkdir()
    for name in ("python3_13", "python3_12", "python3_11", "python3"):
        shim = shims / name.replace("_", ".")
        shim.write_text(pythons.get(name, SHIM))
        shim.chmod(0o755)
    script = f'set -euo pipefail\nsay() {{ echo "$*"; }}\n{function}virtual_environment\n'
    environment = {"PATH": f"{shims}:{os.environ['PATH']}", "HOME": str(folder)}
    return subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_shims_of_pythons_that_are_not_installed_are_passed_over_in_silence(tmp_path: Path) -> None:
    done = virtual_environment(tmp_path, python3_11=WORKING)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / ".venv/maker").read_text() == "made by python3.11\n"


def test_a_python_that_cannot_make_an_environment_is_passed_over(tmp_path: Path) -> None:
    done = virtual_environment(tmp_path, python3_13=WITHOUT_VENV, python3=WORKING)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / ".venv/maker").read_text() == "made by python3\n"


def test_without_any_python_one_sentence_says_what_is_needed(tmp_path: Path) -> None:
    done = virtual_environment(tmp_path)
    assert done.returncode == 1 and "Python 3.11 以上" in done.stdout and done.stderr == ""
