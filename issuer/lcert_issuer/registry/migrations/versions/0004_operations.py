"""An audit log that shows when it was changed, requests answered once, digests of published files, erasure."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from lcert_issuer.registry.auditing import EMPTY_DIGEST, row_digest

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("payload", sa.Column("erased_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "once",
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("request", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="once_pk"),
    )
    op.create_table(
        "published_file",
        sa.Column("path", sa.String(length=512), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("path", name="published_file_pk"),
    )
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="heartbeat_pk"),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name="one_audit_head"),
        sa.PrimaryKeyConstraint("id", name="audit_head_pk"),
    )
    with op.batch_alter_table("audit") as table:
        table.add_column(sa.Column("digest", sa.String(length=64), nullable=True))
    _chain()
    with op.batch_alter_table("audit") as table:
        table.alter_column("digest", nullable=False)
    _refuse_changes()


def downgrade() -> None:
    raise NotImplementedError("the journal only goes forward: restore a backup instead")


def _chain() -> None:
    """What was noted before is chained as it is found."""
    connection = op.get_bind()
    digest, size, last_id = EMPTY_DIGEST, 0, 0
    rows = connection.execute(
        sa.text("SELECT id, at, actor, action, target, outcome, detail FROM audit ORDER BY id")
    ).all()
    for row in rows:
        digest = row_digest(digest, **row._mapping)
        connection.execute(
            sa.text("UPDATE audit SET digest = :digest WHERE id = :id"), {"digest": digest, "id": row.id}
        )
        size, last_id = size + 1, row.id
    connection.execute(
        sa.text("INSERT INTO audit_head (id, size, last_id, digest) VALUES (1, :size, :last_id, :digest)"),
        {"size": size, "last_id": last_id, "digest": digest},
    )


def _refuse_changes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
                "BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'audit is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
    )
