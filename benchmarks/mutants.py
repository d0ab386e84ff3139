"""Mutation testing of the pure cores: changes one place after another and runs their tests.

A mutant is a core with one change: a comparison, a constant, and/or, not, a bool, arithmetic, or a value not returned.
It is noticed when a test fails, the core no longer loads, or the tests take far too long. mutmut and cosmic-ray make
the same changes, but start a new Python for each (seconds of imports, thousands of times) or want a layout of their
own; here each mutant runs in a fork of a process that has imported everything already.

    python -m benchmarks.mutants                         every change (CPU time: about 20 minutes)
    python -m benchmarks.mutants --sample 20 --seed 7    20 of each module, the same ones every time
    python -m benchmarks.mutants --modules acceptance bots.run.recovery
"""

from __future__ import annotations

import argparse
import ast
import gc
import importlib.util
import io
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import partial
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import TypeVar

import grimp
import pytest
from hypothesis import HealthCheck, Phase, settings

ROOT = Path(__file__).parents[1]
WANTED = 0.9
_CPU_SECONDS = 20
"""What a mutant's tests may compute; the unchanged ones need one or two. On a busy machine the clock says nothing."""
_LONGEST = 600.0
"""Seconds on the clock, for a mutant that waits for ever."""

# module → (the core it is, the tests that belong to it: quick ones, without browser, server or engine)
CORES: dict[str, tuple[str, tuple[str, ...]]] = {
    "extractors.confidence.acceptance": ("acceptance", ("tests/extractors/test_extractors_acceptance.py",)),
    "extractors.confidence.decision": ("decision", ("tests/extractors/test_extractors_acceptance.py",)),
    "extractors.confidence.calibration": ("calibration", ("tests/extractors/test_extractors_calibration.py",)),
    "extractors.recognition.ctc": ("ctc", ("tests/extractors/test_extractors_ctc.py",)),
    "pipelines.steps.intake.grouping": ("grouping", ("tests/pipelines/intake/test_pipelines_grouping.py",)),
    "store.documents.answer_agreement": ("agreement", ("tests/store/test_store_agreement.py",)),
    "store.queue.settlement": ("settlement", ("tests/store/test_store_settlement.py",)),
    "templates_forms.rules": ("rules", ("tests/templates_forms/test_templates_forms_rules.py",)),
    "templates_forms.values": ("values", ("tests/templates_forms/test_templates_forms_values.py",)),
    "extractors.values.barcode": ("values", ("tests/extractors/values/test_extractors_values_barcode.py",)),
    "extractors.values.characters": ("values", ("tests/extractors/values/test_extractors_values_boxes.py",)),
    "extractors.values.dates": ("values", ("tests/extractors/values/test_extractors_values_dates.py",)),
    "extractors.values.draft": ("values", ("tests/extractors/values/test_extractors_values_draft.py",)),
    "extractors.values.marks": ("values", ("tests/extractors/values/test_extractors_values_marks.py",)),
    "extractors.values.fields": (
        "values",
        tuple(f"tests/extractors/values/test_extractors_values_{name}.py" for name in ("fields", "marks")),
    ),
    "extractors.values.text": ("values", ("tests/extractors/values/test_extractors_values_text.py",)),
    "bots.run.recovery": ("recovery", ("tests/bots/test_bots_recovery.py",)),
    "bots.spec.compare": ("compare", ("tests/bots/spec/test_bots_compare.py",)),
    "bots.spec.formatters": ("formatters", ("tests/bots/spec/test_bots_formatters.py",)),
    "store.audit.merkle": ("merkle", ("tests/store/test_store_merkle.py",)),
    "bots.run.schedule": ("schedule", ("tests/bots/test_bots_schedule.py",)),
}  # fmt: skip

_WITH_FIXTURES = "tests/store/"
"""Where tests need what the folder's conftest.py gives them: a database."""

