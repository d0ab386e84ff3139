"""A member of staff at the workshop: sees the screen's elements, acts on them by what they say, counts the acts."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Screen = dict[str, Any]


def plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


@dataclass
class Staff:
    """``act`` and ``screen`` are those of the port, for one draft; ``into`` is the procedure that is shown now."""

    act: Callable[[Mapping[str, Any]], Screen]
    screen: Callable[[str], Screen]
    edit: Callable[[Mapping[str, Any]], Any]
    into: str = ""
    shown: Screen = field(default_factory=dict)
    clicks: int = 0
    keys: int = 0

    def open(self, url: str = "") -> Screen:
        self.shown = self.screen(url)
        return self.shown

    def find(
        self, words: str = "", kind: str = "", frame: str = "", nth: int = 0, **facts: Any
    ) -> dict[str, Any]:
        """The element that shows these words (whole first, then a part of them), as a person would point at it."""
        kinds = kind.split("|") if kind else []
        every = [
            e
            for e in self.shown["elements"]
            if (not kinds or e["kind"] in kinds) and (not frame or e["frame"] == frame)
        ]
        for test in (
            lambda e: plain(e["words"]) == plain(words),
            lambda e: plain(words) in plain(e["words"]),
        ):
            found = [e for e in every if test(e)]
            if len(found) > nth:
                return found[nth]
        said = [(e["kind"], e["words"][:20], e["frame"]) for e in every]
        raise AssertionError(f"nothing says {words!r}: {said}")

    def do(self, kind: str, element: dict[str, Any] | None = None, **more: Any) -> Screen:
        act = {"kind": kind, **({"element": element["id"]} if element else {}), **more}
        if self.into and kind not in ("dialog", "window", "scroll", "back"):
            act["procedure"] = self.into
        self.clicks += 1
        self.keys += len(str(more.get("value", ""))) if kind in ("fill", "goto") else 0
        self.shown = self.act(act)
        return self.shown

    def click(self, words: str, kind: str = "button|link", **more: Any) -> Screen:
        where = {k: more.pop(k) for k in ("frame", "nth") if k in more}
        return self.do("click", self.find(words, kind, **where), **more)

    def fill(self, words: str, value: str = "", kind: str = "input|password", **more: Any) -> Screen:
        where = {k: more.pop(k) for k in ("frame", "nth") if k in more}
        given = {"value": value} if "secret" not in more else {}
        return self.do("fill", self.find(words, kind, **where), **given, **more)

    def select(self, words: str, value: str, **more: Any) -> Screen:
        where = {k: more.pop(k) for k in ("frame", "nth") if k in more}
        return self.do("select", self.find(words, "select", **where), value=value, **more)

    def answer(self, value: str = "accept", **more: Any) -> Screen:
        return self.do("dialog", value=value, **more)

    def capture(self, words: str, kind: str = "text|input|select|check|radio", **more: Any) -> Screen:
        where = {k: more.pop(k) for k in ("frame", "nth") if k in more}
        return self.do("capture", self.find(words, kind, **where), **more)

    def capture_beside(self, words: str, frame: str = "", **more: Any) -> Screen:
        """Point at what stands right of these words, in the same line of the picture."""
        x, y, width, height = self.find(words, "text", frame=frame)["box"]

        def beside(box: list[float]) -> bool:
            return abs(box[1] + box[3] / 2 - y - height / 2) < 8 and box[0] >= x + width - 2

        right = [e for e in self.shown["elements"] if e["frame"] == frame and beside(e["box"])]
        return self.do("capture", min(right, key=lambda e: e["box"][0]), **more)

    def sign(self, sign: str, words: str, kind: str = "", **where: Any) -> None:
        self.clicks += 2
        self.edit({"sign": {"kind": sign, "element": self.find(words, kind, **where)["id"]}})
