"""The comparison with the plain recogniser as text: one table with both results side by side."""

from __future__ import annotations

from extractors.evaluation.metrics import Share, Summary
from extractors.evaluation.paddle_comparison import SCORES, Comparison, Row

COLUMNS = (
    "field type",
    "n",
    "raw right",
    *(f"raw {what} at {score:g}" for score in SCORES for what in ("accepted", "wrong")),
    "raw ECE",
    "our right",
    "our accepted",
    "our wrong",
    "our ECE",
)


def table(comparison: Comparison) -> list[tuple[str, ...]]:
    """Returns rows under ``COLUMNS`` as text; "wrong" is the wrong share of the accepted, with its count."""
    return [_row(row) for row in comparison.rows()]


def _row(row: Row) -> tuple[str, ...]:
    limits = [cell for summary in row.raw for cell in (_percent(summary.accepted), _wrong(summary))]
    first, ours = row.raw[0], row.ours
    return (
        row.name,
        str(first.right.total),
        _percent(first.right),
        *limits,
        _ece(first),
        _percent(ours.right),
        _percent(ours.accepted),
        _wrong(ours),
        _ece(ours),
    )


def _percent(found: Share) -> str:
    return f"{found.value:.1%}"


def _wrong(summary: Summary) -> str:
    wrong = summary.wrong_accepted
    return f"{wrong.value:.2%} ({wrong.count})" if wrong.total else "none"


def _ece(summary: Summary) -> str:
    return "" if summary.ece is None else f"{summary.ece:.3f}"


def text(comparison: Comparison) -> str:
    """Returns the table as plain text."""
    rows = [COLUMNS, *table(comparison)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(
            cell.ljust(w) if i == 0 else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
