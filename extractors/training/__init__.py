"""Training of the glyph reader: data making, network, training, export, measuring.

Not needed for reading. Needs the extra `training` (PyTorch, onnx). See `train_glyphs` for the command.
"""
