"""Reads field values from pictures of pages: decoding, registration, cutting, recognition, calibration.

Knows no database and no web.
"""

import os

# ONNX Runtime sends usage reports from the first session on. It reads this variable when it is imported, so the
# variable must be set before any module of this package imports it.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
