"""Columns for reports: the decisions of a run in the document, the reading in the verification."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_CHUNK = 500


def upgrade() -> None:
    """Add and fill the columns, and index documents by their day."""
    op.add_column("document", sa.Column("tally", sa.Text(), nullable=False, server_default=""))
    op.add_column("verification", sa.Column("mode", sa.String(24), nullable=False, server_default=""))
    op.add_column("verification", sa.Column("decision", sa.String(16), nullable=True))
    op.add_column("verification", sa.Column("confidence", sa.Float(), nullable=True))
    op.add_column("verification", sa.Column("agrees", sa.Boolean(), nullable=True))
    _fill_verifications()
    _fill_tallies()
    op.create_index("ix_document_opened", "document", ["opened_at"])


def downgrade() -> None:
    """Remove them again."""
    op.drop_index("ix_document_opened", table_name="document")
    for name in ("agrees", "confidence", "decision", "mode"):
        op.drop_column("verification", name)
    op.drop_column("document", "tally")


def _fill_verifications() -> None:
    """What stood beside each answer; whether a secret value agreed stays unknown: there are no keys here."""
    of = "FROM reading r JOIN document d ON d.read_run = r.run AND d.id = r.document_id"
    mine = "WHERE r.document_id = verification.document_id AND r.field = verification.field"
    op.execute("UPDATE verification SET mode = (SELECT i.mode FROM item i WHERE i.id = verification.item_id)")
    op.execute(
        f"UPDATE verification SET decision = (SELECT r.decision {of} {mine}),"
        f" confidence = (SELECT r.confidence {of} {mine}),"
        f" agrees = (SELECT CASE WHEN r.secret THEN NULL ELSE r.value = verification.value END {of} {mine})"
    )


def _fill_tallies() -> None:
    """`field=decision` of the current readings, joined by commas."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            "SELECT r.document_id, r.field, r.decision FROM reading r"
            " JOIN document d ON d.read_run = r.run AND d.id = r.document_id ORDER BY r.document_id, r.id"
        )
    )
    found: dict[int, list[str]] = {}
    for number, field, decision in rows:
        found.setdefault(number, []).append(f"{field}={decision or ''}")
    document = sa.table("document", sa.column("id"), sa.column("tally"))
    waiting = [{"number": number, "words": ",".join(words)} for number, words in found.items()]
    change = (
        document.update().where(document.c.id == sa.bindparam("number")).values(tally=sa.bindparam("words"))
    )
    for start in range(0, len(waiting), _CHUNK):
        connection.execute(change, waiting[start : start + _CHUNK])
