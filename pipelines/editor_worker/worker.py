"""A process beside the web app that decodes uploads and keeps the engines loaded.

Uploads are not trusted: one that crashes a decoder, or on which it never finishes, ends this process, not the web app.
"""

from __future__ import annotations

from pipelines.json_process import JsonProcess, ProcessFailed

IDLE_SECONDS = 900.0
"""The engines take a gigabyte: a worker without requests for so long is ended; the next request starts one."""
_ENDED = (
    "このファイルの処理が途中で終わりました。別のファイルで試すか、スキャンし直してください。",
    "The file could not be worked through; try another one or scan it again.",
)


class EditorWorkerFailed(ProcessFailed):
    """The worker refused the request or ended."""


class EditorWorker(JsonProcess):
    """Sends requests to the worker process."""

    def __init__(self) -> None:
        super().__init__("pipelines.editor_worker.child", _ENDED, IDLE_SECONDS, EditorWorkerFailed)
