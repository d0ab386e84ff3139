"""The editor worker: makes drafts from blanks, finds ruled lines, reads scans with an unsaved draft."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from foundation.errors import UtsushiError
from pipelines.json_process import serve
from templates_forms.errors import TemplateError

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


def answer(act: str, values: dict[str, Any]) -> Any:
    """Returns the result of one request."""
    try:
        return FUNCTIONS[act](**values)
    except TemplateError as error:
        words = "、".join(error.problems[:3])  # the first ones; later problems often follow from them
        raise UtsushiError(words, words) from error


def main() -> None:
    """Answers requests until its input ends."""
    serve(answer, _UNEXPECTED)


if __name__ == "__main__":
    main()
