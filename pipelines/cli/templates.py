"""``utsushi template …``: checking form templates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from templates_forms.loader import load_library

app = typer.Typer(help="帳票テンプレート (form templates)", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps ``check`` a subcommand."""


@app.command()
def check(
    folder: Annotated[
        Path, typer.Argument(help="テンプレートのフォルダー、またはそれらを含むフォルダー", exists=True)
    ],
) -> None:
    """テンプレートを検査します。誤りは、ファイル・項目・キーの名前で示します。 (Checks templates.)"""
    table = Table("帳票", "名称", "版", "ページ", "項目", "規則")
    for form in load_library(folder).values():
        counts = (len(form.pages), sum(1 for _ in form.fields()), len(form.rules))
        table.add_row(form.id, form.title, form.edition, *map(str, counts))
    Console().print(table)
