# ruff: noqa: E501 — pages are easier to read on one line
"""Pictures of what was entered: hidden values black, wherever the page shows them; the rest as the page shows it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from bots.procedure.login_session import LoginSession
from bots.procedure.walker import ProcedureWalk
from bots.run.evidence import Evidence, Trace
from bots.spec.templating import Scope
from tests.bots.kit import HOST

pytestmark = pytest.mark.browser
Enter = Callable[..., ProcedureWalk]
SECRET = "123456789018"
STYLE = "<style>body { margin: 0; background: #0f0 } * { font-size: 30px; color: #f00 } .x { position: absolute; left: 20px } dialog { border: 0 }</style>"


def picture(walk: ProcedureWalk, folder: Path, *hidden: str) -> Image.Image:
    evidence = Evidence.open(folder, "kit", "1", hidden)
    path = evidence.screenshot(walk.session, walk.page, Scope({}), "before_submit")
    assert path is not None and evidence.files == [path]
    return Image.open(path).convert("RGB")


def red(image: Image.Image) -> int:
    """Pixels of writing that can still be seen."""
    return sum(n for n, (r, g, b) in image.getcolors(1 << 24) if r > 150 and g < 120 and b < 120)


@pytest.mark.parametrize(
    "shown",
    [
        f"<div class=x>番号 {SECRET} です</div>",
        "<table class=x><tr><td>7A</table>",
        "<input class=x value=7A>",
        "<div class=x>1234-5678-9018</div>",
        "<div class=x>１２３４ ５６７８ ９０１８</div>",
        f"<input class=x value={SECRET}>",
        f"<textarea class=x>{SECRET}</textarea>",
        f"<x-a></x-a><script>document.querySelector('x-a').attachShadow({{mode: 'open'}}).innerHTML = '<style>* {{ font-size: 30px; color: #f00 }}</style><p>番号 {SECRET}</p><input value={SECRET}>'</script>",
        f"<select class=x><option>{SECRET}</select>",
        "<input class=x type=password value=himitsu>",
        f"<dialog id=d><p>{SECRET}</p></dialog><script>d.showModal()</script>",
        f"<style>* {{ opacity: .9 !important }} div {{ background: none !important; display: none !important }}</style><p>{SECRET}</p>",
        f"<div style='transform:translate(40px,300px)'><b>{SECRET}</b></div>",
        f"<div style='height:150px;overflow:auto'><div style='height:90px'></div><b>{SECRET}</b></div>",
    ],
)
def test_hidden_values_are_black(enter: Enter, tmp_path: Path, shown: str) -> None:
    walk = enter({"/": STYLE + shown}, [])
    assert red(picture(walk, tmp_path / "a", "000000000000")) > 0 or "password" in shown
    covered = picture(walk, tmp_path / "b", SECRET, "7A")
    assert (
        red(covered) == 0
        and covered.getcolors(1 << 24)
        and (0, 0, 0) in {c for _, c in covered.getcolors(1 << 24)}
    )
    after = picture(walk, tmp_path / "c", "000000000000")
    assert walk.page.locator("#data-utsushi-mask, [data-utsushi-mask]").count() == 0, (
        "nothing stays in the page"
    )
    assert red(after) > 0 or "password" in shown


def test_the_rest_is_seen(enter: Enter, tmp_path: Path) -> None:
    walk = enter({"/": f"{STYLE}<p>山田花子<p class=x>{SECRET}"}, [])
    assert 0 < red(picture(walk, tmp_path / "a", SECRET)) < red(picture(walk, tmp_path / "b", "000000000000"))


def test_every_frame_is_covered_and_shown_whole(enter: Enter, tmp_path: Path) -> None:
    pages = {
        "/": "<frameset rows='200,*'><frame src=/a><frame src=/b></frameset>",
        "/a": f"{STYLE}{SECRET}",
        "/b": f"{STYLE}<div style='height:1400px'></div><b>{SECRET}</b><p style='color:#00f'>終わり",
    }
    covered = picture(enter(pages, []), tmp_path, SECRET)
    assert red(covered) == 0 and covered.height > 1500
    assert any(b > 150 and r < 120 and g < 120 for _, (r, g, b) in covered.getcolors(1 << 24)), (
        "the end is in it"
    )


def test_what_the_bot_names_is_black_too(enter: Enter, tmp_path: Path) -> None:
    walk = enter({"/": f"{STYLE}<p id=memo>長い覚書</p>"}, [], mask=[{"css": "#memo"}])
    assert red(picture(walk, tmp_path)) == 0


def test_a_page_that_cannot_be_covered_gives_no_picture(enter: Enter, tmp_path: Path) -> None:
    page = f"{STYLE}{SECRET}<script>Element.prototype.getBoundingClientRect = () => {{ throw new Error('no') }}</script>"
    walk = enter({"/": page}, [])
    evidence = Evidence.open(tmp_path, "kit", "1", [SECRET])
    assert evidence.screenshot(walk.session, walk.page, Scope({}), "before_submit") is None
    assert not list(tmp_path.rglob("*.png")) and evidence.files == []


def test_a_trace_shows_nobody_elses_masked_value(
    browser_session: Callable[..., LoginSession], tmp_path: Path
) -> None:
    other = "234567890128"
    session = browser_session(
        {"/": f"<table><tr><td>2</td><td>{other}</td></tr></table>"}, fields={"a": {"masked": True}}
    )
    recording = Trace(session)
    recording.start_recording()
    session.page.goto(f"{HOST}/")
    assert other in session.page.content()
    path = recording.save(Evidence.open(tmp_path, "kit", "1", {SECRET}))
    assert path is not None
    with zipfile.ZipFile(path) as kept:
        assert kept.namelist() and not any(other.encode() in kept.read(name) for name in kept.namelist())
