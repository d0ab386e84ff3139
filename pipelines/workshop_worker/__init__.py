"""The bot workshop's browser, in a process of its own for each draft."""