# (module, function, change) → why no test can notice it
EQUIVALENT: dict[tuple[str, str, str], str] = {
    (
        "templates_forms.rules",
        "_time_order",
        "case.value(place).zfill(4) → case.value(place).zfill(5)",
    ): "times of three and four digits compare alike with more zeros before them",
    (
        "extractors.values.barcode",
        "read_barcode",
        "distinct[0] → distinct[-1]",
    ): "there is only one",
    (
        "extractors.values.barcode",
        "_crop",
        "cv2.perspectiveTransform(corners[None], located.mm_to_px)[0]"
        " → cv2.perspectiveTransform(corners[None], located.mm_to_px)[-1]",
    ): "there is only one",
    **{
        (
            "extractors.values.barcode",
            "_crop",
            f"(255, 255, 255) → {changed}",
        ): "no pixel is lighter than 255"
        for changed in ((256, 255, 255), (255, 256, 255), (255, 255, 256))
    },
    (
        "extractors.values.barcode",
        "_decode",
        "scale != 1.0 → scale != 0.0",
    ): "a picture resized to its own size stays the same",
    (
        "extractors.values.characters",
        "_ValueBuilder._positions",
        "max(len(kept) - len(plain), 0) → max(len(kept) - len(plain), -1)",
    ): "no character of a box becomes two",
    (
        "extractors.values.characters",
        "_ValueBuilder._positions",
        "[-1] → [-2]",
    ): "every negative number stands for no place",
    (
        "store.audit.merkle",
        "path",
        "sibling < index → sibling <= index",
    ): "a leaf is not its own sibling",
    (
        "store.audit.merkle",
        "root_of",
        "levels([leaf(one) for one in hashes])[-1][0] → levels([leaf(one) for one in hashes])[-1][-1]",
    ): "there is only one",
    ("store.audit.merkle", "last_stored", "query.limit(1) → query.limit(2)"): "only the first is used",
    **{
        ("extractors.recognition.ctc", "align", change): "the size of a batch changes no line"
        for change in (
            "range(0, len(members), 32) → range(0, len(members), 31)",
            "chunk + 32 → chunk + 33",
        )
    },
    (
        "extractors.recognition.ctc",
        "_pad",
        "members[0] → members[-1]",
    ): "all lines of a group have the same classes",
    **{
        (
            "extractors.recognition.ctc",
            "_align_batch",
            "np.clip(scales[t] + beta_scale - logs, -600.0, 600.0)"
            f" → np.clip(scales[t] + beta_scale - logs, {limits})",
        ): "the limits only keep exp from overflowing"
        for limits in ("-601.0, 600.0", "-599.0, 600.0", "-600.0, 601.0", "-600.0, 599.0")
    },
    (
        "extractors.recognition.ctc",
        "_align_batch",
        "np.maximum(from_blank.max(1), from_char.max((1, 2))) + _TINY"
        " → np.maximum(from_blank.max(1), from_char.max((1, 2))) - _TINY",
    ): "a line that cannot be has an even posterior either way",
    (
        "extractors.values.draft",
        "logit",
        "max(p, 1e-06) → max(p, -0.999999)",
    ): "−12 is the limit of log odds of 0 either way",
    (
        "extractors.recognition.ctc",
        "log_scores",
        "initial=1 → initial=2",
    ): "one more column than any text has is never read",
    (
        "extractors.recognition.ctc",
        "log_scores",
        "label[:, 2:] != 0 → label[:, 2:] != -1",
    ): "blanks are two apart, so they are equal already",
    ("extractors.recognition.ctc", "log_scores", "lengths > 1 → lengths > 2"): "lengths are odd",
    **{
        ("bots.spec.formatters", name, "value: str, width: Argument=1 → value: str, width: Argument=0"): (
            "a number has one digit at least"
        )
        for name in ("wareki_year", "month", "day")
    },
    (
        "bots.spec.formatters",
        "year",
        "value: str, width: Argument=4 → value: str, width: Argument=5",
    ): "a year has four digits",
    (
        "bots.spec.formatters",
        "postal",
        "postal_part(value, 2) → postal_part(value, 3)",
    ): "every part but the first is the second",
    **{
        ("bots.spec.formatters", "family", f"maxsplit=1 → maxsplit={limit}"): "only the first part is used"
        for limit in (2, 0)
    },
    (
        "bots.run.schedule",
        "Schedule",
        "init=False → init=True",
    ): "nothing passes the time of the last start",
    (
        "extractors.values.marks",
        "read_marks",
        "max(none, 0.0) → max(none, -1.0)",
    ): "only rounding makes it less than nothing",
    (
        "extractors.values.fields",
        "read_presence",
        "certainty < 0.9 → certainty <= 0.9",
    ): "no share of ink rounds to exactly nine tenths",
    **{
        ("store.queue.settlement", function, f"{query}.limit(1) → {query}.limit(2)"): "only the first is used"
        for function, query in (("agreement_of", "waiting"), ("waiting_items", "query"))
    },
    ("store.documents.answer_agreement", "evaluate", "given[0] → given[-1]"): "there is only one",
    (
        "pipelines.steps.intake.grouping",
        "_close",
        "pages[0] → pages[-1]",
    ): "all pages of a group are of one form",
    (
        "extractors.confidence.calibration",
        "_interpolate",
        "value <= knots[0][0] → value < knots[0][0]",
    ): "the line begins at that knot",
}

