"""Real digits: MNIST's training split, of which a sixth is only used for measurement.

The file is sorted by digit, so the held-out part is the last sixth of each digit: 10,000 in all.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

HELD_OUT_SHARE = 6


def load(mnist_npz: Path, held_out: bool) -> dict[str, NDArray[np.uint8]]:
    """Digits by class, uint8 [n, 28, 28], ink light on black.

    Args:
        mnist_npz: `mnist_train.npz` with `x` and `y` (see `train_glyphs`).
        held_out: the last sixth of each digit (measuring) instead of the rest (training).
    """
    with np.load(mnist_npz) as data:
        x, y = data["x"], data["y"]
    digits = {str(digit): x[y == digit] for digit in range(10)}
    cut = {name: len(of) - round(len(of) / HELD_OUT_SHARE) for name, of in digits.items()}
    return {name: of[cut[name] :] if held_out else of[: cut[name]] for name, of in digits.items()}
