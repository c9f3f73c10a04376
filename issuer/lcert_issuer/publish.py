"""Publishes what changed, in an order in which a crash leaves the old or the new and never a contradiction.

One publisher works at a time (`Storage.exclusive`), from one snapshot of the registry:

1. the journal is proven to extend what was published, and the high-water mark is raised;
2. what never changes: context, criteria, tokens, journal tiles, proofs;
3. status lists; 4. records and current tokens; 5. keys; 6. badges; 7. the checkpoint.

The checkpoint comes last and names the size up to which everything was published: the next publication begins there,
so that an interrupted one is done again. Keys come before the lists when something new is signed by a key that
readers do not know yet. Badges come after the keys, because they show what a verifier finds in what is published.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from lcert_keys import Key, Keyring, Signer
from lcert_verifier.published import BUNDLE_PATH, CHECKPOINT_PATH, TRUST_PATH, log_name

from . import steps
from .anchors import HighWaterMark, PublishRefused, prove_extension, published_checkpoint
from .bundling import BundleStamp, bundle_stamp
from .failpoints import failpoint
from .list_steps import put_lists
from .listledger import KnownLists, ListLedger
from .registry import journal
from .registry.auditing import LogEnd, extends, log_end
from .registry.digests import forget_digests, keep_digests
from .registry.events import TreeHead
from .registry.session import Registry
from .release import Issuer, Progress, Release, RenderBadges
from .storage import Storage

__all__ = ["FAILPOINTS", "Issuer", "Publication", "PublishRefused", "Publisher", "RenderBadges"]

FAILPOINTS: Final = (
    "publish.before_anything",
    "publish.after_mark",
    "publish.after_immutable",
    "publish.after_lists",
    "publish.after_records",
    "publish.after_keys",
    "publish.after_badges",
    "publish.after_digests",
    "publish.after_checkpoint",
    "publish.after_bundle",
)
"""In the order they are passed; see `lcert_issuer.failpoints`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What a publication did. `paths` are the objects written, in order; none when nothing had changed."""

    size: int
    root: bytes
    paths: tuple[str, ...]
    problems: tuple[str, ...] = ()
    """What could not be brought up to date for want of a key, in words for the operator."""


class Publisher:
    """Brings the storage up to date with the registry. Safe to use from several threads and processes at once."""

    def __init__(
        self,
        *,
        registry: Registry,
        storage: Storage,
        load_keyring: Callable[[Session], Keyring],
        issuer: Issuer,
        high_water: Path,
        clock: Callable[[], datetime],
    ) -> None:
        """`high_water` is a file outside of database and storage, e.g. `<home>/highwater.json`."""
        self._registry = registry
        self._storage = storage
        self._load_keyring = load_keyring
        self._signers: dict[str, Signer] = {}
        self._issuer = replace(issuer, open_signer=self._signer)
        self._open_signer = issuer.open_signer
        self._mark = HighWaterMark(high_water)
        self._ledger = ListLedger(high_water.with_name("lists.json"))
        self._clock = clock
        self._bundle: tuple[object | None, BundleStamp | None] = (None, None)

    def publish(
        self, *, full: bool = False, bundle: bool = False, progress: Progress | None = None
    ) -> Publication:
        """Publish what entries since the last publication touch, and whatever is due by time.

        `full` derives everything again; `bundle` rebuilds the offline bundle too. Without an active status or log key
        the rest is published all the same, so that a compromise becomes known, and `problems` says what is missing.
        Raises PublishRefused when this would take back something published, StorageError when the storage cannot be
        written, PassphraseError or KeyFileError when a key does not open. Interrupted or failed, it can be repeated.
        """
        failpoint("publish.before_anything")
        with self._storage.exclusive(), self._registry.read() as session:
            release = self._release(session, full=full, thorough=full or bundle, progress=progress)
            try:
                self._put_all(release)
                if full:
                    release.forget_gone()
                if bundle:
                    steps.put_bundle(release)
                    release.flush_digests()
                    failpoint("publish.after_bundle")
                self._remember_lists(release)
            finally:
                release.pending.settle()  # after a fault too: nobody else may publish while this still writes
            return Publication(
                size=release.head.size,
                root=release.head.root,
                paths=tuple(release.paths),
                problems=tuple(release.problems),
            )

    def bundle_due(self) -> bool:
        """Whether the worker should publish with `bundle=True` now: something changed, or the bundle ages."""
        found = self._storage.version(BUNDLE_PATH)
        if found is None or found != self._bundle[0]:  # large, and told apart without being read
            self._bundle = found, bundle_stamp(self._storage.get(BUNDLE_PATH))
        stamp = self._bundle[1]
        return stamp is None or stamp.is_due(
            checkpoint=self._storage.get(CHECKPOINT_PATH),
            trust=self._storage.get(TRUST_PATH),
            now=self._clock(),
        )

    def _signer(self, key: Key) -> Signer:
        """The key's signer, opened once: opening a key file is slow on purpose."""
        if key.kid not in self._signers:
            self._signers[key.kid] = self._open_signer(key)
        return self._signers[key.kid]

    def _release(self, session: Session, *, full: bool, thorough: bool, progress: Progress | None) -> Release:
        """The release of this snapshot, once it is proven to take nothing back."""
        head = journal.head(session)
        checkpoint = published_checkpoint(self._storage.get(CHECKPOINT_PATH), log_name(self._issuer.base_url))
        mark = self._mark.read()
        node = journal.nodes(session)
        proven: set[tuple[int, bytes]] = set()
        for anchor in (mark, checkpoint):
            if anchor is not None and (anchor.size, anchor.root) not in proven:
                prove_extension(head, anchor, node)
                proven.add((anchor.size, anchor.root))
        release = Release(
            issuer=self._issuer,
            storage=self._storage,
            session=session,
            keyring=self._load_keyring(session),
            head=head,
            since=0 if full or checkpoint is None else checkpoint.size,
            now=self._clock(),
            full=full,
            progress=progress,
            known_lists=None
            if thorough or checkpoint is None
            else self._ledger.read(checkpoint.size, checkpoint.root),
            keep_digests=self._keep_digests,
            forget_digests=self._forget_digests,
        )
        release.check_trust()
        if not head.published:
            with self._registry.write() as writing:
                journal.mark_published(writing)
        log, known = log_end(session), self._mark.log_end()
        if known is not None and not extends(session, known):
            log = known  # rewritten rows hold nothing up, and `doctor` goes on finding them
        if mark is None or (mark.size, mark.root, known) != (head.size, head.root, log):
            release.pending.begin(lambda: self._raise_mark(head, log))
        return release

    def _remember_lists(self, release: Release) -> None:
        """Only beside the checkpoint just published; a home that cannot be written costs speed, not truth."""
        known = KnownLists(
            size=release.head.size, root=release.head.root, looked_at=release.at, lists=release.lists
        )
        before = release.known_lists
        if release.problems or (before is not None and replace(before, looked_at=known.looked_at) == known):
            return
        with contextlib.suppress(OSError):
            self._ledger.write(known)

    def _raise_mark(self, head: TreeHead, log: LogEnd | None) -> None:
        """Before anything of this head appears, so that the mark is never behind what others have seen."""
        try:
            self._mark.advance(head, log)
        except OSError as fault:
            raise PublishRefused(
                f"the high-water mark cannot be written ({fault.strerror}): make the home folder writable, with "
                "space left on its disk"
            ) from fault
        failpoint("publish.after_mark")

    def _keep_digests(self, digests: Mapping[str, str]) -> None:
        with self._registry.write() as session:
            keep_digests(session, digests)

    def _forget_digests(self, paths: Sequence[str]) -> None:
        with self._registry.write() as session:
            forget_digests(session, paths)

    @staticmethod
    def _put_all(release: Release) -> None:
        """What a step shows is durable before the next step's appears; it is derived while that is waited for."""
        steps.put_immutable(release)
        release.pending.then(lambda: failpoint("publish.after_immutable"))
        if release.has_unknown_keys:
            steps.put_keys(release)
        put_lists(release)
        release.pending.then(lambda: failpoint("publish.after_lists"))
        steps.put_records(release)
        release.pending.then(lambda: failpoint("publish.after_records"))
        steps.put_keys(release)
        release.pending.then(lambda: failpoint("publish.after_keys"))
        steps.put_badges(release)
        release.pending.then(lambda: failpoint("publish.after_badges"))
        release.flush_digests()
        failpoint("publish.after_digests")
        steps.put_checkpoint(release)
        release.pending.then(lambda: failpoint("publish.after_checkpoint"))
        release.pending.settle()
        steps.prune_tiles(release)
