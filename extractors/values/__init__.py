"""From what the engines say to a value, one module per family of field types."""
