"""The queue knows doubt and secrecy of its items; readings know the printed box of each character."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns and the indexes that the queue is walked along."""
    op.add_column("reading", sa.Column("cells", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("item", sa.Column("secret", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("item", sa.Column("confidence", sa.Float(), nullable=False, server_default="0"))
    _mark_secret_items()
    op.drop_index("ix_item_group_key", table_name="item")
    op.create_index("ix_item_group", "item", ["state", "group_key"])
    op.create_index("ix_item_doubt", "item", ["state", "priority", "due", "confidence", "id"])
    op.create_index("ix_item_form", "item", ["state", "priority", "due", "form_id", "field", "id"])


def downgrade() -> None:
    """Remove them again."""
    for name in ("ix_item_form", "ix_item_doubt", "ix_item_group"):
        op.drop_index(name, table_name="item")
    op.create_index("ix_item_group_key", "item", ["group_key"])
    op.drop_column("item", "confidence")
    op.drop_column("item", "secret")
    op.drop_column("reading", "cells")


def _mark_secret_items() -> None:
    """In a loop: the secret fields are JSON in the document, which no SQL joins on portably."""
    item = sa.table("item", sa.column("document_id"), sa.column("field"), sa.column("secret", sa.Boolean()))
    connection = op.get_bind()
    for number, fields in connection.execute(sa.text("SELECT id, secret_fields FROM document")).all():
        names = json.loads(fields) if isinstance(fields, str) else fields
        if names:
            mine = sa.and_(item.c.document_id == number, item.c.field.in_(names))
            connection.execute(item.update().where(mine).values(secret=True))
