"""The helper process: blanks become drafts, pictures give their ruled lines, scans are read by an unsaved draft."""

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
    """Reads a scan by a draft's data; see ``sample_reading``."""
    from pipelines.editor_worker.sample_reading import read_scan

    return read_scan(Path(folder), data, Path(scan), _reader(), field, tuple(types or ()))


@cache
def _recogniser() -> Any:
    from extractors.recognition.paddle_engine import PaddleRecogniser

    return PaddleRecogniser()


@cache
def _reader() -> Any:
    from extractors.reader.reader import Reader

    return Reader(lines=_recogniser())


ACTS: dict[str, Callable[..., Any]] = {"new": new, "lines": lines, "read": read}


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """What goes back: the result, or an error's two sentences."""
    act = ACTS[question.pop("act")]
    try:
        return {"result": act(**question)}
    except TemplateError as error:
        words = "、".join(error.problems[:3])
        return {"error": [words, words]}
    except UtsushiError as error:
        return {"error": [error.ja, error.en]}
    except Exception:
        # Whatever a decoder stumbles over ends one upload, not the helper.
        log.exception("upload")
        return {"error": list(_UNEXPECTED)}


def main() -> None:
    """Answers until its input ends. Whatever libraries print goes to the error stream, not between the answers."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for question in _questions(sys.stdin):
        print(json.dumps(answer(question), ensure_ascii=True), file=out, flush=True)


def _questions(stream: TextIO) -> Iterator[dict[str, Any]]:
    for line in stream:
        yield json.loads(line)


if __name__ == "__main__":
    main()
