"""What is looked up in a large registry: words of the directory, certificates by standing, what was erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import DBAPIError

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None

_LEARN = (
    "INSERT INTO edition_words (rowid, words) VALUES (new.issued_position, new.search_text || "
    "replace(new.modalities, ' ', char(1)) || replace(new.bases, ' ', char(2)))"
)
_FORGET = (
    "INSERT INTO edition_words (edition_words, rowid, words) VALUES ('delete', old.issued_position, "
    "old.search_text || replace(old.modalities, ' ', char(1)) || replace(old.bases, ' ', char(2)))"
)
_TRIGGERS = {
    "learn": f"AFTER INSERT ON edition BEGIN {_LEARN}; END",
    "forget": f"AFTER DELETE ON edition BEGIN {_FORGET}; END",
    "relearn": "AFTER UPDATE OF search_text, modalities, bases, issued_position ON edition "
    f"BEGIN {_FORGET}; {_LEARN}; END",
}


def upgrade() -> None:
    op.create_index("certificate_standing_number", "certificate", ["standing", "year", "serial"])
    op.create_index("edition_ends", "edition", ["valid_through"])
    op.create_index("edition_position", "edition", ["issued_position"])
    erased = sa.text("erased_at IS NOT NULL")
    op.create_index("payload_erased", "payload", ["erased_at"], sqlite_where=erased, postgresql_where=erased)
    if op.get_bind().dialect.name == "sqlite":
        _words_of_sqlite()
    else:
        _words_of_postgresql()


def _words_of_sqlite() -> None:
    """Every three letters in a row, by the position of the edition's entry; the text itself is not kept twice."""
    op.execute(
        "CREATE VIRTUAL TABLE edition_words USING fts5"
        "(words, content='', detail=none, tokenize='trigram case_sensitive 1')"
    )
    op.execute(
        "INSERT INTO edition_words (rowid, words) SELECT issued_position, search_text || "
        "replace(modalities, ' ', char(1)) || replace(bases, ' ', char(2)) FROM edition"
    )
    for name, body in _TRIGGERS.items():
        op.execute(f"CREATE TRIGGER edition_words_{name} {body}")


def _words_of_postgresql() -> None:
    """The same by pg_trgm, which comes with PostgreSQL; without it or the right to use it, searches read all texts."""
    try:
        with op.get_bind().begin_nested():
            op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            op.execute(
                "CREATE INDEX edition_words ON edition USING gin "
                "(search_text gin_trgm_ops, modalities gin_trgm_ops, bases gin_trgm_ops)"
            )
    except DBAPIError:
        pass


def downgrade() -> None:
    raise NotImplementedError("the journal only goes forward: restore a backup instead")
