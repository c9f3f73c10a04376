"""Which key signs, which are published, and how a key moves through its life. Pure: no files, no secrets.

    staged -> active -> retired          (staged keys may be retired unused)
    any    -> compromised

Promoting a key leaves the older active keys of its purpose active, so that what they signed goes on being
checked as before; they stop signing, and `retire` ends them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lcert_verifier.jwk import PublicKey
from lcert_verifier.vocabulary import Algorithm, KeyPurpose, KeyState

from .errors import KeyStateError

__all__ = ["Key", "Keyring", "kid_of"]

_ALLOWED: Mapping[str, frozenset[KeyState]] = {
    "promote": frozenset({KeyState.STAGED}),
    "retire": frozenset({KeyState.STAGED, KeyState.ACTIVE}),
    "compromise": frozenset(KeyState),
}


def kid_of(did: str, thumbprint: str) -> str:
    """`DID#thumbprint`: the one form of a key id in headers, JWKS, DID document and trust statement."""
    return f"{did}#{thumbprint}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key and what became of it. Instants are aware UTC."""

    kid: str
    thumbprint: str
    purpose: KeyPurpose
    alg: Algorithm
    state: KeyState
    public_key: PublicKey
    signer_uri: str
    staged_at: datetime
    promoted_at: datetime | None = None
    retired_at: datetime | None = None
    compromised_at: datetime | None = None
    since: int | None = None
    """Journal position from which on nothing under a compromised key stands; None when nothing does."""
    size: int | None = None
    root: bytes | None = None
    """Size and root of the journal against which `since` is proven."""


