"""A status list is derived from its own entries: suspension stands beside each edition, and indexes lead to a list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0002"
branch_labels = None
depends_on = None

_ENDED = "withdrawn_at IS NOT NULL OR superseded_from IS NOT NULL OR suspended_from IS NOT NULL"


def upgrade() -> None:
    op.add_column("edition", sa.Column("suspended_from", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE edition SET suspended_from = (SELECT COALESCE(certificate.since, 0) FROM certificate "
        "WHERE certificate.number = edition.number) WHERE number IN "
        "(SELECT number FROM certificate WHERE standing = 'suspended')"
    )
    where = sa.text(_ENDED)
    op.create_index(
        "edition_ended",
        "edition",
        ["list_number", "list_index", "withdrawn_at", "superseded_from", "suspended_from"],
        sqlite_where=where,
        postgresql_where=where,
    )
    replaced = sa.text("superseded_from IS NOT NULL")
    op.create_index(
        "edition_superseded",
        "edition",
        ["superseded_from", "list_number"],
        sqlite_where=replaced,
        postgresql_where=replaced,
    )


def downgrade() -> None:
    raise NotImplementedError("the journal only goes forward: restore a backup instead")
