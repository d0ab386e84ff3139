"""The human queue: its items, their answers, and the settling of documents."""
