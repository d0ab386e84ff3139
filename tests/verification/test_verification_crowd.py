"""The latency and endurance runs in small: long queues, many people, everything that people do to programs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks import endurance, keystroke, latency
from benchmarks.rigs import crowd

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module", autouse=True)
def chromium() -> None:
    try:
        crowd.chromium()
    except RuntimeError:
        pytest.skip("no Chromium on this machine")


@pytest.mark.timeout(300)
def test_the_next_crop_is_there_at_once_with_many_items_and_people(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = latency.run(items=800, verifiers=3, answers=12, pace=0.8)
    with capsys.disabled():
        print(
            f"\nEnter to next crop: n={len(found.taken)} median {found.median:.0f} ms, 95th {found.late:.0f} ms"
        )
    assert len(found.taken) >= 30
    assert found.median <= latency.MEDIAN_MS


@pytest.mark.timeout(420)
def test_nothing_is_lost_or_doubled_whatever_people_do(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        assert endurance.run(minutes=0.5, items=250, verifiers=6, browsers=1) == []


@pytest.mark.timeout(420)
def test_verifying_takes_fewer_keys_than_keying(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        files = ["kyufukin_06.jpg", "jido_04.jpg"]
        with ThreadPoolExecutor(
            1
        ) as apart:  # this thread may hold another test's browser, with its event loop
            figures = apart.submit(keystroke.run, keystroke.SCANS, files).result()
    assert figures.forms == 2
    assert 0 < figures.keys_verifying < figures.keys_by_hand
    assert figures.seconds_verifying < figures.seconds_by_hand
