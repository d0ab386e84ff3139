"""Separator sheets: a printed page that says where a new batch begins, and of which form the pages after it are."""
