"""Backups, integrity, key rotation and erasure."""
