"""A browser page of one person that saves screenshots."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize

SIZE = (1366, 768)
COLOURS = 160
Act = Callable[[Page], object]


class Camera:
    """Signs in, opens pages, acts on them, and saves screenshots below `out`.

    Args:
        person: name and password; None: not signed in.
    """

    def __init__(
        self,
        browser: Browser,
        url: str,
        out: Path,
        person: tuple[str, str] | None,
        size: tuple[int, int] = SIZE,
    ) -> None:
        self.url, self.out = url, out
        viewport = ViewportSize(width=size[0], height=size[1])
        self.page: Page = browser.new_context(viewport=viewport, locale="ja-JP").new_page()
        self.page.set_default_timeout(60_000)
        if person:
            self.page.goto(f"{url}/login")
            self.page.fill("#name", person[0])
            self.page.fill("#password", person[1])
            self.page.press("#password", "Enter")
            self.page.wait_for_url(f"{url}/")

    def take(self, name: str, path: str | None = None, act: Act = lambda _: None) -> None:
        """Photograph a screen after something was done to it."""
        if path is not None:
            self.page.goto(self.url + path)
        act(self.page)
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_timeout(400)
        keep(Image.open(io.BytesIO(self.page.screenshot())), self.out / f"{name}.png")


def keep(picture: Image.Image, path: Path) -> None:
    """Write a picture with few colours: a third of the bytes, and no difference to the eye."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(path, flush=True)


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The address of a web app that runs in a thread."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
