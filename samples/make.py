"""``python -m samples.make``: fills in forms and scans them, and writes the true values beside them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.progress import Progress

from samples.errors import MissingFile, NoSuchForm, SamplesError
from samples.scanning import committed, packing
from samples.scanning.batches import FilePlan, plan_files, write_batches
from samples.scanning.broken import write_broken
from samples.scanning.faults import LEVELS
from samples.writing.handwriting import Sources
from templates_forms.errors import TemplateError
from templates_forms.loader import load_library
from templates_forms.model import Form

SCANS = Path(__file__).with_name("scans")
# The file that is copied into broken/duplicate/.
_TWIN = "kyufukin_06.jpg"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0 when done and 2 for invalid options or inputs."""
    options = _parser().parse_args(arguments)
    try:
        sources = _sources(options)
        library = load_library(options.templates)
        folder = SCANS if options.committed and options.out is None else options.out
        if folder is None:
            raise SamplesError("--out で書き出し先を指定してください", "name the target folder by --out")
        plans = committed.plans() if options.committed else _plans(options, library)
        count = _make(plans, library, sources, folder)
        if options.committed:
            write_broken(folder / "broken", library[committed.KYUFUKIN], sources, folder / _TWIN)
    except (SamplesError, TemplateError) as error:
        print(error, file=sys.stderr)
        # The status that argparse uses for invalid options.
        return 2
    print(f"{count} applications in {len(plans)} files → {folder}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m samples.make", description="記入済み申請書のスキャンを作ります"
    )
    parser.add_argument("--out", type=Path, help="folder to write into")
    parser.add_argument("--count", type=int, default=20, help="number of applications")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--forms", default="", help="form ids, separated by commas; all when left out")
    parser.add_argument("--templates", type=Path, default=Path("templates_forms"), help="folder of templates")
    parser.add_argument("--strokes", type=Path, help="stroke file (NumPy archive made from KanjiVG)")
    parser.add_argument("--digits", type=Path, help="MNIST-like archive of digits; its last sixth is used")
    parser.add_argument("--faults", choices=LEVELS, default="all")
    parser.add_argument("--slips", type=float, default=1.0, help="0: nobody makes mistakes, 1: as people do")
    parser.add_argument("--formats", default=",".join(packing.KINDS), help="kinds of files")
    parser.add_argument("--committed", action="store_true", help="remake samples/scans")
    return parser


def _sources(options: argparse.Namespace) -> Sources:
    for path, name in ((options.strokes, "--strokes"), (options.digits, "--digits")):
        if path is not None and not path.is_file():
            raise MissingFile(path, name)
    return Sources(options.strokes, options.digits)


def _plans(options: argparse.Namespace, library: dict[str, Form]) -> list[FilePlan]:
    wanted = [name for name in options.forms.split(",") if name] or sorted(library)
    for name in wanted:
        if name not in library:
            raise NoSuchForm(name, sorted(library))
    kinds = [kind for kind in options.formats.split(",") if kind]
    if not kinds or set(kinds) - set(packing.KINDS):
        known = ", ".join(packing.KINDS)
        raise SamplesError(f"--formats に使えるのは {known} です", f"--formats takes {known}")
    forms = [library[name] for name in wanted]
    return plan_files(forms, options.count, options.seed, options.faults, kinds, options.slips)


def _make(plans: list[FilePlan], library: dict[str, Form], sources: Sources, folder: Path) -> int:
    total = sum(len(plan.orders) for plan in plans)
    with Progress(transient=True) as progress:
        bar = progress.add_task("申請書を作成中", total=total)
        write_batches(plans, library, sources, folder, lambda: progress.advance(bar))
    return total


if __name__ == "__main__":
    raise SystemExit(main())
