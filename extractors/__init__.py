"""Pixels to Readings: decoding, registration, cells, engines, calibration. Knows no database and no web."""

import os

# ONNX Runtime reports its use to its maker at the first session. It reads this when it is imported, so it stands here.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
