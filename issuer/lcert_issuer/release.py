"""One publication: the snapshot of the registry it is derived from, and the storage it goes to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from lcert_keys import Key, Keyring, KeyStateError, Signer
from lcert_verifier.errors import Malformed
from lcert_verifier.identity import did_of
from lcert_verifier.published import TRUST_PATH
from lcert_verifier.vocabulary import KeyPurpose, KeyState

from . import readmodel
from .anchors import PublishRefused
from .listcolumns import derive_list
from .listledger import KnownList, KnownLists
from .registry.events import TreeHead
from .registry.models import EditionRow, TrustRow
from .statuslists import ListMaker, list_values
from .storage import Storage
from .trustfile import TrustFile, read_trust_file

__all__ = ["Issuer", "Progress", "Release", "RenderBadges"]

RenderBadges = Callable[[Mapping[str, Any], Mapping[str, str]], Mapping[str, bytes]]
"""`render_badges(record, tokens)`: published path and bytes of a certificate's default badge files.

`record` is the public record, `tokens` those of the edition in force, by securing."""

Progress = Callable[[int, int], None]
"""`progress(done, total)`, in certificates."""

_BATCH: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Who publishes, and how a key becomes something that signs."""

    base_url: str
    open_signer: Callable[[Key], Signer]
    render_badges: RenderBadges | None = None

    @property
    def did(self) -> str:
        return did_of(self.base_url)


@dataclass(kw_only=True)
class Release:
    """What is published, from where to where. Derived parts are computed once, when asked for."""

    issuer: Issuer
    storage: Storage
    session: Session
    keyring: Keyring
    head: TreeHead
    since: int
    """Journal size up to which everything is published already; 0 when all is to be derived again."""
    now: datetime
    full: bool = False
    known_lists: KnownLists | None = None
    """The lists as this home published them; None when every list is to be looked at."""
    lists: dict[int, KnownList] = field(default_factory=dict)
    """What is known of the lists now."""
    paths: list[str] = field(default_factory=list)
    """What was written, in order."""
    problems: list[str] = field(default_factory=list)
    """What could not be done for want of a key, in words for the operator."""
    _columns: dict[int, bytes] = field(default_factory=dict)

    @cached_property
    def numbers(self) -> list[str]:
        """Certificates to publish: those that new entries speak of or whose key is newly compromised, or all."""
        if self.full:
            return readmodel.all_numbers(self.session)
        if self.since == self.head.size:
            return []
        known = self.published_trust.compromised if self.published_trust else {}
        fallen = [kid for kid, since in self.trust.compromised.items() if known.get(kid, -1) != since]
        query = select(EditionRow.number).where(EditionRow.kid.in_(fallen)).distinct()
        affected = self.session.execute(query).scalars() if fallen else ()
        return sorted({*readmodel.changed_numbers(self.session, self.since), *affected})

    def column(self, number: int) -> bytes:
        """Status of every index of a list, one byte an entry; by the rule itself when all is derived again."""
        if number not in self._columns:
            self._columns[number] = (
                list_values(readmodel.statuses(self.session, number, self.now))
                if self.full
                else derive_list(self.session, number, self.now)
            )
        return self._columns[number]

    @property
    def values(self) -> dict[int, bytes]:
        """Status of every index by list, one byte an entry."""
        return {number: self.column(number) for number in readmodel.list_numbers(self.session)}

    @cached_property
    def trust(self) -> TrustFile:
        """The newest signed trust statement."""
        query = select(TrustRow.document).order_by(TrustRow.version.desc()).limit(1)
        document = self.session.execute(query).scalar_one_or_none()
        if document is None:
            raise PublishRefused("there is no signed trust statement yet: run `lcert init`")
        return read_trust_file(document.encode())

    @cached_property
    def published_trust(self) -> TrustFile | None:
        """The statement that is published, None when there is none or it is damaged."""
        data = self.storage.get(TRUST_PATH)
        try:
            return None if data is None else read_trust_file(data)
        except Malformed:
            return None

    def check_trust(self) -> None:
        """PublishRefused when there is no statement, or a newer one is published than the registry knows."""
        published, known = self.published_trust, self.trust.version
        if published is not None and published.version > known:
            raise PublishRefused(
                f"trust statement {published.version} is published, but the registry only knows {known}: "
                "this database is older than what others have seen. Restore the newest backup"
            )

    @property
    def trust_changes(self) -> bool:
        return self.published_trust is None or self.published_trust.data != self.trust.data

    @property
    def has_unknown_keys(self) -> bool:
        """Whether something may be signed by a key that readers of the published statement cannot know."""
        known = self.published_trust.usable if self.published_trust else frozenset()
        purposes = (KeyPurpose.ISSUER, KeyPurpose.STATUS)
        return not known.issuperset(
            key.kid for purpose in purposes for key in self.keyring.of(purpose, KeyState.ACTIVE)
        )

    @property
    def at(self) -> datetime:
        """The instant that states are told for: what was recorded counts, whatever the clock says."""
        return max(self.now, self.head.recorded_at)

    def list_maker(self, key: Key, *, for_bundle: bool = False, final: bool = False) -> ListMaker:
        """What signs status lists with `key`, as of this journal head."""
        return ListMaker(
            issuer=self.issuer.did,
            base_url=self.issuer.base_url,
            size=self.head.size,
            root=self.head.root,
            key=key,
            signer=self.issuer.open_signer(key),
            for_bundle=for_bundle,
            final=final,
        )

    def signing(self, purpose: KeyPurpose, what: str) -> Key | None:
        """The key that signs for a purpose; without one None, and the problem is noted."""
        try:
            return self.keyring.signing(purpose)
        except KeyStateError as fault:
            self.problems.append(f"{what} cannot be signed: {fault}")
            return None

    def put(self, objects: Iterable[tuple[str, bytes]]) -> None:
        """Write those objects whose bytes differ from the published ones, in order and in batches."""
        batch: list[tuple[str, bytes]] = []
        for path, data in objects:
            batch.append((path, data))
            if len(batch) >= _BATCH:
                self._flush(batch)
                batch = []
        self._flush(batch)

    def _flush(self, batch: list[tuple[str, bytes]]) -> None:
        changed = self.storage.differing(batch)
        if changed:
            self.storage.put_many(changed)
            self.paths += [path for path, _ in changed]
