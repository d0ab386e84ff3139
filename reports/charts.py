"""Charts of a report as PNG files; `SOURCE_TABLES` names the table with the figures of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reports import titles
from reports.headings import AGE_WORDS, STATE_WORDS, STEP_WORDS
from reports.model import Report

if TYPE_CHECKING:  # matplotlib itself is loaded when something is drawn: most processes never draw
    from matplotlib.axes import Axes

BLUE, GREEN, ORANGE, GREY = "#0017c1", "#1d8b56", "#c74700", "#767676"
JAPANESE_FONTS = ("IPAexGothic", "Noto Sans CJK JP", "IPAGothic", "TakaoGothic", "Yu Gothic", "Meiryo")
MANY_DAYS = 14  # more bars than this overlap their labels; a line is drawn instead
NO_FORM = "（帳票なし）"


def use_japanese_font() -> str | None:
    """Select an installed Japanese font; None, and boxes in place of characters, when there is none."""
    from matplotlib import font_manager, rcParams

    known = {font.name for font in font_manager.fontManager.ttflist}
    for name in JAPANESE_FONTS:
        if name in known:
            rcParams["font.family"] = name
            # Not every Japanese font has the minus sign U+2212, the default on axes.
            rcParams["axes.unicode_minus"] = False
            return name
    return None


def draw(report: Report, folder: Path, language: str = "ja") -> list[Path]:
    """Write all charts of a report into a folder; returns their paths. Forms and fields are named in `language`."""
    import matplotlib

    matplotlib.use("Agg")  # draws without a display, as a service has to
    from matplotlib import pyplot as plt

    use_japanese_font()
    report = titles.in_language(report, language)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, draw_chart in CHARTS.items():
        figure, axes = plt.subplots(figsize=(8, 4.2), layout="constrained")
        draw_chart(axes, report)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        path = folder / f"{name}.png"
        figure.savefig(path, dpi=130)
        plt.close(figure)  # pyplot keeps every figure until it is closed
        paths.append(path)
    return paths


def _waterfall(axes: Axes, report: Report) -> None:
    """Gross hours by hand, down by each activity of the applications entered, to the net."""
    at = 0.0
    steps = report.waterfall
    for place, (step, hours, measured) in enumerate(steps.itertuples(index=False)):
        whole = step in {"hand", "net"}
        color = GREY if step == "hand" else GREEN if step == "net" else ORANGE
        bars = axes.bar(
            place, hours, bottom=0 if whole else at, color=color, width=0.6, hatch=None if measured else "//"
        )
        axes.bar_label(bars, labels=[f"{hours:+.2f}" if not whole else f"{hours:.2f}"], padding=3)
        at = hours if step == "hand" else at + hours
    axes.set_xticks(range(len(steps)), [STEP_WORDS.get(step, step) for step in steps["step"]])
    axes.set_title("手入力の時間から削減時間まで（斜線は仮定を含む） (from gross to net, hatched: assumed)")
    axes.set_ylabel("時間")
    axes.axhline(0, color="black", linewidth=0.6)
    # Room for at least four bars: one alone would fill the whole width.
    axes.set_xlim(-0.8, max(len(steps) - 1, 3) + 0.8)
    # A month without hours would have an axis from 0 to 0, which matplotlib warns about.
    axes.set_ylim(top=max(float(steps["hours"].max()) * 1.15, 0.01))


def _forms(axes: Axes, report: Report) -> None:
    """Per form: hours still spent and hours saved, the latter with its 95% interval where there is one."""
    table = report.hours
    if table.empty:
        _no_data(axes)
    else:
        axes.barh(table["form"], table["spent_hours"], color=ORANGE, label="掛かった時間", height=0.55)
        # Where more time was spent than saved, the bar ends at the time spent; its label has the negative number.
        net = table["net_hours"].clip(lower=0)
        bars = axes.barh(
            table["form"], net, left=table["spent_hours"], color=GREEN, label="削減時間", height=0.55
        )
        axes.bar_label(bars, labels=[f"{hours:.2f} 時間" for hours in table["net_hours"]], padding=3)
        known = table[table["net_low"].notna()]
        if len(known):
            errors = [known["net_hours"] - known["net_low"], known["net_high"] - known["net_hours"]]
            ends = known["spent_hours"] + known["net_hours"]
            axes.errorbar(
                ends, known["form"], xerr=errors, fmt="none", ecolor="black", capsize=4, label="95% 区間"
            )
        axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
        axes.set_xlabel("時間")
        axes.margins(x=0.15)
        axes.set_ylim(-0.8, max(len(table) - 1, 2) + 0.8)
    axes.set_title("帳票ごとの時間 (hours by form)")


def _trend(axes: Axes, report: Report) -> None:
    """Net hours month by month, and the forecast of the year's end as a note."""
    table = report.trend
    if table.empty:
        _no_data(axes)
    else:
        bars = axes.bar(table["month"], table["net_hours"], color=GREEN, width=0.6)
        axes.bar_label(bars, fmt="%.1f", padding=3)
        axes.set_ylabel("削減時間")
        axes.set_xlim(-0.8, max(len(table) - 1, 5) + 0.8)
        axes.set_ylim(top=max(float(table["net_hours"].max()) * 1.25, 0.01))
        for row in report.forecast.itertuples(index=False):
            words = (
                f"{row.until} までの見込み {row.net_forecast:.0f} 時間（95% {row.low:.0f}〜{row.high:.0f}）"
            )
            axes.text(0.5, 0.97, words, ha="center", va="top", transform=axes.transAxes)
    axes.set_title("月ごとの削減時間 (hours saved per month)")


