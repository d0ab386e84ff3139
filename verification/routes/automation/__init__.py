"""The bot workshop: staff show a bot its work on screenshots of the old system; a second person activates it."""
