"""A process beside the web app that decodes uploads and keeps the engines loaded.

Uploads are not trusted: one that crashes a decoder, or on which it never finishes, ends this process and not the web
app. One request at a time, as JSON lines over pipes. When the web process ends, so does the worker's input, and with it
the worker.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from pipelines.errors import PipelineError

ROOT = Path(__file__).resolve().parents[2]
_MODULE = "pipelines.editor_worker.child"
IDLE_SECONDS = 900.0
"""The engines take a gigabyte: a worker without requests for so long is ended; the next request starts one."""


class EditorWorkerFailed(PipelineError):
    """The worker refused the request or ended."""


class EditorWorker:
    """Sends requests to the worker process. Thread-safe: threads wait for each other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._idle_timer: threading.Timer | None = None

    def request(self, seconds: float, act: str, **values: Any) -> Any:
        """Sends one request and returns its result.

        Args:
            seconds: after so long the worker is ended.
            act: name of a function of ``child``.
            values: its arguments, plain data.

        Raises:
            EditorWorkerFailed: the worker refused, ended, or took too long.
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
            raise EditorWorkerFailed(
                "このファイルの処理が途中で終わりました。別のファイルで試すか、スキャンし直してください。",
                "The file could not be worked through; try another one or scan it again.",
            )
        answer = json.loads(line)
        if "error" in answer:
            raise EditorWorkerFailed(*answer["error"])
        return answer["result"]

    def _restart_idle_timer(self) -> None:
        """Starts the idle time from the beginning."""
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        self._idle_timer = threading.Timer(IDLE_SECONDS, self.close)
        self._idle_timer.daemon = True  # else the web process could not end for a quarter of an hour
        self._idle_timer.start()

    def close(self) -> None:
        """Ends the process."""
        with self._lock:
            if self._idle_timer is not None:
                self._idle_timer.cancel()
            if self._process is not None:
                self._end(self._process)
                self._process = None

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", _MODULE],
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
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
