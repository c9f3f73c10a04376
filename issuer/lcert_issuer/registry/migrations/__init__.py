"""Schema versions of the registry, applied by Alembic. `env` is Alembic's entry, `versions` the steps."""
