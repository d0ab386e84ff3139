"""documents → readings → questions for people, or a settled record."""
