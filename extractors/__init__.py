"""Pixels to Readings: decoding, registration, cells, engines, calibration. Knows no database and no web."""
