"""The steps of a publication, each of one kind of object, where its bytes change. Status lists: `list_steps`."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from sqlalchemy import select

from lcert_keys import KeysError, KeyStateError, did_document, jwks, jwt_vc_issuer
from lcert_verifier.checkpoint import encode_checkpoint, open_note, sign_note
from lcert_verifier.errors import Malformed
from lcert_verifier.history import history_paths
from lcert_verifier.jwk import PublicKey
from lcert_verifier.linkage import (
    CONFIGURATION_PATH,
    LINKAGE_LIFETIME,
    did_configuration,
    make_linkage,
    read_linkage,
)
from lcert_verifier.published import (
    BUNDLE_PATH,
    CHECKPOINT_PATH,
    TRUST_PATH,
    log_name,
    proof_path,
    record_path,
    token_path,
)
from lcert_verifier.vocabulary import CONTEXT_PATH, KeyPurpose, Securing

from . import readmodel, surveys
from .archive import put_archive
from .bundling import MOST_HISTORY, build_bundle, fitting, proof_line
from .proofs import compromise_proofs
from .records import edition_line, encode_record, public_record, same_record, token_file
from .registry import journal
from .registry.models import CriteriaRow
from .registry.session import fetch
from .release import Release
from .tiles import new_tiles, stale_partials

__all__ = [
    "prune_tiles",
    "put_badges",
    "put_bundle",
    "put_checkpoint",
    "put_immutable",
    "put_keys",
    "put_records",
]

_CRITERIA: Final = select(CriteriaRow.version, CriteriaRow.text)
_PROOFS: Final = proof_path("")


def put_immutable(release: Release) -> None:
    """Context, criteria, tokens, journal tiles; and proofs when the keys changed."""
    session = release.session
    tiles = new_tiles(
        release.since,
        release.head.size,
        hashes=lambda level, start, stop: journal.stored_hashes(session, level, start, stop - start),
        entries=lambda start, stop: journal.entry_bytes(session, start, stop),
    )
    # In one go, so that they wait for the disk together: nobody asks for any of them before a later step names it.
    release.put(itertools.chain(_texts(release), _tokens(release), tiles))
    if release.full or release.trust_changes:
        release.put(compromise_proofs(session, release.keyring, journal.nodes(session)))


def _texts(release: Release) -> Iterator[tuple[str, bytes]]:
    yield CONTEXT_PATH.removeprefix("/"), _context()
    for row in fetch(release.session, _CRITERIA):
        yield f"criteria/{row.version}", row.text.encode()


@lru_cache(maxsize=1)
def _context() -> bytes:
    return files("lcert_issuer").joinpath("contexts", "l-v1.jsonld").read_bytes()


def _tokens(release: Release) -> Iterator[tuple[str, bytes]]:
    for view in release.passing(release.certificates(release.numbers)):
        for edition in view.editions:
            for securing, token in edition.tokens.items():
                yield token_file(view.number, edition.edition, Securing(securing)), token.encode("ascii")


def put_records(release: Release) -> None:
    """Public records, and beside each the canonical token of the edition in force."""
    release.put(_records(release))


def _records(release: Release) -> Iterator[tuple[str, bytes]]:
    for view in release.passing(release.certificates(release.record_numbers, with_history=True)):
        record = public_record(view, base_url=release.issuer.base_url, head=release.head, now=release.now)
        path = record_path(view.number)
        published = release.storage.get(path)
        if not (same_record(published, record) and release.is_as_published(path, published)):
            yield path, encode_record(record)
        token = view.in_force(release.now).tokens.get(Securing.VC_JWT)
        if token is not None:
            yield token_path(view.number), token.encode("ascii")


def put_badges(release: Release) -> None:
    """The default badge files, drawn from the records just published."""
    if release.issuer.render_badges is not None:
        release.put(_badges(release))


def _badges(release: Release) -> Iterator[tuple[str, bytes]]:
    render = release.issuer.render_badges
    assert render is not None
    for view in release.passing(release.certificates(release.numbers)):
        published = release.storage.get(record_path(view.number))
        assert published is not None, "records are published before badges"
        yield from render(json.loads(published), view.in_force(release.now).tokens).items()


def put_keys(release: Release) -> None:
    """Trust statement, JWK set, DID document and configuration, and issuer metadata."""
    key_set = jwks(release.keyring)
    release.put(
        [
            (".well-known/jwks.json", _json(key_set)),
            (".well-known/did.json", _json(did_document(release.issuer.did, release.keyring))),
            (".well-known/jwt-vc-issuer", _json(jwt_vc_issuer(release.issuer.base_url, key_set))),
            (TRUST_PATH, release.trust.data),
        ]
    )
    _put_linkage(release)


def _put_linkage(release: Release) -> None:
    """The proof that the origin and the DID are the issuer's (DIF DID configuration), renewed at half of its time."""
    try:
        key = release.keyring.signing(KeyPurpose.ISSUER)
    except KeyStateError:
        return  # nothing that a verifier decides by waits for it
    published = release.storage.get(CONFIGURATION_PATH)
    keys: dict[str, PublicKey] = {key.kid: key.public_key}
    if published is not None:
        try:
            found = read_linkage(
                published, origin=release.issuer.base_url, resolve=lambda _did: keys, now=release.now
            )
        except Malformed:
            found = None
        lasts = found is not None and any(
            link.problem is None and link.expires_at and link.expires_at - release.now > LINKAGE_LIFETIME / 2
            for link in found.links
        )
        if lasts and release.is_as_published(CONFIGURATION_PATH, published):
            return
    try:
        token = make_linkage(
            release.issuer.base_url,
            kid=key.kid,
            alg=key.alg.value,
            sign=release.issuer.open_signer(key).sign,
            now=release.now,
            lifetime=LINKAGE_LIFETIME,
        )
    except KeysError:
        return  # a publisher that has only status and log key goes on
    release.put([(CONFIGURATION_PATH, _json(did_configuration(token)))])


