"""Charts that people look at, as PNG files: from gross to net hours, documents by state, days, field accuracy."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from matplotlib import font_manager
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from reports.model import Report

BLUE, GREEN, ORANGE, GREY = "#0017c1", "#1d8b56", "#c74700", "#767676"
JAPANESE_FONTS = ("IPAexGothic", "Noto Sans CJK JP", "IPAGothic", "TakaoGothic", "Yu Gothic", "Meiryo")
STATE_WORDS = {
    "received": "受付済み",
    "read": "読取済み",
    "verifying": "確認中",
    "verified": "確定済み",
    "entering": "入力中",
    "entered": "入力済み",
    "unidentified": "帳票不明",
    "unregistered": "位置不明",
    "returned": "返戻",
    "refused": "入力拒否",
    "unknown": "入力不明",
    "dismissed": "対象外",
}
NO_FORM = "（帳票なし）"


def use_japanese_font() -> str | None:
    """Chooses an installed Japanese font; None (and boxes instead of letters) when there is none."""
    known = {font.name for font in font_manager.fontManager.ttflist}
    for name in JAPANESE_FONTS:
        if name in known:
            plt.rcParams["font.family"] = name
            plt.rcParams["axes.unicode_minus"] = False
            return name
    return None


def draw(report: Report, folder: Path) -> list[Path]:
    """Writes all charts of a report into a folder and gives their paths."""
    use_japanese_font()
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, paint in (("hours", _waterfall), ("states", _states), ("daily", _daily), ("fields", _fields)):
        figure, axes = plt.subplots(figsize=(8, 4.2), layout="constrained")
        paint(axes, report)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        path = folder / f"{name}.png"
        figure.savefig(path, dpi=130)
        plt.close(figure)
        paths.append(path)
    return paths


def _waterfall(axes: Axes, report: Report) -> None:
    """Gross hours by hand, down by each activity of the applications entered, to the net."""
    gross, net = report.gross_hours, report.net_hours
    spent = gross - net
    labels, bottoms = ["手入力なら", "まだ掛かる時間", "削減時間"], [0.0, net, 0.0]
    bars = axes.bar(labels, [gross, spent, net], bottom=bottoms, color=[GREY, ORANGE, GREEN], width=0.55)
    axes.bar_label(bars, labels=[f"{gross:.2f} 時間", f"−{spent:.2f} 時間", f"{net:.2f} 時間"], padding=3)
    axes.set_title("削減時間 (hours saved)")
    axes.set_ylabel("時間")
    axes.margins(y=0.15)


def _states(axes: Axes, report: Report) -> None:
    table = report.states.replace({"form": {"": NO_FORM}})
    table = table.pivot_table(index="form", columns="state", values="documents", fill_value=0)
    table = table[[state for state in STATE_WORDS if state in table.columns]].rename(columns=STATE_WORDS)
    if table.empty:
        _nothing(axes)
    else:
        table.plot.barh(stacked=True, ax=axes, colormap="viridis", width=0.6)
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, title="")
        axes.set_ylabel("")
    axes.set_title("申請書の状態 (documents by state)")


def _daily(axes: Axes, report: Report) -> None:
    if report.daily.empty:
        _nothing(axes)
    else:
        days = [str(day) for day in report.daily["day"]]
        at = range(len(days))
        left = axes.bar([x - 0.2 for x in at], report.daily["received"], 0.4, label="受付", color=GREY)
        right = axes.bar([x + 0.2 for x in at], report.daily["entered"], 0.4, label="入力済み", color=BLUE)
        axes.bar_label(left)
        axes.bar_label(right)
        axes.set_xticks(list(at), days)
        axes.legend(frameon=False)
    axes.set_title("日ごとの件数 (per day)")


def _fields(axes: Axes, report: Report) -> None:
    """The fields that took most of people's attention."""
    table = report.accuracy.assign(asked=report.accuracy["judged"]).nlargest(10, "asked")
    table = table[table["asked"] > 0].iloc[::-1]
    if table.empty:
        _nothing(axes)
    else:
        bars = axes.barh(table["form"] + " " + table["field"], table["asked"], color=BLUE, height=0.6)
        axes.bar_label(bars, padding=3)
    axes.set_title("人が確認した回数の多い項目 (most verified fields)")


def _nothing(axes: Axes) -> None:
    axes.text(0.5, 0.5, "まだデータがありません (no data yet)", ha="center", transform=axes.transAxes)
