"""The whole first schema.

A shared migration never changes: later schemas are later steps. Both databases run the same text.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(80), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_alert"),
    )
    op.create_index("ix_alert_open", "alert", ["cleared_at", "code", "subject"], unique=False)
    op.create_table(
        "audit_event",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("act", sa.String(80), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_event"),
    )
    op.create_index("ix_audit_event_subject", "audit_event", ["subject", "seq"], unique=False)
    op.create_table(
        "audit_seal",
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("last_hash", sa.String(64), nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("sealed_at", sa.String(32), nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_audit_seal"),
    )
    op.create_table(
        "baseline",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.String(80), nullable=False),
        sa.Column("person", sa.String(120), nullable=False),
        sa.Column("forms", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Float(), nullable=False),
        sa.Column("basis", sa.String(24), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_baseline"),
    )
    op.create_index("ix_baseline_form_id", "baseline", ["form_id"], unique=False)
    op.create_table(
        "batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("form_hint", sa.Text(), nullable=True),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_batch"),
    )
    op.create_index("ix_batch_dropped_at", "batch", ["dropped_at"], unique=False)
    op.create_table(
        "setting",
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_setting"),
    )
    op.create_table(
        "system_state",
        sa.Column("system", sa.String(80), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("circuit_open", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("system", name="pk_system_state"),
    )
    op.create_table(
        "user_account",
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("display", sa.String(200), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("session_epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_user_account"),
    )
    op.create_table(
        "source_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("original_name", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("kept_path", sa.Text(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("reason", sa.String(80), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("duplicate_of", sa.Integer(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_owner", sa.String(120), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name="fk_source_file_batch_id"),
        sa.ForeignKeyConstraint(["duplicate_of"], ["source_file.id"], name="fk_source_file_duplicate_of"),
        sa.ForeignKeyConstraint(["parent_id"], ["source_file.id"], name="fk_source_file_parent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_source_file"),
    )
    op.create_index("ix_source_file_batch_id", "source_file", ["batch_id"], unique=False)
    op.create_index("ix_source_file_parent_id", "source_file", ["parent_id"], unique=False)
    op.create_index("ix_source_file_sha256", "source_file", ["sha256"], unique=False)
    op.create_index("ix_source_file_state", "source_file", ["state", "id"], unique=False)
    op.create_table(
        "document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.String(80), nullable=True),
        sa.Column("edition", sa.String(40), nullable=True),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("record_key", sa.String(400), nullable=True),
        sa.Column("secret_fields", sa.JSON(), nullable=False),
        sa.Column("key_fields", sa.JSON(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_run", sa.String(64), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_owner", sa.String(120), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name="fk_document_batch_id"),
        sa.ForeignKeyConstraint(["file_id"], ["source_file.id"], name="fk_document_file_id"),
        sa.PrimaryKeyConstraint("id", name="pk_document"),
    )
    op.create_index("ix_document_batch_id", "document", ["batch_id"], unique=False)
    op.create_index("ix_document_file_id", "document", ["file_id"], unique=False)
    op.create_index("ix_document_record_key", "document", ["form_id", "record_key"], unique=False)
    op.create_index("ix_document_state", "document", ["state", "priority", "due", "id"], unique=False)
    op.create_table(
        "activity_time",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person", sa.String(120), nullable=False),
        sa.Column("activity", sa.String(24), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("form_id", sa.String(80), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("basis", sa.String(24), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name="fk_activity_time_batch_id"),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_activity_time_document_id"),
        sa.PrimaryKeyConstraint("id", name="pk_activity_time"),
    )
    op.create_index("ix_activity_time_at", "activity_time", ["at"], unique=False)
    op.create_index("ix_activity_time_document_id", "activity_time", ["document_id"], unique=False)
    op.create_table(
        "item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.String(80), nullable=False),
        sa.Column("field", sa.String(80), nullable=False),
        sa.Column("page_no", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(24), nullable=False),
        sa.Column("presentation", sa.String(24), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(24), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("group_key", sa.String(80), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claim_token", sa.String(64), nullable=True),
        sa.Column("done_by", sa.String(120), nullable=True),
        sa.Column("expected", sa.Text(), nullable=True),
        sa.Column("planted", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.String(120), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_item_document_id"),
        sa.PrimaryKeyConstraint("id", name="pk_item"),
        sa.UniqueConstraint(
            "document_id", "round", "field", "mode", "seat", name="uq_item_document_id_round_field_mode_seat"
        ),
    )
    op.create_index("ix_item_group_key", "item", ["group_key"], unique=False)
    op.create_index("ix_item_lease", "item", ["state", "lease_until"], unique=False)
    op.create_index("ix_item_next", "item", ["state", "priority", "due", "id"], unique=False)
    op.create_index("ix_item_owner", "item", ["lease_owner", "state"], unique=False)
    op.create_table(
        "key_conflict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("record_key", sa.String(400), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("decided_by", sa.String(120), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_key_conflict_document_id"),
        sa.ForeignKeyConstraint(["other_id"], ["document.id"], name="fk_key_conflict_other_id"),
        sa.PrimaryKeyConstraint("id", name="pk_key_conflict"),
        sa.UniqueConstraint("document_id", "other_id", name="uq_key_conflict_document_id_other_id"),
    )
    op.create_index("ix_key_conflict_other_id", "key_conflict", ["other_id"], unique=False)
    op.create_index("ix_key_conflict_state", "key_conflict", ["state"], unique=False)
    op.create_table(
        "page",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("index_in_file", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.String(80), nullable=True),
        sa.Column("page_no", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("rotation", sa.Integer(), nullable=False),
        sa.Column("homography", sa.JSON(), nullable=True),
        sa.Column("inliers", sa.Integer(), nullable=True),
        sa.Column("residual_mm", sa.Float(), nullable=True),
        sa.Column("scan_sha256", sa.String(64), nullable=True),
        sa.Column("picture_sha256", sa.String(64), nullable=True),
        sa.Column("picture_dpi", sa.Float(), nullable=True),
        sa.Column("suggestions", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_page_document_id"),
        sa.ForeignKeyConstraint(["file_id"], ["source_file.id"], name="fk_page_file_id"),
        sa.PrimaryKeyConstraint("id", name="pk_page"),
        sa.UniqueConstraint("file_id", "index_in_file", name="uq_page_file_id_index_in_file"),
    )
    op.create_index("ix_page_document_id", "page", ["document_id"], unique=False)
    op.create_table(
        "reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("run", sa.String(64), nullable=False),
        sa.Column("field", sa.String(80), nullable=False),
        sa.Column("page_no", sa.Integer(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("secret", sa.Boolean(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("decision", sa.String(16), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("candidates", sa.JSON(), nullable=False),
        sa.Column("box_mm", sa.JSON(), nullable=True),
        sa.Column("weak", sa.JSON(), nullable=False),
        sa.Column("model_version", sa.String(120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_reading_document_id"),
        sa.PrimaryKeyConstraint("id", name="pk_reading"),
        sa.UniqueConstraint("document_id", "run", "field", name="uq_reading_document_id_run_field"),
    )
    op.create_table(
        "record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.String(80), nullable=False),
        sa.Column("read_run", sa.String(64), nullable=True),
        sa.Column("record_key", sa.String(400), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("secret_values", sa.JSON(), nullable=False),
        sa.Column("origins", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("settled_by", sa.String(120), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_record_document_id"),
        sa.PrimaryKeyConstraint("id", name="pk_record"),
        sa.UniqueConstraint("document_id", "version", name="uq_record_document_id_version"),
    )
    op.create_index("ix_record_key", "record", ["form_id", "record_key"], unique=False)
    op.create_index("ix_record_settled_at", "record", ["settled_at"], unique=False)
    op.create_table(
        "entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("system", sa.String(80), nullable=False),
        sa.Column("key", sa.String(400), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("receipt", sa.String(200), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("read_back", sa.JSON(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.String(120), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_entry_document_id"),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name="fk_entry_record_id"),
        sa.PrimaryKeyConstraint("id", name="pk_entry"),
        sa.UniqueConstraint("record_id", "system", name="uq_entry_record_id_system"),
    )
    op.create_index("ix_entry_document_id", "entry", ["document_id"], unique=False)
    op.create_index("ix_entry_state", "entry", ["system", "state", "id"], unique=False)
    op.create_table(
        "verification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(80), nullable=False),
        sa.Column("user", sa.String(120), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("secret", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(24), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("active_seconds", sa.Float(), nullable=False),
        sa.Column("keystrokes", sa.Integer(), nullable=True),
        sa.Column("shown", sa.String(24), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_verification_document_id"),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_verification_item_id"),
        sa.PrimaryKeyConstraint("id", name="pk_verification"),
        sa.UniqueConstraint("token", name="uq_verification_token"),
    )
    op.create_index("ix_verification_created_at", "verification", ["created_at"], unique=False)
    op.create_index("ix_verification_document_id", "verification", ["document_id"], unique=False)
    op.create_index("ix_verification_item_id", "verification", ["item_id"], unique=False)
    op.create_table(
        "entry_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name="fk_entry_event_entry_id"),
        sa.PrimaryKeyConstraint("id", name="pk_entry_event"),
    )
    op.create_index("ix_entry_event_entry_id", "entry_event", ["entry_id"], unique=False)
    # ### end Alembic commands ###


def downgrade() -> None:
    """Remove every table."""
    op.drop_table("entry_event")
    op.drop_table("verification")
    op.drop_table("entry")
    op.drop_table("record")
    op.drop_table("reading")
    op.drop_table("page")
    op.drop_table("key_conflict")
    op.drop_table("item")
    op.drop_table("activity_time")
    op.drop_table("document")
    op.drop_table("source_file")
    op.drop_table("user_account")
    op.drop_table("system_state")
    op.drop_table("setting")
    op.drop_table("batch")
    op.drop_table("baseline")
    op.drop_table("audit_seal")
    op.drop_table("audit_event")
    op.drop_table("alert")
