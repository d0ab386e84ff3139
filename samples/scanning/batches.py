"""Writes applications into files, with their true values in ``truth.csv`` and their history in ``made.json``."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

from samples.errors import NoSuchForm
from samples.scanning import packing
from samples.scanning.document import MadeDocument, Order, Picture, make_document
from samples.writing.handwriting import Sources
from templates_forms.model import Form

TRUTH_COLUMNS = ("file", "page", "form", "field", "value")


@dataclass(frozen=True, slots=True)
class FilePlan:
    """One file to write. In a ZIP every order becomes a member of kind ``member_kind``."""

    name: str
    kind: str
    orders: tuple[Order, ...]
    bilevel: bool = False
    dpi: int = 200
    colour: bool = False
    member_kind: str = "pdf"


@dataclass(slots=True)
class TruthLog:
    """The rows of ``truth.csv`` and the entries of ``made.json``, in the order of making."""

    rows: list[tuple[str, int, str, str, str]]
    entries: list[dict[str, Any]]

    def add(self, file: str, first_page: int, form: Form, made: MadeDocument) -> None:
        """Record one application that begins on ``first_page`` of ``file``."""
        pages = _page_numbers(first_page, made.pictures)
        for field in form.fields():
            self.rows.append((file, pages[field.page], form.id, field.name, made.values[field.name]))
        style = asdict(made.style)
        self.entries.append(
            {
                "file": file,
                "pages": [pages[page.number] for page in form.pages],
                "form": form.id,
                "seed": made.order.seed,
                "blank_backs": made.order.blank_back,
                "wrong_check_digit": made.order.wrong_check_digit,
                "wrong_postal_code": made.order.wrong_postal_code,
                "slips": [asdict(slip) for slip in made.slips],
                "faults": made.pictures[0].faults.names(),
                "scan": _rounded(asdict(made.pictures[0].faults)),
                "writer": _rounded(
                    {k: style[k] for k in ("pen", "font", "stroke_share", "digit_share", "sloppiness")}
                ),
            }
        )

    def write(self, folder: Path) -> None:
        """Write ``truth.csv`` and ``made.json``."""
        with (folder / "truth.csv").open("w", encoding="utf-8", newline="") as target:
            # The default of `csv` is CR LF; the repository has LF.
            out = csv.writer(target, lineterminator="\n")
            out.writerow(TRUTH_COLUMNS)
            out.writerows(self.rows)
        text = json.dumps(self.entries, ensure_ascii=False, indent=1)
        (folder / "made.json").write_text(text + "\n", encoding="utf-8")


def _page_numbers(first: int, pictures: Sequence[Picture]) -> dict[int, int]:
    return {p.form_page: first + place for place, p in enumerate(pictures) if p.form_page}


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {key: _short(value) for key, value in values.items()}


def _short(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    return [_short(part) for part in value] if isinstance(value, tuple) else value


def write_batches(
    plans: Iterable[FilePlan],
    forms: dict[str, Form],
    sources: Sources,
    folder: Path,
    step: Callable[[], None] = lambda: None,
) -> TruthLog:
    """Write every planned file, one at a time, and the true values beside them.

    Args:
        plans: the files.
        forms: templates by id.
        sources: stroke and digit files.
        folder: the target folder; created when missing.
        step: called after each application.

    Raises:
        NoSuchForm: an order names a form without a template.
    """
    folder.mkdir(parents=True, exist_ok=True)
    truth = TruthLog([], [])
    for plan in plans:
        write_file(plan, forms, sources, folder, truth, step)
    truth.write(folder)
    return truth


def write_file(
    plan: FilePlan,
    forms: dict[str, Form],
    sources: Sources,
    folder: Path,
    truth: TruthLog,
    step: Callable[[], None] = lambda: None,
) -> None:
    """Write one planned file and record its applications."""
    pictures: list[Picture] = []
    members: list[tuple[str, bytes]] = []
    for order in plan.orders:
        form = _form(forms, order.form)
        made = make_document(form, order, sources, bilevel=plan.bilevel, dpi=plan.dpi, colour=plan.colour)
        if plan.kind == "zip":
            kind = plan.member_kind if len(made.pictures) == 1 else "pdf"
            name = f"{len(members) + 1:02d}_{form.id}{packing.SUFFIX[kind]}"
            members.append((name, packing.packed(kind, made.pictures)))
            truth.add(f"{plan.name}/{name}", 1, form, made)
        else:
            truth.add(plan.name, len(pictures) + 1, form, made)
            pictures.extend(made.pictures)
        step()
    data = packing.zip_bytes(members) if plan.kind == "zip" else packing.packed(plan.kind, pictures)
    packing.write(folder / plan.name, data)


def _form(forms: dict[str, Form], name: str) -> Form:
    if name not in forms:
        raise NoSuchForm(name, sorted(forms))
    return forms[name]


def plan_files(
    forms: Sequence[Form], count: int, seed: int, level: str, kinds: Sequence[str], slip_rate: float = 1.0
) -> list[FilePlan]:
    """Distribute ``count`` applications over files of the given kinds, as on one working day.

    Args:
        forms: the forms, with equal probability.
        count: number of applications.
        seed: determines everything.
        level: of faults.
        kinds: of files, from ``packing.KINDS``.
        slip_rate: see ``Order``.
    """
    chance = Random(f"plan-{seed}")
    plans: list[FilePlan] = []
    made = 0
    while made < count:
        kind = kinds[len(plans) % len(kinds)]
        many = {"pdf": chance.randrange(2, 9), "tiff": chance.randrange(2, 6), "zip": chance.randrange(2, 5)}
        size = min(many.get(kind, 1), count - made)
        single = kind in ("jpeg", "png")
        choice = [form for form in forms if len(form.pages) == 1] if single else list(forms)
        # A picture file holds one page; without a form of one page the applications go into a PDF.
        if not choice:
            choice, kind, single = list(forms), "pdf", False
        orders = tuple(
            Order(
                form=chance.choice(choice).id,
                # Seeds of two runs differ up to 100,000 applications.
                seed=seed * 100_000 + made + number,
                level=level,
                slip_rate=slip_rate,
                # JPEG and PNG contain one page, so they have no blank back.
                blank_back=level == "all" and not single and kind != "zip" and chance.random() < 0.06,
                wrong_check_digit=level == "all" and chance.random() < 0.05,
                wrong_postal_code=level == "all" and chance.random() < 0.04,
            )
            for number in range(size)
        )
        name = f"{len(plans) + 1:04d}{packing.SUFFIX.get(kind, '.zip')}"
        # Faxes arrive as TIFF or PDF, and never in colour.
        fax = chance.random() < {"tiff": 0.6, "pdf": 0.2}.get(kind, 0)
        dpi = 200 if fax else chance.choice((150, 200, 200, 300) if level == "all" else (200,))
        member = chance.choice(("pdf", "jpeg"))
        plans.append(FilePlan(name, kind, orders, fax, dpi, not fax and chance.random() < 0.3, member))
        made += size
    return plans
