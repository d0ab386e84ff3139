"""Pages made in a test, served to a real browser without a server, and steps walked through them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Playwright

from bots.browser.launch import BrowserSettings, launch
from bots.procedure.login_session import LoginSession
from bots.procedure.steps.dispatch import start
from bots.procedure.walker import ProcedureWalk
from bots.spec.language.load import load_bot
from bots.spec.model.bot import Bot
from bots.spec.templating import Scope

HOST = "http://kit.test"
SAVE = {"click": "保存", "irreversible": True}


@pytest.fixture(scope="module")
def browser_session(
    started: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[dict[str, str], dict[str, Any]], LoginSession]]:
    made: list[LoginSession] = []
    file = tmp_path_factory.mktemp("kit") / "bot.yaml"
    browser = launch(started, kit(file, []), BrowserSettings())

    def make(pages: dict[str, str], **more: Any) -> LoginSession:
        for old in made:
            old.close()
        made.clear()
        bot = kit(file, [], **more)
        session = LoginSession(browser, bot, Scope({}))

        def answer(route: Any) -> None:
            path = route.request.url.removeprefix(HOST).split("?")[0]
            body = "<meta charset=utf-8>" + pages.get(path, "?")
            route.fulfill(status=200 if path in pages else 404, content_type="text/html", body=body)

        session.context.route(f"{HOST}/**", answer)
        made.append(session)
        return session

    yield make  # type: ignore[misc]
    browser.close()


def kit(file: Path, enter: list[Any], **more: Any) -> Bot:
    data = {
        "id": "kit", "base_url": HOST, "key": "a", "timeout_seconds": 3, "session_lost": [{"button": "ログイン"}],
        "procedures": {
            "login": [], "find": {"steps": [], "yes": "y", "no": "n"}, "enter": [*enter, SAVE],
            "read_back": [{"capture": {"cell": "a", "as": "a"}}],
        },
        **more,
    }  # fmt: skip
    file.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return load_bot(file)


@pytest.fixture
def enter(browser_session: Callable[..., LoginSession], tmp_path: Path) -> Callable[..., ProcedureWalk]:
    """Serve pages, walk through steps of ``enter`` with a Record, stop before saving."""

    def go(
        pages: dict[str, str],
        steps: list[Any],
        values: dict[str, str] | None = None,
        named: Any = None,
        **more: Any,
    ) -> ProcedureWalk:
        more |= {"steps": named} if named else {}
        session = browser_session(pages, **more)
        bot = kit(tmp_path / "bot.yaml", [{"goto": "/"}, *steps], **more)
        scope = Scope(values or {}, lookups=bot.lookups, file_folders=(tmp_path,))
        walk = start(session, scope, "enter")
        walk.run(bot.enter.steps[:-1])
        return walk

    return go


def value(walk: ProcedureWalk, css: str) -> str:
    return walk.page.main_frame.locator(css).input_value()
