"""Runs that measure or stress the whole, and are no tests."""
