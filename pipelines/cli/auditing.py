"""``utsushi audit …`` and ``keys …``: verification against the audit chain, and key rotation."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

app = typer.Typer(help="監査記録 (audit trail)", no_args_is_help=True)
keys_app = typer.Typer(help="鍵 (keys)", no_args_is_help=True)
BROKEN = 1


@app.callback()
def _group() -> None:
    """Without a callback, typer makes an only command the app itself, and ``audit verify`` would not exist."""


@keys_app.callback()
def _keys() -> None:
    """As above, for ``keys rotate``."""


@app.command()
def verify(
    chain_only: Annotated[
        bool, typer.Option("--chain-only", help="鎖と封印だけ、値とファイルは見ない (chain and seals alone)")
    ] = False,
) -> None:
    """監査記録の鎖と封印、値、ファイルを検証し、異常の種類と場所を示します。 (Names what was tampered with.)"""
    # Imported here, as in every command: `--help` must not load the database and image libraries.
    from pipelines.context import this_office
    from pipelines.steps.keeping.tampering import examine

    found, console = examine(this_office(), chain_only=chain_only), Console()
    for fault in found.faults:
        console.print(f"異常: {fault}", style="red", highlight=False)
    for note in found.notes:
        console.print(note, style="yellow", highlight=False)
    if found.faults:
        raise typer.Exit(BROKEN)
    console.print(
        f"正常: {found.events} 件の記録、{found.seals} 個の封印、{found.proofs} 件の証跡"
        " (chain, seals, values and files are intact)",
        style="green",
        highlight=False,
    )


@keys_app.command()
def rotate(
    forget: Annotated[
        bool, typer.Option("--forget", help="不要になった古い鍵を消す (remove old keys that no value needs)")
    ] = False,
) -> None:
    """秘匿項目の鍵を新しくし、すべての値を包み直します。 (A new master key; every secret value is wrapped again.)"""
    from pipelines.context import this_office
    from pipelines.steps.keeping import rotate as steps
    from pipelines.steps.keeping.purge import operator

    office, console = this_office(), Console()
    done = steps.rotate(office, operator(), forget=forget)
    console.print(
        f"新しい鍵 {done.key} で {done.values} 個の値を包み直しました (wrapped again)", highlight=False
    )
    if done.forgotten:
        console.print(f"古い鍵 {', '.join(done.forgotten)} を消しました (removed)", highlight=False)
    console.print(
        f"{office.store.keys} の写しを、バックアップとは別の場所に取り直してください (copy the key folder again)",
        highlight=False,
    )
