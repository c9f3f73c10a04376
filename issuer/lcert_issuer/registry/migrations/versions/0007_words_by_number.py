"""SQLite's index of words names certificates newest first, so that a page of very many is read from its front."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_WORDS = "{0}search_text || replace({0}modalities, ' ', char(1)) || replace({0}bases, ' ', char(2))"
_ROW = "(CAST(substr({0}number, 4, 4) AS INTEGER) << 44) + (CAST(substr({0}number, 9) AS INTEGER) << 12) + {0}edition"
"""Year, serial and edition, so that rows in order are certificates in order. No certificate has 4,096 editions."""


def _learn(of: str, rest: str) -> str:
    return f"INSERT INTO edition_words (rowid, words) {rest.format(_ROW.format(of), _WORDS.format(of))}"


_FORGET = (
    "INSERT INTO edition_words (edition_words, rowid, words) VALUES ('delete', "  # noqa: S608 - no text from outside
    f"{_ROW.format('old.')}, {_WORDS.format('old.')})"
)
_LEARN = _learn("new.", "VALUES ({0}, {1})")
_TRIGGERS = {
    "learn": f"AFTER INSERT ON edition BEGIN {_LEARN}; END",
    "forget": f"AFTER DELETE ON edition BEGIN {_FORGET}; END",
    "relearn": "AFTER UPDATE OF number, edition, search_text, modalities, bases ON edition "
    f"BEGIN {_FORGET}; {_LEARN}; END",
}


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for name in _TRIGGERS:
        op.execute(f"DROP TRIGGER IF EXISTS edition_words_{name}")
    op.execute("DROP TABLE IF EXISTS edition_words")
    op.execute(
        "CREATE VIRTUAL TABLE edition_words USING fts5"
        "(words, content='', detail=none, tokenize='trigram case_sensitive 1')"
    )
    op.execute(_learn("", "SELECT {0}, {1} FROM edition ORDER BY 1"))
    for name, body in _TRIGGERS.items():
        op.execute(f"CREATE TRIGGER edition_words_{name} {body}")


def downgrade() -> None:
    raise NotImplementedError("the journal only goes forward: restore a backup instead")
