"""Writes a Report to files: a CSV per table, one Excel workbook, charts, and an HTML page without external files."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pandas as pd
from jinja2 import Environment, PackageLoader
from openpyxl.utils import get_column_letter

from reports import charts, pdf, titles
from reports.model import Report

TABLES = {
    "hours": "削減時間",
    "offices": "窓口別",
    "waterfall": "内訳",
    "activities": "作業時間",
    "trend": "月別",
    "forecast": "年度末の見込み",
    "states": "状態",
    "accuracy": "正確さ",
    "reliability": "信頼性",
    "agreement": "2人の一致",
    "worst": "修正の多い項目",
    "entries": "入力",
    "refusals": "入力できない理由",
    "daily": "日別",
    "queue": "確認待ち",
    "waiting": "所要時間",
    "vigilance": "検査問題",
}


def tables(report: Report) -> dict[str, pd.DataFrame]:
    """The report's tables by name, as in every export."""
    return {name: getattr(report, name) for name in TABLES}


def write(report: Report, folder: Path, language: str = "ja") -> dict[str, Path]:
    """Write everything below ``folder/<span>``; returns ``pdf``, ``html``, ``xlsx`` and the CSV paths by name.

    Forms and fields have their titles and labels in `language` (``ja`` or ``en``, which has its own folder,
    ``folder/<span>_en``); CSV contains their ids.
    """
    target = folder / (report.span.label if language == "ja" else f"{report.span.label}_{language}")
    target.mkdir(parents=True, exist_ok=True)
    paths: dict[str, Path] = {}
    for name, table in tables(report).items():
        paths[name] = target / f"{name}.csv"
        # With a byte order mark, without which Excel on Japanese Windows decodes CSV as cp932.
        table.to_csv(paths[name], index=False, encoding="utf-8-sig")
    translated = titles.in_language(report, language)
    paths["xlsx"] = _excel(translated, target / "report.xlsx")
    pictures = charts.draw(report, target, language)
    paths["pdf"] = target / "report.pdf"
    paths["pdf"].write_bytes(
        pdf.render(translated, headline(translated), TABLES, tables(translated), pictures)
    )
    paths["html"] = target / "report.html"
    paths["html"].write_text(_page(translated, pictures), encoding="utf-8")
    return paths


def _excel(report: Report, path: Path) -> Path:
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        for name, table in tables(report).items():
            table.to_excel(book, sheet_name=TABLES[name], index=False)
            sheet = book.sheets[TABLES[name]]
            sheet.freeze_panes = "A2"  # the head stays in sight
            for number, column in enumerate(table.columns, start=1):
                sheet.column_dimensions[get_column_letter(number)].width = max(12.0, len(str(column)) + 3.0)
        pd.DataFrame({"注記": list(report.notes)}).to_excel(book, sheet_name="注記", index=False)
    return path


def headline(report: Report) -> str:
    """The summary of a report in one sentence."""
    if not report.applications:
        return "この期間に入力まで終わった申請はありません。"
    share = f"（{report.reduction:.0%} 減）" if report.reduction is not None else ""
    # The command line and the demo print this sentence without the notes, so it marks an assumption itself.
    measured = "" if bool(report.hours["measured"].all()) else "　※手入力の時間は仮定値です"
    return (
        f"{report.applications} 件を入力し、{report.gross_hours:.2f} 時間の手入力が"
        f" {report.gross_hours - report.net_hours:.2f} 時間の作業になりました。"
        f"削減 {report.net_hours:.2f} 時間{share}{measured}"
    )


def _page(report: Report, pictures: list[Path]) -> str:
    environment = Environment(loader=PackageLoader("reports", "pages"), autoescape=True)
    # Inside the page as data: one file can be mailed or archived, and opens without a network.
    images = [{"name": p.stem, "data": b64encode(p.read_bytes()).decode()} for p in pictures]
    shown = {name: pdf.cells(table) for name, table in tables(report).items()}
    return environment.get_template("report.html").render(
        report=report, headline=headline(report), charts=images, titles=TABLES, tables=shown
    )
