"""All pictures of the documents, made anew by one command: `python -m benchmarks.pictures`."""