def put_checkpoint(release: Release) -> None:
    """The signed head of the journal, unless it is published already."""
    key = release.signing(KeyPurpose.LOG, "the journal's checkpoint")
    if key is None:
        return
    name, raw = log_name(release.issuer.base_url), key.public_key.raw()
    text = encode_checkpoint(name, release.head.size, release.head.root)
    existing = release.storage.get(CHECKPOINT_PATH)
    try:
        if existing is not None and open_note(existing, name, raw) == text:
            return
    except Malformed:
        pass  # signed by an earlier log key, or damaged: it is signed again
    note = sign_note(text, name, release.issuer.open_signer(key).sign, raw)
    release.put([(CHECKPOINT_PATH, note.encode())])


def prune_tiles(release: Release) -> None:
    """Remove partial tiles that whole ones have replaced, but for the one the last checkpoint still names."""
    for folder, kept in stale_partials(release.since, release.head.size):
        release.remove([path for path in release.storage.list(folder) if path != kept])


def put_bundle(release: Release) -> None:
    """The offline bundle, from what is published now, and what is kept of the bundles of past days."""
    storage = release.storage
    checkpoint = storage.get(CHECKPOINT_PATH)
    key = release.signing(KeyPurpose.STATUS, "the bundle")
    if key is None or checkpoint is None or release.problems:
        return  # a bundle is of one journal head throughout
    numbers = readmodel.all_numbers(release.session)
    records = (storage.get(record_path(number)) for number in numbers)
    proofs = ((path.removeprefix(_PROOFS), storage.get(path)) for path in storage.list(_PROOFS))
    data = build_bundle(
        release.list_maker(key, for_bundle=True),
        release.values,
        trust=release.trust.data,
        checkpoint=checkpoint,
        records=fitting((record for record in records if record is not None), len(numbers)),
        proofs=(proof_line(digest, proof) for digest, proof in proofs if proof is not None),
        editions=(edition_line(*found) for found in surveys.other_editions(release.session, release.now)),
        history=_history(release),
        now=release.now,
    )
    release.put([(BUNDLE_PATH, data)])
    put_archive(release, data)


def _history(release: Release) -> dict[str, bytes]:
    """The entry tiles of this journal, for questions about the past; none when they would make the bundle heavy."""
    size = release.head.size
    if size > MOST_HISTORY:
        return {}
    tiles = {path: release.storage.get(path) for path in history_paths(size)}
    return {path: data for path, data in tiles.items() if data is not None}


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
