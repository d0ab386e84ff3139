"""From the engines' results to a value, one module per family of field types."""
