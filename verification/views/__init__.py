"""What each page shows, read from the store at one moment."""
