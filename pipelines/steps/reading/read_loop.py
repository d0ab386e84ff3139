"""The order of the steps within one run: files are split, read and routed as they come, a chunk at a time."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from extractors.base.model import RegisteredPage
from pipelines.context import Office
from pipelines.steps.intake.split import NewDocument, split_next
from pipelines.steps.reading.read import free_documents, read_next
from pipelines.steps.reading.route import route_next
from pipelines.workers import release_dead

_CHUNKS_AT_ONCE = 3  # one is recognised; two are cut, or kept, so that the next is always at hand


@dataclass(frozen=True, slots=True)
class Progress:
    """What a run has done so far."""

    files: int = 0
    documents: int = 0
    read: int = 0
    routed: int = 0


Report = Callable[[Progress], None]
Registered = Mapping[int, tuple[RegisteredPage, ...]]


def read_everything(office: Office, report: Report = lambda _: None) -> Progress:
    """Works until nothing is left to split, read or route; gives what was done.

    What an earlier run left unread is read before more files are opened: else a run that is often cut off would only
    ever open files. While chunks of documents are read and routed in threads, the pages of the next are seen here.
    """
    done: Counter[str] = Counter()
    running: deque[Future[Counter[str]]] = deque()
    release_dead(office.store)
    with ThreadPoolExecutor(_CHUNKS_AT_ONCE, "reading") as threads:
        while True:
            for registered, limit in _chunks(office, done):
                if len(running) == _CHUNKS_AT_ONCE:
                    _collect(running.popleft(), done, report)
                running.append(threads.submit(_read_and_route, office, registered, limit))
            while running:
                _collect(running.popleft(), done, report)
            left = _read_and_route(office, {}, office.settings.chunk_documents)
            done.update(left)
            report(Progress(**done))
            if not left.total():
                return Progress(**done)


def _read_and_route(office: Office, registered: Registered, limit: int) -> Counter[str]:
    return Counter(read=read_next(office, registered, limit), routed=route_next(office, limit))


def _collect(running: Future[Counter[str]], done: Counter[str], report: Report) -> None:
    """Waits for a chunk to be read and routed; what went wrong there is raised here."""
    done.update(running.result())
    report(Progress(**done))


def _chunks(office: Office, done: Counter[str]) -> Iterator[tuple[Registered, int]]:
    """What to read next: pages that were just seen, and how many documents; first those that are left from before."""
    size = office.settings.chunk_documents
    for _ in range(0, free_documents(office), size):
        yield {}, size
    chunk: list[NewDocument] = []
    for one in _new_documents(office, done):
        chunk.append(one)
        if len(chunk) == size:
            yield _registered(chunk), size
            chunk = []
    if chunk:
        yield _registered(chunk), len(chunk)


def _registered(chunk: Sequence[NewDocument]) -> Registered:
    return {one.document_id: one.located for one in chunk if one.located}


def _new_documents(office: Office, done: Counter[str]) -> Iterator[NewDocument]:
    """The documents of all files that wait, as they are made."""
    while (fresh := split_next(office)) is not None:
        done["files"] += 1
        for one in fresh:
            done["documents"] += 1
            yield one
