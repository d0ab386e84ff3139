"""From written sheets to scanned files with their truth."""
