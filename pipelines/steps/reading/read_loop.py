"""The loop of one run: splits files, reads and routes documents, a chunk at a time."""

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

_CHUNKS_AT_ONCE = 3  # one in the engines, two being cut or stored, so that the engines never wait for a chunk


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of what a run has done so far."""

    files: int = 0
    documents: int = 0
    read: int = 0
    routed: int = 0


Report = Callable[[Progress], None]
Registered = Mapping[int, tuple[RegisteredPage, ...]]


def read_everything(office: Office, report: Report = lambda _: None) -> Progress:
    """Works until nothing is left to split, read or route; returns the counts.

    While threads read and route chunks of documents, this thread decodes and registers the pages of the next.
    """
    done: Counter[str] = Counter()
    running: deque[Future[Counter[str]]] = deque()
    release_dead(office.store)
    with ThreadPoolExecutor(_CHUNKS_AT_ONCE, "reading") as threads:
        while True:
            for registered, limit in _chunks(office, done):
                # The limit also bounds memory: a chunk holds the pictures of its pages.
                if len(running) == _CHUNKS_AT_ONCE:
                    _collect(running.popleft(), done, report)
                running.append(threads.submit(_read_and_route, office, registered, limit))
            while running:
                _collect(running.popleft(), done, report)
            # Without pages at hand: documents of other processes, and those whose first attempt crashed.
            left = _read_and_route(office, {}, office.settings.chunk_documents)
            done.update(left)
            report(Progress(**done))
            if not left.total():
                return Progress(**done)


def _read_and_route(office: Office, registered: Registered, limit: int) -> Counter[str]:
    return Counter(read=read_next(office, registered, limit), routed=route_next(office, limit))


def _collect(running: Future[Counter[str]], done: Counter[str], report: Report) -> None:
    """Waits until a chunk is read and routed; raises the error of its thread, if any."""
    done.update(running.result())
    report(Progress(**done))


def _chunks(office: Office, done: Counter[str]) -> Iterator[tuple[Registered, int]]:
    """Yields chunks: registered pages by document, and the number of documents."""
    size = office.settings.chunk_documents
    # First what an earlier run left unread: a run that is often interrupted would otherwise only ever open files.
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
    """Yields the documents of all waiting files as they are created."""
    while (created := split_next(office)) is not None:
        done["files"] += 1
        for one in created:
            done["documents"] += 1
            yield one
