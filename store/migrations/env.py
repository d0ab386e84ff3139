"""Alembic's entry: runs the migrations on the connection that `Store.migrate` passes."""

from __future__ import annotations

from alembic import context

from store.base.schema import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, transactional_ddl=True)
# The caller's transaction covers the whole upgrade; alembic opens none of its own inside it.
context.run_migrations()
