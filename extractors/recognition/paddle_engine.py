"""PaddleOCR's own text recogniser as a ``LineRecogniser``, with raw probabilities per step.

PaddleOCR runs on its onnxruntime engine, so paddlepaddle is not needed, and uses the PP-OCRv6 weights
in the rapidocr wheel, so nothing is downloaded. An official Paddle model folder can be configured instead.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from extractors.base.engines import Probabilities
from extractors.base.errors import MissingModel
from extractors.base.model import Image
from extractors.base.opencv import cv2

HEIGHT = 48
"""Height in px of the network's input line; one step per 8 px of its width."""
_MODEL_NAME = "PP-OCRv6_small_rec"
RECOGNISER_FILE = "PP-OCRv6_rec_small.onnx"
_NARROWEST, _WIDEST = 64, 3200
_WIDTH_STEP = 32
# Batching gains nothing on a CPU, but a limit on the pixels of a batch bounds its memory: one step has 18,710 classes.
_BATCH = 8
_BATCH_PIXELS = 8 * 960


@dataclass(frozen=True, slots=True)
class PaddleSettings:
    """Location of the model, and number of threads of one inference.

    Attributes:
        model_dir: a folder with ``inference.onnx`` and ``inference.yml``; None for the shipped weights.
        cache_dir: folder to which the shipped weights' model folder is written once; None for the temp folder.
        threads: intra-op threads of the session.
    """

    model_dir: Path | None = None
    cache_dir: Path | None = None
    threads: int = 2


def wheel_weights(name: str = RECOGNISER_FILE) -> Path:
    """Path of a PP-OCRv6 model inside the installed rapidocr wheel (which itself is never imported).

    Raises:
        MissingModel: the wheel or its model file is not there.
    """
    spec = importlib.util.find_spec("rapidocr")
    for place in spec.submodule_search_locations or [] if spec else []:
        path = Path(place) / "models" / name
        if path.is_file():
            return path
    raise MissingModel(f"rapidocr/models/{name}")


def model_folder(settings: PaddleSettings) -> Path:
    """Returns the model folder for PaddleOCR; it is made from the wheel's weights when none is configured.

    Raises:
        MissingModel: the configured folder lacks a file, or the wheel is missing.
    """
    if settings.model_dir is not None:
        if not (settings.model_dir / "inference.yml").is_file():
            raise MissingModel(str(settings.model_dir / "inference.yml"))
        return settings.model_dir
    weights = wheel_weights()
    stat = weights.stat()
    # The tag changes with the weights, so that an update of the wheel does not use the old folder.
    tag = hashlib.sha256(f"{weights}|{stat.st_size}|{stat.st_mtime_ns}|2".encode()).hexdigest()[:12]
    base = settings.cache_dir or Path(tempfile.gettempdir()) / f"utsushi-models-{os.getuid()}"
    folder = base / f"{_MODEL_NAME}-{tag}"
    if not (folder / "inference.yml").is_file():
        _write_folder(weights, folder)
    return folder


def _write_folder(weights: Path, folder: Path) -> None:
    """Writes beside the target and renames, so that a process that starts meanwhile never finds half a folder."""
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = Path(tempfile.mkdtemp(dir=folder.parent))
    shutil.copyfile(weights, fresh / "inference.onnx")
    text = yaml.safe_dump(_description(_characters(weights)), allow_unicode=True, sort_keys=False)
    (fresh / "inference.yml").write_text(text, encoding="utf-8")
    try:
        fresh.rename(folder)
    # Another process has created the folder first; its contents are the same.
    except OSError:
        shutil.rmtree(fresh)
        if not (folder / "inference.yml").is_file():
            raise


