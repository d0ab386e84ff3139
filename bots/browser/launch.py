"""Finds a browser on this machine and starts it without background network traffic.

The resolver rule lets the browser reach the hosts of the bot.yaml and no other, by name or by address; the
other arguments stop Chromium's own background requests. Remaining risk: an administrator's browser policy can
override them.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

from bots.base.errors import NoBrowser
from bots.browser.locators import register_engines
from bots.spec.model.bot import Bot

# No --disable-features here: it would replace the list that Playwright passes (back/forward cache, automatic
# https, deferred painting), which a bot needs.
ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",  # QUIC is UDP, which request interception does not see
    "--no-first-run",
    # Without the next five, Chromium contacts outside hosts at every start.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-domain-reliability",
    "--no-pings",
    # UDP of WebRTC goes to addresses that no resolver rule sees.
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--no-proxy-server",
)
EXECUTABLE_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
)
INSTALL_PATHS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    r"C:\Program Files\Microsoft\Edge\Application\msedge.exe",
)


@dataclass(frozen=True)
class BrowserSettings:
    """How to start the browser; ``executable`` overrides the search, ``slow_ms`` delays each action (ms)."""

    headed: bool = False
    executable: Path | None = None
    slow_ms: float = 0.0


def find_browser(playwright: Playwright | None = None) -> Path:
    """Return the browser to use: ``UTSUSHI_BROWSER``, Playwright's own, then what is installed.

    Raises:
        NoBrowser: none was found.
    """
    named = os.environ.get("UTSUSHI_BROWSER")
    if named:
        if Path(named).exists():
            return Path(named)
        raise NoBrowser(
            f"UTSUSHI_BROWSER の {named} がありません。", f"UTSUSHI_BROWSER names {named}, which is not there"
        )
    # Playwright's own build is the version that it was tested with, so it comes before installed browsers.
    if playwright is not None and Path(playwright.chromium.executable_path).exists():
        return Path(playwright.chromium.executable_path)
    found = next((w for w in map(shutil.which, EXECUTABLE_NAMES) if w), None)
    place = found or next((p for p in INSTALL_PATHS if Path(p).exists()), None)
    if place is None:
        raise NoBrowser(
            "ブラウザーがありません。Chromium、Chrome、Edgeのどれかを入れてください。",
            "no browser: install Chromium, Chrome or Edge, or name one in UTSUSHI_BROWSER",
        )
    return Path(place)


def arguments(hosts: tuple[str, ...]) -> list[str]:
    """Return the command-line arguments: no background traffic, and access to ``hosts`` only."""
    exclusions = "".join(f", EXCLUDE {h}" for h in hosts)
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    rules = f"--host-resolver-rules=MAP * ~NOTFOUND{exclusions}"
    # Chromium's sandbox does not start for root; for any other user it stays on.
    return [*ARGUMENTS, rules, *(["--no-sandbox"] if root else [])]


def has_display() -> bool:
    """Whether a window can be shown; Windows and macOS always have a display."""
    return not sys.platform.startswith("linux") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )


def hosts_of(bot: Bot) -> tuple[str, ...]:
    """Return the hosts that the browser may reach for this bot."""
    return tuple(dict.fromkeys([urlsplit(bot.base_url).hostname or "", *bot.allowed_hosts]))


@contextmanager
def playwright() -> Iterator[Playwright]:
    """Start Playwright with our selector engines; call from a thread without a running event loop."""
    with sync_playwright() as started:
        register_engines(started)
        yield started


def launch(started: Playwright, bot: Bot, settings: BrowserSettings) -> Browser:
    """Start a browser for one bot.

    Raises:
        NoBrowser: none was found, or it does not start.
    """
    return launch_for(started, hosts_of(bot), settings)


def launch_for(started: Playwright, hosts: tuple[str, ...], settings: BrowserSettings) -> Browser:
    """Start a browser that reaches these hosts and no others.

    Raises:
        NoBrowser: none was found, or it does not start.
    """
    executable = settings.executable or find_browser(started)
    try:
        return started.chromium.launch(
            executable_path=executable,
            headless=not settings.headed,
            args=arguments(hosts),
            slow_mo=settings.slow_ms or None,
        )
    except Error as error:
        line = str(error).splitlines()[0]
        raise NoBrowser(
            f"ブラウザー {executable} が起動しません。", f"the browser {executable} does not start: {line}"
        ) from error
