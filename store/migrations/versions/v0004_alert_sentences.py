"""An alert is stored as sentences of the catalogue with their values, so that it is shown in the reader's language."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; open alerts keep their text."""
    op.add_column("alert", sa.Column("said", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    """Remove it again."""
    op.drop_column("alert", "said")
