"""An alert is kept as sentences of the catalogue with their values, so that each reader is told in one's language."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; alerts that stand keep their text."""
    op.add_column("alert", sa.Column("said", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("alert", "said")
