"""Files that a system sends instead of a page, such as a PDF that alone shows the receipt number.

They are held in memory only: a download folder would keep people's data on this machine.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from email.message import Message
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import APIResponse

# What a browser shows as a page, or what a script asks for; all else that answers a page request is a file.
_PAGES = frozenset({"text/html", "application/xhtml+xml", ""})
_MAX_BYTES = 20 * 2**20  # a receipt is a page or two


@dataclass(frozen=True)
class ReceivedFile:
    """One file: its name as the system gives it, its media type (``application/pdf``), its charset, its bytes."""

    name: str
    media_type: str
    charset: str
    body: bytes

    def text(self, encoding: str) -> str:
        """Return the name on the first line and what the file says below it.

        Args:
            encoding: how a text file is written that does not say so itself.
        """
        return f"{self.name}\n{_pdf_text(self.body) if self.body[:5] == b'%PDF-' else self._plain(encoding)}"

    def _plain(self, encoding: str) -> str:
        try:
            codecs.lookup(self.charset or encoding)
        except LookupError:
            return self.body.decode(encoding, "replace")
        # Excel's CSV begins with the mark of UTF-8, which no header announces.
        known = "utf-8-sig" if self.body.startswith(codecs.BOM_UTF8) else self.charset or encoding
        return self.body.decode(known, "replace")


def received_file(response: APIResponse, by_page: bool) -> ReceivedFile | None:
    """Return the file in a response; None when it is a page, or what a script asked for.

    Args:
        response: as Playwright fetched it.
        by_page: the browser asked for a page, not a script for data.
    """
    if not response.ok:
        return None
    headers = Message()
    headers["Content-Type"] = response.headers.get("content-type", "")
    headers["Content-Disposition"] = response.headers.get("content-disposition", "")
    kind = headers.get_content_type() if headers["Content-Type"] else ""
    attached = headers.get_content_disposition() == "attachment"
    if not attached and (not by_page or kind in _PAGES):
        return None
    body = response.body()
    if len(body) > _MAX_BYTES:
        return None
    name = headers.get_filename() or unquote(urlsplit(response.url).path.rpartition("/")[2])
    return ReceivedFile(name, kind, headers.get_content_charset() or "", body)


def _pdf_text(body: bytes) -> str:
    import pypdfium2  # slow to import, and few systems send one

    try:
        pdf = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError:
        return ""
    try:
        return "\n".join(page.get_textpage().get_text_bounded() for page in pdf)
    finally:
        pdf.close()
