"""The whole reader: files in, decided readings out."""
