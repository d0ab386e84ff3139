"""``backup``, ``restore`` and ``purge``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

FAILED = 1
TAR = ".tar"


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the command line."""
    app.command()(backup)
    app.command()(restore)
    app.command()(purge)


def backup(
    target: Annotated[Path, typer.Argument(help="バックアップのフォルダー、または新しい .tar ファイル")],
    with_keys: Annotated[
        bool, typer.Option("--with-keys", help="秘密の鍵も入れる (secret keys too; guard it well)")
    ] = False,
    keep: Annotated[
        int | None, typer.Option(min=1, help="新しい方から N 世代だけ残す (delete older snapshots)")
    ] = None,
    check: Annotated[bool, typer.Option(help="仮のフォルダーに復元して確かめる (prove by restoring)")] = True,
) -> None:
    """稼働したままバックアップし、復元して確かめます。 (A backup while running, proven by restoring.)"""
    from pipelines.context import this_office
    from pipelines.steps.keeping import backup as keeping

    office, console = this_office(), Console()
    with console.status("バックアップ (copying)"):
        made = keeping.back_up(office, target, with_keys=with_keys)
    facts = made.manifest
    console.print(
        f"保存 {made.place}: データベース {facts.database_bytes / 2**20:.1f} MiB、原本など {facts.files} 個"
        f" (新規 {facts.new_files} 個、{facts.file_bytes / 2**20:.1f} MiB)",
        highlight=False,
    )
    for sha256 in facts.damaged:
        console.print(
            f"✗ 原本 {sha256[:12]}: 壊れています。同じファイルを入れ直すと直ります (damaged; drop the same file again)",
            style="red",
            highlight=False,
        )
    # Without the keys the encrypted fields of a restored office cannot be read.
    if not facts.secret_keys:
        console.print(f"鍵は入っていません。{office.store.keys} を別に保管してください (keys are not inside)")
    if check:
        with console.status("復元して確認 (restoring into a scratch folder)"):
            found = keeping.check_by_restoring(office, made)
        for fault in found.faults:
            console.print(f"✗ {fault}", style="red", highlight=False)
        if not found.ok:
            raise typer.Exit(FAILED)
        console.print(
            f"復元を確認: {found.rows} 行、原本など {found.files} 個、監査記録 {found.events} 件 (restored and intact)",
            style="green",
            highlight=False,
        )
    if facts.damaged:
        raise typer.Exit(FAILED)
    # After the check, so that old snapshots are only deleted once the new one has been restored.
    if keep is not None and target.suffix != TAR:
        removed = keeping.forget(target, keep)
        console.print(
            f"古い世代 {removed[0]}、不要なファイル {removed[1]} 個を消しました (deleted)", highlight=False
        )


def restore(
    source: Annotated[Path, typer.Argument(help="バックアップのフォルダー、世代、または .tar", exists=True)],
    snapshot: Annotated[str | None, typer.Option(help="世代の名前 (既定は最新)")] = None,
    keys: Annotated[
        Path | None, typer.Option(help="鍵のフォルダー (keys kept elsewhere)", exists=True, file_okay=False)
    ] = None,
) -> None:
    """バックアップを、空の状態フォルダー (UTSUSHI_HOME) に復元します。 (Restores a backup; overwrites nothing.)"""
    from pipelines.settings import load_settings
    from pipelines.steps.keeping import backup as keeping

    console = Console()
    with console.status("復元 (restoring)"):
        found = keeping.restore(load_settings(), source, snapshot, keys)
    for fault in found.faults:
        console.print(f"✗ {fault}", style="red", highlight=False)
    console.print(
        f"復元しました: {found.rows} 行、原本など {found.files} 個、監査記録 {found.events} 件 (restored)",
        highlight=False,
    )
    if not found.ok:
        raise typer.Exit(FAILED)


def purge(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="数えるだけで消さない (count only)")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="確認せずに消す (do not ask)")] = False,
    verify: Annotated[
        Path | None, typer.Option("--verify", help="消去証明書を確かめる (check a certificate)", exists=True)
    ] = None,
) -> None:
    """保存期間を過ぎた申請書を消去し、署名した証明書を残します。 (Erases expired applications, with a certificate.)"""
    from pipelines.context import this_office
    from pipelines.steps.keeping import purge as steps

    office, console = this_office(), Console()
    if verify is not None:
        facts = steps.check_certificate(office, verify)
        console.print(f"正しい証明書です: 申請書 {len(facts['applications'])} 件 (valid)", style="green")
        return
    days = steps.retention_days(office)
    if not days:
        console.print(
            "保存期間の定めがありません。form.yaml の retention_days か設定 retention_days に日数を書いてください"
            " (no retention rule, nothing is erased)"
        )
        return
    found = steps.count_due(office)
    for form, number in found.documents.items():
        console.print(f"{form}: {number} 件 (保存 {days.get(form, days.get('*'))} 日)", highlight=False)
    console.print(
        f"申請書 {sum(found.documents.values())} 件、ほかのファイル {found.files} 個 (due)", highlight=False
    )
    if dry_run:
        return
    if (found.documents or found.files) and not yes:
        # Files without an application count too: they are originals that exist nowhere else.
        typer.confirm("消去すると元に戻せません。消去しますか (this cannot be undone)", abort=True)
    certificate = steps.purge(office, steps.operator())
    if certificate is None:
        console.print("消去するものはありません (nothing to erase)")
        return
    console.print(
        f"消去 {certificate.documents} 件、ファイル {certificate.files} 個 (erased)", highlight=False
    )
    console.print(f"証明書 {certificate.path}\n       {certificate.text}", highlight=False)
