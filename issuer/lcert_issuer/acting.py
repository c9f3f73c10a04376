"""What every act at the desk shares: the office behind it, and a note of every refusal in the audit log."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from lcert_keys import Key, Keyring, Signer

from .office import Identity, Office, audit, load_keyring
from .refusals import Refused
from .registry.session import Registry

__all__ = ["Acting", "canonical_number"]


class Acting:
    """Base of the desk's parts."""

    def __init__(self, office: Office) -> None:
        self.office = office

    @property
    def registry(self) -> Registry:
        return self.office.registry

    @property
    def identity(self) -> Identity:
        return self.office.identity

    def keyring(self) -> Keyring:
        """Every key, whatever its state."""
        with self.registry.read() as session:
            return load_keyring(session)

    def signer(self, key: Key) -> Signer:
        return self.office.signer(key)

    @contextlib.contextmanager
    def _noting(self, action: str, target: str | None, actor: str) -> Iterator[None]:
        """Notes a refusal in the audit log, if the log can be written; what was done notes itself."""
        try:
            yield
        except Refused as refusal:
            with contextlib.suppress(Refused), self.registry.write() as session:
                audit(
                    session,
                    at=self.office.clock(),
                    actor=actor,
                    action=action,
                    target=target,
                    outcome="refused",
                    detail=f"{refusal.code}: {refusal.message}",
                )
            raise


def canonical_number(number: str) -> str:
    """Numbers are written in upper case, and read in any."""
    return number.strip().upper()
