"""The data of each page, read from the store in one transaction."""
