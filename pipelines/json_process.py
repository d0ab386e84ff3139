"""A process of its own for work that must not end or block the one that asks: requests and answers as JSON lines.

One request at a time. When the asking process ends, so does the other's input, and with it the other process.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from foundation.errors import UtsushiError
from pipelines.errors import PipelineError

ROOT = Path(__file__).resolve().parents[1]
log = logging.getLogger("utsushi.json_process")
Sentences = tuple[str, str]
_GRACE_SECONDS = 5.0


class ProcessFailed(PipelineError):
    """The process refused the request, ended, or took too long."""


class JsonProcess:
    """Sends requests to a process, which is started when needed. Thread-safe: threads wait for each other."""

    def __init__(
        self, module: str, ended: Sentences, idle_seconds: float, failure: type[ProcessFailed] = ProcessFailed
    ) -> None:
        """Prepares; starts nothing yet.

        Args:
            module: run by `python -m`; it calls `serve`.
            ended: what to say when it ended in the middle of a request, in both languages.
            idle_seconds: after so long without a request it is ended; the next request starts one.
            failure: the error to raise.
        """
        self._module, self._ended, self._idle_seconds, self._failure = module, ended, idle_seconds, failure
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._idle_timer: threading.Timer | None = None

    def request(self, seconds: float, act: str, **values: Any) -> Any:
        """Sends one request and returns its result.

        Args:
            seconds: after so long the process is ended.
            act: name of what it is to do.
            values: plain data for that.

        Raises:
            ProcessFailed: the process refused, ended, or took too long.
        """
        with self._lock:
            process = self._running()
            # Killed from a thread: `readline` below has no time limit, and returns when the pipe closes.
            timer = threading.Timer(seconds, process.kill)
            timer.start()
            try:
                line = self._exchange(process, json.dumps({"act": act, **values}))
            finally:
                timer.cancel()
            self._restart_idle_timer()
        if not line:
            raise self._failure(*self._ended)
        answer = json.loads(line)
        if "error" in answer:
            raise self._failure(*answer["error"])
        return answer["result"]

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def _restart_idle_timer(self) -> None:
        """Starts the idle time from the beginning."""
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        self._idle_timer = threading.Timer(self._idle_seconds, self.close)
        self._idle_timer.daemon = True  # else the asking process could not end until then
        self._idle_timer.start()

    def close(self) -> None:
        """Ends the process; a request that is running is waited for."""
        with self._lock:
            if self._idle_timer is not None:
                self._idle_timer.cancel()
            if self._process is not None:
                self._end(self._process)
                self._process = None

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=ROOT,
                text=True,
                encoding="utf-8",
            )
        return self._process

    def _exchange(self, process: subprocess.Popen[str], question: str) -> str:
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(question + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except (BrokenPipeError, OSError):
            line = ""
        if not line:
            self._end(process)
            self._process = None
        return line

    @staticmethod
    def _end(process: subprocess.Popen[str]) -> None:
        if process.stdin is not None:
            with suppress(OSError):  # it may have gone with half a request in the pipe
                process.stdin.close()
        try:
            # The end of its input ends it, and gives it the time to end what it has started itself.
            process.wait(timeout=_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def serve(perform: Callable[[str, dict[str, Any]], Any], unexpected: Sentences) -> None:
    """Answers requests until the input ends; called by the process itself.

    Args:
        perform: does one request and returns plain data; its errors in both languages go back to the person.
        unexpected: what to say of any other error.
    """
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    # Standard output becomes standard error: what libraries print must not come between the answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(_answer(perform, request, unexpected), ensure_ascii=True), file=out, flush=True)


def _answer(
    perform: Callable[[str, dict[str, Any]], Any], request: dict[str, Any], unexpected: Sentences
) -> dict[str, Any]:
    try:
        return {"result": perform(request.pop("act"), request)}
    except UtsushiError as error:
        return {"error": [error.ja, error.en]}
    except Exception:
        # Any fault ends one request, not the process.
        log.exception("request")
        return {"error": list(unexpected)}
