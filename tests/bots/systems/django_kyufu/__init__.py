"""A second system, quite unlike the first: Django's own admin site over three small models."""
