"""A process of its own for the tests with several: `python -m tests.store.store_worker URL ROOT JOB NAME`.

Jobs: `read` takes received documents to `read` until none is left; `verify` answers items until everything is settled;
`write` makes documents until it is killed.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from store.base.model import Answer, DocumentState, Outcome
from store.database import Store
from store.documents import documents
from store.queue import review_queue
from tests.store.store_samples import make_document, reading


def read(store: Store, name: str) -> None:
    while True:
        with store.write() as session:
            claimed = [row.id for row in documents.claim(session, DocumentState.RECEIVED, name, limit=2)]
        if not claimed:
            return
        for document in claimed:
            with store.write() as session:
                documents.advance(session, document, DocumentState.READ, name)


def verify(store: Store, name: str) -> None:
    while True:
        with store.write() as session:
            items = review_queue.claim_next(session, name, limit=2)
        for item in items:
            with store.write() as session:
                answer = Answer(Outcome.CORRECTED, f"{item.document_id:012}")
                review_queue.submit(session, item.id, str(item.claim_token), name, answer)
        with store.read() as session:
            if not documents.in_state(session, DocumentState.VERIFYING):
                return
        if not items:
            time.sleep(0.02)


def write(store: Store, name: str) -> None:
    while True:
        with store.write() as session:
            document = make_document(session, reading("my_number", "123456789018"))
        with store.write() as session:
            review_queue.open_items(session, document, [], actor=name)
        sys.stdout.write(".")
        sys.stdout.flush()


if __name__ == "__main__":
    url, root, job, name = sys.argv[1:]
    {"read": read, "verify": verify, "write": write}[job](Store(url, Path(root)), name)
