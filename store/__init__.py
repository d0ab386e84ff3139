"""Database, stored files and audit chain: see README.md in this folder."""
