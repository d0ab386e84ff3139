"""Checks for the common set-up faults, with a fix for each."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from bots.base.errors import BotError
from bots.browser.launch import find_browser
from extractors.recognition.paddle_engine import PaddleSettings, model_folder
from foundation.errors import UtsushiError
from pipelines.doctor import office_setup
from pipelines.doctor.office_setup import SetupCheck
from pipelines.settings import Settings
from store.database import Store
from templates_forms.loader import load_usable

FREE_GIB = 5.0  # five times what intake keeps free (`disk_reserve_mib`): time to act before it stops
EARLIEST_YEAR = 2026  # a machine whose clock was never set starts in 1970 or at its firmware's date


def examine(settings: Settings) -> Iterator[SetupCheck]:
    """Runs all checks one after the other, and yields each result as it comes."""
    for check in (
        _python,
        _poppler,
        _browser,
        _fonts,
        _opencv,
        _models,
        _templates,
        _disk,
        _clock,
        _database,  # before the office's checks, which read the tables that it brings up to date
        *office_setup.checks(),
    ):
        try:
            yield check(settings)
        except (OSError, UtsushiError) as error:  # a check that fails is a finding, not the end of the list
            yield SetupCheck(
                check.__name__.strip("_"), False, str(error), "上の説明に従ってください (see the message)"
            )


def versions() -> dict[str, str]:
    """Versions of what a result depends on, for logs and bug reports."""
    packages = (
        "paddleocr",
        "onnxruntime",
        "opencv-contrib-python",
        "prefect",
        "playwright",
        "sqlalchemy",
        "pandas",
    )
    # Installed versions, not those of requirements.lock: a machine may differ from it.
    found = {name: metadata.version(name) for name in packages}
    return {
        "python": sys.version.split()[0],
        "poppler": _poppler_version(),
        "browser": _browser_version(),
    } | found


def _output(command: list[str]) -> str:
    # `pdftoppm -v` writes its version to standard error.
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    return (done.stdout.strip() or done.stderr.strip()).splitlines()[0] if done.stdout or done.stderr else ""


def _poppler_version() -> str:
    path = shutil.which("pdftoppm")
    return _output([path, "-v"]) if path else "missing"


def _browser_version() -> str:
    try:
        path = find_browser()
    except BotError:
        return "missing"
    return (_output([str(path), "--version"]) if path else "Playwright's own") or "unknown"


def _python(_: Settings) -> SetupCheck:
    version = sys.version.split()[0]
    return SetupCheck("Python", sys.version_info >= (3, 11), version, "Python 3.11 以上を入れてください")


def _poppler(_: Settings) -> SetupCheck:
    version = _poppler_version()
    return SetupCheck(
        "poppler (PDF)",
        version != "missing",
        version,
        "poppler-utils を入れてください (install poppler-utils)",
    )


def _browser(_: Settings) -> SetupCheck:
    version = _browser_version()
    return SetupCheck(
        "ブラウザー",
        version != "missing",
        version,
        "Chromium、Chrome、Edge のいずれかを入れてください (install a browser)",
    )


def _fonts(_: Settings) -> SetupCheck:
    found = _output(["fc-list", ":lang=ja", "family"]).splitlines() if shutil.which("fc-list") else []
    return SetupCheck(
        "日本語フォント",
        bool(found),
        f"{len(found)} 個",
        "fonts-ipaexfont などを入れてください (install a Japanese font)",
    )


def _opencv(_: Settings) -> SetupCheck:
    """Exactly one OpenCV distribution may be installed: two overwrite each other's files."""
    names = sorted({d.name for d in metadata.distributions() if d.name.startswith("opencv")})
    return SetupCheck(
        "OpenCV",
        len(names) == 1,
        ", ".join(names),
        "./run setup で requirements.lock のとおりに入れ直してください",
    )


def _models(settings: Settings) -> SetupCheck:
    # Raises with a message when files are missing; `examine` turns that into a finding.
    folder = model_folder(PaddleSettings(settings.ocr_model, settings.own_folder / "cache"))
    return SetupCheck("読取モデル", True, folder.name)


def _templates(settings: Settings) -> SetupCheck:
    forms, broken = load_usable(settings.templates)
    return SetupCheck(
        "テンプレート",
        bool(forms) and not broken,
        f"{len(forms)} 帳票: {', '.join(forms)}",
        " ".join(str(error) for error in broken) or f"{settings.templates} に帳票がありません",
    )


def _disk(settings: Settings) -> SetupCheck:
    free = shutil.disk_usage(settings.home).free / 2**30
    # Written for real: a read-only mount has free space, too.
    probe = settings.home / ".doctor"
    probe.write_bytes(b"utsushi")
    probe.unlink()
    return SetupCheck(
        "ディスク", free > FREE_GIB, f"空き {free:.1f} GiB", f"{settings.home} の空きを増やしてください"
    )


def _clock(_: Settings) -> SetupCheck:
    """Leases and the audit chain need a clock that is set and never runs backwards."""
    first = time.time()
    year = time.gmtime(first).tm_year
    good = year >= EARLIEST_YEAR and time.time() >= first
    return SetupCheck(
        "時計", good, time.strftime("%Y-%m-%d %H:%M:%S %Z"), "時刻を合わせてください (set the clock; use NTP)"
    )


def _database(settings: Settings) -> SetupCheck:
    store = Store(settings.url, settings.home)
    store.migrate()
    store.check_schema()
    name = store.engine.url.render_as_string(hide_password=True)
    store.close()
    return SetupCheck("データベース", True, Path(name).name if name.startswith("sqlite") else name)
