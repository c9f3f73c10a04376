"""The desk's part for keys: stage, promote, retire, compromise; replace the root, renew the trust statement."""

from __future__ import annotations

from datetime import datetime

from lcert_keys import Key
from lcert_verifier.vocabulary import Algorithm, KeyPurpose

from . import keychanges
from .acting import Acting
from .keychanges import Act
from .once import Once
from .refusals import NotFound

__all__ = ["KeyKeeping"]


class KeyKeeping(Acting):
    """Changes of keys. Each brings a new trust statement, which the next publication shows."""

    def stage_key(
        self,
        purpose: KeyPurpose = KeyPurpose.ISSUER,
        alg: Algorithm = Algorithm.ES256,
        *,
        actor: str = "operator",
        recorded_at: datetime | None = None,
        once: Once | None = None,
    ) -> Key:
        """A new key that is published and does not sign yet; asked again with the same `once`, the key it made."""
        with self._noting("stage key", purpose.value, actor):
            act = Act(actor=actor, recorded_at=recorded_at, once=once)
            return keychanges.stage_key(self.office, purpose, alg, act)

    def promote_key(self, kid: str, *, actor: str = "operator", recorded_at: datetime | None = None) -> Key:
        """A staged key that signs from now on."""
        with self._noting("promote key", kid, actor):
            return keychanges.promote_key(self.office, kid, Act(actor=actor, recorded_at=recorded_at))

    def retire_key(self, kid: str, *, actor: str = "operator", recorded_at: datetime | None = None) -> Key:
        """A key that signs no more."""
        with self._noting("retire key", kid, actor):
            return keychanges.retire_key(self.office, kid, Act(actor=actor, recorded_at=recorded_at))

    def compromise_key(
        self,
        kid: str,
        *,
        since: int | None = None,
        actor: str = "operator",
        recorded_at: datetime | None = None,
    ) -> Key:
        """A key nobody may trust, but for what is recorded before entry `since`."""
        with self._noting("compromise key", kid, actor):
            act = Act(actor=actor, recorded_at=recorded_at)
            return keychanges.compromise_key(self.office, kid, since, act)

    def replace_root(
        self,
        alg: Algorithm = Algorithm.ES256,
        *,
        actor: str = "operator",
        recorded_at: datetime | None = None,
    ) -> Key:
        """A new root key, in a statement that the old one signs too."""
        with self._noting("replace root", "root", actor):
            return keychanges.replace_root(self.office, alg, Act(actor=actor, recorded_at=recorded_at))

    def renew_trust(self, *, actor: str = "operator", early: bool = False) -> int | None:
        """The version of a newly signed trust statement; None when the present one has time, unless `early`."""
        with self._noting("renew trust", None, actor):
            return keychanges.renew_trust(self.office, Act(actor=actor), early=early)

    def affected_by(self, kid: str) -> list[str]:
        """Numbers of the certificates in force or to come that this key signed: they need re-keying."""
        key = self.keyring().find(kid)
        if key is None:
            raise NotFound(f"there is no key {kid}")
        with self.registry.read() as session:
            return keychanges.affected_by(session, key.kid, self.office.clock())
