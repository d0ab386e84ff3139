"""What a page says elsewhere, weighed into its free writing, kana and numbers."""
