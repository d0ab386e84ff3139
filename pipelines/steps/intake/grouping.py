"""Groups the pages of a stack into applications: consecutive pages 1 to n of one form.

A feeder keeps the order of sheets, so a page 1 begins an application and the pages that follow complete it. Whatever
does not fit (a page 2 without its page 1, an incomplete application) goes to a person and is never joined by guessing.

Order alone does not say whose a page is. Where the same form is incomplete right before or after, sheets were lost, or
fronts and backs were fed one after the other (A1 B1 A2 B2), and a page 2 may follow another person's page 1. Such a
group goes to a person too, although its pages are complete. Not seen here: two sheets of a kind that changed places.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from store.base.model import COLLATION, MISSING_PAGE


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


@dataclass(slots=True)
class _Waiting(Generic[P]):
    """A group in the order of the stack; ``open`` until the next one of its form has been seen."""

    group: Group[P]
    open: bool

    def decide(self, *, doubtful: bool) -> None:
        self.open = False
        if doubtful:
            self.group = replace(self.group, problem=COLLATION)


def group(pages: Iterable[P], page_counts: dict[str, int]) -> Iterator[Group[P]]:
    """Groups a stream of pages, without blank sheets.

    Args:
        pages: in the order of the stack.
        page_counts: number of pages of each form, by form id.
    """
    incomplete: dict[str, bool] = {}
    waiting: deque[_Waiting[P]] = deque()
    for one in _consecutive(pages, page_counts):
        form_id, broken = one.form_id or "", one.problem is not None
        for earlier in waiting:
            if earlier.open and earlier.group.form_id == one.form_id:
                earlier.decide(doubtful=broken)
        alone = broken or len(one.pages) == 1
        waiting.append(_Waiting(one, open=not alone))
        if not alone and incomplete.get(form_id):
            waiting[-1].decide(doubtful=True)
        incomplete[form_id] = broken
        while waiting and not waiting[0].open:
            yield waiting.popleft().group
    yield from (one.group for one in waiting)


def _consecutive(pages: Iterable[P], page_counts: dict[str, int]) -> Iterator[Group[P]]:
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
