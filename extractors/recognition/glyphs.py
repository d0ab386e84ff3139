"""The glyph reader: one box, one character, with the network in `models/glyph.onnx`.

The model card beside the network states its training data and accuracy. The network's scores are
calibrated by the temperature in `models/glyph.json`; to read under a field's alphabet, take the classes of the
alphabet and the empty class and divide by their sum (`alphabets.columns`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from extractors.cutting.glyph_input import prepare_many

MODEL = Path(__file__).parents[1] / "models" / "glyph.onnx"
NOT_A_CHARACTER = ""
"""Class of everything that is not a character."""


class OnnxGlyphReader:
    """Implements the `GlyphReader` protocol with onnxruntime on the CPU; one session, safe to share between threads."""

    def __init__(self, model: Path = MODEL, threads: int = 1, batch: int = 128) -> None:
        """Loads the network.

        Args:
            model: the ONNX file; its temperature and alphabet are read from the JSON file of the same name.
            threads: threads inside one call.
            batch: boxes per call of the network; limits the memory.

        Raises:
            FileNotFoundError: the model or its JSON file is missing.
        """
        facts = json.loads(model.with_suffix(".json").read_text(encoding="utf-8"))
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.alphabet: tuple[str, ...] = tuple(facts["alphabet"])
        self._temperature = float(facts["temperature"])
        self._session = ort.InferenceSession(model.read_bytes(), options, providers=["CPUExecutionProvider"])
        self._batch = batch

    def probabilities(
        self, cells: Sequence[NDArray[np.uint8]] | NDArray[np.uint8], whole_box: bool = True
    ) -> NDArray[np.float32]:
        """Reads boxes.

        Args:
            cells: uint8 pictures [h, w] of any sizes (or one array [N, h, w]), dark ink on light paper, each the
                inside of one box at the scan's own resolution.
            whole_box: False when the pictures were cut close to the ink, so that the writing's size and position
                in them say nothing about small kana.

        Returns:
            float32 [N, classes], rows summing to 1, in the order of `alphabet`.
        """
        out = np.zeros((len(cells), len(self.alphabet)), np.float32)
        for start in range(0, len(cells), self._batch):
            part = [cells[i] for i in range(start, min(start + self._batch, len(cells)))]
            pictures, places = prepare_many(part, whole_box)
            (logits,) = self._session.run(["logits"], {"picture": pictures, "place": places})
            out[start : start + len(part)] = _softmax(
                np.asarray(logits, np.float32) / np.float32(self._temperature)
            )
        return out


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float32)
