"""Looks for every common set-up fault and says how to mend it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from bots.browser import find_browser
from bots.errors import BotError
from extractors.errors import ExtractionError
from extractors.paddle_engine import PaddleSettings, model_folder
from pipelines import doctor_office
from pipelines.doctor_office import Finding
from pipelines.errors import PipelineError
from pipelines.settings import Settings
from store.database import Store
from store.errors import StoreError
from templates_forms.errors import TemplateError
from templates_forms.loader import load_library

FREE_GIB = 5.0
EARLIEST_YEAR = 2026


def examine(settings: Settings) -> Iterator[Finding]:
    """Runs all checks, one after the other, and yields each as it is done."""
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
        _database,
        *doctor_office.checks(),
    ):
        try:
            yield check(settings)
        except (OSError, BotError, ExtractionError, PipelineError, StoreError, TemplateError) as error:
            yield Finding(
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
    found = {name: metadata.version(name) for name in packages}
    return {
        "python": sys.version.split()[0],
        "poppler": _poppler_version(),
        "browser": _browser_version(),
    } | found


def _output(command: list[str]) -> str:
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


def _python(_: Settings) -> Finding:
    version = sys.version.split()[0]
    return Finding("Python", sys.version_info >= (3, 11), version, "Python 3.11 以上を入れてください")


def _poppler(_: Settings) -> Finding:
    version = _poppler_version()
    return Finding(
        "poppler (PDF)",
        version != "missing",
        version,
        "poppler-utils を入れてください (install poppler-utils)",
    )


def _browser(_: Settings) -> Finding:
    version = _browser_version()
    return Finding(
        "ブラウザー",
        version != "missing",
        version,
        "Chromium、Chrome、Edge のいずれかを入れてください (install a browser)",
    )


def _fonts(_: Settings) -> Finding:
    found = _output(["fc-list", ":lang=ja", "family"]).splitlines() if shutil.which("fc-list") else []
    return Finding(
        "日本語フォント",
        bool(found),
        f"{len(found)} 個",
        "fonts-ipaexfont などを入れてください (install a Japanese font)",
    )


def _opencv(_: Settings) -> Finding:
    """Two OpenCV distributions overwrite each other's files, and then either may break."""
    names = sorted({d.name for d in metadata.distributions() if d.name.startswith("opencv")})
    return Finding(
        "OpenCV",
        len(names) == 1,
        ", ".join(names),
        "./run setup で requirements.lock のとおりに入れ直してください",
    )


def _models(settings: Settings) -> Finding:
    folder = model_folder(PaddleSettings(settings.ocr_model, settings.own_folder / "cache"))
    return Finding("読取モデル", True, folder.name)


def _templates(settings: Settings) -> Finding:
    forms = load_library(settings.templates)
    return Finding("テンプレート", True, f"{len(forms)} 帳票: {', '.join(forms)}")


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.home).free / 2**30
    probe = settings.home / ".doctor"
    probe.write_bytes(b"utsushi")
    probe.unlink()
    return Finding(
        "ディスク", free > FREE_GIB, f"空き {free:.1f} GiB", f"{settings.home} の空きを増やしてください"
    )


def _clock(_: Settings) -> Finding:
    """Leases and the audit chain need a clock that is set and that never runs backwards."""
    first = time.time()
    year = time.gmtime(first).tm_year
    good = year >= EARLIEST_YEAR and time.time() >= first
    return Finding(
        "時計", good, time.strftime("%Y-%m-%d %H:%M:%S %Z"), "時刻を合わせてください (set the clock; use NTP)"
    )


def _database(settings: Settings) -> Finding:
    store = Store(settings.url, settings.home)
    store.migrate()
    store.check_schema()
    name = store.engine.url.render_as_string(hide_password=True)
    store.close()
    return Finding("データベース", True, Path(name).name if name.startswith("sqlite") else name)
