"""Pages that ask for something by themselves: neither taken for the save, nor waited for, nor in its way."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from bots.spec.language.load import load_bot
from bots.spec.model.bot import BotRecord
from tests.bots.conftest import Place
from tests.bots.edge.edge_system import EdgeSystem
from tests.bots.saving_system import SavingSystem
from tests.bots.small_system import Visit

pytestmark = pytest.mark.browser
BOT = load_bot(Path(__file__).parents[1] / "saving_bot.yaml")


@pytest.mark.parametrize("busy", ["ping", "long_poll", "frame"])
@pytest.mark.parametrize("way", ["form_post", "xhr", "late_xhr"])
def test_what_a_page_does_by_itself_is_not_the_save(place: Place, busy: str, way: str) -> None:
    with EdgeSystem(busy, way, delay=0.3) as system:
        started = time.monotonic()
        steps = replace(BOT, policy=replace(BOT.policy, timeout=3.0))
        outcome = place.run(steps, system.url, [BotRecord("A1", {"no": "A1", "name": "山田" * 40})])["A1"]
        seconds = time.monotonic() - started
    assert (outcome.status, system.arrived, len(system.rows)) == ("confirmed", ["A1"], 1), outcome.reason
    assert outcome.attempts == 1 and system.pinged > 1
    assert seconds < 20, "a page that keeps asking must not be waited for"


def test_a_declared_background_request_is_left_alone(place: Place) -> None:
    with EdgeSystem("long_poll") as system:
        system.pinged = 3  # its first request is never answered in time
        bot = replace(BOT, background=("*/ping",))
        outcome = place.run(bot, system.url, [BotRecord("A1", {"no": "A1", "name": "山田"})])["A1"]
    assert outcome.status == "confirmed" and outcome.attempts == 1


class StepSystem(SavingSystem):
    """Three steps, each sent with the same request: the server counts them and stores at the third."""

    def __init__(self) -> None:
        super().__init__("fetch")
        self.entered: list[dict[str, str]] = []

    def page_new(self, visit: Visit) -> None:
        post = "fetch('/step',{method:'POST',body:'next=1'}).then(r=>r.text()).then(t=>{b.innerHTML=t})"
        visit.send(
            "<table><tr><th>番号<td><input name=no><tr><th>氏名<td><input name=name></table><div id=b></div>"
            f'<button onclick="{post}">次へ</button><button onclick="{post}">登録</button>'
        )

    def page_step(self, visit: Visit) -> None:
        self.entered.append({"no": "A1", "name": "山田"})
        if len(self.entered) < 3:
            return visit.send(f"{len(self.entered)}番目")
        self._store(self.entered[-1])
        visit.cut()


def test_a_save_that_looks_like_the_steps_before_it_is_not_sent_again(place: Place, tmp_path: Path) -> None:
    steps = "".join(f"    - click: 次へ\n    - wait_for: {n}番目\n" for n in (1, 2))
    file = tmp_path / "bot.yaml"
    file.write_text(
        BOT.file.read_text("utf-8").replace("    - click: 登録\n", steps + "    - click: 登録\n"), "utf-8"
    )
    with StepSystem() as system:
        outcome = place.run(load_bot(file), system.url, [BotRecord("A1", {"no": "A1", "name": "山田"})])["A1"]
    assert (len(system.entered), system.arrived, len(system.rows)) == (3, ["A1"], 1), outcome.reason
    assert outcome.status in ("confirmed", "unknown"), outcome.reason
