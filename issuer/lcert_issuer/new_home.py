"""A new issuer in a home: its folder and passphrase, and all that `founding` records."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from importlib import resources
from pathlib import Path

from lcert_keys import create_passphrase_file

from .founding import Criteria, found
from .home_keys import make_key, passphrase_of
from .office import load_identity
from .refusals import Conflict, RegistryUnavailable
from .registry.schema import check_schema
from .registry.session import Registry, open_registry
from .settings import Settings

__all__ = ["Founded", "found_house"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    """What `init` made. `passphrase_file` is set when it had to make a passphrase of its own."""

    did: str
    root_thumbprint: str
    passphrase_file: Path | None


def found_house(
    settings: Settings,
    *,
    name: str,
    base_url: str,
    clock: Callable[[], datetime],
    actor: str = "operator",
    recorded_at: datetime | None = None,
) -> Founded:
    """A new issuer in `settings.home`: folder, passphrase if none is given, tables, keys, criteria, status list 1.

    Raises Conflict when there is one already. `recorded_at` lets its journal begin in the past (demo, import).
    """
    if settings.passphrase_given:
        passphrase_of(settings)()  # one that cannot be read leaves nothing behind
    registry = open_registry(settings.database_url)
    try:
        _check_new(settings, registry)
        made = None
        if not settings.passphrase_given and not settings.passphrase_file.exists():
            create_passphrase_file(settings.passphrase_file)
            made = settings.passphrase_file
        passphrase = passphrase_of(settings)
        founded = found(
            registry,
            base_url=base_url,
            name=name,
            criteria=_first_criteria(),
            make_key=lambda purpose, alg: make_key(settings, passphrase, purpose, alg),
            clock=clock,
            actor=actor,
            recorded_at=recorded_at,
        )
        if settings.database_file is not None:
            settings.database_file.chmod(0o600)  # private reasons and contacts lie in it
        return Founded(did=founded.did, root_thumbprint=founded.root_thumbprint, passphrase_file=made)
    finally:
        registry.close()


def _check_new(settings: Settings, registry: Registry) -> None:
    """Conflict when there is an issuer, before any file is made."""
    if settings.database_file is not None and not settings.database_file.exists():
        return
    with contextlib.suppress(RegistryUnavailable):
        check_schema(registry)
        with registry.read() as session:
            known = load_identity(session).base_url
        raise Conflict(
            f"{settings.home} is the issuer {known} already: set LCERT_HOME to another folder for a new one",
            code="initialised",
        )


def _first_criteria() -> Criteria:
    """The criteria every issuer begins with, as they lie in the package."""
    text = (resources.files(__package__) / "criteria" / "L-2026.1.md").read_text(encoding="utf-8")
    return Criteria(version="L-2026.1", text=text, in_force_from=date(2026, 1, 1))
