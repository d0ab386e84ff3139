"""How findable is the code: files per folder, sizes of modules and functions, comments, names that explain nothing.

    ./run bench house [CHECKOUT]

Another checkout of the same project may be named to compare with. Counts tracked files; tests and benchmarks are
listed separately from the product's packages.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import subprocess
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
OUTSIDE = ("tests", "benchmarks", ".ci")
CROWDED = 20

METAPHORS = frozenset({
    "asking", "boundary", "hands", "heap", "journey", "keeper", "looking", "manners", "promise", "specks",
    "streaks", "teller", "urging", "veil", "vigilance", "visits", "watchman", "witness",
})  # fmt: skip
"""Words that no module, class or function is called by: the glossary (docs/architecture.md) has the term in use."""

VAGUE_MODULES = frozenset({
    "failures", "fitting", "guard", "hooks", "inside", "judged", "judging", "kept", "keyed", "nothing",
    "parts", "room", "rooms", "sending", "sent", "settling", "showing", "trees", "trouble", "utils", "walk",
})  # fmt: skip
"""Names that do not say what stands in a module."""

AMBIGUOUS_CLASSES = frozenset(["Finding", "Fresh", "Place", "Session", "Sheets", "Verdict", "Visit"])
"""Names that several classes had at once, or that a library has (`Session` of SQLAlchemy)."""

VAGUE_FUNCTIONS = frozenset({"look"})
"""Names that do not say what a function returns."""

# Directives to tools are no explanation to a reader.
_DIRECTIVE = re.compile(r"#\s*(noqa|type:|pragma|fmt|mypy)")


def tracked(root: Path) -> list[Path]:
    listed = subprocess.check_output(["git", "-C", str(root), "ls-files", "-z"], text=True)
    return [Path(name) for name in listed.split("\0") if name]


def product(root: Path) -> dict[Path, str]:
    """The texts of the product's modules, by path within the checkout."""
    code = [file for file in tracked(root) if file.suffix == ".py" and file.parts[0] not in OUTSIDE]
    return {file: (root / file).read_text(encoding="utf-8") for file in code}


def comments(text: str) -> int:
    """Comments of a module, whole lines and those behind code; directives to tools are not counted."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return sum(token.type == tokenize.COMMENT and not _DIRECTIVE.match(token.string) for token in tokens)


def names_outside_glossary(texts: dict[Path, str]) -> Iterator[str]:
    """Modules, packages, classes and functions with a retired name, as `path:line name`."""
    packages = {file.parent for file in texts if file.parent.parts}
    for path in sorted({*texts, *packages}):
        if path.stem in METAPHORS | VAGUE_MODULES:
            yield path.as_posix()
    for file, text in texts.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and _retired(node):
                yield f"{file.as_posix()}:{node.lineno} {node.name}"


def _retired(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    name = node.name.strip("_")
    ambiguous = AMBIGUOUS_CLASSES if isinstance(node, ast.ClassDef) else VAGUE_FUNCTIONS
    return name in ambiguous or name.lower() in METAPHORS


def functions(texts: dict[Path, str]) -> dict[str, int]:
    """Lines of every function, by `path:name`."""
    return {
        f"{file.as_posix()}:{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for file, text in texts.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def figures(root: Path) -> dict[str, str]:
    folders = Counter(file.parent.as_posix() for file in tracked(root) if file.suffix not in {".png", ".jpg"})
    crowded = {folder: number for folder, number in folders.items() if number > CROWDED}
    texts = product(root)
    modules = {file: text.count("\n") for file, text in texts.items()}
    longest = max(modules, key=modules.__getitem__)
    sizes = functions(texts)
    wide = sorted(sizes.items(), key=lambda pair: -pair[1])[:3]
    lines = sum(bool(line.strip()) for text in texts.values() for line in text.splitlines())
    explained = sum(comments(text) for text in texts.values())
    outside = list(names_outside_glossary(texts))
    return {
        "folders over 20 files": ", ".join(f"{f} {n}" for f, n in sorted(crowded.items())) or "none",
        "modules": f"{len(modules)}, median {median(modules.values()):.0f} lines, largest {longest} {modules[longest]}",
        "functions": f"{len(sizes)}, median {median(sizes.values()):.0f} lines; {wide}",
        "comments": f"{explained} to {lines} lines ({100 * explained / lines:.2f}%)",
        "names outside the glossary": "\n".join([str(len(outside)), *outside]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="house", description="コードの見つけやすさ / How findable is the code?"
    )
    parser.add_argument("checkouts", nargs="*", type=Path, default=[ROOT], metavar="CHECKOUT")
    for root in parser.parse_args().checkouts:
        table = Table(title=root.resolve().name, show_header=False)
        for row in figures(root).items():
            table.add_row(*row)
        Console(width=150).print(table)


if __name__ == "__main__":
    main()
