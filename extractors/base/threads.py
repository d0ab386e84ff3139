"""How many threads the libraries beneath may start: one for each of ours, or they wait for each other by spinning.

Pages are registered and cut in threads of our own, beside the one that holds the inference sessions. A product of
two small matrices that OpenBLAS spreads over every processor costs those processors more than it saves.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits

from extractors.base.opencv import cv2


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def inference_threads() -> int:
    """Threads of one inference: half of the processors, so that the other half registers and cuts pages meanwhile."""
    return max(1, cores() // 2)


def page_threads() -> int:
    """Threads that register pages ahead of the reader: one for each processor, at most eight.

    More than inference leaves, for the reader waits for them at the start and inference has them wait in between.
    """
    return min(8, cores())


def one_each() -> None:
    """From now on OpenCV and BLAS calls stay in the thread that makes them."""
    cv2.setNumThreads(1)
    threadpool_limits(1, user_api="blas")


@contextmanager
def all_cores() -> Iterator[None]:
    """As many threads as there are processors for what runs inside; then one each again."""
    cv2.setNumThreads(cores())
    with threadpool_limits(cores(), user_api="blas"):
        yield
    one_each()
