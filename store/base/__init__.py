"""Schema, plain data, sessions, files, secrets and leases: what every part of the store stands on."""
