"""Weighs free writing, kana and numbers against other information on the page."""
