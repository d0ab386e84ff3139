"""Writes the trained network as ONNX with half-precision weights, and its metadata as JSON."""

from __future__ import annotations

import copy
import json
import logging
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from extractors.cutting import glyph_input
from extractors.training.alphabet import ALPHABET
from extractors.training.network import GlyphNet


def write_onnx(net: GlyphNet, path: Path) -> None:
    """Exports with a free batch size: inputs `picture` [N, 1, 48, 48] and `place` [N, 4], output `logits`."""
    plain = _fused(copy.deepcopy(net).eval().to(memory_format=torch.contiguous_format))
    example = (torch.rand(2, 1, glyph_input.SIDE, glyph_input.SIDE), torch.rand(2, glyph_input.PLACE))
    # A free batch size, because the reader sends batches of any length.
    batch = torch.export.Dim("n", min=1, max=65536)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = Path(folder) / "glyph.onnx"
        torch.onnx.export(
            plain,
            example,
            str(whole),
            input_names=["picture", "place"],
            output_names=["logits"],
            dynamic_shapes={"picture": {0: batch}, "place": {0: batch}},
            opset_version=18,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
        model = onnx.load(str(whole))
    _halve(model)
    del model.metadata_props[:]
    # Remove source paths and stack traces that the exporter stores, so that files are reproducible.
    for node in model.graph.node:
        node.ClearField("doc_string")
        del node.metadata_props[:]
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


def _fused(net: GlyphNet) -> GlyphNet:
    """Folds each batch normalisation into the convolution before it."""
    for module in list(net.modules()):
        if isinstance(module, nn.Sequential):
            for i in range(len(module) - 1):
                conv, norm = module[i], module[i + 1]
                if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                    module[i] = fuse_conv_bn_eval(conv, norm)
                    module[i + 1] = nn.Identity()
    return net


def _halve(model: onnx.ModelProto) -> None:
    """Stores large weights as float16 and converts them at load: half the file size, the same arithmetic."""
    graph = model.graph
    for tensor in list(graph.initializer):
        # Small tensors are not worth a cast node.
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < 256:
            continue
        name = tensor.name
        half = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), name + "_half")
        graph.initializer.remove(tensor)
        graph.initializer.append(half)
        graph.node.insert(0, helper.make_node("Cast", [half.name], [name], to=TensorProto.FLOAT))


def write_metadata(path: Path, temperature: float, training: Mapping[str, Any]) -> None:
    """Writes `glyph.json`: the data that a reader needs to use the network, and how the network was trained."""
    facts = {
        "alphabet": list(ALPHABET),
        "input": [1, glyph_input.SIDE, glyph_input.SIDE],
        "place": glyph_input.PLACE,
        "temperature": temperature,
        "training": dict(training),
    }
    path.write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
