"""Training of the glyph reader: synthesis of samples, network, training, export, measurement.

Not needed for reading. Needs the extra `training` (PyTorch, onnx). See `train_glyphs` for the command.
"""
