"""What a bot is made of: the bot itself, what it says about pages, and its steps."""
