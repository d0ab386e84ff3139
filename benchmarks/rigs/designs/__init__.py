"""Forms drawn for the authoring benchmark, with their truth."""
