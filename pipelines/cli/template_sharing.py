"""``utsushi template pack`` and ``install``: a template as one signed file for other municipalities."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from pipelines.settings import Settings
from templates_forms.sharing.installing import Package, install_package, open_package
from templates_forms.sharing.keys import fingerprint, signing_key
from templates_forms.sharing.packing import pack_template

_KEY = "template-signing.pem"


def add_to(app: typer.Typer) -> None:
    """Adds these commands to ``utsushi template``."""
    app.command()(pack)
    app.command()(install)


def pack(
    folder: Annotated[Path, typer.Argument(help="テンプレートのフォルダー", exists=True, file_okay=False)],
    out: Annotated[Path, typer.Option("--out", help="書き出すファイル（例: kyufukin.utsushi）")],
    scans: Annotated[
        Path | None,
        typer.Option(
            "--scans",
            help="架空の試験用スキャン（samples.make が作ったフォルダー）",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    bot: Annotated[
        Path | None, typer.Option("--bot", help="業務システムのボット (bot.yaml)", exists=True)
    ] = None,
    measured: Annotated[
        Path | None, typer.Option("--measured", help="`utsushi evaluate --json` の結果", exists=True)
    ] = None,
    key: Annotated[Path | None, typer.Option("--key", help="署名鍵（なければ作ります）")] = None,
) -> None:
    """テンプレートを、署名付きの一つのファイルにまとめます。 (Packs a template into one signed file.)"""
    # Not `load_settings`: packing needs no office, and must not make its folders.
    private = signing_key(key or Settings().home / "keys" / _KEY)
    manifest = pack_template(folder, out, private, scans=scans, bot=bot, measured=measured)
    console = Console()
    console.print(
        f"{out}: {manifest.title}（{manifest.form_id}、版 {manifest.edition}）、{len(manifest.files)} ファイル"
    )
    console.print(
        # The signature proves who signed only when the fingerprint arrives by another way than the file.
        f"署名者 {fingerprint(manifest.signer)} を、受け取る相手に電話などで伝えてください。 (fingerprint)"
    )


def install(
    package: Annotated[Path, typer.Argument(help="受け取ったファイル", exists=True, dir_okay=False)],
    templates: Annotated[Path | None, typer.Option("--templates", help="取り込み先のフォルダー")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="確認せずに取り込む")] = False,
    signer: Annotated[str | None, typer.Option("--signer", help="署名者の番号（違えば取り込まない）")] = None,
) -> None:
    """受け取ったテンプレートの中身と署名を確かめ、見せてから取り込みます。 (Checks, shows and installs a package.)"""
    opened = open_package(package, signer)
    console = Console()
    console.print(_contents(opened))
    # Shown before anything is written: the contents come from outside.
    if not yes and not typer.confirm("取り込みますか (install)?"):
        console.print("取り込みませんでした。何も変えていません。 (nothing was changed)")
        raise typer.Exit(3)
    form = install_package(opened, templates or Settings().templates)
    console.print(f"取り込みました: {form.folder}（{sum(1 for _ in form.fields())} 項目）", highlight=False)


def _contents(package: Package) -> Table:
    manifest = package.manifest
    table = Table("項目", "内容", title=f"{manifest.title}（{manifest.form_id}、版 {manifest.edition}）")
    table.add_row("署名", f"正しい。署名者 {package.signer}（送り主に確かめてください）")
    table.add_row("作成", manifest.made_at)
    pages = [name for name in package.contents if name.startswith("page")]
    table.add_row("ページ", f"{len(pages)}")
    table.add_row("試験用スキャン", f"{len(package.names('scans'))} ファイル（架空）")
    table.add_row("ボット", "、".join(package.names("bot")) or "なし")
    table.add_row("先方での測定", _figures(manifest.measured))
    return table


def _figures(measured: dict[str, Any] | None) -> str:
    # From outside and signed, but checked for form only: any key may be missing or of another type.
    kinds = (measured or {}).get("kinds") or []
    total = next((row for row in kinds if isinstance(row, dict) and row.get("kind") == "all"), {})
    named = (("accuracy", "正確さ"), ("coverage", "自動受理"), ("accepted_error", "受理した誤り"))
    words = [
        f"{word} {100 * float(total[key]):.1f}%"
        for key, word in named
        if isinstance(total.get(key), int | float)
    ]
    return "、".join(words) or "なし"
