"""One publication: the snapshot of the registry it is derived from, and the storage it goes to."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

from sqlalchemy import bindparam, select
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
from .pending import Pending
from .registry.events import TreeHead
from .registry.models import EditionRow, PublishedFile, TrustRow
from .registry.session import fetch
from .statuslists import ListMaker, list_values
from .storage import Storage
from .trustfile import TrustFile, read_trust_file
from .views import CertificateView

__all__ = ["Issuer", "KeepDigests", "Progress", "Release", "RenderBadges", "vouches_for_itself"]

RenderBadges = Callable[[Mapping[str, Any], Mapping[str, str]], Mapping[str, bytes]]
"""`render_badges(record, tokens)`: published path and bytes of a certificate's default badge files.

`record` is the public record, `tokens` those of the edition in force, by securing."""

Progress = Callable[[int, int], None]
"""`progress(done, total)`, in certificates, each of which passes three times: tokens, record, badges."""

KeepDigests = Callable[[Mapping[str, str]], None]
"""Remembers hex SHA-256 by published path."""

_TRUST: Final = select(TrustRow.document).order_by(TrustRow.version.desc()).limit(1)
_DIGEST: Final = select(PublishedFile.digest).where(PublishedFile.path == bindparam("path"))
_SIGNED_BY: Final = (
    select(EditionRow.number).where(EditionRow.kid.in_(bindparam("kids", expanding=True))).distinct()
)
_FEW: Final = 64
"""Certificates that are kept for all steps of a release; more are read in pieces in each."""
_BATCH: Final = 1024
_ERASING: Final = timedelta(days=1)
"""How long before a publication something may have been erased that it did not see yet."""
_MOST_DIGESTS: Final = 5_000
_VOUCHED: Final = ("status/", "log/checkpoint", "log/tile/", "bundle.zip")


def vouches_for_itself(path: str) -> bool:
    """Whether a file needs no digest kept, because it carries a signature or follows from the journal.

    Partial tiles follow from it too, but not which of them there are.
    """
    return path.startswith(_VOUCHED) and ".p/" not in path


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
    progress: Progress | None = None
    known_lists: KnownLists | None = None
    """The lists as this home published them; None when every list is to be looked at."""
    lists: dict[int, KnownList] = field(default_factory=dict)
    """What is known of the lists now."""
    pending: Pending = field(default_factory=Pending)
    """What is begun and not durable yet; no further object appears before it is."""
    paths: list[str] = field(default_factory=list)
    """What was written, in order."""
    problems: list[str] = field(default_factory=list)
    """What could not be done for want of a key, in words for the operator."""
    _columns: dict[int, bytes] = field(default_factory=dict)
    keep_digests: KeepDigests | None = None
    """Where the digests of published files go; before the checkpoint, so that an interrupted release does it again."""
    forget_digests: Callable[[Sequence[str]], None] | None = None
    _digests: dict[str, str] = field(default_factory=dict)
    _passed: int = 0
    _views: dict[str, CertificateView | None] = field(default_factory=dict)

    @cached_property
    def numbers(self) -> list[str]:
        """Certificates to publish: those that new entries speak of or whose key is newly compromised, or all."""
        if self.full:
            return readmodel.all_numbers(self.session)
        if self.since == self.head.size:
            return []
        known = self.published_trust.compromised if self.published_trust else {}
        fallen = [kid for kid, since in self.trust.compromised.items() if known.get(kid, -1) != since]
        affected = fetch(self.session, _SIGNED_BY, {"kids": fallen}).scalars() if fallen else ()
        return sorted({*readmodel.changed_numbers(self.session, self.since), *affected})

    @cached_property
    def record_numbers(self) -> list[str]:
        """Certificates whose record may say something else: `numbers`, and those with a private part newly erased."""
        known = self.known_lists
        since = None if known is None or self.full else known.looked_at - _ERASING
        erased = readmodel.erased_numbers(self.session, since)
        return sorted({*self.numbers, *erased}) if erased else self.numbers

    def certificates(
        self, numbers: Sequence[str], *, with_history: bool = False
    ) -> Iterator[CertificateView]:
        """Certificates with tokens, in order; numbers without one are left out. A few are read once for all steps."""
        if len(numbers) > _FEW:
            yield from readmodel.load_certificates(
                self.session, numbers, with_history=with_history, as_of=self.head.recorded_at
            )
            return
        missing = [number for number in numbers if number not in self._views]
        if missing:
            self._views |= dict.fromkeys(missing)
            found = readmodel.load_certificates(self.session, missing, as_of=self.head.recorded_at)
            self._views |= {view.number: view for view in found}
        yield from (view for number in numbers if (view := self._views[number]) is not None)

    def column(self, number: int) -> bytes:
        """Status of every index of a list, one byte an entry; by the rule itself when all is derived again."""
        if number not in self._columns:
            self._columns[number] = (
                list_values(readmodel.statuses(self.session, number, self.now))
                if self.full
                else derive_list(self.session, number, self.at)
            )
        return self._columns[number]

    @property
    def values(self) -> dict[int, bytes]:
        """Status of every index by list, one byte an entry."""
        return {number: self.column(number) for number in readmodel.list_numbers(self.session)}

    @cached_property
    def trust(self) -> TrustFile:
        """The newest signed trust statement."""
        document = fetch(self.session, _TRUST).scalar_one_or_none()
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

    def passing(self, views: Iterable[CertificateView]) -> Iterator[CertificateView]:
        """The same certificates, of each of which `progress` is told once its files are made."""
        total = len(self.numbers) * (2 if self.issuer.render_badges is None else 3)
        for view in views:
            yield view
            self._passed += 1
            if self.progress is not None and self._passed <= total:
                self.progress(self._passed, total)

    def put(self, objects: Iterable[tuple[str, bytes]]) -> None:
        """Write those objects whose bytes differ from the published ones, in order and in batches."""
        batch: list[tuple[str, bytes]] = []
        for path, data in objects:
            batch.append((path, data))
            if len(batch) >= _BATCH:
                self._flush(batch)
                batch = []
        self._flush(batch)

    def remove(self, paths: Sequence[str]) -> None:
        """Take objects back that others have replaced."""
        self.pending.settle()
        for path in paths:
            self.storage.delete(path)
        if paths and self.forget_digests is not None:
            self.forget_digests(paths)

    def is_as_published(self, path: str, data: bytes | None) -> bool:
        """Whether `data` are the bytes that were last published at `path`, as far as that is kept."""
        if self.keep_digests is None:
            return True
        return data is not None and self._kept_digest(path) == hashlib.sha256(data).hexdigest()

    def has_digest(self, path: str) -> bool:
        """Whether the digest of what is published at `path` is kept, or none is kept at all."""
        return self.keep_digests is None or self._kept_digest(path) is not None

    def _kept_digest(self, path: str) -> str | None:
        if path in self._digests:
            return self._digests[path]  # written by this publication, and not remembered yet
        digest: str | None = fetch(self.session, _DIGEST, {"path": path}).scalar_one_or_none()
        return digest

    def forget_gone(self) -> None:
        """Forgets files that nothing derives again: old partial tiles and bundles, in a storage that never had them."""
        query = select(PublishedFile.path)
        kept = self.session.execute(query.where(PublishedFile.path.contains(".p/"))).scalars().all()
        dated = self.session.execute(query.where(PublishedFile.path.startswith("bundles/"))).scalars().all()
        gone = [path for path in (*kept, *dated) if not self.storage.exists(path)]
        if gone and self.forget_digests is not None:
            self.forget_digests(gone)

    def flush_digests(self) -> None:
        """Remember what was written up to now, once it is durable."""
        self.pending.settle()
        if self._digests and self.keep_digests is not None:
            self.keep_digests(self._digests)
            self._digests = {}

    def _flush(self, batch: list[tuple[str, bytes]]) -> None:
        changed = self.storage.differing(batch)
        if changed:
            self.pending.then(self.storage.begin(changed, before=self.pending.settle))
            self.paths += [path for path, _ in changed]
        if self.keep_digests is None:
            return
        digests = {
            path: hashlib.sha256(data).hexdigest() for path, data in batch if not vouches_for_itself(path)
        }
        if not (self.full or self.since < self.head.size):
            written = {path for path, _ in changed}
            digests = {
                path: digest
                for path, digest in digests.items()
                if path in written or self._kept_digest(path) != digest
            }
        self._digests |= digests
        if len(self._digests) >= _MOST_DIGESTS:
            self.flush_digests()
