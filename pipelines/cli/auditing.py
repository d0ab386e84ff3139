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
    """監査記録の鎖と封印と入力の証跡を検証し、異常があれば最初の箇所を示します。 (Names the first broken link.)"""
    from pipelines.office import this_office
    from pipelines.steps.account import verify_chain
    from pipelines.steps.evidence_check import check_evidence

    result, proofs = verify_chain(this_office()), check_evidence(this_office())
    console = Console()
    if result.ok and proofs.changed:
        what = f"{len(proofs.changed)} 件の証跡が変わったか、ありません: {proofs.changed[0]}"
        console.print(f"異常: {what} (proofs changed or missing)", style="red")
        raise typer.Exit(BROKEN)
    if result.ok:
        console.print(
            f"正常: {result.chain.events} 件の記録、{result.seals} 個の封印、{proofs.files} 件の証跡"
            " (chain, seals and proofs are whole)",
            style="green",
        )
        return
    if not result.chain.ok:
        what = f"{result.chain.broken_seq} 番目の記録: {result.chain.reason} (first broken link)"
    else:
        what = f"{result.seal_day} の封印: {result.seal_fault} (first bad seal)"
    console.print(f"異常: {what}", style="red")
    raise typer.Exit(BROKEN)
