"""Accuracy of reading against known values, and in comparison with the plain recogniser."""
