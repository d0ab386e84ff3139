"""Shared parts of the benchmarks: offices, many users, scripted people, damaged files."""
