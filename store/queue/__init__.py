"""The human queue: what is asked, what was answered, and when a document is settled."""
