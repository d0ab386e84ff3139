"""Schema, plain data, sessions, files, secrets and leases: used by every part of the store."""
