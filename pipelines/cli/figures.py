"""``utsushi export``, ``evidence``, ``baseline``: records as a table, evidence of one, the baseline for hours saved."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from foundation import clock
from pipelines.errors import PipelineError


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the command line."""
    app.command()(export)
    app.command()(baseline)
    app.command()(evidence)


def export(
    form: Annotated[str, typer.Option("--form", help="帳票の id")],
    out: Annotated[Path, typer.Option("--out", help="書き出すファイル (.csv または .xlsx)", dir_okay=False)],
    month: Annotated[str | None, typer.Option(help="YYYY-MM (既定は今月、受付日で数える)")] = None,
    state: Annotated[list[str] | None, typer.Option(help="申請書の状態 (既定は entered; repeatable)")] = None,
    with_secret: Annotated[
        bool, typer.Option("--with-secret", help="秘匿項目も出力する (役割 lead と理由が必要)")
    ] = False,
    user: Annotated[str, typer.Option(help="秘匿項目を出力する人のログイン名")] = "",
    reason: Annotated[str, typer.Option(help="秘匿項目を出力する理由 (監査記録に残る)")] = "",
) -> None:
    """確定データを CSV か Excel に書き出します。秘匿項目は含みません。 (Settled records; secret fields left out.)"""
    from pipelines.context import this_office
    from pipelines.steps.accounting import export as steps

    office = this_office()
    password = ""
    if with_secret:
        if not user or not reason.strip():
            raise typer.BadParameter("--with-secret には --user と --reason が必要です (both are needed)")
        # Never an option: arguments stay in the shell's history and in the process list.
        password = typer.prompt(f"{user} のパスワード", hide_input=True)
    wish = steps.export_request(office, form, month_of(month), state or ["entered"], with_secret, reason)
    number = steps.export(office, wish, out, user, password)
    left = [column.label for column in wish.columns if column.secret and not with_secret]
    console = Console()
    console.print(f"{number} 件を {out} に書き出しました (records exported)", highlight=False)
    if left:
        console.print(f"含めていない秘匿項目: {'、'.join(left)} (left out)", highlight=False)


def evidence(
    document: Annotated[int, typer.Argument(help="申請書の番号", min=1)],
    out: Annotated[Path, typer.Option("--out", help="書き出すファイル (.pdf)", dir_okay=False)],
    with_original: Annotated[
        bool,
        typer.Option("--with-original", help="伏せる項目が見える元ファイルも入れる (役割 lead と理由が必要)"),
    ] = False,
    user: Annotated[str, typer.Option(help="元ファイルを入れる人のログイン名")] = "",
    reason: Annotated[str, typer.Option(help="元ファイルを入れる理由 (監査記録に残る)")] = "",
) -> None:
    """申請書1件の証跡を、署名した PDF/A にまとめます。伏せた項目は伏せたままです。 (A signed bundle of evidence.)"""
    from pipelines.context import this_office
    from pipelines.steps.accounting import evidence_bundle as steps
    from pipelines.steps.accounting.export import require_lead
    from pipelines.steps.keeping.purge import operator
    from reports.records import write_private

    office, actor = this_office(), operator()
    if with_original:
        if not user or not reason.strip():
            raise typer.BadParameter("--with-original には --user と --reason が必要です (both are needed)")
        actor = require_lead(office, user, typer.prompt(f"{user} のパスワード", hide_input=True))
    made = steps.make_bundle(office, document, actor, reason if with_original else "")
    # Readable by its owner alone: pages of an application are in it.
    write_private(out, made.pdf)
    console = Console()
    console.print(
        f"{out} に証跡を書き出しました (evidence written, {len(made.pdf):,} bytes)", highlight=False
    )
    if not made.original:
        console.print(
            "元ファイルは入れていません。伏せた項目は覆っています (original left out, secrets covered)",
            highlight=False,
        )


def baseline(
    form: Annotated[str, typer.Argument(help="帳票の id")],
    person: Annotated[str, typer.Option(help="入力した人 (who keyed)")],
    forms: Annotated[int, typer.Option(min=1, help="何件入力するか、したか")] = 5,
    minutes: Annotated[
        float | None, typer.Option(min=0.01, help="計測済みの合計分 (時計を使わず記録する)")
    ] = None,
    how: Annotated[str, typer.Option(help="どう測ったか")] = "utsushi baseline",
) -> None:
    """手入力の時間を 1 件ずつ計り、削減時間の基準として記録します。 (Times keying by hand, form by form.)"""
    from pipelines.context import this_office
    from pipelines.steps.accounting import baseline as steps
    from templates_forms import titles

    office, console = this_office(), Console()
    steps.require_installed(office, form)
    if minutes is not None:
        steps.record(office, form, person, [minutes], how, forms)
    else:
        console.print(
            "いつもの画面で入力してください。1 件の初めと終わりに Enter を押します (press Enter at both ends)"
        )
        steps.record(office, form, person, [_timed(number, forms) for number in range(1, forms + 1)], how)
    found = steps.measured_baseline(office, form)
    title = titles.title(office.forms, form, office.settings.language)
    # 1.96 standard errors on each side are the 95% interval of a mean.
    spread = "" if found.error is None else f" ± {1.96 * found.error:.2f} (95%)"
    console.print(
        f"{title}: {found.baseline.minutes:.2f} 分/件{spread}、{found.baseline.source} (measured)",
        highlight=False,
    )


def month_of(month: str | None) -> date:
    """The first day of a month written YYYY-MM, or of the present one."""
    try:
        return clock.month(month)
    except ValueError as error:
        first, last = clock.YEARS[0], clock.YEARS[-1]
        raise typer.BadParameter(
            f"月は YYYY-MM の形で、{first} 年から {last} 年までで指定してください"
            f" (as YYYY-MM, from {first} to {last})"
        ) from error


def _timed(number: int, forms: int) -> float:
    """Minutes between two presses of Enter."""
    try:
        input(f"[{number}/{forms}] 始めるときに Enter ")
        began = time.monotonic()  # the wall clock may be set while somebody types
        input(f"[{number}/{forms}] 終わったら Enter ")
    except EOFError as error:  # no terminal, or Ctrl-D: part of a form is no measurement
        raise PipelineError("計測が途中で終わりました。何も記録していません", "timing was cut off") from error
    return (time.monotonic() - began) / 60
