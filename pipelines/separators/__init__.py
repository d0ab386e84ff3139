"""Separator sheets: printed pages that begin a new batch and name its form."""