_PACKAGES = (
    "bots",
    "extractors",
    "foundation",
    "pipelines",
    "reports",
    "samples",
    "store",
    "templates_forms",
    "verification",
)
_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one changed place.

    Attributes:
        function: the function or class in which the place lies; "" for the module itself.
        change: the place before and after, as Python writes it.
        swap: makes the change in the module's tree.
    """

    module: str
    file: Path
    line: int
    function: str
    change: str
    swap: Callable[[], None]

    @property
    def equivalent(self) -> str | None:
        """The reason why no test can notice it; None when one must."""
        return EQUIVALENT.get((self.module, self.function, self.change))

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line} {self.function}: {self.change}"


@dataclass(frozen=True, slots=True)
class Result:
    """The results of a module's mutants; ``total`` excludes the equivalent ones."""

    module: str
    total: int
    survived: tuple[Mutant, ...]
    equivalent: tuple[Mutant, ...]

    @property
    def noticed(self) -> int:
        return self.total - len(self.survived)

    def __str__(self) -> str:
        share = f"{self.noticed / self.total:6.1%}" if self.total else "     –"
        head = f"{self.module:32} {self.total:5} {self.noticed:7} {share} {len(self.equivalent):10}"
        survived = [f"    {mutant}" for mutant in self.survived]
        equal = [f"    equivalent {mutant} ({mutant.equivalent})" for mutant in self.equivalent]
        return "\n".join([head, *survived, *equal])


