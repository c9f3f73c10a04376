"""Partners, what they watch, the outbox (filled with what the journal holds already) and deliveries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0005"
branch_labels = None
depends_on = None

_PENDING = sa.text("state = 'pending'")


def upgrade() -> None:
    _partners()
    _events()
    _deliveries()
    op.execute(
        "INSERT INTO outbox (event_id, notice_key, kind, number, edition, position, effective_at, recorded_at) "
        "SELECT event_id, notice_key, kind, number, edition, position, effective_at, recorded_at FROM journal "
        "WHERE number IS NOT NULL AND kind <> 'abandoned' ORDER BY position"
    )
    op.execute(
        "INSERT INTO outbox_place (id, sequence) VALUES (1, (SELECT coalesce(max(sequence), 0) FROM outbox))"
    )


def downgrade() -> None:
    raise NotImplementedError("the journal only goes forward: restore a backup instead")


def _partners() -> None:
    op.create_table(
        "partner",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="partner_pk"),
        sa.UniqueConstraint("name", name="partner_name_unique"),
    )
    op.create_table(
        "api_token",
        sa.Column("prefix", sa.String(length=16), nullable=False),
        sa.Column("partner_id", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="api_token_partner_id_fk"),
        sa.PrimaryKeyConstraint("prefix", name="api_token_pk"),
    )
    op.create_index("api_token_partner_id", "api_token", ["partner_id"], unique=False)
    op.create_table(
        "api_answer",
        sa.Column("partner_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="api_answer_partner_id_fk"),
        sa.PrimaryKeyConstraint("partner_id", "key", name="api_answer_pk"),
    )
    op.create_index("api_answer_created_at", "api_answer", ["created_at"], unique=False)
    op.create_table(
        "watch",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("partner_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("previous_secret", sa.Text(), nullable=True),
        sa.Column("previous_until", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("after", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.Column("not_before", sa.BigInteger(), nullable=True),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="watch_partner_id_fk"),
        sa.PrimaryKeyConstraint("id", name="watch_pk"),
    )
    op.create_index("watch_partner_id", "watch", ["partner_id"], unique=False)


def _events() -> None:
    op.create_table(
        "outbox",
        sa.Column(
            "sequence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("event_id", sa.String(length=32), nullable=False),
        sa.Column("notice_key", sa.String(length=255), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=True),
        sa.Column("edition", sa.Integer(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("effective_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="outbox_pk"),
        sa.UniqueConstraint("event_id", name="outbox_event_id_unique"),
        sa.UniqueConstraint("notice_key", name="outbox_notice_key_unique"),
    )
    op.create_index("outbox_number", "outbox", ["number", "sequence"], unique=False)
    op.create_index("outbox_recorded_at", "outbox", ["recorded_at"], unique=False)
    op.create_table(
        "outbox_place",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name="one_outbox_place"),
        sa.PrimaryKeyConstraint("id", name="outbox_place_pk"),
    )


def _deliveries() -> None:
    op.create_table(
        "delivery",
        sa.Column("watch_id", sa.String(length=32), nullable=False),
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("queued_at", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("lease", sa.String(length=32), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("last_at", sa.BigInteger(), nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("delivered_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('pending', 'delivered', 'failed', 'listed')", name="delivery_state"),
        sa.CheckConstraint("(lease IS NULL) = (lease_until IS NULL)", name="delivery_lease"),
        sa.ForeignKeyConstraint(["sequence"], ["outbox.sequence"], name="delivery_sequence_fk"),
        sa.ForeignKeyConstraint(["watch_id"], ["watch.id"], name="delivery_watch_id_fk", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("watch_id", "sequence", name="delivery_pk"),
    )
    for name, columns in (
        ("delivery_due", ["watch_id", "next_at"]),
        ("delivery_order", ["watch_id", "number", "sequence"]),
    ):
        op.create_index(
            name, "delivery", columns, unique=False, sqlite_where=_PENDING, postgresql_where=_PENDING
        )
