"""Finds pages that work in Internet Explorer only, by what their markup and scripts use.

Edge's IE mode draws such pages with a control of Windows that no automation protocol reaches, so no setting of a
bot.yaml helps; the data has to go in as a file, or by hand from ``bot export``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from playwright.sync_api import Error

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Response

_ACTIVE_X = re.compile(r"\bActiveXObject\s*\(\s*[\"']?([\w.]*)")
# Scripts try these first and then use XMLHttpRequest, or ask whether Flash is there: such a page works anywhere.
_REPLACED = re.compile(r"^(Microsoft|Msxml\d?)\.|^ShockwaveFlash\.", re.IGNORECASE)
_OBJECT = re.compile(r"<object\b[^>]*\bclassid\s*=\s*[\"']?(?:clsid:)?([\w{}-]+)", re.IGNORECASE)
_FLASH = "d27cdb6e-ae6d-11cf-96b8-444553540000"
_VBSCRIPT = re.compile(
    r"<script\b[^>]*\b(?:language|type)\s*=\s*[\"']?(?:text/)?vbs|\bvbscript:", re.IGNORECASE
)
_ADVICE = (
    "Microsoft EdgeのIEモードは自動操作できません。業務システムのファイル取り込みか、"
    "手入力用の表 (utsushi bot export) を使ってください。",
    "Microsoft Edge's IE mode cannot be driven: use the system's file import, or the sheet of `utsushi bot export`",
)


def signs(text: str) -> list[str]:
    """Return what in a page or a script needs Internet Explorer; empty for one that works in other browsers too."""
    return list(dict.fromkeys(_signs(text)))


def _signs(text: str) -> Iterator[str]:
    if re.search(r"\bshowModalDialog\s*\(", text):
        yield "showModalDialog"
    for name in _ACTIVE_X.findall(text):
        if not _REPLACED.match(name) or "XMLHttpRequest" not in text:
            yield f"ActiveXObject {name}".strip()
    for clsid in _OBJECT.findall(text):
        if clsid.strip("{}").lower() != _FLASH:
            yield "<object classid>"
    if _VBSCRIPT.search(text):
        yield "VBScript"
    if re.search(r"\battachEvent\s*\(", text) and "addEventListener" not in text:
        yield "attachEvent"


def named_browser(user_agent: str) -> bool:
    """Whether a bot has to call itself Internet Explorer to be let in."""
    return bool(re.search(r"\bMSIE\b|\bTrident/", user_agent))


def message(place: str, found: str) -> str:
    """Return the sentence for a person: where, what, and what to do instead."""
    return (
        f"{place}: Internet Explorer専用の画面です ({found})。{_ADVICE[0]}"
        f" [a page for Internet Explorer only ({found}). {_ADVICE[1]}]"
    )


@dataclass
class PageSigns:
    """Watches the pages and scripts that a browser receives; ``messages`` says what is in them."""

    _found: dict[str, dict[str, None]] = field(default_factory=dict)

    def watch(self, context: BrowserContext) -> None:
        """Look at everything that the context receives from now on."""
        context.on("response", self._received)

    @property
    def messages(self) -> list[str]:
        """One sentence for each page or script with a sign."""
        return [message(url, ", ".join(found)) for url, found in self._found.items()]

    def _received(self, response: Response) -> None:
        if response.request.resource_type not in ("document", "script"):
            return
        try:
            # At once: when the frame goes on to the next page, the browser drops this one's source.
            text = response.body().decode("latin-1")
        except Error:
            return
        found = signs(text)
        if found:
            url = response.url.partition("?")[0]  # the rest may name a person
            self._found.setdefault(url, {}).update(dict.fromkeys(found))
