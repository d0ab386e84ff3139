"""Fits the calibration: ``python -m extractors.training.fit_calibration DIR [DIR…] --out FILE``.

Each DIR contains scans and ``truth.csv`` that no reader was trained on (``python -m samples.make`` with a separate
seed). Two things are fitted: whether an option carries a mark, and whether a reading is right.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from extractors.base.errors import ExtractionError
from extractors.base.model import RegisteredPage
from extractors.confidence import calibration
from extractors.confidence.calibration import Calibrator, Logistic, OptionModel, option_features
from extractors.confidence.features import FEATURES, kind_of
from extractors.cutting import option_marks
from extractors.evaluation.evaluate import load_truth
from extractors.evaluation.metrics import ece
from extractors.files.decode import open_pages
from extractors.reader.reader import Reader
from extractors.registration.identify import Library
from extractors.registration.register import locate
from extractors.values.rule_checks import apply_rules
from templates_forms.loader import load_library
from templates_forms.model import MARK_TYPES, Form, Mark
from templates_forms.values import normalise, same

# Kinds whose features mean the same; a kind with too few samples uses the fit of its family.
_FAMILIES = (
    ("digits", "kana", "latin", "date", "text_cells"),
    ("text", "digits_free", "kana_free", "latin_free", "date_free"),
    ("check", "choice", "multi_choice", "presence", "barcode"),
    ("empty_cells", "empty_free"),
)
_OPTION_FEATURES = {
    Mark.TICK: ("share", "log_share", "centre", "cancel", "ring"),
    Mark.CIRCLE: ("ring", "over_ring", "share", "over_share", "cancel", "centre"),
    Mark.FILL: ("fill", "share", "over_share", "cancel"),
}
_SURE = (0.99, 0.98, 0.95, 0.9, 0.8)
_ENOUGH_SURE = 200  # sure readings of a kind that suffice to compute its own cap
# The allowed sign of a feature's weight; a feature to which the data give the opposite sign by chance is left out.
_AGAINST = frozenset(
    {"disagree", "nothing", "outside", "empty_ink", "struck", "residual", "doubts", "rule_errors",
     "rule_warnings", "unread", "tipped", "cancel", "lines", "era_marks"}
)  # fmt: skip
_FOR = frozenset(
    {"product", "weakest", "margin", "glyph", "line", "exact", "confirmed", "agree", "all_scores", "per_character",
     "fit", "lead", "valid_share", "second", "era", "all_share", "support", "contrast"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading with its truth: kind of calibrator, features, whether it was right."""

    kind: str
    features: dict[str, float]
    right: bool


@dataclass(frozen=True, slots=True)
class OptionSample:
    """One option with its truth."""

    mark: str
    features: dict[str, float]
    marked: bool


def gather(
    folders: Iterable[Path], forms: dict[str, Form], reader: Reader
) -> tuple[list[Sample], list[OptionSample]]:
    """Reads every page in the truth and compares; pages of one document are checked together."""
    library = Library(forms.values())
    samples: list[Sample] = []
    options: list[OptionSample] = []
    for folder in folders:
        truth = {(t.file, t.page, t.field): t.value for t in load_truth(folder / "truth.csv")}
        for file in sorted({name for name, _, _ in truth}):
            path = folder / file
            if not path.is_file():
                continue
            pages = _located(path, library)
            readings = reader.read([page for _, page in pages])
            for (number, page), found in zip(pages, readings, strict=True):
                known = {field: v for (name, at, field), v in truth.items() if (name, at) == (file, number)}
                checked = apply_rules(page.form, found, calibrator=reader.calibrator)
                samples += [
                    Sample(
                        kind_of(page.form.field(r.field), r.features),
                        r.features,
                        same(
                            page.form.field(r.field).type, r.value, known[r.field], page.form.field(r.field)
                        ),
                    )
                    for r in checked
                    if r.field in known
                ]
                options += _options(page, known)
            print(f"{file}: {len(samples)} readings, {len(options)} options", flush=True)
    return samples, options


def _located(path: Path, library: Library) -> list[tuple[int, RegisteredPage]]:
    found = []
    for page in open_pages(path):
        try:
            found.append((page.index, locate(page, library)))
        except ExtractionError as error:
            print(f"{path.name} {page.index}: {error.code}")
    return found


def _options(page: RegisteredPage, known: dict[str, str]) -> list[OptionSample]:
    found = []
    for field in page.template.fields:
        if field.name not in known or field.type not in MARK_TYPES:
            continue
        mark = field.mark or Mark.TICK
        chosen = set(normalise(field.type, known[field.name], field).split("|"))
        inks = option_marks.measure_options(page, field)
        for ink in inks:
            features = option_features(ink, [other for other in inks if other is not ink])
            found.append(OptionSample(str(mark), features, ink.value in chosen))
    return found


def fit(samples: Sequence[Sample], options: Sequence[OptionSample], note: str) -> Calibrator:
    """Fits every kind with enough samples; the others keep the fit of their whole family."""
    base = calibration.shipped()
    by_kind: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_kind[sample.kind].append(sample)
    kinds: dict[str, Logistic] = {}
    for family in _FAMILIES:
        whole = [sample for kind in family for sample in by_kind[kind]]
        for kind in family:
            own = by_kind[kind]
            names = FEATURES[kind]
            enough = len(own) >= 80 and sum(not s.right for s in own) >= 4
            model = _logistic(names, own if enough else whole, whole)
            kinds[kind] = model or base.kinds[kind]
    return Calibrator(kinds, OptionModel(_option_models(options, base)), note)


