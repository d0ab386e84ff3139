"""Measures the layout of the code: files per folder, sizes of modules and functions, share of comments.

    ./run bench house [CHECKOUT]

Another checkout of the same project may be named to compare with. Counts tracked files; tests and benchmarks are
listed separately from the product's packages.
"""

from __future__ import annotations

import argparse
import ast
import subprocess
from collections import Counter
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
OUTSIDE = ("tests", "benchmarks", ".ci")
CROWDED = 20


def tracked(root: Path) -> list[Path]:
    listed = subprocess.check_output(["git", "-C", str(root), "ls-files", "-z"], text=True)
    return [Path(name) for name in listed.split("\0") if name]


def figures(root: Path) -> dict[str, str]:
    files = tracked(root)
    folders = Counter(file.parent.as_posix() for file in files if file.suffix not in {".png", ".jpg"})
    crowded = {folder: number for folder, number in folders.items() if number > CROWDED}
    code = [file for file in files if file.suffix == ".py" and file.parts[0] not in OUTSIDE]
    texts = {file: (root / file).read_text(encoding="utf-8") for file in code}
    modules = {file: text.count("\n") for file, text in texts.items()}
    functions = {
        f"{file.as_posix()}:{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for file, text in texts.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    lines = [line.strip() for text in texts.values() for line in text.splitlines() if line.strip()]
    comments = sum(line.startswith("#") for line in lines)
    longest = max(modules, key=modules.__getitem__)
    wide = sorted(functions.items(), key=lambda pair: -pair[1])[:3]
    return {
        "folders over 20 files": ", ".join(f"{f} {n}" for f, n in sorted(crowded.items())) or "none",
        "modules": f"{len(modules)}, median {median(modules.values()):.0f} lines, largest {longest} {modules[longest]}",
        "functions": f"{len(functions)}, median {median(functions.values()):.0f} lines; {wide}",
        "lines that are comments": f"{comments} of {len(lines)} ({100 * comments / len(lines):.2f}%)",
        "functions named look": str(sum(name.endswith(":look") for name in functions)),
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
