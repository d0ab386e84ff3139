"""The bot workshop: a person shows the work in a supervised browser, and it becomes a bot.yaml."""
