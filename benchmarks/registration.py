"""Registers a few hundred faulted pages of the scan maker and prints the failures.

python benchmarks/registration.py --count 120 --hard
"""

from __future__ import annotations

import argparse
import pickle
import time
from pathlib import Path
from random import Random

import cv2
import numpy as np

from extractors.base.errors import ExtractionError
from extractors.base.model import PageImage
from extractors.registration.identify import Library
from extractors.registration.register import locate
from samples.scanning.document import Order, make_document
from samples.writing.handwriting import Sources
from templates_forms.loader import load_library

ROOT = Path(__file__).parents[1]
STROKES = ROOT.parent / "shared" / "data"


def true_matrix(faults, size_mm):
    """Millimetres on the sheet to pixels of the scanned picture, as the scan maker placed it."""
    dpi = faults.dpi
    angle = np.deg2rad(faults.skew)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.diag([faults.scale, faults.scale * faults.stretch]) * dpi / 25.4
    out = np.array([round(size_mm[0] * dpi / 25.4), round(size_mm[1] * dpi / 25.4)])
    offset = out / 2 + np.array(faults.shift_mm) * dpi / 25.4 - matrix @ (np.array(size_mm) / 2)
    full = np.eye(3)
    full[:2] = np.column_stack([matrix, offset])
    for _ in range(faults.turn % 4):
        full = np.array([[0, -1, out[1]], [1, 0, 0], [0, 0, 1.0]]) @ full
        out = out[::-1]
    return full


def error_mm(located, faults):
    """Largest and median distance between where fields are and where they were found, mm on the sheet."""
    truth = true_matrix(faults, located.form.size_mm)
    centres = np.array(
        [[f.box.x + f.box.width / 2, f.box.y + f.box.height / 2] for f in located.template.fields]
    )
    one, two = (
        cv2.perspectiveTransform(centres.reshape(-1, 1, 2), m).reshape(-1, 2)
        for m in (truth, located.mm_to_px)
    )
    away = np.hypot(*(one - two - 0.5).T) * 25.4 / faults.dpi
    return float(away.max()), float(np.median(away))


def hard(chance):
    """Faults worse than those of careful scanning."""
    return {
        "skew": chance.uniform(-8, 8),
        "scale": chance.uniform(0.95, 1.05),
        "stretch": chance.uniform(0.98, 1.02),
        "shift_mm": (chance.uniform(-7, 7), chance.uniform(-7, 7)),
        "turn": chance.randrange(4),
    }


def pages(count, seed, is_hard, cache):
    """(picture, faults, form id, page number) of ``count`` documents, made once."""
    if cache and cache.exists():
        return pickle.loads(cache.read_bytes())
    forms = load_library(ROOT / "templates_forms")
    sources = Sources(STROKES / "kanjivg_strokes.npz", STROKES / "mnist_train.npz")
    chance = Random(seed)
    made = []
    for number in range(count):
        form = list(forms.values())[number % len(forms)]
        order = Order(form.id, seed * 1000 + number, faults=hard(chance) if is_hard else {})
        options = {
            "bilevel": chance.random() < 0.2,
            "dpi": chance.choice([150, 200, 200, 300]),
            "colour": chance.random() < 0.4,
        }
        document = make_document(form, order, sources, **options)
        made += [(p.pixels, p.faults, form.id, p.form_page, document) for p in document.pictures]
    if cache:
        cache.write_bytes(pickle.dumps(made))
    return made


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hard", action="store_true")
    parser.add_argument("--cache", type=Path)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    library = Library(load_library(ROOT / "templates_forms").values())
    right = wrong = refused = 0
    errors, spent = [], []
    for pixels, faults, form_id, page_no, document in pages(
        options.count, options.seed, options.hard, options.cache
    ):
        color = pixels if pixels.ndim == 3 else cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR)
        start = time.process_time()
        try:
            found = locate(PageImage("bench", 1, color, float(faults.dpi)), library)
        except ExtractionError as error:
            refused += 1
            score = getattr(error, "score", None)
            print(
                "REFUSED", type(error).__name__, form_id, page_no, document.order.seed, faults.names(), score
            )
            print("   ", getattr(error, "suggestions", ""), getattr(error, "residual_mm", ""))
            continue
        spent.append(time.process_time() - start)
        if (found.form.id, found.page_no) != (form_id, page_no):
            wrong += 1
            print("WRONG FORM", form_id, page_no, found.form.id, found.page_no)
            continue
        right += 1
        most, usual = error_mm(found, faults)
        errors.append((most, usual, found.residual_mm, found.score, found.inliers, float(found.weak)))
        if most > 0.4 or found.weak:
            print(
                f"look: max {most:.2f} median {usual:.2f} res {found.residual_mm:.3f} score {found.score:.3f} "
                f"in {found.inliers} weak {found.weak} {form_id} {page_no} {document.order.seed} {faults.names()}"
            )
    table = np.array(errors)
    print(f"registered {right}, refused {refused}, wrong form {wrong}")
    print("max / median error mm, residual mm, score, inliers, weak: quantiles 5 50 95 100")
    for row in np.quantile(table, [0.05, 0.5, 0.95, 1.0], axis=0):
        print("  ", " ".join(f"{v:8.3f}" for v in row))
    print(f"CPU seconds a page: median {np.median(spent):.3f}, largest {np.max(spent):.3f}")


if __name__ == "__main__":
    main()
