"""Batches, documents, readings and settled records."""
