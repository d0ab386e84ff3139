"""Reads what is printed on an empty form, from a PDF's drawing commands or from the pixels of a scan."""
