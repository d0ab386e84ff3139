"""Draws the sample forms: print-quality PDFs, blank page pictures and ``form.yaml``, from one description."""
