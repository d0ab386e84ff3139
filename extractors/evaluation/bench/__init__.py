"""Speed of reading, and its use of time and memory."""