def _states(axes: Axes, report: Report) -> None:
    table = report.states.replace({"form": {"": NO_FORM}})
    table = table.pivot_table(index="form", columns="state", values="documents", fill_value=0)
    table = table[[state for state in STATE_WORDS if state in table.columns]].rename(columns=STATE_WORDS)
    if table.empty:
        _no_data(axes)
    else:
        table.plot.barh(stacked=True, ax=axes, colormap="viridis", width=0.6)
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, title="")
        axes.set_ylabel("")
    axes.set_title("申請書の状態 (documents by state)")


def _daily(axes: Axes, report: Report) -> None:
    table = report.daily
    if table.empty:
        _no_data(axes)
    elif len(table) > MANY_DAYS:
        axes.plot(table["day"], table["received"], color=GREY, label="受付")
        axes.plot(table["day"], table["entered"], color=BLUE, label="入力済み")
        axes.legend(frameon=False)
    else:
        at = range(len(table))
        for offset, name, words, color in (
            (-0.2, "received", "受付", GREY),
            (0.2, "entered", "入力済み", BLUE),
        ):
            axes.bar_label(axes.bar([x + offset for x in at], table[name], 0.4, label=words, color=color))
        axes.set_xticks(list(at), [f"{day:%m-%d}" for day in table["day"]])
        axes.set_xlim(-0.8, max(len(table) - 1, 4) + 0.8)
        axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    axes.set_title("日ごとの件数 (throughput per day)")


def _fields(axes: Axes, report: Report) -> None:
    """The fields that people verified most, with the machine's accuracy on them and its exact 95% interval."""
    table = report.accuracy[report.accuracy["judged"] > 0]
    # Not nlargest: the columns of a table without rows have no numeric dtype, and nlargest raises on those.
    table = table.sort_values("judged", ascending=False, kind="stable").head(12).iloc[::-1]
    if table.empty:
        _no_data(axes)
    else:
        names = table["form"] + "\n" + table["field"]
        errors = [table["accuracy"] - table["low"], table["high"] - table["accuracy"]]
        # Positions, not labels: fields of the same label would share one row.
        at = range(len(table))
        axes.errorbar(
            table["accuracy"] * 100, at, xerr=[one * 100 for one in errors], fmt="o", color=BLUE, capsize=3
        )
        axes.set_yticks(at, names, fontsize=7, linespacing=1.0)
        axes.set_xlim(0, 102)
        axes.set_xlabel("% 正しかった割合（人が確認した、疑わしい項目のうち）")
    axes.set_title("項目ごとの正確さと 95% 区間 (accuracy of doubtful fields)")


def _reliability(axes: Axes, report: Report) -> None:
    """Stated confidence against the share of right readings."""
    table = report.reliability
    # The diagonal: where a perfectly calibrated reader would lie.
    axes.plot([0, 100], [0, 100], color=GREY, linewidth=0.8, linestyle="--")
    if table.empty:
        _no_data(axes)
    else:
        errors = [(table["share"] - table["low"]) * 100, (table["high"] - table["share"]) * 100]
        axes.errorbar(
            table["stated"] * 100, table["share"] * 100, yerr=errors, fmt="o-", color=BLUE, capsize=3
        )
        axes.set_xlabel("% 機械の確信度")
        axes.set_ylabel("% 実際に正しかった割合")
    axes.set_title("確信度の信頼性（人が確認した項目） (reliability)")


def _queue(axes: Axes, report: Report) -> None:
    table = report.queue.groupby("age", sort=False)["n"].sum() if len(report.queue) else None
    if table is None:
        axes.text(0.5, 0.5, "確認待ちはありません (queue empty)", ha="center", transform=axes.transAxes)
    else:
        axes.bar_label(
            axes.bar([AGE_WORDS.get(str(age), str(age)) for age in table.index], table, color=BLUE, width=0.6)
        )
        axes.set_ylabel("項目")
        axes.set_xlim(-0.8, max(len(table) - 1, 3) + 0.8)
    axes.set_title("確認待ちの項目と待ち時間 (age of the queue)")


def _no_data(axes: Axes) -> None:
    axes.text(0.5, 0.5, "まだデータがありません (no data yet)", ha="center", transform=axes.transAxes)


CHARTS: Final[Mapping[str, Callable[[Axes, Report], None]]] = {
    "hours": _waterfall,
    "forms": _forms,
    "trend": _trend,
    "states": _states,
    "daily": _daily,
    "fields": _fields,
    "reliability": _reliability,
    "queue": _queue,
}
SOURCE_TABLES: Final[Mapping[str, str]] = {
    "hours": "waterfall",
    "forms": "hours",
    "trend": "trend",
    "states": "states",
    "daily": "daily",
    "fields": "accuracy",
    "reliability": "reliability",
    "queue": "queue",
}
"""The table with the figures of each chart."""
