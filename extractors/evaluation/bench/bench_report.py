"""A benchmark's result as plain text for the terminal."""

from __future__ import annotations

from collections.abc import Callable

from extractors.evaluation.bench.bench import BenchResult, Round
from extractors.evaluation.bench.inference import InferenceTime


def text(result: BenchResult) -> str:
    """Returns the report: medians over the rounds, with the lowest and highest in brackets."""
    memory = result.memory
    parts = [
        f"{result.pages} pages ({result.forms} of them forms) in {result.files} files, {len(result.rounds)} rounds; "
        f"{result.cores} processors, {result.threads} threads an inference; {result.machine}",
        f"{result.lines} line crops and {result.glyphs} box crops went to the engines",
        "",
        _row("", "seconds on the clock", "processor seconds"),
        _cost(result, "files to decided readings", lambda one: one.whole),
        _cost(result, "pure inference, same crops", lambda one: one.inference),
        _share(result),
        *_full_page(result),
        "",
        f"pages per minute: {result.pages_per_minute:.1f} (each round begins with {result.preparing:.1f} s for "
        "preparing the templates, counted in it)",
        "inside the reader, seconds: "
        f"cutting {result.median(lambda r: r.cutting):.1f}, engines and decoding "
        f"{result.median(lambda r: r.engines):.1f}, values {result.median(lambda r: r.values):.1f} "
        "(opening and registering run beside it)",
        f"memory over {memory.pages} pages: peak {memory.peak:.0f} MiB ({memory.before:.0f} MiB with the models loaded "
        f"before); {memory.at_tenth:.0f} MiB at a tenth, {memory.at_end:.0f} MiB at the end"
        + ("" if memory.per_100_pages is None else f", {memory.per_100_pages:+.1f} MiB per 100 pages"),
    ]
    return "\n".join(parts)


def _row(name: str, wall: str, cpu: str) -> str:
    return f"{name:<44}{wall:>26}{cpu:>26}".rstrip()


def _spread(values: list[float], format_value: Callable[[float], str]) -> str:
    ordered = sorted(values)
    median = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
    if len(ordered) == 1:
        return format_value(median)
    return f"{format_value(median)} ({format_value(ordered[0])} to {format_value(ordered[-1])})"


def _cost(result: BenchResult, name: str, what: Callable[[Round], InferenceTime]) -> str:
    costs = [what(one) for one in result.rounds]
    wall, cpu = [cost.wall for cost in costs], [cost.cpu for cost in costs]
    return _row(name, _spread(wall, _seconds), _spread(cpu, _seconds))


def _share(result: BenchResult) -> str:
    wall, cpu = [one.overhead for one in result.rounds], [one.overhead_cpu for one in result.rounds]
    return _row(
        "everything else, share of pure inference", _spread(wall, _two_decimals), _spread(cpu, _two_decimals)
    )


def _full_page(result: BenchResult) -> list[str]:
    pairs = [(one.full_page, one.whole) for one in result.rounds if one.full_page is not None]
    if not pairs:
        return []
    wall = [page.wall / whole.wall for page, whole in pairs]
    cpu = [page.cpu / whole.cpu for page, whole in pairs]
    name = f"PaddleOCR full page ({result.lines_full_page} lines)"
    costs = [page for page, _ in pairs]
    return [
        _row(
            name,
            _spread([cost.wall for cost in costs], _seconds),
            _spread([cost.cpu for cost in costs], _seconds),
        ),
        _row(
            "times faster than PaddleOCR full page", _spread(wall, _two_decimals), _spread(cpu, _two_decimals)
        ),
    ]


def _seconds(value: float) -> str:
    return f"{value:.1f}"


def _two_decimals(value: float) -> str:
    return f"{value:.2f}"
