"""Groups the pages of a stack into applications: consecutive pages 1 to n of one form.

A feeder keeps the order of sheets, so a page 1 begins an application and the pages that follow complete it. Whatever
does not fit (a page 2 without its page 1, an incomplete application) goes to a person and is never joined by guessing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from store.base.model import MISSING_PAGE


class LocatedPage(Protocol):
    """The attributes of a page that grouping uses; ``form_id`` is None for an unidentified page."""

    @property
    def form_id(self) -> str | None: ...
    @property
    def page_no(self) -> int | None: ...


P = TypeVar("P", bound=LocatedPage)


@dataclass(frozen=True, slots=True)
class Group(Generic[P]):
    """The pages of one document; ``problem`` is the reason why it needs a person, if any."""

    form_id: str | None
    pages: tuple[P, ...]
    problem: str | None = None


def group(pages: Iterable[P], page_counts: dict[str, int]) -> Iterator[Group[P]]:
    """Groups a stream of pages, without blank sheets.

    Args:
        pages: in the order of the stack.
        page_counts: number of pages of each form, by form id.
    """
    open_pages: list[P] = []
    for page in pages:
        if open_pages and not _continues(open_pages, page):
            yield _close(open_pages, page_counts)
            open_pages = []
        open_pages.append(page)
        # Closed at its last page, not at the next first one: reading may begin while the file is still decoded.
        if _complete(open_pages, page_counts):
            yield _close(open_pages, page_counts)
            open_pages = []
    if open_pages:
        yield _close(open_pages, page_counts)


def _continues(so_far: list[P], page: P) -> bool:
    last = so_far[-1]
    if page.form_id is None or last.form_id != page.form_id or last.page_no is None:
        return False
    return page.page_no == last.page_no + 1


def _complete(pages: list[P], page_counts: dict[str, int]) -> bool:
    last = pages[-1]
    # An unidentified page is a document of its own: nothing shows to which application it belongs.
    return last.form_id is None or last.page_no == page_counts[last.form_id]


def _close(pages: list[P], page_counts: dict[str, int]) -> Group[P]:
    form_id = pages[0].form_id
    if form_id is None:
        return Group(None, tuple(pages))
    whole = [page.page_no for page in pages] == list(range(1, page_counts[form_id] + 1))
    return Group(form_id, tuple(pages), None if whole else MISSING_PAGE)
