"""Makes all pictures of the documents again, with a real browser.

python -m benchmarks.pictures [--only screens desk report reading] [--demo FOLDER] [--out docs/pictures]

| part | pictures |
|---|---|
| screens | `verifying/*`: every screen, from an invented office |
| desk | `verify`, `editor`: a sample scan read for real, and the editor of templates |
| report | `report`: the paper that `utsushi demo --headless` ends with (plays it, unless `--demo` names its folder) |
| reading | `journey_page`, `journey_row`: what happens to a page and to one row of boxes, from a sample scan |

Two pictures are measurements over scans that are not in the repository, because nothing may have learned from them:
`reliability` (`utsushi evaluate DIR --plot`) and `width_resolution` (`python -m benchmarks.pictures.sweep`).
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from benchmarks.pictures import played, reading, screens
from benchmarks.pictures.camera import keep
from bots.browser.launch import arguments, find_browser
from pipelines.demo.demo_office import SCANS

PARTS = ("screens", "desk", "report", "reading")


def main() -> None:
    """Command line."""
    assert __doc__
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        "python -m benchmarks.pictures", description=__doc__, formatter_class=form
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--demo", type=Path, help="folder of a demo that has been played")
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    given = parser.parse_args()
    if {"screens", "desk"} & set(given.only):
        _in_browser(given.only, given.out)
    if "report" in given.only:
        played.report(given.out, given.demo)
    if "reading" in given.only:
        _reading(given.out)


def _in_browser(parts: tuple[str, ...], out: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(playwright), args=arguments(("127.0.0.1",))
        )
        if "screens" in parts:
            shutil.rmtree(
                out / "verifying", ignore_errors=True
            )  # a screen that is gone leaves no picture behind
            screens.take_screenshots(browser, out / "verifying")
        if "desk" in parts:
            played.desk(browser, out)
        browser.close()


def _reading(out: Path) -> None:
    journey = reading.trace_page(SCANS / "kyufukin_06.jpg", 1, "applicant_kana", Path("templates_forms"))
    for name, draw in (
        ("journey_page", reading.page_picture),
        ("journey_row", reading.row_picture),
    ):
        path = out / f"{name}.png"
        draw(journey, path)
        with Image.open(path) as drawn:
            drawn.load()
        keep(drawn, path)


if __name__ == "__main__":
    main()
