"""Is what is installed what the lock names? Then known vulnerabilities, where pip-audit and a network are there.

Offline it says that nobody looked, and goes on: a closed machine cannot do more.
"""

import re
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LOCK = Path(__file__).resolve().parents[1] / "requirements.lock"
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def differing() -> list[str]:
    """Pinned packages that are installed in another version."""
    found = []
    for name, pinned in PIN.findall(LOCK.read_text(encoding="utf-8")):
        try:
            installed = version(name)
        except PackageNotFoundError:
            continue  # for another platform or Python
        if installed != pinned:
            found.append(f"{name}: {pinned} と固定、入っているのは {installed} (pinned, installed)")
    return found


def main() -> int:
    wrong = differing()
    print("\n".join(wrong) or "入っている部品は requirements.lock のとおりです (installed as locked)")
    tool = shutil.which("pip-audit", path=str(Path(sys.executable).parent)) or shutil.which("pip-audit")
    if tool is None:
        print(
            "既知の脆弱性は照合していません: pip-audit がありません (advisories not looked up: no pip-audit)"
        )
        return bool(wrong)
    command = [
        tool,
        "--requirement",
        str(LOCK),
        "--disable-pip",
        "--require-hashes",
        "--progress-spinner",
        "off",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if "ConnectionError" in done.stderr or "Connection" in done.stderr:
        print("既知の脆弱性は照合できません: ネットワークがありません (advisories not looked up: no network)")
        return bool(wrong)
    print(done.stdout or done.stderr)
    return bool(wrong) or done.returncode


if __name__ == "__main__":
    raise SystemExit(main())
