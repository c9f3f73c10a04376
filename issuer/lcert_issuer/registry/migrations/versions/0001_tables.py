"""Every table of the registry, and the triggers that make journal and token store append-only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_APPEND_ONLY = ("journal", "journal_node", "token")


def upgrade() -> None:
    _tables()
    for table in _APPEND_ONLY:
        if op.get_bind().dialect.name == "sqlite":
            _refuse_on_sqlite(table)
        else:
            _refuse_on_postgresql(table)


def downgrade() -> None:
    raise NotImplementedError("the journal only goes forward: restore a backup instead")


def _refuse_on_sqlite(table: str) -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _refuse_on_postgresql(table: str) -> None:
    op.execute(
        f"CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only()"
    )


def _tables() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("target", sa.String(length=512), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="audit_pk"),
    )
    op.create_table(
        "certificate",
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("standing", sa.String(length=16), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("ab_initio", sa.Boolean(), nullable=False),
        sa.Column("first_granted_on", sa.Date(), nullable=False),
        sa.Column("latest_edition", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "standing IN ('standing', 'suspended', 'withdrawn', 'terminated')", name="certificate_standing"
        ),
        sa.PrimaryKeyConstraint("number", name="certificate_pk"),
        sa.UniqueConstraint("year", "serial", name="certificate_year_serial"),
    )
    op.create_index("certificate_standing_since", "certificate", ["standing", "since"], unique=False)
    op.create_table(
        "criteria",
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("version", name="criteria_pk"),
    )
    op.create_table(
        "head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.CheckConstraint("id = 1", name="one_head"),
        sa.PrimaryKeyConstraint("id", name="head_pk"),
    )
    op.create_table(
        "intent",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.String(length=512), nullable=False),
        sa.Column("claims_digest", sa.String(length=64), nullable=False),
        sa.Column("list_number", sa.Integer(), nullable=False),
        sa.Column("list_index", sa.Integer(), nullable=False),
        sa.Column("certificate_version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'committed', 'abandoned')", name="intent_state"),
        sa.PrimaryKeyConstraint("id", name="intent_pk"),
        sa.UniqueConstraint("credential_id", name="intent_credential_id_unique"),
        sa.UniqueConstraint("list_number", "list_index", name="intent_status_index"),
        sa.UniqueConstraint("number", "edition", name="intent_edition"),
    )
    op.create_index(
        "intent_abandoned",
        "intent",
        ["list_number"],
        unique=False,
        sqlite_where=sa.text("state = 'abandoned'"),
        postgresql_where=sa.text("state = 'abandoned'"),
    )
    op.create_index("intent_open", "intent", ["state", "lease_until"], unique=False)
    op.create_index("intent_year_serial", "intent", ["year", "serial"], unique=False)
    op.create_table(
        "journal",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.String(length=32), nullable=False),
        sa.Column("notice_key", sa.String(length=255), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=True),
        sa.Column("edition", sa.Integer(), nullable=True),
        sa.Column("effective_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="journal_pk"),
        sa.UniqueConstraint("event_id", name="journal_event_id_unique"),
        sa.UniqueConstraint("notice_key", name="journal_notice_key_unique"),
    )
    op.create_index("journal_number", "journal", ["number", "position"], unique=False)
    op.create_table(
        "journal_node",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "position", name="journal_node_pk"),
    )
    op.create_table(
        "key",
        sa.Column("kid", sa.String(length=512), nullable=False),
        sa.Column("thumbprint", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("alg", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("jwk", sa.JSON(), nullable=False),
        sa.Column("signer_uri", sa.Text(), nullable=False),
        sa.Column("staged_at", sa.BigInteger(), nullable=False),
        sa.Column("promoted_at", sa.BigInteger(), nullable=True),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.Column("compromised_at", sa.BigInteger(), nullable=True),
        sa.Column("compromised_since", sa.BigInteger(), nullable=True),
        sa.Column("compromised_size", sa.BigInteger(), nullable=True),
        sa.Column("compromised_root", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("purpose IN ('root', 'issuer', 'status', 'log')", name="key_purpose"),
        sa.CheckConstraint("state IN ('staged', 'active', 'retired', 'compromised')", name="key_state"),
        sa.PrimaryKeyConstraint("kid", name="key_pk"),
        sa.UniqueConstraint("thumbprint", name="key_thumbprint_unique"),
    )
    op.create_table(
        "setting",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="setting_pk"),
    )
    op.create_table(
        "status_list",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="status_list_pk"),
    )
    op.create_table(
        "token",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("credential_id", sa.String(length=512), nullable=False),
        sa.Column("securing", sa.String(length=16), nullable=False),
        sa.Column("kid", sa.String(length=512), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="token_pk"),
        sa.UniqueConstraint("credential_id", "securing", name="one_token_per_securing"),
    )
    op.create_index("token_kid", "token", ["kid"], unique=False)
    op.create_table(
        "trust",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version", name="trust_pk"),
    )
    op.create_table(
        "edition",
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("edition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("credential_id", sa.String(length=512), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("list_number", sa.Integer(), nullable=False),
        sa.Column("list_index", sa.Integer(), nullable=False),
        sa.Column("kid", sa.String(length=512), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_through", sa.Date(), nullable=False),
        sa.Column("superseded_from", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.Column("next_notice_at", sa.BigInteger(), nullable=True),
        sa.Column("holder_name", sa.String(length=400), nullable=False),
        sa.Column("domains", sa.Text(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("modalities", sa.String(length=128), nullable=False),
        sa.Column("bases", sa.String(length=128), nullable=False),
        sa.Column("claims", sa.JSON(), nullable=False),
        sa.Column("issued_position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["certificate.number"], name="edition_number_fk"),
        sa.PrimaryKeyConstraint("number", "edition", name="edition_pk"),
        sa.UniqueConstraint("credential_id", name="edition_credential_id_unique"),
        sa.UniqueConstraint("list_number", "list_index", name="edition_status_index"),
    )
    op.create_index("edition_holder", "edition", ["holder_name"], unique=False)
    op.create_index("edition_kid", "edition", ["kid"], unique=False)
    op.create_index("edition_next_notice", "edition", ["next_notice_at"], unique=False)
    op.create_index("edition_validity", "edition", ["valid_from", "valid_through"], unique=False)
    op.create_table(
        "payload",
        sa.Column("event_id", sa.String(length=32), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["journal.event_id"], name="payload_event_id_fk"),
        sa.PrimaryKeyConstraint("event_id", name="payload_pk"),
    )
    op.create_table(
        "status_slot",
        sa.Column("list_number", sa.Integer(), nullable=False),
        sa.Column("list_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["list_number"], ["status_list.number"], name="status_slot_list_number_fk"),
        sa.PrimaryKeyConstraint("list_number", "list_index", name="status_slot_pk"),
    )
    op.create_index(
        "status_slot_free",
        "status_slot",
        ["list_number", "ordinal"],
        unique=False,
        sqlite_where=sa.text("NOT taken"),
        postgresql_where=sa.text("NOT taken"),
    )
