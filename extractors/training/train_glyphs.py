"""Trains the glyph reader from public data.

    python -m extractors.training.train_glyphs --data DIR --out DIR --seed 1 --minutes 60

`--data` holds two files made from public data sets (their SHA-256 is in DATA_SHA256 below):

- `mnist_train.npz`: `x` uint8 [60000, 28, 28], `y` uint8. The MNIST training split of LeCun, Cortes and Burges
  (https://yann.lecun.com/exdb/mnist/; as PNG in github.com/rasbt/mnist-pngs at d26bd33), ordered by digit.
- `kanjivg_strokes.npz`: `chars` str [6703], `stroke_count` uint8 [6703], `points` uint8 [79921, 24, 2]. The strokes
  of KanjiVG (github.com/KanjiVG/kanjivg at 1957802), each as 24 points evenly along its path, stored as
  2 × KanjiVG units + 10 (the KanjiVG square is 109 units).

Fonts are searched by file name in the folders given by `--fonts` (by default the system's); MODEL_CARD.md lists the
packages that contain them. The same seed, `--steps` and fonts give the same samples in the same order; `--minutes`
limits training by time instead, so that the number of steps, which is recorded, depends on the machine.
"""

from __future__ import annotations

import argparse
import hashlib
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch

from extractors.training import fonts
from extractors.training.export import write_metadata, write_onnx
from extractors.training.held_out import held_out_sets
from extractors.training.learning import Trainer, TrainingPlan, chunks
from extractors.training.measure import Figures, Logits, figures, fit_temperature
from extractors.training.network import GlyphNet
from extractors.training.samples import Pool, Style, load_sources

DATA_SHA256 = {
    # pragma: allowlist nextline secret
    "mnist_train.npz": "84c3ea3f6e0cafb58f31a2b7ee9d3b508a664f48ebe67487b8cd33b14159f9ff",
    # pragma: allowlist nextline secret
    "kanjivg_strokes.npz": "0c03419d5dc8f6099f13a1d1162dec3d7c1e70f4f8e47ac1aa81cdbae170c85e",
}


WATCHED = ("digits, real", "katakana 46, old scans", "katakana 46, pen", "hiragana, pen")
"""Sets measured during training."""


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="extractors.training.train_glyphs", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the two npz files")
    parser.add_argument("--out", type=Path, required=True, help="folder for glyph.onnx and glyph.json")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60.0, help="time for training, without measuring")
    parser.add_argument("--steps", type=int, help="steps instead of minutes: exactly repeatable")
    parser.add_argument("--start", type=Path, help="weights (glyph.pt) to go on from")
    parser.add_argument(
        "--fonts", type=Path, action="append", help="folder of fonts, searched below; repeatable"
    )
    parser.add_argument("--measure", type=int, default=4000, help="samples in each drawn set to measure on")
    return parser.parse_args(arguments)


def check_data(folder: Path) -> None:
    """Stops when a data file is missing; prints a note when it differs from the one used for the committed model."""
    for name, wanted in DATA_SHA256.items():
        path = folder / name
        if not path.is_file():
            sys.exit(
                f"{path} is missing. How to make it: see the head of extractors/training/train_glyphs.py."
            )
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != wanted:
            print(f"note: {name} differs from the file the committed model was trained on ({found[:12]}…)")


def logits_of(net: GlyphNet, pool: Pool) -> Logits:
    """Logits float32 [N, classes] of a pool, by the network in evaluation mode."""
    net.eval()
    out = []
    with torch.inference_mode():
        for start in range(0, len(pool.labels), 512):
            pictures = torch.from_numpy(pool.pictures[start : start + 512])[:, None].float() / 255
            places = torch.from_numpy(pool.places[start : start + 512])
            out.append(net(pictures.contiguous(memory_format=torch.channels_last), places).numpy())
    return np.concatenate(out)


def measure_sets(net: GlyphNet, sets: dict[str, tuple[Pool, str]], temperature: float) -> list[Figures]:
    """Returns the figures of every set."""
    return [
        figures(name, logits_of(net, pool), pool.labels, group, temperature)
        for name, (pool, group) in sets.items()
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Trains, calibrates on held-out data, writes the model and prints its measurements."""
    options = parse(arguments)
    check_data(options.data)
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the drawing process ends too
    folders = options.fonts or [Path("/usr/share/fonts"), Path("/usr/local/share/fonts")]
    plan = TrainingPlan(seed=options.seed, steps=options.steps, minutes=options.minutes)
    watched = held_out_sets(options.data, folders, 600, options.seed + 1)
    trainer = Trainer(plan)
    if options.start:
        trainer.load_weights(torch.load(options.start, weights_only=True))
    start = time.monotonic()

    def report(net: GlyphNet, step: int, part: float) -> None:
        quick = {name: (_sample_evenly(watched[name][0]), watched[name][1]) for name in WATCHED}
        shown = "  ".join(f"{f.name} {f.masked:.2%}" for f in measure_sets(net, quick, 1.0))
        print(f"{(time.monotonic() - start) / 60:5.1f} min  step {step}  {part:.0%}  {shown}", flush=True)
        torch.save(net.state_dict(), options.out / "glyph.pt")

    sources = load_sources(options.data, folders)
    steps = trainer.run(chunks(sources, Style(), options.seed), report, every=300.0)
    minutes = (time.monotonic() - start) / 60
    torch.save(trainer.mean.state_dict(), options.out / "glyph.pt")
    sets = held_out_sets(options.data, folders, options.measure, options.seed)
    # Even samples fit the temperature, odd ones are measured, so that the figures are independent of the fit.
    halves = [
        {name: (_every_second(pool, odd), group) for name, (pool, group) in sets.items()} for odd in (0, 1)
    ]
    fitted = fit_temperature(
        (logits_of(trainer.mean, pool), pool, group) for pool, group in halves[0].values()
    )
    results = measure_sets(trainer.mean, halves[1], fitted)
    for figure in results:
        print(figure.line())
    write_onnx(trainer.mean, options.out / "glyph.onnx")
    training = {
        "seed": options.seed,
        "steps": steps,
        "batch": plan.batch,
        "widths": list(plan.widths),
        "went_on_from": options.start.name if options.start else None,
        "minutes": round(minutes, 1),
        "bfloat16": trainer.half,
        "data_sha256": DATA_SHA256,
        "fonts": [p.name for p in fonts.find_fonts(folders, (*fonts.HANDWRITTEN, *fonts.PRINT))],
        "measured_masked": {f.name: round(f.masked, 5) for f in results},
        "ece": {f.name: round(f.ece, 5) for f in results},
    }
    write_metadata(options.out / "glyph.json", fitted, training)


def _every_second(pool: Pool, odd: int) -> Pool:
    return Pool(pool.pictures[odd::2], pool.places[odd::2], pool.labels[odd::2])


def _sample_evenly(pool: Pool, wanted: int = 600) -> Pool:
    """About the wanted number of samples, evenly distributed over the pool."""
    step = max(1, len(pool.labels) // wanted)
    return Pool(pool.pictures[::step], pool.places[::step], pool.labels[::step])


if __name__ == "__main__":
    main()
