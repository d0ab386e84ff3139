"""``utsushi serve``, ``demo`` and ``doctor``: everything a small office needs on one machine."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

NEEDS_PERSON = 3
FAILED = 1

Folder = Annotated[
    Path, typer.Option("--home", help="実演用のフォルダー (a folder of its own, emptied first)")
]


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the command line."""
    app.command()(serve)
    app.command()(demo)
    app.command()(doctor)


def serve() -> None:
    """Prefect、読取、受付フォルダーの監視、画面をまとめて動かします。 (Everything on one machine; Ctrl-C stops it.)"""
    from pipelines.service.serve import serve as run
    from pipelines.settings import load_settings

    run(load_settings(), Console().print)


def demo(
    headless: Annotated[
        bool, typer.Option("--headless", help="人の代わりに台本で確認する (scripted verifier)")
    ] = False,
    home: Folder = Path("var/demo"),
    samples: Annotated[
        Path | None, typer.Option(help="見本スキャンのフォルダー (default: samples/scans)")
    ] = None,
) -> None:
    """見本の申請書を、受付から入力・報告まで通しで処理します。 (The whole job on the samples.)"""
    from pipelines.demo.run_demo import run_demo

    # The folder is emptied, so it must be one that the demo itself has made.
    if home.exists():
        if not (home / ".utsushi-demo").exists():
            raise typer.BadParameter(
                f"{home} は実演用のフォルダーではありません (not a demo folder; name another)"
            )
        shutil.rmtree(home)
    home.mkdir(parents=True)
    (home / ".utsushi-demo").touch()
    # As an absolute path: Prefect's commands run in the project's folder.
    raise typer.Exit(0 if run_demo(home.resolve(), headless=headless, samples=samples) else FAILED)


def doctor(
    versions: Annotated[bool, typer.Option("--versions", help="版だけを表示 (versions only)")] = False,
) -> None:
    """環境を点検し、直し方を示します。 (Checks the set-up and says how to fix it.)"""
    from pipelines.doctor import examine as examination
    from pipelines.settings import load_settings

    console = Console()
    if versions:
        for name, version in examination.versions().items():
            console.print(f"{name:24} {version}", highlight=False)
        return
    table = Table("点検", "結果", "内容", "直し方")
    bad = 0
    for finding in examination.examine(load_settings()):
        bad += not finding.ok
        mark = "[green]✓ 正常[/green]" if finding.ok else "[red]✗ 異常[/red]"
        table.add_row(finding.name, mark, finding.detail, "" if finding.ok else finding.mend)
    console.print(table)
    if bad:
        raise typer.Exit(NEEDS_PERSON)
