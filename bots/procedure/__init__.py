"""Walking through one procedure of one Record, step by step."""
