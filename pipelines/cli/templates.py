"""``utsushi template …``: making, checking and sharing form templates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipelines.cli import template_editions, template_sharing, template_trial
from templates_forms.loader import load_library

app = typer.Typer(help="帳票テンプレート (form templates)", no_args_is_help=True)
template_sharing.add_to(app)
template_editions.add_to(app)
template_trial.add_to(app)


@app.callback()
def _group() -> None:
    """Holds the subcommands."""


@app.command()
def check(
    folder: Annotated[
        Path, typer.Argument(help="テンプレートのフォルダー、またはそれらを含むフォルダー", exists=True)
    ],
) -> None:
    """テンプレートを検査します。誤りは、ファイル・項目・キーの名前で示します。 (Checks templates.)"""
    # A faulty template raises TemplateError, which `main` prints with file, field and key.
    table = Table("帳票", "名称", "版", "ページ", "項目", "規則")
    for form in load_library(folder).values():
        counts = (len(form.pages), sum(1 for _ in form.fields()), len(form.rules))
        table.add_row(form.id, form.title, form.edition, *map(str, counts))
    Console().print(table)


@app.command()
def new(
    blank: Annotated[
        Path,
        typer.Argument(help="何も記入していない帳票 (PDF・TIFF・JPEG・PNG)", exists=True, dir_okay=False),
    ],
    form_id: Annotated[str, typer.Option("--id", help="帳票の id（英小文字・数字・_）")],
    out: Annotated[Path, typer.Option("--out", help="テンプレートを書き出すフォルダー")],
    title: Annotated[
        str | None, typer.Option("--title", help="帳票の名称（省略時は用紙から読み取る）")
    ] = None,
    edition: Annotated[str, typer.Option("--edition", help="帳票の版（省略時は今月）")] = "",
) -> None:
    """空の帳票から、枠・項目名・種類・規則を読み取ってテンプレートを作ります。 (Makes a template from a blank form.)"""
    from extractors.recognition.paddle_engine import PaddleRecogniser
    from pipelines.authoring import new_template

    made = new_template(blank, form_id, out, PaddleRecogniser(), title, edition)
    table = Table("ページ", "項目", "ラベル", "種類", "枠", "必須")
    for field in made.form.fields():
        cells = "-".join(map(str, field.cells)) if field.cells else ""
        table.add_row(
            str(field.page),
            field.name,
            field.label,
            field.type.value,
            cells,
            "必須" if field.required else "",
        )
    console = Console()
    console.print(table)
    ways = "、".join("図面から" if exact else "画像から" for exact in made.exact)
    console.print(
        f"{made.form.title}: {made.form.folder} を作りました（{ways}、{made.seconds:.0f} 秒）。",
        highlight=False,
    )
    console.print(
        # Proposed fields are a draft: only a person can see what was missed.
        f"次に {made.pictures[0]} を見て、項目の過不足を確かめてください。 (check the result)",
        highlight=False,
    )
