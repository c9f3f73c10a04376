"""Runs migrations on the connection that `registry.schema` hands over. There is no offline mode and no ini file."""

from __future__ import annotations

from alembic import context

from lcert_issuer.registry.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
    compare_type=True,
)

with context.begin_transaction():
    context.run_migrations()
