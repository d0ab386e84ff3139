"""Finds the print of a scanned blank in its pixels."""
