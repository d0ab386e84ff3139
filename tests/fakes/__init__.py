"""Engines that do nothing, are always sure, or break: to see what the reader does then."""
