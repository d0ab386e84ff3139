"""Connects the rooms: settings, processing steps, Prefect flows, the command line."""
