"""The schema, step by step, as alembic migrations."""
