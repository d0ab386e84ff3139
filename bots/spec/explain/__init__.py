"""A bot in plain Japanese or English, for the system's owner to sign."""
