"""The language of a bot.yaml: its model, its loader, templates of values, comparison, and its explanation."""
