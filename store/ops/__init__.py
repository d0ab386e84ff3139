"""Running an office: backup, restore, erasure, key rotation, integrity, people and the board."""
