"""Single steps by hand: ``intake``, ``enter``, ``report``, ``status``, ``separator``, and ``user add``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipelines.cli.figures import month_of
from pipelines.errors import PipelineError

NEEDS_PERSON = 3
ROLES = ("clerk", "verifier", "lead", "dx", "automator", "admin")

user_app = typer.Typer(help="利用者 (users)", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the command line."""
    app.command()(intake)
    app.command()(enter)
    app.command()(report)
    app.command()(status)
    app.command()(separator)


def intake(
    read: Annotated[bool, typer.Option(help="続けて読み取る (read them, too)")] = True,
) -> None:
    """受付フォルダーのファイルを受け付け、読み取ります。 (Takes the files in the inbox and reads them.)"""
    from pipelines.context import this_office
    from pipelines.steps.accounting.board import state_counts
    from pipelines.steps.intake.take_in import wait_and_take
    from pipelines.steps.reading.read_loop import read_everything

    office, console = this_office(), Console()
    with console.status("受付 (taking files)"):
        taken = wait_and_take(office)
    console.print(f"受付 {taken} ファイル (files taken)")
    if read:
        with console.status("読取 (reading)"):
            progress = read_everything(office)
        console.print(f"読取 {progress.read} 件 (documents read)")
    if any(state in state_counts(office) for state in ("unidentified", "unregistered")):
        raise typer.Exit(NEEDS_PERSON)


def enter(
    system: Annotated[str, typer.Argument(help="業務システムの名前 (bots/systems/ のフォルダー名)")],
) -> None:
    """確定データを業務システムに入力し、突合します。 (Enters settled records and reads them back.)"""
    from pipelines.context import this_office
    from pipelines.steps.entry.enter import enter_system, known_systems

    office = this_office()
    if system not in known_systems(office):
        raise typer.BadParameter(f"{system} はありません。あるのは {', '.join(known_systems(office))} です")
    results = enter_system(office, system)
    Console().print(results or "入力待ちはありません (nothing to enter)")
    # Every other outcome is shown on the exceptions screen, where a person decides.
    if set(results) - {"confirmed"}:
        raise typer.Exit(NEEDS_PERSON)


def report(
    month: Annotated[str | None, typer.Option(help="YYYY-MM (既定は今月)")] = None,
) -> None:
    """削減時間・正確さ・処理量の報告を書き出します。 (Writes the month's report: HTML, Excel, CSV, charts.)"""
    from pipelines.context import this_office
    from pipelines.steps.accounting.account import build_report
    from reports import exports

    day = month_of(month)  # before the office: bad usage must not create folders or a database
    office = this_office()
    figures = build_report(office, day)
    console = Console()
    console.print(exports.headline(figures), highlight=False)
    for path in exports.write(figures, office.settings.reports_folder, office.settings.language).values():
        console.print(path, highlight=False)


def status() -> None:
    """申請書の状態ごとの件数を表示します。 (Documents by state.)"""
    from pipelines.context import this_office
    from pipelines.steps.accounting.board import state_counts

    table = Table("状態", "件数")
    for state, count in state_counts(this_office()).items():
        table.add_row(state, str(count))
    Console().print(table)


def separator(
    out: Annotated[Path, typer.Option("--out", help="書き出す PDF (A4, 1 ページ)", dir_okay=False)],
    batch: Annotated[str, typer.Option("--batch", help="束の名前 (例: 窓口 午前)")],
    form: Annotated[str, typer.Option("--form", help="続く申請書の帳票 id (混在なら省く)")] = "",
) -> None:
    """束の区切り用紙 (QR コード付き) を PDF で作ります。 (A separator sheet for a stack of applications.)"""
    from pipelines.context import this_office
    from pipelines.separators.mark import LONGEST_NAME, Separator, text_of
    from pipelines.separators.sheet import draw, save

    office = this_office()
    if form and form not in office.forms:
        raise typer.BadParameter(
            f"帳票 {form} はありません。あるのは {', '.join(office.forms)} です (no such form)"
        )
    # A longer name would be cut when the sheet is read (`mark.read`), and its mark would no longer match.
    if not 0 < len(batch) <= LONGEST_NAME:
        raise typer.BadParameter(f"束の名前は {LONGEST_NAME} 文字以内にしてください (too long)")
    title = office.forms[form].title if form else ""
    sheet = draw(text_of(Separator(form, batch), office.store.vault), title, batch, office.settings.office)
    save(sheet, out)
    Console().print(
        f"{out} を印刷して、束の先頭に置いてください (print it and put it on top)", highlight=False
    )


@user_app.callback()
def _group() -> None:
    """Without a callback, typer makes an only command the app itself, and ``user add`` would not exist."""


@user_app.command("add")
def add_user(
    name: Annotated[str, typer.Argument(help="ログイン名")],
    role: Annotated[list[str], typer.Option(help=f"役割: {', '.join(ROLES)} (repeatable)")],
    display: Annotated[str | None, typer.Option(help="表示名")] = None,
    password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="パスワード")
    ] = "",
) -> None:
    """利用者を追加します。 (Adds a person who may sign in.)"""
    from pipelines.context import this_office
    from store.ops import users

    if unknown := set(role) - set(ROLES):
        # The store refuses unknown roles, too; here the message can list those there are.
        raise PipelineError(
            f"役割 {', '.join(sorted(unknown))} はありません。{', '.join(ROLES)} から選んでください",
            "no such role",
        )
    with this_office().store.write() as session:
        users.add(session, name, display=display or name, password=password, roles=role, actor="command line")
    Console().print(f"{name} を追加しました (added)")