def mutants(module: str) -> tuple[ast.Module, list[Mutant]]:
    """A module's tree and every change to it, in the order of the lines."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise SystemExit(f"{module}: ありません / not found")
    file = Path(spec.origin)
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = [
        Mutant(
            module,
            file,
            getattr(node, "lineno", 0),
            function,
            _describe(whole, node, new, put),
            partial(put, new),
        )
        for node, whole, function, put in _places(tree, tree, "")
        for new in _changes(node)
    ]
    return tree, sorted(found, key=lambda m: m.line)


_Put = Callable[[ast.AST], None]


def _describe(whole: ast.AST, node: ast.AST, new: ast.AST, put: _Put) -> str:
    """A change in one line; a number is shown with its surrounding expression."""
    shown = [whole if isinstance(node, ast.Constant | ast.UnaryOp) else node]
    before = _text(*shown)
    put(new)
    after = _text(*(shown if shown[0] is whole else [new]))
    put(node)
    return f"{before} → {after}"


def _text(node: ast.AST) -> str:
    """A node in one line; of a statement with a body only its head."""
    return ast.unparse(node).splitlines()[0]


def _places(parent: ast.AST, whole: ast.AST, function: str) -> Iterator[tuple[ast.AST, ast.AST, str, _Put]]:
    """Every node under ``parent`` with its parent, its function, and a function that replaces it."""
    for name, value in ast.iter_fields(parent):
        if name in ("annotation", "returns", "decorator_list"):
            continue  # these say what is meant, and nothing is decided by them
        for at, node in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(node, ast.AST) and not _guards(node):
                here = f"{function}.{node.name}".lstrip(".") if isinstance(node, _NAMED) else function
                put = (
                    partial(value.__setitem__, at)
                    if isinstance(value, list)
                    else partial(setattr, parent, name)
                )
                yield node, whole, here, put
                yield from _places(node, whole if isinstance(node, ast.UnaryOp) else node, here)


_NAMED = (ast.FunctionDef, ast.ClassDef)


def _guards(node: ast.AST) -> bool:
    """Whether it guards against programming errors (``strict=True`` of ``zip``, asserts), which no input causes."""
    return isinstance(node, ast.Assert) or (isinstance(node, ast.keyword) and node.arg == "strict")


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    """What a node may be changed to, each the smallest mistake of its kind."""
    match node:
        case ast.Compare(ops=ops):
            for at, op in enumerate(ops):
                for other in _COMPARISONS[type(op)]:
                    yield _with(node, ops=[*ops[:at], other(), *ops[at + 1 :]])
        case ast.BoolOp(op=op):
            yield _with(node, op=ast.Or() if isinstance(op, ast.And) else ast.And())
        case ast.BinOp(op=op) | ast.AugAssign(op=op) if type(op) in _ARITHMETIC:
            yield _with(node, op=_ARITHMETIC[type(op)]())
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.Constant(value=bool(value)):
            yield _with(node, value=not value)
        case ast.Constant(value=int(value) | float(value)):
            yield from (_with(node, value=value + step) for step in (1, -1))
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) if not isinstance(
            test, _NEGATED
        ):
            yield _with(node, test=ast.copy_location(ast.UnaryOp(ast.Not(), test), test))
        case ast.Return(value=value) if value is not None and not isinstance(value, ast.Constant):
            yield _with(node, value=ast.copy_location(ast.Constant(None), value))


_NEGATED = (ast.Compare, ast.UnaryOp)  # changed to their opposite already


def _with(node: ast.AST, **fields: object) -> ast.AST:
    """A copy of a node with other fields."""
    return ast.copy_location(type(node)(**{**dict(ast.iter_fields(node)), **fields}), node)


class _Changed(SourceFileLoader):
    """Finds and loads one module from its changed tree, with the path of its file."""

    def __init__(self, mutant: Mutant, tree: ast.Module) -> None:
        super().__init__(mutant.module, str(mutant.file))
        self._tree = tree

    def get_code(self, fullname: str) -> CodeType:
        return compile(ast.fix_missing_locations(self._tree), self.path, "exec", dont_inherit=True)

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        return (
            importlib.util.spec_from_file_location(name, self.path, loader=self)
            if name == self.name
            else None
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the mutants and prints the table; returns 0 when enough of them are noticed."""
    chosen = _parser().parse_args(arguments)
    os.chdir(ROOT)
    for threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[threads] = "1"  # before numpy is imported: a fork has no use for the threads of its parent
    work = _chosen(chosen.modules)
    print(f"{'module':32} total noticed    % equivalent", flush=True)
    results = []
    graph = grimp.build_graph(*_PACKAGES, cache_dir=None)
    for module, tests in work.items():
        results.append(_module(module, tests, graph, chosen))
        print(results[-1], flush=True)
    return _verdict(results)


def _parser() -> argparse.ArgumentParser:
    about = "小さな誤りにテストが気づくか / Do the tests notice a small mistake?"
    parser = argparse.ArgumentParser(prog="mutants", description=about)
    parser.add_argument("--sample", type=int, metavar="N", help="各モジュールから N 個 / N of each module")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="選び方の種 / seed of the sample")
    parser.add_argument("--modules", nargs="+", metavar="NAME", help="対象 / cores or modules by name")
    cores = os.cpu_count() or 1
    parser.add_argument("--processes", type=int, default=cores, metavar="N", help="同時に試す数 / at a time")
    return parser


def _chosen(names: Sequence[str] | None) -> dict[str, tuple[str, ...]]:
    known = {*CORES, *(core for core, _ in CORES.values())}
    if unknown := set(names or ()) - known:
        raise SystemExit(f"ありません / unknown: {', '.join(unknown)} ({', '.join(sorted(known))})")
    rows = CORES.items()
    return {module: tests for module, (core, tests) in rows if not names or {core, module} & {*names}}


