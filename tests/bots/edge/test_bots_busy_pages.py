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

pytestmark = pytest.mark.browser
BOT = load_bot(Path(__file__).parents[1] / "saving_bot.yaml")


@pytest.mark.parametrize("busy", ["ping", "long_poll", "frame"])
@pytest.mark.parametrize("way", ["form_post", "xhr", "late_xhr"])
def test_what_a_page_does_by_itself_is_not_the_save(place: Place, busy: str, way: str) -> None:
    with EdgeSystem(busy, way, delay=0.3) as system:
        started = time.monotonic()
        # Typed slowly, as people's forms are long: the page has pinged a few times by then.
        steps = replace(BOT, policy=replace(BOT.policy, timeout=3.0))
        outcome = place.run(steps, system.url, [BotRecord("A1", {"no": "A1", "name": "山田" * 40})])["A1"]
        seconds = time.monotonic() - started
    assert (outcome.status, system.arrived, len(system.rows)) == ("confirmed", ["A1"], 1), outcome.reason
    assert outcome.attempts == 1 and system.pinged > 2
    assert seconds < 20, "a page that keeps asking must not be waited for"


def test_a_declared_background_request_is_left_alone(place: Place) -> None:
    with EdgeSystem("long_poll") as system:
        system.pinged = 3  # its first request is never answered in time
        bot = replace(BOT, background=("*/ping",))
        outcome = place.run(bot, system.url, [BotRecord("A1", {"no": "A1", "name": "山田"})])["A1"]
    assert outcome.status == "confirmed" and outcome.attempts == 1
