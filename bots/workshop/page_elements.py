"""Everything on the pages of one window that a person can point at, with its place in the picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import resources
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Error

if TYPE_CHECKING:
    from playwright.sync_api import ElementHandle, Frame, JSHandle, Page

_TEXT = resources.files("bots.workshop").joinpath("page_scripts/elements.js").read_text(encoding="utf-8")
_SCRIPT = _TEXT[_TEXT.index("() => {") :].strip()
_BORDER = "e => [e.clientLeft, e.clientTop]"


@dataclass
class FramePage:
    """The page that a frame shows: ``elements`` is a handle of its elements, ``facts`` what is known of each."""

    frame: Frame
    node: Any
    offset: tuple[float, float]
    elements: JSHandle
    facts: list[dict[str, Any]]


@dataclass
class Found:
    """One element of a page. ``locators`` is filled by ``proposals``."""

    id: str
    page: FramePage
    number: int
    locators: list[dict[str, Any]] = field(default_factory=list)

    @property
    def facts(self) -> dict[str, Any]:
        """What the page says about the element."""
        return self.page.facts[self.number]

    @property
    def kind(self) -> str:
        """The kind of element, as in ``verification.workshop_port.Element``."""
        return str(self.facts["kind"])

    @property
    def box(self) -> list[float]:
        """Its place in the window, in px."""
        x, y, width, height = self.facts["box"]
        return [round(x + self.page.offset[0]), round(y + self.page.offset[1]), round(width), round(height)]

    def handle(self) -> ElementHandle:
        """Return the element itself, to act on."""
        found = self.page.elements.evaluate_handle("(all, n) => all[n]", self.number).as_element()
        assert found is not None
        return found


def pages_of(page: Page) -> list[FramePage]:
    """Return the page of every frame of a window, in the order of the frames."""
    return [one for frame in page.frames for one in _read(page, frame)]


def elements_of(pages: list[FramePage]) -> Iterator[Found]:
    """Yield every element, under an id that no element of another screen has."""
    # A click that comes late must not hit what stands in the same place now.
    screen = token_hex(4)
    for at, one in enumerate(pages):
        for number in range(len(one.facts)):
            yield Found(f"{screen}.{at}.{number}", one, number)


def _read(page: Page, frame: Frame) -> Iterator[FramePage]:
    try:
        found = frame.evaluate_handle(_SCRIPT)
        facts = found.evaluate("found => found.facts")
        yield FramePage(frame, frame_node(page, frame), _offset(frame), found.get_property("elements"), facts)
    except Error:
        # The frame went away, or its page was replaced while it was read: the next screen shows what came instead.
        return


def _offset(frame: Frame) -> tuple[float, float]:
    if frame.parent_frame is None:
        return 0.0, 0.0
    element = frame.frame_element()
    box, border = element.bounding_box(), element.evaluate(_BORDER)
    return (box["x"] + border[0], box["y"] + border[1]) if box else (0.0, 0.0)


def frame_node(page: Page, frame: Frame) -> Any:
    """Return how a bot.yaml names a frame: ``top``, its name, or the path to it."""
    if frame.parent_frame is None:
        return "top"
    same = [f for f in page.frames if f.name == frame.name]
    # The first name of a path may stand at any depth, so a name that occurs once is enough.
    if frame.name and len(same) == 1 and not frame.name.startswith("<!--"):
        return frame.name
    above = frame_node(page, frame.parent_frame)
    own: Any = {"index": frame.parent_frame.child_frames.index(frame) + 1}
    if frame.name and not frame.name.startswith("<!--"):
        own = frame.name
    if above == "top":
        return [own]
    return [*(above if isinstance(above, list) else [above]), own]
