"""Limits the threads of OpenCV, BLAS and inference: with one each, they do not spin while waiting for each other.

Pages are registered and cut in threads of this package, beside the one with the inference sessions. Spreading a
product of two small matrices over every processor (OpenBLAS's default) costs more processor time than it saves.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits

from extractors.base.opencv import cv2


def cores() -> int:
    """Number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def inference_threads() -> int:
    """Threads of one inference: half of the processors, so that the other half registers and cuts pages meanwhile."""
    # One inference on two threads costs 1.7 times the processor time of one on a single thread (docs/reading.md).
    return max(1, cores() // 2)


def page_threads() -> int:
    """Threads that register pages ahead of the reader: one for each processor, at most eight.

    More than inference leaves free: the reader waits for them at the start, and they wait while inference runs.
    """
    return min(8, cores())


def limit_to_one_thread() -> None:
    """From now on, OpenCV and BLAS calls run in the calling thread only."""
    cv2.setNumThreads(1)
    threadpool_limits(1, user_api="blas")


@contextmanager
def use_all_cores() -> Iterator[None]:
    """Allows as many threads as there are processors inside the block, and one each afterwards."""
    cv2.setNumThreads(cores())
    with threadpool_limits(cores(), user_api="blas"):
        yield
    limit_to_one_thread()