def _option_models(options: Sequence[OptionSample], base: Calibrator) -> dict[str, Logistic]:
    models = dict(base.options.models)
    for mark, names in _OPTION_FEATURES.items():
        own = [Sample(str(mark), o.features, o.marked) for o in options if o.mark == str(mark)]
        if len(own) < 60 or len({s.right for s in own}) < 2:
            continue
        model = _weights(names, own, 5.0, signed=False)
        n = len(own)
        models[str(mark)] = Logistic(*model, cap=1 - 1 / (n + 2), samples=n)
    return models


def _matrix(names: Sequence[str], samples: Sequence[Sample]) -> np.ndarray:
    return np.array([[s.features.get(name, np.nan) for name in names] for s in samples], float)


def _weights(
    names: Sequence[str], samples: Sequence[Sample], strength: float, *, signed: bool = True
) -> tuple[tuple[str, ...], tuple[float, ...], tuple[float, ...], tuple[float, ...], float]:
    # Missing features are set to the mean, so they have no influence on the result.
    x, y = _matrix(names, samples), np.array([s.right for s in samples], int)
    keep = [i for i in range(len(names)) if np.isfinite(x[:, i]).any() and np.nanstd(x[:, i]) > 1e-6]
    while True:
        part = x[:, keep]
        mean = np.nanmean(part, axis=0)
        scale = np.maximum(np.nanstd(part, axis=0), 1e-3)
        z = (np.where(np.isfinite(part), part, mean) - mean) / scale
        model = LogisticRegression(C=strength, max_iter=2000).fit(z, y)
        weights = model.coef_[0]
        wrong = [
            j
            for j, i in enumerate(keep)
            if signed and ((names[i] in _AGAINST and weights[j] > 0) or (names[i] in _FOR and weights[j] < 0))
        ]
        if not wrong or len(keep) <= 1:
            break
        # One at a time: leaving out the strongest often corrects the signs of the others.
        worst = max(wrong, key=lambda j: abs(weights[j]))
        keep = [i for j, i in enumerate(keep) if j != worst]
    return (
        tuple(names[i] for i in keep),
        tuple(float(v) for v in mean),
        tuple(float(v) for v in scale),
        tuple(float(v) for v in weights),
        float(model.intercept_[0]),
    )


def _logistic(names: Sequence[str], samples: Sequence[Sample], family: Sequence[Sample]) -> Logistic | None:
    if len(samples) < 40 or len({s.right for s in samples}) < 2:
        return None
    fitted = _weights(names, samples, 0.3)
    draft = Logistic(*fitted, cap=1.0, samples=len(samples))
    sure = sum(draft.probability(s.features) >= _SURE[0] for s in samples)
    return Logistic(
        *fitted, cap=_cap(draft, samples if sure >= _ENOUGH_SURE else family), samples=len(samples)
    )


def _cap(draft: Logistic, family: Sequence[Sample]) -> float:
    """The highest probability that the most confident readings of a family support (Jeffreys' mean of their error)."""
    checked = [(draft.probability(s.features), s.right) for s in family]
    # Jeffreys' prior adds half an error, so that a cap of 1 is never reached.
    caps = [0.5]
    for level in _SURE:
        top = [right for p, right in checked if p >= level]
        caps.append(1 - (len(top) - sum(top) + 0.5) / (len(top) + 1))
    return max(caps)


def report(samples: Sequence[Sample], calibrator: Calibrator) -> str:
    """Cross-validated calibration error per kind, so that the fit is not measured on its own samples."""
    lines = []
    for kind in sorted({s.kind for s in samples}):
        own = [s for s in samples if s.kind == kind]
        right = np.array([s.right for s in own])
        seen = ece([(calibrator.kinds[kind].probability(s.features), s.right) for s in own])
        line = f"{kind:14} n={len(own):5} right={right.mean():.4f} ece={seen:.4f}"
        if min(right.sum(), (~right).sum()) >= 5:
            x = np.nan_to_num(_matrix(calibrator.kinds[kind].names, own))
            z = (x - x.mean(axis=0)) / np.maximum(x.std(axis=0), 1e-3)
            held = cross_val_predict(
                LogisticRegression(C=0.3, max_iter=2000), z, right, cv=5, method="predict_proba"
            )
            line += f" ece_cv={ece(list(zip(held[:, 1].tolist(), right.tolist(), strict=True))):.4f}"
        lines.append(line)
    return "\n".join(lines)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, help="scans with truth.csv")
    parser.add_argument("--templates", type=Path, default=Path("templates_forms"))
    parser.add_argument("--out", type=Path, default=calibration.SHIPPED)
    parser.add_argument(
        "--samples", type=Path, help="keep the gathered samples here; read them when no folder is given"
    )
    parser.add_argument("--note", default="")
    arguments = parser.parse_args()
    if arguments.folders:
        samples, options = gather(arguments.folders, load_library(arguments.templates), Reader())
        if arguments.samples:
            arguments.samples.write_text(
                json.dumps(
                    {
                        "samples": [[s.kind, s.features, bool(s.right)] for s in samples],
                        "options": [[o.mark, o.features, bool(o.marked)] for o in options],
                    }
                ),
                encoding="utf-8",
            )
    else:
        data = json.loads(arguments.samples.read_text(encoding="utf-8"))
        samples = [Sample(*row) for row in data["samples"]]
        options = [OptionSample(*row) for row in data["options"]]
    calibrator = fit(samples, options, arguments.note)
    calibration.save(arguments.out, calibrator)
    print(report(samples, calibrator))


if __name__ == "__main__":
    main()
