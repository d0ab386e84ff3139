"""``utsushi template trial``: whether automating a form is worth it, before it goes live."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipelines.trial.run_trial import Costs, Estimate, Trial, TrialVerdict, run_trial
from templates_forms.loader import load_form

_NOT_YET = 3


def add_to(app: typer.Typer) -> None:
    """Adds the command to ``utsushi template``."""
    app.command()(trial)


def trial(
    folder: Annotated[Path, typer.Argument(help="テンプレートのフォルダー", exists=True, file_okay=False)],
    scans: Annotated[
        Path, typer.Argument(help="本物のスキャンと truth.csv のフォルダー", exists=True, file_okay=False)
    ],
    per_year: Annotated[int, typer.Option("--per-year", min=1, help="1 年の件数")],
    hand_minutes: Annotated[
        float | None, typer.Option("--hand-minutes", min=0.01, help="手入力 1 件の分数（計ったもの）")
    ] = None,
    field_seconds: Annotated[
        float, typer.Option(min=0, help="1 項目の確認にかかる秒（仮定）")
    ] = Costs().field,
    repair_seconds: Annotated[
        float, typer.Option(min=0, help="誤って受理した 1 項目の後始末の秒（仮定）")
    ] = Costs().repair,
    json_file: Annotated[Path | None, typer.Option("--json", help="結果を JSON でも書く")] = None,
) -> None:
    """本番の前に 30〜50 件で試し、正確さ・手間・1 年の削減時間を幅つきで予測します。 (Is it worth automating?)"""
    from extractors.evaluation.evaluate import evaluate

    form = load_form(folder)
    found = evaluate(scans, {form.id: form})
    costs = Costs(field=field_seconds, repair=repair_seconds)
    result = run_trial(form, found, per_year, hand_minutes, costs)
    console = Console()
    console.print(_figures(result))
    if result.advice:
        console.print(_advice(result))
    console.print(result.words, highlight=False)
    console.print(
        f"仮定: 1 項目の確認 {costs.field:.0f} 秒、開く {costs.open:.0f} 秒、読み込み 1 ページ {costs.page:.0f} 秒、"
        f"誤りの後始末 {costs.repair:.0f} 秒。 (assumed seconds)",
        highlight=False,
    )
    if json_file is not None:
        json_file.write_text(
            json.dumps(result.to_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
    # An open verdict also ends with 3: a script must not put a form live on it.
    if result.verdict is not TrialVerdict.WORTH_IT:
        raise typer.Exit(_NOT_YET)


def _figures(result: Trial) -> Table:
    table = Table("", "見込み", "95% の幅", title=f"{result.applications} 件で試した結果")
    table.add_row("正しく読めた項目", *_percent(result.accuracy))
    table.add_row("自動で受理した項目", *_percent(result.accepted))
    error, whole = result.accepted_error, result.whole
    table.add_row(
        "受理した項目の誤り", f"{100 * error.value:.2f}%", f"{100 * error.low:.2f}〜{100 * error.high:.2f}%"
    )
    table.add_row(
        "全項目が正しい申請書", f"{100 * whole.value:.0f}%", f"{100 * whole.low:.0f}〜{100 * whole.high:.0f}%"
    )
    table.add_row(
        "人の手間（1 件、分）",
        f"{result.minutes.value:.2f}",
        f"{result.minutes.low:.2f}〜{result.minutes.high:.2f}",
    )
    table.add_row("手入力（1 件、分）", f"{result.hand_minutes:.2f}", "")
    net = result.net_hours
    table.add_row(
        f"年の削減時間（{result.per_year} 件）", f"{net.value:.1f}", f"{net.low:.1f}〜{net.high:.1f}"
    )
    return table


def _percent(found: Estimate) -> tuple[str, str]:
    return f"{100 * found.value:.1f}%", f"{100 * found.low:.1f}〜{100 * found.high:.1f}%"


def _advice(result: Trial) -> Table:
    table = Table("用紙を直すとよい項目", "正しい", "受理", "直し方")
    for one in result.advice:
        table.add_row(
            f"{one.label} ({one.field})",
            f"{100 * one.right:.0f}%",
            f"{100 * one.accepted:.0f}%",
            "。".join(one.words),
        )
    return table
