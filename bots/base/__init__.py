"""What every part of a bot stands on: errors, secrets, text, redaction, character sets, crash points."""
