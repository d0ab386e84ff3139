"""Invented people and what they answer."""
