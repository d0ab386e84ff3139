"""A process beside the web pages that decodes what people upload and keeps the engines warm.

Uploads are not trusted: a decoder that is brought down by one, or that never ends, takes this process with it and not
the web pages. One question at a time, JSON lines over its pipes; when the web process goes, its input ends and so does
the helper.
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
"""The engines take a gigabyte: a helper that nobody has asked for so long is ended; the next question starts one."""


class EditorWorkerFailed(PipelineError):
    """The helper refused or ended."""


class EditorWorker:
    """Asks the helper process; safe for threads, which wait for each other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._rest: threading.Timer | None = None

    def ask(self, seconds: float, act: str, **values: Any) -> Any:
        """One question, one answer.

        Args:
            seconds: after so long the helper is ended.
            act: name of a function of ``child``.
            values: its arguments, plain data.

        Raises:
            HelperFailed: the helper refused, ended, or took too long.
        """
        with self._lock:
            process = self._running()
            timer = threading.Timer(seconds, process.kill)
            timer.start()
            try:
                line = self._exchange(process, json.dumps({"act": act, **values}))
            finally:
                timer.cancel()
            self._await_rest()
        if not line:
            raise EditorWorkerFailed(
                "このファイルの処理が途中で終わりました。別のファイルで試すか、スキャンし直してください。",
                "The file could not be worked through; try another one or scan it again.",
            )
        answer = json.loads(line)
        if "error" in answer:
            raise EditorWorkerFailed(*answer["error"])
        return answer["result"]

    def _await_rest(self) -> None:
        """Begins anew to wait for nobody's asking."""
        if self._rest is not None:
            self._rest.cancel()
        self._rest = threading.Timer(IDLE_SECONDS, self.close)
        self._rest.daemon = True
        self._rest.start()

    def close(self) -> None:
        """Ends the process."""
        with self._lock:
            if self._rest is not None:
                self._rest.cancel()
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
