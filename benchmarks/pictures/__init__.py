"""Makes all pictures of the documents with one command: `python -m benchmarks.pictures`."""