def _module(
    module: str, tests: Sequence[str], graph: grimp.ImportGraph, chosen: argparse.Namespace
) -> Result:
    users = graph.find_downstream_modules(module)
    _warm_up(tests)
    if _survivors([None], lambda _: _fork(None, users, tests), 1) != [None]:
        raise SystemExit(f"変更なしで失敗 / fails without any change: {module}: pytest {' '.join(tests)}")
    tree, every = mutants(module)
    if chosen.sample is not None and chosen.sample < len(every):
        every = random.Random(f"{chosen.seed} {module}").sample(every, chosen.sample)
    real = [mutant for mutant in every if not mutant.equivalent]
    survived = _survivors(real, lambda mutant: _fork((mutant, tree), users, tests), chosen.processes)
    survived.sort(key=lambda mutant: mutant.line)
    return Result(module, len(real), tuple(survived), tuple(m for m in every if m.equivalent))


def _verdict(results: Iterable[Result]) -> int:
    whole = [*results]
    total, noticed = sum(r.total for r in whole), sum(r.noticed for r in whole)
    print(f"{'all':32} {total:5} {noticed:7} {noticed / max(total, 1):6.1%}")
    empty = [result.module for result in whole if not result.total]
    if empty:
        print(f"変異がありません / nothing to change: {', '.join(empty)}")
    return 1 if empty or noticed < WANTED * total else 0


_Tried = TypeVar("_Tried")


def _survivors(wanted: Iterable[_Tried], start: Callable[[_Tried], int], processes: int) -> list[_Tried]:
    """Mutants for which every test passes; ``start`` returns the process that runs the tests."""
    waiting, found = [*wanted][::-1], []
    running: dict[int, tuple[_Tried, float]] = {}
    while waiting or running:
        while waiting and len(running) < processes:
            one = waiting.pop()
            running[start(one)] = one, time.monotonic() + _LONGEST
        for child, (one, deadline) in list(running.items()):
            if (code := _ended(child, deadline)) is not None:
                del running[child]
                found += [] if code else [one]
        time.sleep(0.01)
    return found


def _ended(child: int, deadline: float) -> int | None:
    """Exit code of a child that has ended or is killed at its deadline; None while it runs."""
    done, status = os.waitpid(child, os.WNOHANG)
    if done:
        return os.waitstatus_to_exitcode(status)
    if time.monotonic() > deadline:
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return -signal.SIGKILL
    return None


def _fork(changed: tuple[Mutant, ast.Module] | None, users: set[str], tests: Sequence[str]) -> int:
    """Starts the tests on a mutant (None: on the unchanged project) in a process of its own.

    Args:
        changed: the mutant and its module's tree.
        users: modules that import the changed one, by any way.
        tests: their files.
    """
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        os.setpgid(0, 0)  # whatever a test starts ends with it
        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        _forget(users)
        if changed is not None:
            _forget([changed[0].module])
            changed[0].swap()
            sys.meta_path.insert(0, _Changed(*changed))
        code = _pytest(tests, "-x")
    finally:
        os._exit(code)


def _warm_up(tests: Sequence[str]) -> None:
    """Runs the tests once, so that a fork has all that they import and what they load at their first use."""
    settings.register_profile(
        "mutants",
        max_examples=50,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile("mutants")
    with redirect_stdout(io.StringIO()) as said:
        code = _pytest(tests)
    if code:
        raise SystemExit(f"変更なしで失敗 / the tests fail without any change:\n{said.getvalue()}")
    gc.freeze()  # or each fork goes through, and so copies, all that its parent holds


def _forget(modules: Iterable[str]) -> None:
    """Forgets modules and all tests, so that they are imported again."""
    gone = set(modules)
    for name in list(sys.modules):
        if name in gone or name.startswith(("tests", "test_", "conftest")):
            del sys.modules[name]
            package, _, leaf = name.rpartition(".")
            if package in sys.modules:  # else `from package import leaf` finds the module as it was
                vars(sys.modules[package]).pop(leaf, None)


def _pytest(tests: Sequence[str], *options: str) -> int:
    # Without the project's own options: they name plugins that are left out here.
    without = ["-oaddopts=", *(f"-pno:{name}" for name in ("cacheprovider", "xdist", "schemathesis"))]
    if not any(test.startswith(_WITH_FIXTURES) for test in tests):
        without.append("--noconftest")  # which would import engines and browsers
    return int(pytest.main(["-q", "--tb=no", *without, *options, *tests]))


if __name__ == "__main__":
    sys.exit(main())
