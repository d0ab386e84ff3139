"""The whole first schema.

A shared migration never changes: later schemas are later steps. Both databases run the same text.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "alert",
        Column("id", Integer(), nullable=False),
        Column("code", String(80), nullable=False),
        Column("level", String(16), nullable=False),
        Column("subject", String(200), nullable=False),
        Column("message", Text(), nullable=False),
        Column("raised_at", DateTime(timezone=True), nullable=False),
        Column("last_at", DateTime(timezone=True), nullable=False),
        Column("times", Integer(), nullable=False),
        Column("cleared_at", DateTime(timezone=True), nullable=True),
        PrimaryKeyConstraint("id", name="pk_alert"),
    )
    op.create_index("ix_alert_open", "alert", ["cleared_at", "code", "subject"], unique=False)
    op.create_table(
        "audit_event",
        Column("seq", Integer(), autoincrement=False, nullable=False),
        Column("at", String(32), nullable=False),
        Column("actor", String(120), nullable=False),
        Column("act", String(80), nullable=False),
        Column("subject", String(200), nullable=False),
        Column("detail", Text(), nullable=False),
        Column("prev_hash", String(64), nullable=False),
        Column("hash", String(64), nullable=False),
        PrimaryKeyConstraint("seq", name="pk_audit_event"),
    )
    op.create_index("ix_audit_event_subject", "audit_event", ["subject", "seq"], unique=False)
    op.create_table(
        "audit_seal",
        Column("day", String(10), nullable=False),
        Column("last_seq", Integer(), nullable=False),
        Column("last_hash", String(64), nullable=False),
        Column("key_id", String(16), nullable=False),
        Column("sealed_at", String(32), nullable=False),
        Column("signature", String(128), nullable=False),
        PrimaryKeyConstraint("day", name="pk_audit_seal"),
    )
    op.create_table(
        "baseline",
        Column("id", Integer(), nullable=False),
        Column("form_id", String(80), nullable=False),
        Column("person", String(120), nullable=False),
        Column("forms", Integer(), nullable=False),
        Column("minutes", Float(), nullable=False),
        Column("basis", String(24), nullable=False),
        Column("how", Text(), nullable=False),
        Column("measured_at", DateTime(timezone=True), nullable=False),
        PrimaryKeyConstraint("id", name="pk_baseline"),
    )
    op.create_index("ix_baseline_form_id", "baseline", ["form_id"], unique=False)
    op.create_table(
        "batch",
        Column("id", Integer(), nullable=False),
        Column("name", Text(), nullable=False),
        Column("source", Text(), nullable=False),
        Column("office", Text(), nullable=False),
        Column("form_hint", Text(), nullable=True),
        Column("dropped_at", DateTime(timezone=True), nullable=False),
        PrimaryKeyConstraint("id", name="pk_batch"),
    )
    op.create_index("ix_batch_dropped_at", "batch", ["dropped_at"], unique=False)
    op.create_table(
        "setting",
        Column("key", String(120), nullable=False),
        Column("value", JSON(), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("updated_by", String(120), nullable=False),
        PrimaryKeyConstraint("key", name="pk_setting"),
    )
    op.create_table(
        "system_state",
        Column("system", String(80), nullable=False),
        Column("paused", Boolean(), nullable=False),
        Column("circuit_open", Boolean(), nullable=False),
        Column("reason", Text(), nullable=False),
        Column("failures", Integer(), nullable=False),
        Column("retry_at", DateTime(timezone=True), nullable=True),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        PrimaryKeyConstraint("system", name="pk_system_state"),
    )
    op.create_table(
        "user_account",
        Column("name", String(120), nullable=False),
        Column("display", String(200), nullable=False),
        Column("password_hash", Text(), nullable=False),
        Column("roles", JSON(), nullable=False),
        Column("active", Boolean(), nullable=False),
        Column("failures", Integer(), nullable=False),
        Column("locked_until", DateTime(timezone=True), nullable=True),
        Column("session_epoch", Integer(), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("last_login_at", DateTime(timezone=True), nullable=True),
        PrimaryKeyConstraint("name", name="pk_user_account"),
    )
    op.create_table(
        "source_file",
        Column("id", Integer(), nullable=False),
        Column("batch_id", Integer(), nullable=False),
        Column("parent_id", Integer(), nullable=True),
        Column("sha256", String(64), nullable=False),
        Column("original_name", Text(), nullable=False),
        Column("size", Integer(), nullable=False),
        Column("kept_path", Text(), nullable=False),
        Column("state", String(24), nullable=False),
        Column("reason", String(80), nullable=True),
        Column("error", Text(), nullable=True),
        Column("duplicate_of", Integer(), nullable=True),
        Column("pages", Integer(), nullable=True),
        Column("received_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("lease_owner", String(120), nullable=True),
        Column("lease_until", DateTime(timezone=True), nullable=True),
        Column("attempts", Integer(), nullable=False),
        ForeignKeyConstraint(["batch_id"], ["batch.id"], name="fk_source_file_batch_id"),
        ForeignKeyConstraint(["duplicate_of"], ["source_file.id"], name="fk_source_file_duplicate_of"),
        ForeignKeyConstraint(["parent_id"], ["source_file.id"], name="fk_source_file_parent_id"),
        PrimaryKeyConstraint("id", name="pk_source_file"),
    )
    op.create_index("ix_source_file_batch_id", "source_file", ["batch_id"], unique=False)
    op.create_index("ix_source_file_parent_id", "source_file", ["parent_id"], unique=False)
    op.create_index("ix_source_file_sha256", "source_file", ["sha256"], unique=False)
    op.create_index("ix_source_file_state", "source_file", ["state", "id"], unique=False)
    op.create_table(
        "document",
        Column("id", Integer(), nullable=False),
        Column("batch_id", Integer(), nullable=False),
        Column("file_id", Integer(), nullable=False),
        Column("form_id", String(80), nullable=True),
        Column("edition", String(40), nullable=True),
        Column("state", String(24), nullable=False),
        Column("reason", Text(), nullable=True),
        Column("record_key", String(400), nullable=True),
        Column("secret_fields", JSON(), nullable=False),
        Column("key_fields", JSON(), nullable=False),
        Column("priority", Integer(), nullable=False),
        Column("due", DateTime(timezone=True), nullable=False),
        Column("read_run", String(64), nullable=True),
        Column("round", Integer(), nullable=False),
        Column("version", Integer(), nullable=False),
        Column("opened_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("lease_owner", String(120), nullable=True),
        Column("lease_until", DateTime(timezone=True), nullable=True),
        Column("attempts", Integer(), nullable=False),
        ForeignKeyConstraint(["batch_id"], ["batch.id"], name="fk_document_batch_id"),
        ForeignKeyConstraint(["file_id"], ["source_file.id"], name="fk_document_file_id"),
        PrimaryKeyConstraint("id", name="pk_document"),
    )
    op.create_index("ix_document_batch_id", "document", ["batch_id"], unique=False)
    op.create_index("ix_document_file_id", "document", ["file_id"], unique=False)
    op.create_index("ix_document_record_key", "document", ["form_id", "record_key"], unique=False)
    op.create_index("ix_document_state", "document", ["state", "priority", "due", "id"], unique=False)
    op.create_table(
        "activity_time",
        Column("id", Integer(), nullable=False),
        Column("at", DateTime(timezone=True), nullable=False),
        Column("person", String(120), nullable=False),
        Column("activity", String(24), nullable=False),
        Column("batch_id", Integer(), nullable=True),
        Column("document_id", Integer(), nullable=True),
        Column("form_id", String(80), nullable=True),
        Column("seconds", Float(), nullable=False),
        Column("basis", String(24), nullable=False),
        Column("note", Text(), nullable=False),
        ForeignKeyConstraint(["batch_id"], ["batch.id"], name="fk_activity_time_batch_id"),
        ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_activity_time_document_id"),
        PrimaryKeyConstraint("id", name="pk_activity_time"),
    )
    op.create_index("ix_activity_time_at", "activity_time", ["at"], unique=False)
    op.create_index("ix_activity_time_document_id", "activity_time", ["document_id"], unique=False)
    op.create_table(
        "item",
        Column("id", Integer(), nullable=False),
        Column("document_id", Integer(), nullable=False),
        Column("form_id", String(80), nullable=False),
        Column("field", String(80), nullable=False),
        Column("page_no", Integer(), nullable=False),
        Column("round", Integer(), nullable=False),
        Column("mode", String(24), nullable=False),
        Column("presentation", String(24), nullable=False),
        Column("state", String(24), nullable=False),
        Column("seat", Integer(), nullable=False),
        Column("role", String(24), nullable=True),
        Column("reasons", JSON(), nullable=False),
        Column("group_key", String(80), nullable=True),
        Column("priority", Integer(), nullable=False),
        Column("due", DateTime(timezone=True), nullable=False),
        Column("claim_token", String(64), nullable=True),
        Column("done_by", String(120), nullable=True),
        Column("expected", Text(), nullable=True),
        Column("planted", Text(), nullable=True),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("done_at", DateTime(timezone=True), nullable=True),
        Column("lease_owner", String(120), nullable=True),
        Column("lease_until", DateTime(timezone=True), nullable=True),
        Column("attempts", Integer(), nullable=False),
        ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_item_document_id"),
        PrimaryKeyConstraint("id", name="pk_item"),
        UniqueConstraint(
            "document_id", "round", "field", "mode", "seat", name="uq_item_document_id_round_field_mode_seat"
        ),
    )
    op.create_index("ix_item_group_key", "item", ["group_key"], unique=False)
    op.create_index("ix_item_lease", "item", ["state", "lease_until"], unique=False)
    op.create_index("ix_item_next", "item", ["state", "priority", "due", "id"], unique=False)
    op.create_index("ix_item_owner", "item", ["lease_owner", "state"], unique=False)
    op.create_table(
        "key_conflict",
        Column("id", Integer(), nullable=False),
        Column("document_id", Integer(), nullable=False),
        Column("other_id", Integer(), nullable=False),
        Column("record_key", String(400), nullable=False),
        Column("state", String(24), nullable=False),
        Column("decided_by", String(120), nullable=True),
        Column("reason", Text(), nullable=True),
        Column("opened_at", DateTime(timezone=True), nullable=False),
        Column("decided_at", DateTime(timezone=True), nullable=True),
        ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_key_conflict_document_id"),
        ForeignKeyConstraint(["other_id"], ["document.id"], name="fk_key_conflict_other_id"),
        PrimaryKeyConstraint("id", name="pk_key_conflict"),
        UniqueConstraint("document_id", "other_id", name="uq_key_conflict_document_id_other_id"),
    )
    op.create_index("ix_key_conflict_other_id", "key_conflict", ["other_id"], unique=False)
    op.create_index("ix_key_conflict_state", "key_conflict", ["state"], unique=False)
    op.create_table(
        "page",
        Column("id", Integer(), nullable=False),
        Column("file_id", Integer(), nullable=False),
        Column("document_id", Integer(), nullable=True),
        Column("index_in_file", Integer(), nullable=False),
        Column("form_id", String(80), nullable=True),
        Column("page_no", Integer(), nullable=True),
        Column("state", String(24), nullable=False),
        Column("rotation", Integer(), nullable=False),
        Column("homography", JSON(), nullable=True),
        Column("inliers", Integer(), nullable=True),
        Column("residual_mm", Float(), nullable=True),
        Column("scan_sha256", String(64), nullable=True),
        Column("picture_sha256", String(64), nullable=True),
        Column("picture_dpi", Float(), nullable=True),
        Column("suggestions", JSON(), nullable=False),
        ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_page_document_id"),
        ForeignKeyConstraint(["file_id"], ["source_file.id"], name="fk_page_file_id"),
        PrimaryKeyConstraint("id", name="pk_page"),
        UniqueConstraint("file_id", "index_in_file", name="uq_page_file_id_index_in_file"),
    )
    op.create_index("ix_page_document_id", "page", ["document_id"], unique=False)
    op.create_table(
        "reading",
        Column("id", Integer(), nullable=False),
        Column("document_id", Integer(), nullable=False),
        Column("run", String(64), nullable=False),
        Column("field", String(80), nullable=False),
        Column("page_no", Integer(), nullable=False),
        Column("value", Text(), nullable=False),
        Column("secret", Boolean(), nullable=False),
        Column("confidence", Float(), nullable=True),
        Column("decision", String(16), nullable=True),
        Column("reasons", JSON(), nullable=False),
        Column("candidates", JSON(), nullable=False),
        Column("box_mm", JSON(), nullable=True),
        Column("weak", JSON(), nullable=False),
        Column("model_version", String(120), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_reading_document_id"),
        PrimaryKeyConstraint("id", name="pk_reading"),
        UniqueConstraint("document_id", "run", "field", name="uq_reading_document_id_run_field"),
    )
    op.create_table(
        "record",
        Column("id", Integer(), nullable=False),
        Column("document_id", Integer(), nullable=False),
        Column("version", Integer(), nullable=False),
        Column("form_id", String(80), nullable=False),
        Column("read_run", String(64), nullable=True),
        Column("record_key", String(400), nullable=False),
        Column("values", JSON(), nullable=False),
        Column("secret_values", JSON(), nullable=False),
        Column("origins", JSON(), nullable=False),
        Column("digest", String(64), nullable=False),
        Column("settled_by", String(120), nullable=False),
        Column("settled_at", DateTime(timezone=True), nullable=False),
        ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_record_document_id"),
        PrimaryKeyConstraint("id", name="pk_record"),
        UniqueConstraint("document_id", "version", name="uq_record_document_id_version"),
    )
    op.create_index("ix_record_key", "record", ["form_id", "record_key"], unique=False)
    op.create_index("ix_record_settled_at", "record", ["settled_at"], unique=False)
    op.create_table(
        "entry",
        Column("id", Integer(), nullable=False),
        Column("document_id", Integer(), nullable=False),
        Column("record_id", Integer(), nullable=False),
        Column("system", String(80), nullable=False),
        Column("key", String(400), nullable=False),
        Column("state", String(24), nullable=False),
        Column("receipt", String(200), nullable=True),
        Column("reason", Text(), nullable=True),
        Column("read_back", JSON(), nullable=True),
        Column("seconds", Float(), nullable=True),
        Column("planned_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("confirmed_at", DateTime(timezone=True), nullable=True),
        Column("lease_owner", String(120), nullable=True),
        Column("lease_until", DateTime(timezone=True), nullable=True),
        Column("attempts", Integer(), nullable=False),
        ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_entry_document_id"),
        ForeignKeyConstraint(["record_id"], ["record.id"], name="fk_entry_record_id"),
        PrimaryKeyConstraint("id", name="pk_entry"),
        UniqueConstraint("record_id", "system", name="uq_entry_record_id_system"),
    )
    op.create_index("ix_entry_document_id", "entry", ["document_id"], unique=False)
    op.create_index("ix_entry_state", "entry", ["system", "state", "id"], unique=False)
    op.create_table(
        "verification",
        Column("id", Integer(), nullable=False),
        Column("document_id", Integer(), nullable=False),
        Column("item_id", Integer(), nullable=False),
        Column("field", String(80), nullable=False),
        Column("user", String(120), nullable=False),
        Column("value", Text(), nullable=False),
        Column("secret", Boolean(), nullable=False),
        Column("outcome", String(24), nullable=False),
        Column("note", Text(), nullable=False),
        Column("active_seconds", Float(), nullable=False),
        Column("keystrokes", Integer(), nullable=True),
        Column("shown", String(24), nullable=False),
        Column("token", String(64), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        ForeignKeyConstraint(["document_id"], ["document.id"], name="fk_verification_document_id"),
        ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_verification_item_id"),
        PrimaryKeyConstraint("id", name="pk_verification"),
        UniqueConstraint("token", name="uq_verification_token"),
    )
    op.create_index("ix_verification_created_at", "verification", ["created_at"], unique=False)
    op.create_index("ix_verification_document_id", "verification", ["document_id"], unique=False)
    op.create_index("ix_verification_item_id", "verification", ["item_id"], unique=False)
    op.create_table(
        "entry_event",
        Column("id", Integer(), nullable=False),
        Column("entry_id", Integer(), nullable=False),
        Column("at", DateTime(timezone=True), nullable=False),
        Column("actor", String(120), nullable=False),
        Column("state", String(24), nullable=False),
        Column("detail", JSON(), nullable=False),
        ForeignKeyConstraint(["entry_id"], ["entry.id"], name="fk_entry_event_entry_id"),
        PrimaryKeyConstraint("id", name="pk_entry_event"),
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
