"""``utsushi template compare``: two editions of a form side by side."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.console import Console
from rich.table import Table

from templates_forms.authoring.editions import Comparison, box_position_text, carried_over, compare
from templates_forms.authoring.writing import create_folder_atomically, target_folder
from templates_forms.form_text import form_text
from templates_forms.loader import FORM_FILE, load_form
from templates_forms.model import Form

_DIFFERENT = 3  # "needs a person": somebody has to decide what becomes of the changed fields


def add_to(app: typer.Typer) -> None:
    """Adds the command to ``utsushi template``."""
    app.command("compare")(compare_editions)


def compare_editions(
    old: Annotated[Path, typer.Argument(help="今までの版のフォルダー", exists=True, file_okay=False)],
    new: Annotated[Path, typer.Argument(help="新しい版のフォルダー", exists=True, file_okay=False)],
    carry: Annotated[
        Path | None, typer.Option("--carry", help="名前・扱い・規則を引き継いだ新しい版を書き出すフォルダー")
    ] = None,
) -> None:
    """帳票の二つの版を比べ、動いた・増えた・なくなった項目を mm で示します。 (Compares two editions.)"""
    before, after = load_form(old), load_form(new)
    found = compare(before, after)
    console = Console()
    console.print(_table(found))
    moved = sum(pair.moved for pair in found.pairs)
    changed = sum(bool(pair.changes) for pair in found.pairs)
    console.print(
        f"同じ項目 {len(found.pairs)}（うち動いた {moved}、変わった {changed}）、"
        f"増えた {len(found.appeared)}、なくなった {len(found.vanished)}"
    )
    if carry is not None:
        form = _carry(before, after, found, carry)
        console.print(f"引き継いだ版を {form.folder} に書きました。", highlight=False)
    if not found.same:
        raise typer.Exit(_DIFFERENT)


def _table(found: Comparison) -> Table:
    table = Table("", "項目", "ページ", "右へ mm", "下へ mm", "大きさ mm", "ほかの違い")
    for pair in found.pairs:
        if not pair.moved and not pair.changes:
            continue
        size = f"{pair.wider_mm:+.1f} × {pair.higher_mm:+.1f}" if pair.wider_mm or pair.higher_mm else ""
        page = str(pair.new.page) if pair.old.page == pair.new.page else f"{pair.old.page}→{pair.new.page}"
        mark = "移動" if pair.moved else "変更"
        shift = (f"{pair.right_mm:+.1f}", f"{pair.down_mm:+.1f}")
        table.add_row(
            mark, f"{pair.old.label} ({pair.old.name})", page, *shift, size, "、".join(pair.changes)
        )
    for field in found.appeared:
        table.add_row(
            "追加", f"{field.label} ({field.name})", str(field.page), "", "", "", box_position_text(field.box)
        )
    for field in found.vanished:
        table.add_row(
            "削除", f"{field.label} ({field.name})", str(field.page), "", "", "", box_position_text(field.box)
        )
    return table


def _carry(before: Form, after: Form, found: Comparison, out: Path) -> Form:
    old_data, new_data = (
        yaml.safe_load((form.folder / FORM_FILE).read_text(encoding="utf-8")) for form in (before, after)
    )
    data = carried_over(old_data, new_data, found)
    folder = target_folder(out, after.id)

    def fill(folder: Path) -> None:
        for page in after.pages:
            shutil.copyfile(page.blank, folder / page.blank.name)
        remark = (
            f"{before.title}\nFields of edition {before.edition} carried over by `utsushi template compare`."
        )
        (folder / FORM_FILE).write_text(form_text(data, remark), encoding="utf-8")

    return create_folder_atomically(folder, fill)
