"""``utsushi read``, ``evaluate`` and ``bench``: reading alone, without database and Prefect."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

if TYPE_CHECKING:  # the reader's libraries take seconds to load; commands import them when they run
    from extractors.reader.read_paths import PageResult
    from extractors.reader.read_paths import Progress as ProgressCallback

NEEDS_PERSON = 3
# The templates of the repository: these commands need no office and read no settings.
_ROOT = Path(__file__).resolve().parent.parent.parent

Templates = Annotated[
    Path, typer.Option("--templates", help="テンプレートのフォルダー (templates)", exists=True)
]


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the command line."""
    app.command()(read)
    app.command()(evaluate)
    app.command()(bench)


def read(
    paths: Annotated[
        list[Path], typer.Argument(help="PDF・TIFF・JPEG・PNG・ZIP、またはそのフォルダー", exists=True)
    ],
    out: Annotated[Path, typer.Option("--out", help="書き出す CSV (readings.csv)")],
    templates: Templates = _ROOT / "templates_forms",
    form: Annotated[str | None, typer.Option("--form", help="帳票が分かっているとき、その id")] = None,
) -> None:
    """読取だけを行います。データベースも Prefect も使いません。 (Reading alone.)"""
    from extractors.reader.read_paths import read_paths
    from extractors.reader.readings_csv import write
    from templates_forms.loader import load_library

    forms = load_library(templates)
    # Checked before the engines are loaded, which takes seconds.
    if form is not None and form not in forms:
        raise typer.BadParameter(f"帳票 {form} はありません。あるのは {', '.join(forms)} です (no such form)")
    with _progress() as on_page:
        results = list(read_paths(paths, forms, form, progress=on_page))
    write(out, results)
    console = Console(stderr=True)
    for result in results:
        # A blank back of a sheet is no error.
        if result.error is not None and not result.blank:
            console.print(f"{result.file} {result.page}: {result.error}", style="yellow", highlight=False)
    _summary(console, results, out)
    if any(_needs_person(result) for result in results):
        raise typer.Exit(NEEDS_PERSON)


def evaluate(
    directory: Annotated[
        Path, typer.Argument(help="スキャンと truth.csv のフォルダー", exists=True, file_okay=False)
    ],
    templates: Templates = _ROOT / "templates_forms",
    json_file: Annotated[Path | None, typer.Option("--json", help="結果を JSON でも書く")] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", help="信頼度の図を PNG で書く (reliability plot)")
    ] = None,
    raw: Annotated[bool, typer.Option("--raw", help="同じ項目を PaddleOCR だけで読んだ場合と並べる")] = False,
) -> None:
    """読取結果を正解 (truth.csv) と比べ、正確さ・受理率・確信度の正直さを表にします。 (Accuracy.)"""
    from extractors.evaluation import report
    from extractors.evaluation.evaluate import evaluate as run
    from templates_forms.loader import load_library

    with _progress() as on_page:
        found = run(directory, load_library(templates), progress=on_page)
    console = Console(
        width=140
    )  # the table is wider than a terminal of 80 columns; it would wrap every number
    table = Table(*report.COLUMNS)
    for row in report.table(found):
        table.add_row(*row)
    console.print(table)
    for line in report.lines(found):
        console.print(line, highlight=False)
    if raw:  # reads every field a second time, so only on request
        from extractors.evaluation import comparison_report
        from extractors.evaluation.paddle_comparison import compare_raw

        with _progress() as on_page:
            beside = compare_raw(directory, load_library(templates), evaluation=found, progress=on_page)
        console.print(comparison_report.text(beside), highlight=False, markup=False)
    if json_file:
        found.write_json(json_file)
    if plot:
        report.plot(found, plot)


def bench(
    paths: Annotated[list[Path] | None, typer.Argument(help="測るファイル (default: samples/scans)")] = None,
    pages: Annotated[int, typer.Option(min=1, help="何ページで測るか")] = 30,
    rounds: Annotated[int, typer.Option(min=1, help="何回くり返すか (medians are reported)")] = 3,
    templates: Templates = _ROOT / "templates_forms",
    json_file: Annotated[Path | None, typer.Option("--json", help="結果を JSON でも書く")] = None,
) -> None:
    """読取の速さ・純粋な推論の割合・メモリを測り、PaddleOCR の全ページ処理と並べます。 (Speed and memory.)"""
    from extractors.evaluation.bench import bench_report
    from extractors.evaluation.bench.bench import run_bench
    from templates_forms.loader import load_library

    chosen = paths or [_ROOT / "samples" / "scans"]
    with _progress() as on_page:
        result = run_bench(chosen, load_library(templates), pages=pages, rounds=rounds, progress=on_page)
    Console().print(bench_report.text(result), highlight=False, markup=False)
    if json_file:
        result.write_json(json_file)


def _needs_person(result: PageResult) -> bool:
    return any(reading.decision != "accept" for reading in result.readings) or (
        result.error is not None and not result.blank
    )


def _summary(console: Console, results: list[PageResult], out: Path) -> None:
    readings = [reading for result in results for reading in result.readings]
    accepted = sum(reading.decision == "accept" for reading in readings)
    pages = sum(result.form is not None for result in results)
    console.print(
        f"{pages} ページ、{len(readings)} 項目を読み取り、{accepted} 項目を受理しました → {out}"
        f" ({len(readings) - accepted} fields need a person)",
        highlight=False,
    )


@contextmanager
def _progress() -> Iterator[ProgressCallback]:
    """A line that shows which file is being read and how many pages are done."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("読取の準備 (loading models)", total=None)

        def on_page(file: str, page: int) -> None:
            bar.update(task, description=f"{file} {page}", advance=1)

        yield on_page
