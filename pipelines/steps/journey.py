"""The order of the steps within one run: files are split, read and routed as they come, a chunk at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipelines.office import Office
from pipelines.steps.read import read_next
from pipelines.steps.route import route_next
from pipelines.steps.split import Fresh, split_next
from pipelines.workers import release_dead


@dataclass(frozen=True, slots=True)
class Progress:
    """What a run has done so far."""

    files: int = 0
    documents: int = 0
    read: int = 0
    routed: int = 0


Report = Callable[[Progress], None]


def read_everything(office: Office, report: Report = lambda _: None) -> Progress:
    """Works until nothing is left to split, read or route; gives what was done."""
    files = made = read = routed = 0
    release_dead(office.store)
    while True:
        fresh = split_next(office)
        if fresh is not None:
            files += 1
            for chunk in _chunks(fresh, office.settings.chunk_documents):
                made += len(chunk)
                at_hand = {one.document_id: one.located for one in chunk if one.located}
                read += read_next(office, at_hand, len(chunk))
                routed += route_next(office, len(chunk))
                report(Progress(files, made, read, routed))
            continue
        done = read_next(office, {}, office.settings.chunk_documents)
        sent = route_next(office, office.settings.chunk_documents)
        read, routed = read + done, routed + sent
        report(Progress(files, made, read, routed))
        if not done and not sent:
            return Progress(files, made, read, routed)


def _chunks(fresh: Iterator[Fresh], size: int) -> Iterator[list[Fresh]]:
    chunk: list[Fresh] = []
    for one in fresh:
        chunk.append(one)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