class Keyring:
    """All keys of an issuer. Immutable: transitions return the changed Key, `with_key` a ring with it."""

    __slots__ = ("_keys",)

    def __init__(self, keys: Iterable[Key] = ()) -> None:
        ordered = sorted(keys, key=lambda key: (key.staged_at, key.kid))
        self._keys: dict[str, Key] = {key.kid: key for key in ordered}
        if len(self._keys) != len(ordered):
            raise ValueError("two keys with one kid")

    def __iter__(self) -> Iterator[Key]:
        return iter(self._keys.values())

    def __len__(self) -> int:
        return len(self._keys)

    def __repr__(self) -> str:
        return f"<Keyring of {len(self._keys)}>"

    def find(self, name: str) -> Key | None:
        """The key with this kid or this bare thumbprint."""
        return self._keys.get(name) or next((key for key in self if key.thumbprint == name), None)

    def get(self, name: str) -> Key:
        """Like `find`, but raises KeyStateError for a key that is not there."""
        if (key := self.find(name)) is None:
            raise KeyStateError(f"there is no key {name!r}; `lcert keys list` shows those there are")
        return key

    def of(self, purpose: KeyPurpose, *states: KeyState) -> tuple[Key, ...]:
        """Keys of a purpose in any of `states` (all states when none is named), oldest first."""
        return tuple(key for key in self if key.purpose is purpose and (not states or key.state in states))

    def signing(self, purpose: KeyPurpose) -> Key:
        """The key that signs now: the most recently promoted active one. Raises KeyStateError without one."""
        active = self.of(purpose, KeyState.ACTIVE)
        if not active:
            raise KeyStateError(
                f"no {purpose.value} key is active: `lcert keys stage --purpose {purpose.value}`, "
                "then `lcert keys promote` it"
            )
        return max(active, key=_promotion)

    def published(self) -> tuple[Key, ...]:
        """Issuer and status keys for third parties, the signing status key first; no compromised ones.

        Some validators check status lists with the first key of the DID document, whatever the list's `kid`.
        """
        shown = (KeyState.STAGED, KeyState.ACTIVE, KeyState.RETIRED)
        status = sorted(self.of(KeyPurpose.STATUS, *shown), key=_rank)
        issuer = sorted(self.of(KeyPurpose.ISSUER, *shown), key=_rank)
        return (*status[:1], *issuer, *status[1:])

    def with_key(self, key: Key) -> Keyring:
        """A ring in which `key` is added, or takes the place of the one with its kid."""
        return Keyring({**self._keys, key.kid: key}.values())

    def stage(
        self, *, did: str, public_key: PublicKey, purpose: KeyPurpose, signer_uri: str, at: datetime
    ) -> Key:
        """A new key that is published but does not sign yet. Log keys are Ed25519 (C2SP signed notes)."""
        if any(key.thumbprint == public_key.thumbprint for key in self):
            raise KeyStateError(
                f"the key {public_key.thumbprint} is on the ring already; a key has one purpose"
            )
        if purpose is KeyPurpose.LOG and public_key.alg is not Algorithm.ED25519:
            raise KeyStateError("a log key is an Ed25519 key: stage it with `--alg EdDSA`")
        return Key(
            kid=kid_of(did, public_key.thumbprint),
            thumbprint=public_key.thumbprint,
            purpose=purpose,
            alg=public_key.alg,
            state=KeyState.STAGED,
            public_key=public_key,
            signer_uri=signer_uri,
            staged_at=at,
        )

    def promote(self, name: str, *, at: datetime) -> Key:
        """The staged key as active, and from now on the one that signs for its purpose."""
        key = self._allowed("promote", name)
        latest = max((k.promoted_at for k in self.of(key.purpose) if k.promoted_at), default=None)
        if latest is not None and at <= latest:
            at = latest + timedelta(microseconds=1)  # two promotions in one tick still have an order
        return replace(key, state=KeyState.ACTIVE, promoted_at=at)

    def retire(self, name: str, *, at: datetime) -> Key:
        """The key as retired: it signs no more, what it signed goes on being valid."""
        key = self._allowed("retire", name)
        self._keep_one(key, "retired")
        return replace(key, state=KeyState.RETIRED, retired_at=at)

    def compromise(
        self,
        name: str,
        *,
        at: datetime,
        since: int | None = None,
        size: int | None = None,
        root: bytes | None = None,
    ) -> Key:
        """The key as compromised. With `since`, what the journal (`size`, `root`) records before it stands.

        A key marked without `since` may be marked again with it, once the position is known.
        """
        key = self._allowed("compromise", name)
        if key.purpose is KeyPurpose.ROOT:
            self._keep_one(key, "marked compromised")
        if since is None:
            size = root = None
        elif size is None or root is None or not 0 <= since <= size:
            raise KeyStateError(f"entry {since} is not a position of the journal, which has {size} entries")
        first = key.compromised_at or at
        return replace(
            key, state=KeyState.COMPROMISED, compromised_at=first, since=since, size=size, root=root
        )

    def _allowed(self, verb: str, name: str) -> Key:
        key = self.get(name)
        if key.state not in _ALLOWED[verb]:
            wanted = " or ".join(sorted(state.value for state in _ALLOWED[verb]))
            raise KeyStateError(
                f"{key.kid} is {key.state.value}; only a key that is {wanted} can be {_PARTICIPLE[verb]}"
            )
        return key

    def _keep_one(self, key: Key, what: str) -> None:
        if key.state is KeyState.ACTIVE and len(self.of(key.purpose, KeyState.ACTIVE)) == 1:
            raise KeyStateError(
                f"{key.kid} is the only active {key.purpose.value} key and cannot be {what}: "
                "promote another first"
            )


_PARTICIPLE = {"promote": "promoted", "retire": "retired", "compromise": "marked compromised"}


def _promotion(key: Key) -> tuple[datetime, datetime, str]:
    return (key.promoted_at or key.staged_at, key.staged_at, key.kid)


def _rank(key: Key) -> tuple[int, float, str]:
    """The signing key first, then other active ones newest first, staged, retired."""
    order = (KeyState.ACTIVE, KeyState.STAGED, KeyState.RETIRED, KeyState.COMPROMISED)
    return (order.index(key.state), -(key.promoted_at or key.staged_at).timestamp(), key.kid)
