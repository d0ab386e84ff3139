"""Reads the print of an empty form, from a PDF's drawing commands or from the pixels of a scan."""
