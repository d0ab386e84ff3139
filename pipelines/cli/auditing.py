"""``utsushi audit …``: is the chain of events whole?"""

from __future__ import annotations

import typer
from rich.console import Console

app = typer.Typer(help="監査記録 (audit trail)", no_args_is_help=True)
BROKEN = 1


@app.callback()
def _group() -> None:
    """Keeps ``verify`` a subcommand."""


@app.command()
def verify() -> None:
    """監査記録の鎖と封印を最初から検証し、切れていれば最初の箇所を示します。 (Names the first broken link.)"""
    from pipelines.office import this_office
    from pipelines.steps.account import verify_chain

    result = verify_chain(this_office())
    console = Console()
    if result.ok:
        console.print(
            f"正常: {result.chain.events} 件の記録、{result.seals} 個の封印 (chain and seals are whole)",
            style="green",
        )
        return
    if not result.chain.ok:
        what = f"{result.chain.broken_seq} 番目の記録: {result.chain.reason} (first broken link)"
    else:
        what = f"{result.seal_day} の封印: {result.seal_fault} (first bad seal)"
    console.print(f"異常: {what}", style="red")
    raise typer.Exit(BROKEN)
