"""PaddleOCR without changes: its full-page pipeline and its recogniser, with the weights that our reader also uses.

Nothing is downloaded: like the recogniser, the detector is the one in the rapidocr wheel.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from extractors.base.model import Image
from extractors.base.opencv import cv2
from extractors.recognition.paddle_engine import PaddleSettings, model_folder, wheel_weights

_DETECTOR = "PP-OCRv6_small_det"
_DETECTOR_FILE = "PP-OCRv6_det_small.onnx"
_RECOGNISER = "PP-OCRv6_small_rec"
_BATCH = 8


@dataclass(frozen=True, slots=True)
class RawText:
    """The recogniser's result for a crop: its text, and its public score, the mean of the step maxima."""

    text: str
    score: float


def detector_folder(base: Path) -> Path:
    """Writes the model folder of the detector below ``base``, as PaddleOCR exports it, and returns its path.

    Raises:
        MissingModel: the weights are not installed.
    """
    folder = base / _DETECTOR
    folder.mkdir(parents=True)
    shutil.copyfile(wheel_weights(_DETECTOR_FILE), folder / "inference.onnx")
    # What PaddleOCR's own export of this detector says, with the mean and deviation of ImageNet.
    operations: list[dict[str, Any]] = [
        {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}},
        {"DetResizeForTest": {"resize_long": 960}},
        {
            "NormalizeImage": {
                "mean": [0.485, 0.456, 0.406],
                "std": [0.229, 0.224, 0.225],
                "scale": "1./255.",
                "order": "hwc",
            }
        },
        {"ToCHWImage": None},
        {"KeepKeys": {"keep_keys": ["image", "shape", "polys", "ignore_tags"]}},
    ]
    found = {
        "name": "DBPostProcess",
        "thresh": 0.3,
        "box_thresh": 0.6,
        "max_candidates": 1000,
        "unclip_ratio": 1.5,
    }
    description = {
        "Global": {"model_name": _DETECTOR},
        "PreProcess": {"transform_ops": operations},
        "PostProcess": found,
    }
    (folder / "inference.yml").write_text(yaml.safe_dump(description, sort_keys=False), encoding="utf-8")
    return folder


def _options(threads: int) -> dict[str, Any]:
    # Set before the import: otherwise PaddleOCR tries to reach model hosts at start.
    os.environ["PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK"] = "True"
    return {
        "engine": "onnxruntime",
        "device": "cpu",
        "engine_config": {"intra_op_num_threads": threads},
    }


class FullPage:
    """PaddleOCR's own pipeline: finds the lines of a page, then reads each of them.

    Page orientation, unwarping and line orientation are switched off, which makes it faster; all other
    settings are its defaults, including the full resolution of the page.
    """

    def __init__(self, settings: PaddleSettings | None = None) -> None:
        self._settings = settings or PaddleSettings()

    @cached_property
    def _pipeline(self) -> Any:
        options = _options(self._settings.threads)
        from paddleocr import PaddleOCR

        # The folder is only needed while the session loads.
        with tempfile.TemporaryDirectory() as base:
            return PaddleOCR(
                text_detection_model_name=_DETECTOR,
                text_detection_model_dir=str(detector_folder(Path(base))),
                text_recognition_model_name=_RECOGNISER,
                text_recognition_model_dir=str(model_folder(self._settings)),
                use_doc_orientation_classify=False,
                use_doc_unwarping=False,
                use_textline_orientation=False,
                **options,
            )

    def load(self) -> None:
        """Loads the models now instead of at the first page."""
        _ = self._pipeline

    def read(self, pixels: Image) -> list[RawText]:
        """Returns every line found on a page, uint8 BGR [h, w, 3]."""
        found = self._pipeline.predict(pixels)[0]
        return [
            RawText(str(text), float(score))
            for text, score in zip(found["rec_texts"], found["rec_scores"], strict=True)
        ]


class RawLines:
    """PaddleOCR's recogniser on crops with frames and all: its result without any further work."""

    def __init__(self, settings: PaddleSettings | None = None) -> None:
        self._settings = settings or PaddleSettings()

    @cached_property
    def _recogniser(self) -> Any:
        options = _options(self._settings.threads)
        from paddleocr import TextRecognition

        folder = str(model_folder(self._settings))
        return TextRecognition(model_name=_RECOGNISER, model_dir=folder, **options)

    def read(self, crops: Sequence[Image]) -> list[RawText]:
        """Returns text and score of each crop, uint8 BGR or grey."""
        if not crops:
            return []
        # The recogniser decodes its input as BGR.
        colour = [crop if crop.ndim == 3 else cv2.cvtColor(crop, cv2.COLOR_GRAY2BGR) for crop in crops]
        found = self._recogniser.predict(colour, batch_size=_BATCH)
        return [RawText(str(one["rec_text"]), float(one["rec_score"])) for one in found]
