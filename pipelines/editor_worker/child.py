"""The editor worker: makes drafts from blanks, finds ruled lines, reads scans with an unsaved draft."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, TextIO

from foundation.errors import UtsushiError
from templates_forms.errors import TemplateError

log = logging.getLogger("utsushi.workshop")
_UNEXPECTED = (
    "このファイルは処理できません。別のファイルで試してください。",
    "This file cannot be worked on; try another one.",
)


def new(blank: str, form_id: str, out: str, title: str | None, edition: str, name: str) -> dict[str, Any]:
    """Makes a draft of a blank form, as ``utsushi template new`` does."""
    from pipelines.authoring import new_template

    made = new_template(Path(blank), form_id, Path(out), _recogniser(), title, edition, name)
    return {"seconds": made.seconds, "exact": list(made.exact)}


def lines(picture: str, width_mm: float, height_mm: float) -> list[list[float]]:
    """The ruled lines of a template's page, each [1 level or 0 upright, at, from, to] in mm."""
    from extractors.blank_forms.page_lines import page_lines

    return [
        [float(r.level), round(r.at, 2), round(r.low, 2), round(r.high, 2)]
        for r in page_lines(Path(picture), (width_mm, height_mm))
    ]


def read(folder: str, data: Any, scan: str, field: str = "", types: list[str] | None = None) -> Any:
    """Reads a scan with a draft's data; see ``sample_reading``."""
    from pipelines.editor_worker.sample_reading import read_scan

    return read_scan(Path(folder), data, Path(scan), _reader(), field, tuple(types or ()))


# Loaded once per process and only when used: finding lines needs neither engine.
@cache
def _recogniser() -> Any:
    from extractors.recognition.paddle_engine import PaddleRecogniser

    return PaddleRecogniser()


@cache
def _reader() -> Any:
    from extractors.reader.reader import Reader

    return Reader(lines=_recogniser())


FUNCTIONS: dict[str, Callable[..., Any]] = {"new": new, "lines": lines, "read": read}


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Returns the result, or the two messages of an error."""
    act = FUNCTIONS[request.pop("act")]
    try:
        return {"result": act(**request)}
    except TemplateError as error:
        words = "、".join(error.problems[:3])  # the first ones; later problems often follow from them
        return {"error": [words, words]}
    except UtsushiError as error:
        return {"error": [error.ja, error.en]}
    except Exception:
        # Any fault in a decoder ends one upload, not the process.
        log.exception("upload")
        return {"error": list(_UNEXPECTED)}


def main() -> None:
    """Answers requests until its input ends."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    # Standard output becomes standard error: what libraries print must not come between the answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for request in _requests(sys.stdin):
        print(json.dumps(answer(request), ensure_ascii=True), file=out, flush=True)


def _requests(stream: TextIO) -> Iterator[dict[str, Any]]:
    for line in stream:
        yield json.loads(line)


if __name__ == "__main__":
    main()
