"""An evaluation for people: a table for the terminal and a reliability plot."""

from __future__ import annotations

from pathlib import Path

from extractors.evaluation.character_counts import LONG_NUMBER
from extractors.evaluation.evaluate import Evaluation
from extractors.evaluation.metrics import Share, Summary

COLUMNS = (
    "field type",
    "n",
    "right",
    "95% interval",
    "accepted",
    "wrong accepted",
    "95% bound",
    "ECE",
    "state",
)


def table(evaluation: Evaluation) -> list[tuple[str, ...]]:
    """Returns the rows of the table, one per field type and three totals, as text under ``COLUMNS``."""
    rows = [_row(s, evaluation.states.get(s.name.rstrip("*"), "")) for s in evaluation.by_kind()]
    return rows + [_row(s, "") for s in evaluation.groups() if s.right.total]


def _row(summary: Summary, state: str) -> tuple[str, ...]:
    right, wrong = summary.right, summary.wrong_accepted
    return (
        summary.name,
        str(right.total),
        _percent(right),
        f"{right.low:.2%} to {right.high:.2%}",
        _percent(summary.accepted),
        f"{wrong.count} of {wrong.total}",
        f"{summary.bound:.2%}" if wrong.total else "",
        "" if summary.ece is None else f"{summary.ece:.4f}",
        state,
    )


def _percent(found: Share) -> str:
    return f"{found.value:.2%}"


def lines(evaluation: Evaluation) -> list[str]:
    """Returns the figures of the run for the lines below the table."""
    forms, safe = evaluation.forms_right, evaluation.forms_safe
    counts = evaluation.counts()
    return [
        f"pages registered: {evaluation.registered} of {evaluation.pages}; wrong form: {evaluation.wrong_forms}; "
        f"fields on pages not read, counted as wrong: {counts.unread}",
        *(
            f"one {name} in a box: {_exact(found)}"
            for name, found in counts.characters.items()
            if found.total
        ),
        f"numbers of {LONG_NUMBER[0]} to {LONG_NUMBER[-1]} digits, wholly right: {_exact(counts.long_numbers)}",
        f"ticks, rings, seals on pages that were read: {_exact(counts.marks)}, {_wrong(counts.marks)} wrong; "
        f"on other pages: {counts.marks_unread}",
        f"whole forms right: {forms.count} of {forms.total} ({forms.value:.1%}); "
        f"without a wrong accepted field: {safe.count} of {safe.total} ({safe.value:.1%})",
        f"{evaluation.seconds_per_page:.2f} seconds per page ({evaluation.pages_read} pages)",
    ]


def _exact(found: Share) -> str:
    return f"{found.value:.2%} of {found.total:,} ({found.low:.2%} to {found.high:.2%})"


def _wrong(found: Share) -> int:
    return found.total - found.count


def text(evaluation: Evaluation) -> str:
    """Returns table and figures as plain text."""
    rows = [COLUMNS, *table(evaluation)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
    shown = [
        "  ".join(
            cell.ljust(w) if i == 0 else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return "\n".join([*shown, "", *lines(evaluation)])


def plot(evaluation: Evaluation, path: Path) -> None:
    """Draws the reliability plot: stated confidence against the share that is right, with the number per bin."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    points = evaluation.reliability()
    figure, (upper, lower) = plt.subplots(
        2, 1, figsize=(5, 6), sharex=True, gridspec_kw={"height_ratios": [3, 1]}, layout="constrained"
    )
    upper.plot([0, 1], [0, 1], color="0.7", linewidth=1, label="perfect calibration")
    upper.plot([x for x, _, _ in points], [y for _, y, _ in points], "o-", color="#1f5fa8", label="measured")
    upper.set(xlim=(0, 1), ylim=(0, 1.02), ylabel="share right", title="Reliability of the stated confidence")
    upper.legend(loc="upper left", frameon=False)
    lower.bar([x for x, _, _ in points], [n for _, _, n in points], width=0.06, color="#1f5fa8")
    lower.set(yscale="log", xlabel="stated confidence", ylabel="fields")
    figure.savefig(path, dpi=140)
    plt.close(figure)