def _characters(weights: Path) -> list[str]:
    """The alphabet, which the ONNX file stores in its metadata."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(weights), providers=["CPUExecutionProvider"])
    return str(session.get_modelmeta().custom_metadata_map["character"]).split("\n")


def _description(characters: list[str]) -> dict[str, Any]:
    """``inference.yml`` as PaddleOCR exports it, with the parts that its recogniser reads."""
    operations = [
        {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}},
        {"MultiLabelEncode": {"gtc_encode": "NRTRLabelEncode"}},
        {"RecResizeImg": {"image_shape": [3, HEIGHT, 320]}},
        {"KeepKeys": {"keep_keys": ["image", "label_ctc", "label_gtc", "length", "valid_ratio"]}},
    ]
    return {
        "Global": {"model_name": _MODEL_NAME},
        "PreProcess": {"transform_ops": operations},
        "PostProcess": {"name": "CTCLabelDecode", "character_dict": characters},
    }


class PaddleRecogniser:
    """One PaddleOCR recogniser with one onnxruntime session; create one per process and keep it.

    Not for several threads at once: shared predictors have crashed.
    """

    def __init__(self, settings: PaddleSettings | None = None) -> None:
        self._settings = settings or PaddleSettings()
        self.seconds = 0.0
        """Time spent in pure inference so far."""

    @cached_property
    def _predictor(self) -> Any:
        # Set before the import: otherwise PaddleOCR tries to reach model hosts at start.
        os.environ["PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK"] = "True"
        from paddleocr import TextRecognition

        folder = model_folder(self._settings)
        recogniser = TextRecognition(
            model_name=_model_name(folder),
            model_dir=str(folder),
            engine="onnxruntime",
            device="cpu",
            engine_config={"intra_op_num_threads": self._settings.threads},
        )
        return recogniser.paddlex_predictor

    @cached_property
    def alphabet(self) -> tuple[str, ...]:
        """Characters by class; the blank at index 0 is an empty string, the last class is the space."""
        characters = list(self._predictor.post_op.character)
        return ("", *characters[1:])

    def load(self) -> None:
        """Loads the model now instead of at the first line."""
        _ = self.alphabet

    def probabilities(
        self, lines: Sequence[Image], columns: Sequence[NDArray[np.intp] | None]
    ) -> list[Probabilities]:
        """See ``LineRecogniser.probabilities``. Lines of similar width are read in one batch."""
        ready = [_prepared(line) for line in lines]
        results: list[Probabilities] = [np.zeros((0, 0), np.float32)] * len(lines)
        for group in _batches([picture.shape[1] for picture in ready]):
            output = self._run([ready[i] for i in group])
            steps_per_px = output.shape[1] / max(_padded(ready[i].shape[1]) for i in group)
            for row, i in enumerate(group):
                steps = max(1, round(ready[i].shape[1] * steps_per_px))
                wanted = columns[i]
                part = output[row, :steps]
                # A copy, so that the batch's 18,710 columns can be freed at once.
                results[i] = part.copy() if wanted is None else part[:, wanted]
        return results

    def _run(self, pictures: list[NDArray[np.float32]]) -> Probabilities:
        width = max(_padded(picture.shape[1]) for picture in pictures)
        batch = np.zeros((len(pictures), 3, HEIGHT, width), np.float32)
        for row, picture in enumerate(pictures):
            batch[row, :, :, : picture.shape[1]] = picture
        start = perf_counter()
        output = self._predictor.runner(x=[batch])[0]
        self.seconds += perf_counter() - start
        return np.asarray(output, np.float32)


def _model_name(folder: Path) -> str:
    text = (folder / "inference.yml").read_text(encoding="utf-8")
    # The file has 18,708 characters; the C loader reads it many times faster where it is available.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return str(yaml.load(text, Loader=loader)["Global"]["model_name"])


def _prepared(line: Image) -> NDArray[np.float32]:
    """float32 [48, w] in -1 to 1: the line scaled to the network's height; grey is broadcast to three channels."""
    height, width = line.shape[:2]
    target = int(np.clip(round(width * HEIGHT / max(height, 1)), 16, _WIDEST))
    shrinking = height > HEIGHT
    resized = cv2.resize(
        line, (target, HEIGHT), interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    )
    scaled = resized.astype(np.float32) / 127.5 - 1.0
    return scaled if scaled.ndim == 2 else np.ascontiguousarray(scaled.transpose(2, 0, 1))


def _padded(width: int) -> int:
    """Rounds widths up, so that few different shapes reach the network (it plans memory per shape)."""
    return max(_NARROWEST, -(-width // _WIDTH_STEP) * _WIDTH_STEP)


def _batches(widths: list[int]) -> list[list[int]]:
    """Indexes in batches of similar width, so that little of a batch is padding."""
    order = sorted(range(len(widths)), key=lambda i: widths[i])
    groups: list[list[int]] = []
    for i in order:
        group = groups[-1] if groups else []
        room = group and len(group) < _BATCH and (len(group) + 1) * _padded(widths[i]) <= _BATCH_PIXELS
        if room and _padded(widths[i]) <= 1.25 * _padded(widths[group[0]]) + _WIDTH_STEP:
            group.append(i)
        else:
            groups.append([i])
    return groups
