"""The scripted newcomer, small: a blank mended in a real browser reads filled scans as the hand-made form does."""

from __future__ import annotations

import pytest

from benchmarks.newcomer import run

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_newcomer_makes_a_template_that_reads_filled_scans():
    got = run("kyufukin_shinsei", "PDF", 2, seed=5300, level="light", slips=0.0)
    assert got.fields == 15 and got.total == 30
    assert len(got.person.mends) > 3
    assert got.right >= 27 and got.right >= got.by_hand - 1, got.wrong
    assert got.person.minutes - got.person.waited / 60 < 10
