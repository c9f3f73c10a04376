"""`lcert doctor` on what is published: every file is held against the registry, a signature, or its digest."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from lcert_verifier.bundle import read_bundle, write_bundle
from lcert_verifier.checkpoint import encode_checkpoint, open_note
from lcert_verifier.errors import LcertError, Malformed
from lcert_verifier.jose import b64u_decode, split, verify_signature
from lcert_verifier.merkle import Node
from lcert_verifier.published import (
    BUNDLE_PATH,
    CHECKPOINT_PATH,
    LOG_PREFIX,
    TRUST_PATH,
    log_name,
    token_list_path,
)
from lcert_verifier.tiles import decode_entries
from lcert_verifier.trust import read_trust
from lcert_verifier.vocabulary import KeyPurpose, KeyState, Securing

from . import readmodel
from .anchors import Anchor, PublishRefused, prove_extension, published_checkpoint
from .assembly import House
from .findings import Finding, good, note, wrong
from .keychanges import TRUST_RENEWAL
from .places import Known
from .records import token_file
from .registry import journal
from .registry.events import TreeHead
from .registry.models import PublishedFile
from .release import vouches_for_itself
from .statuslists import list_contents, list_paths, list_values, read_stamp
from .storage import Storage
from .tiles import new_tiles

__all__ = [
    "examine_bundle",
    "examine_files",
    "examine_lists",
    "examine_publication",
    "examine_served",
    "examine_trust",
]

_TRUST_WARNING: Final = timedelta(days=30)
_AGAIN: Final = "run `lcert publish --full`"
_PARTIAL: Final = re.compile(r"log/tile/(entries|[0-9]+)/((?:x[0-9]{3}/)*[0-9]{3})\.p/([1-9][0-9]{0,2})")


def examine_publication(house: House, now: datetime) -> Iterator[Finding]:
    """The checkpoint is signed by the log key, and the journal extends it; the tiles are those of its entries."""
    published = house.storage.get(CHECKPOINT_PATH)
    if published is None:
        yield wrong("publication", "nothing is published yet: run `lcert publish`")
        return
    name = log_name(house.base_url)
    log_keys = [
        key.public_key.raw() for key in house.keyring().of(KeyPurpose.LOG, KeyState.ACTIVE, KeyState.RETIRED)
    ]
    signed = open_note(published, name, log_keys)
    anchor = published_checkpoint(published, name)
    if anchor is None or signed != encode_checkpoint(name, anchor.size, anchor.root):
        raise Malformed(f"the published checkpoint is damaged: {_AGAIN}")
    with house.registry.read() as session:
        head = journal.head(session)
        prove_extension(head, anchor, journal.nodes(session))
        if anchor.size < head.size:
            yield wrong(
                "publication", f"{head.size - anchor.size} entries are not published: run `lcert publish`"
            )
        else:
            yield good("publication", f"all {anchor.size} entries, checkpoint signed by the log key")
        different = _different_tiles(house, session, anchor.size)
    if different:
        yield wrong("journal tiles", f"{len(different)} differ, such as {different[0]}: {_AGAIN}")


def _different_tiles(house: House, session: Session, size: int) -> list[str]:
    """Tiles of the published tree that are missing or changed, and older partial ones that do not begin one of it."""
    whole: dict[str, bytes] = {}
    different = []
    for path, data in new_tiles(
        0,
        size,
        hashes=lambda level, start, stop: journal.stored_hashes(session, level, start, stop - start),
        entries=lambda start, stop: [entry.data for entry in journal.entries(session, start, stop)],
    ):
        if house.storage.get(path) != data:
            different.append(path)
        whole[path.partition(".p/")[0]] = data
    for path in house.storage.list(LOG_PREFIX + "tile/"):
        known = whole.get(path.partition(".p/")[0])
        if known is None:
            different.append(path)  # a tile of entries that there are not
        elif (found := _PARTIAL.fullmatch(path)) and path not in different:
            data = house.storage.get(path) or b""
            width = int(found.group(3))
            if not known.startswith(data) or not _has_width(found.group(1), data, width):
                different.append(path)
    return different


def _has_width(kind: str, data: bytes, width: int) -> bool:
    if kind != "entries":
        return len(data) == width * 32
    try:
        return len(decode_entries(data, width)) == width
    except Malformed:
        return False


def examine_files(house: House, now: datetime) -> Iterator[Finding]:
    """Tokens are those of the registry; every other file has the digest it was published with; there is no other."""
    different, strange = [], []
    with house.registry.read() as session:
        for view in readmodel.load_certificates(session, readmodel.all_numbers(session), with_history=False):
            for edition in view.editions:
                for securing, token in edition.tokens.items():
                    path = token_file(view.number, edition.edition, Securing(securing))
                    if house.storage.get(path) != token.encode():
                        different.append(path)
        kept = {
            row.path: row.digest for row in session.execute(select(PublishedFile.path, PublishedFile.digest))
        }
    for path, digest in kept.items():
        data = house.storage.get(path)
        if data is None and house.storage.exists(path.partition(".p/")[0]):
            continue  # a partial tile that the whole one has replaced
        if (data is None or hashlib.sha256(data).hexdigest() != digest) and path not in different:
            different.append(path)
    if kept:
        strange = [
            path
            for path in house.storage.list()
            if path not in kept and not vouches_for_itself(path) and not path.startswith("log/tile/")
        ]
    else:
        yield note("published files", f"their digests are not known yet: {_AGAIN}")
    if different:
        yield wrong(
            "published files", f"{len(different)} differ, such as {', '.join(different[:3])}: {_AGAIN}"
        )
    if strange:
        yield wrong(
            "published files",
            f"{len(strange)} were not published by this issuer, such as {', '.join(strange[:3])}: remove them, "
            f"or {_AGAIN}",
        )
    if not different and not strange:
        yield good("published files", f"every token is published as issued, {len(kept)} files are unchanged")


def examine_lists(house: House, now: datetime) -> Iterator[Finding]:
    """Each status list is signed by a status key, is of this journal, and says what the registry says."""
    ring = house.keyring()
    with house.registry.read() as session:
        head, node = journal.head(session), journal.nodes(session)
        numbers = readmodel.list_numbers(session)
        for number in numbers:
            contents = list_contents(list_values(readmodel.statuses(session, number, now)))
            for path, content in zip(list_paths(number), contents, strict=True):
                data = house.storage.get(path)
                stamp = read_stamp(data)
                if data is None or stamp is None:
                    yield wrong("status lists", f"{path} is missing or damaged: {_AGAIN}")
                    continue
                parsed = split(data.decode("ascii"))
                key = ring.find(stamp.kid)
                known = key is not None and key.purpose is KeyPurpose.STATUS
                if not known or key is None or not verify_signature(parsed, key.public_key):
                    yield wrong("status lists", f"{path} is not signed by a status key: {_AGAIN}")
                elif (parsed.payload.get("sub") or parsed.payload.get("id")) != f"{house.base_url}/{path}":
                    yield wrong("status lists", f"{path} is another list: {_AGAIN}")
                elif not _is_of(parsed.payload["journal"], head, node):
                    yield wrong("status lists", f"{path} is of another journal: {_AGAIN}")
                elif now >= stamp.expires_at:
                    yield wrong(
                        "status lists", f"{path} has expired: is the worker running? `lcert worker --once`"
                    )
                elif stamp.content != content:
                    yield wrong("status lists", f"{path} is not up to date: run `lcert publish`")
                elif stamp.is_due(kid=stamp.kid, now=now):
                    yield wrong(
                        "status lists", f"{path} should have been signed again: is the worker running?"
                    )
    yield good("status lists", f"{len(numbers)} published")


def _is_of(said: object, head: TreeHead, node: Node) -> bool:
    """Whether the journal state a document carries is one that this journal went through."""
    if not isinstance(said, dict):
        return False
    try:
        anchor = Anchor(size=int(said["size"]), root=b64u_decode(said["root"]), where="a published document")
        prove_extension(head, anchor, node)
    except (PublishRefused, KeyError, TypeError, ValueError):
        return False
    return True


def examine_served(storage: Storage, known: Known, now: datetime) -> Iterator[Finding]:
    """What readers get, and for how long, while the database is away and nothing can be signed anew."""
    try:
        yield from _trust(storage, known.root, now)
    except LcertError as fault:
        yield wrong("trust statement", str(fault))
    ends, number = [], 1
    while (data := storage.get(token_list_path(number))) is not None:
        stamp = read_stamp(data)
        if stamp is None:
            yield wrong("status lists", f"list {number} cannot be read")
        else:
            ends.append((stamp.expires_at, number))
        number += 1
    if not ends:
        yield wrong("status lists", "none is published")
        return
    soonest, first = min(ends)
    if soonest <= now:
        yield wrong("status lists", f"list {first} expired: its certificates are not confirmed any more")
    else:
        yield note(
            "status lists", f"certificates are confirmed until {soonest:%Y-%m-%d %H:%M}Z (list {first})"
        )


def examine_trust(house: House, now: datetime) -> Iterator[Finding]:
    yield from _trust(house.storage, house.root_thumbprint, now)


def _trust(storage: Storage, pin: str, now: datetime) -> Iterator[Finding]:
    data = storage.get(TRUST_PATH)
    if data is None:
        yield wrong("trust statement", "it is not published: run `lcert publish`")
        return
    trust = read_trust(data, pin=pin, now=now)
    left = trust.expires_at - now if trust.expires_at else None
    if left is not None and left < _TRUST_WARNING:
        yield wrong("trust statement", f"it expires in {left.days} days: run `lcert keys renew-trust`")
    elif left is not None and left < TRUST_RENEWAL:
        yield note("trust statement", f"it expires in {left.days} days: `lcert keys renew-trust` is due")
    else:
        yield good("trust statement", f"version {trust.version}, root {pin}")


def examine_bundle(house: House, now: datetime) -> Iterator[Finding]:
    """The offline bundle: authentic, of this journal, and not about to expire."""
    data = house.storage.get(BUNDLE_PATH)
    if data is None:
        yield wrong("bundle", "it is not published: run `lcert publish`")
        return
    try:
        bundle = read_bundle(data, now=now, pin=house.root_thumbprint)
    except LcertError as fault:
        yield wrong("bundle", f"{fault}: run `lcert publish`")
        return
    with house.registry.read() as session:
        anchor = Anchor(size=bundle.size, root=bundle.root, where="the bundle")
        prove_extension(journal.head(session), anchor, journal.nodes(session))
    if write_bundle(bundle.files) != data:
        yield wrong("bundle", "its bytes are not those that were published: run `lcert publish`")
    elif bundle.expires_at - now < timedelta(days=3):
        yield wrong("bundle", f"it expires on {bundle.expires_at:%Y-%m-%d %H:%M}Z: is the worker running?")
    else:
        yield good("bundle", f"of {bundle.size} entries, good until {bundle.expires_at:%Y-%m-%d %H:%M}Z")
