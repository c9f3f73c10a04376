"""What the public reports: misuse of the mark, and what was done about it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "misuse_report",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("contact", sa.String(length=400), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("resolved_at", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("(resolved_at IS NULL) = (note IS NULL)", name="misuse_report_resolution"),
        sa.CheckConstraint("resolved_at IS NULL OR contact IS NULL", name="misuse_report_contact_erased"),
        sa.PrimaryKeyConstraint("id", name="misuse_report_pk"),
    )
    op.create_index("misuse_report_received", "misuse_report", ["received_at"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("the journal only goes forward: restore a backup instead")
