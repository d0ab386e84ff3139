"""Measures a glyph model on digits, writers and fonts that were not used in training, and against box size.

    python -m extractors.training.measure_glyphs --data DIR [--model FILE] [--fonts DIR] [--seed N] [--json FILE]

Needs no PyTorch. The drawn sets depend on the seed; use one other than the training's, so that the sets differ from
those used to fit the temperature.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort

from extractors.recognition.glyphs import MODEL
from extractors.training.alphabet import ALPHABET, BASE_KATAKANA, DIGITS
from extractors.training.held_out import MODERATE, held_out_sets
from extractors.training.measure import Logits, figures
from extractors.training.samples import Drawer, Pool, Sources, load_sources

BOX_MM = (8.0, 6.0, 5.0, 4.0, 3.0, 2.5)
DPI = (300, 200, 150)


class Network:
    """Runs a glyph model on prepared samples."""

    def __init__(self, model: Path) -> None:
        facts = json.loads(model.with_suffix(".json").read_text(encoding="utf-8"))
        if tuple(facts["alphabet"]) != ALPHABET:
            raise SystemExit(f"{model} was trained for another alphabet than this version's")
        self.temperature = float(facts["temperature"])
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = ort.InferenceSession(model.read_bytes(), options, providers=["CPUExecutionProvider"])

    def logits(self, pool: Pool) -> Logits:
        """Logits float32 [N, classes] of a pool."""
        out = []
        for start in range(0, len(pool.labels), 256):
            pictures = pool.pictures[start : start + 256, None].astype(np.float32) / 255
            feed = {"picture": pictures, "place": pool.places[start : start + 256]}
            out.append(np.asarray(self._session.run(["logits"], feed)[0], np.float32))
        return np.concatenate(out)


def accuracy_by_box_size(
    network: Network, sources: Sources, size: int, seed: int
) -> list[dict[str, float | str]]:
    """Accuracy of digits and katakana against the box's height in mm and the scan's resolution."""
    rows: list[dict[str, float | str]] = []
    for group, characters in (("digits", DIGITS), ("katakana", BASE_KATAKANA)):
        for dpi in DPI:
            for mm in BOX_MM:
                px = max(8, round(mm / 25.4 * dpi))
                style = replace(MODERATE, smallest_px=px, largest_px=px)
                pool = Drawer(sources, style, 2**41 + seed).pool(size, characters)
                found = figures("", network.logits(pool), pool.labels, group, network.temperature)
                rows.append({"group": group, "dpi": dpi, "mm": mm, "accuracy": round(found.masked, 4)})
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the figures, and writes them as JSON if requested."""
    parser = argparse.ArgumentParser(
        prog="extractors.training.measure_glyphs", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--fonts", type=Path, action="append")
    parser.add_argument("--size", type=int, default=4000, help="samples in each drawn set")
    parser.add_argument("--seed", type=int, default=77)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    network = Network(options.model)
    folders = options.fonts or [Path("/usr/share/fonts"), Path("/usr/local/share/fonts")]
    found = []
    for name, (pool, group) in held_out_sets(options.data, folders, options.size, options.seed).items():
        found.append(figures(name, network.logits(pool), pool.labels, group, network.temperature))
        print(found[-1].line(), flush=True)
    sizes = accuracy_by_box_size(
        network, load_sources(options.data, [], held_out=True), options.size // 4, options.seed
    )
    for row in sizes:
        print(f"{row['group']} {row['dpi']} dpi  box {row['mm']} mm  {row['accuracy']}")
    if options.json:
        facts = {"sets": {f.name: f.__dict__ for f in found}, "box_size": sizes}
        options.json.write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
