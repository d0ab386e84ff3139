"""Entries into legacy systems, written ahead, and the state of each system."""
