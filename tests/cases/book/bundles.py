"""Bundles that are not what their manifest says, or that nobody who counts has signed."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from lcert_verifier.jose import b64u_encode

from .cases import Book
from .issuer import Issuer, changed, seconds

__all__ = ["bundles"]


def bundles(book: Book) -> None:
    issuer = book.issuer
    _manifests(book, issuer)
    _files(book, issuer)
    _zips(book, issuer)
    _stolen(book, issuer)


def _add(book: Book, slug: str, about: str, data: bytes, code: str = "trust_unavailable") -> None:
    book.add(f"bundle-{slug}", code, about, "bundle.forged", token=book.issuer.token(), bundle=data)


def _manifests(book: Book, issuer: Issuer) -> None:
    files = issuer.bundle_files()
    claims = issuer.manifest(files)
    changes: dict[str, tuple[str, Any]] = {
        "issuer": ("iss", "did:web:evil.example"),
        "hash": ("files.trust~json", "0" * 64),
        "hash-upper-case": ("files.checkpoint", claims["files"]["checkpoint"].upper()),
        "file-unlisted": ("files.checkpoint", ...),
        "files-missing": ("files", ...),
        "size": ("journal.size", 3),
        "size-float": ("journal.size", 20.0),
        "root": ("journal.root", b64u_encode(bytes(32))),
        "journal-missing": ("journal", ...),
        "iat-future": ("iat", seconds(issuer.now + timedelta(minutes=2))),
        "iat-missing": ("iat", ...),
        "exp-text": ("exp", "never"),
    }
    for slug, (path, value) in changes.items():
        if "~" in path:
            wrong = claims | {"files": claims["files"] | {path.partition(".")[2].replace("~", "."): value}}
        else:
            wrong = changed(claims, path, value)
        about = f"A bundle whose signed manifest is wrong: {slug.replace('-', ' ')}."
        _add(book, f"manifest-{slug}", about, issuer.bundle(files, wrong))
    signers = {
        "issuer-key": issuer.issuing,
        "root": issuer.root,
        "log-key": issuer.log,
        "next-issuer": issuer.next_issuing,
    }
    for slug, signer in signers.items():
        _add(
            book,
            f"signed-by-{slug}",
            f"The manifest is signed with the {slug}.",
            issuer.bundle(signer=signer),
        )
    stranger = Issuer(family="evil ")
    about = "A stranger's bundle with the issuer's trust statement."
    mixed = stranger.bundle(stranger.bundle_files() | {"trust.json": issuer.sign_statement()})
    _add(book, "stranger-with-our-trust", about, mixed)
    for typ in ("JWT", "statuslist+jwt", "vc+jwt"):
        _add(
            book,
            f"manifest-typ-{typ.partition('+')[0].lower()}",
            f"The manifest's typ is {typ}.",
            issuer.bundle(typ=typ),
        )
    about = "The manifest lacks a signature."
    unsigned = _rewritten(issuer.bundle(), "manifest.jws", lambda data: data.rpartition(b".")[0] + b".")
    _add(book, "manifest-unsigned", about, unsigned)
    about = "The manifest ends with a newline, which is forgiven."
    _add(
        book,
        "manifest-newline",
        about,
        _rewritten(issuer.bundle(), "manifest.jws", lambda data: data + b"\n"),
        "valid",
    )


def _files(book: Book, issuer: Issuer) -> None:
    whole = issuer.bundle()
    for name in (
        "manifest.jws",
        "trust.json",
        "checkpoint",
        "records.jsonl",
        "proofs.jsonl",
        "status/token/1",
    ):
        slug = name.replace(".", "-").replace("/", "-")
        _add(book, f"without-{slug}", f"A bundle without {name}.", _rewritten(whole, name, lambda _: None))
        _add(
            book,
            f"changed-{slug}",
            f"A bundle in which {name} was changed.",
            _rewritten(whole, name, lambda data: data + b"x"),
        )
    about = "A bundle with a file that its manifest does not list."
    _add(book, "with-more", about, _rewritten(whole, "extra.txt", lambda _: b"x"))
    without = {name: data for name, data in issuer.bundle_files().items() if not name.startswith("status/")}
    about = "A signed bundle that holds no status list."
    _add(book, "signed-without-lists", about, issuer.bundle(without), "status_unavailable")
    online = issuer.bundle_files() | {"status/token/1": issuer.sign_list(issuer.status_claims())}
    about = "A bundle with an online list, which offline is as good."
    _add(book, "online-list", about, issuer.bundle(online), "valid")
    statement = issuer.statement()
    statement["keys"][1]["state"] = "retired"
    retired = issuer.bundle_files() | {"trust.json": issuer.sign_statement(statement)}
    _add(book, "status-key-retired", "The key of manifest and lists is retired.", issuer.bundle(retired))
    expired = issuer.statement() | {"exp": seconds(issuer.now)}
    data = issuer.bundle(issuer.bundle_files() | {"trust.json": issuer.sign_statement(expired)})
    _add(book, "trust-expired", "The trust statement in the bundle has expired.", data)
    for slug, note in (
        ("other-size", issuer.checkpoint(size=7)),
        ("other-root", issuer.checkpoint(root=b"\1" * 32)),
        ("unsigned", issuer.checkpoint().rpartition(b"\n\n")[0] + b"\n\n"),
        ("stranger", issuer.checkpoint(signer=Issuer(family="evil ").log)),
        ("not-utf-8", b"\xff\xfe\n\n"),
    ):
        data = issuer.bundle(issuer.bundle_files() | {"checkpoint": note})
        _add(book, f"checkpoint-{slug}", f"The journal's checkpoint: {slug.replace('-', ' ')}.", data)
    lists = issuer.status_claims() | {"bundle": True}
    swapped = issuer.bundle_files() | {
        "status/token/1": issuer.sign_list(lists | {"sub": f"{issuer.base_url}/status/token/2"})
    }
    about = "A list of another number lies at the list's place."
    _add(book, "list-swapped", about, issuer.bundle(swapped), "status_unavailable")
    for slug, records in (
        ("garbage", b"\xff\0{{{\n"),
        ("duplicate-names", b'{"number":"LC-2026-0083","number":"x"}\n'),
        ("wrong-types", b'{"number":"LC-2026-0083","currentEdition":"9"}\n'),
        ("beyond", b'{"number":"LC-2026-0083","currentEdition":1e9}\n'),
    ):
        data = issuer.bundle(issuer.bundle_files() | {"records.jsonl": records})
        about = (
            f"A replaced certificate, and records that name no edition in force: {slug.replace('-', ' ')}."
        )
        token = issuer.token("replaced")
        book.add(f"bundle-records-{slug}", "superseded", about, "bundle.forged", token=token, bundle=data)


def _zips(book: Book, issuer: Issuer) -> None:
    whole = issuer.bundle()
    names = zipfile.ZipFile(io.BytesIO(whole)).namelist()
    odd: dict[str, bytes] = {
        "empty": b"",
        "text": b"this is no bundle",
        "json": json.dumps({"trust": 1}).encode(),
        "cut": whole[: len(whole) // 2],
        "cut-at-the-end": whole[:-5],
        "data-before": b"#!/bin/sh\n" + whole,
        "flipped": whole[:200] + bytes([whole[200] ^ 0xFF]) + whole[201:],
        "empty-zip": _zip([]),
        "parent-folder": _zip([*_members(whole), ("../evil", b"x")]),
        "absolute": _zip([*_members(whole), ("/etc/passwd", b"x")]),
        "backslash": _zip([*_members(whole), ("..\\evil", b"x")]),
        "upper-case": _zip([*_members(whole), ("TRUST.JSON", b"x")]),
        "folder-entry": _zip([*_members(whole), ("status/", b"")]),
        "twice": _zip([*_members(whole), (names[1], b"x")]),
        "bzip2": _zip(_members(whole), zipfile.ZIP_BZIP2),
    }
    for slug, data in odd.items():
        _add(book, f"zip-{slug}", f"A file that is no plain bundle: {slug.replace('-', ' ')}.", data)
    about = "Stored without compression, which is a bundle all the same."
    _add(book, "zip-stored", about, _zip(_members(whole), zipfile.ZIP_STORED), "valid")


def _stolen(book: Book, issuer: Issuer) -> None:
    """A key compromised with an anchor, judged offline."""
    size, root = issuer.head()
    statement = issuer.statement()
    anchor = {"state": "compromised", "since": 10, "size": size, "root": b64u_encode(root)}
    statement["keys"][0] |= anchor
    names = list(issuer.issued)
    from lcert_verifier.jose import split

    line = json.dumps(
        {"digest": split(issuer.token()).digest, **issuer.proof(names.index("active"))}
    ).encode()
    for slug, proofs, code in (
        ("proven", line + b"\n", "valid"),
        ("unproven", b"", "status_history_unavailable"),
        ("garbled", b"x" + line + b"\n", "status_history_unavailable"),
    ):
        files = issuer.bundle_files() | {
            "trust.json": issuer.sign_statement(statement),
            "proofs.jsonl": proofs,
        }
        about = f"The key is compromised since a later entry, and the bundle's proof is {slug}."
        token, data = issuer.token(), issuer.bundle(files)
        book.add(f"bundle-compromise-{slug}", code, about, "key.compromised", token=token, bundle=data)


def _members(data: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def _zip(members: list[tuple[str, bytes]], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in members:
            info = zipfile.ZipInfo("x", (1980, 1, 1, 0, 0, 0))
            info.filename, info.compress_type, info.create_system = name, compression, 3
            info.external_attr = 0o100644 << 16
            archive.fp.write(b"")  # type: ignore[union-attr]
            archive.NameToInfo.pop(name, None)
            archive.writestr(info, data)
    return out.getvalue()


def _rewritten(data: bytes, name: str, change: Callable[[bytes], bytes | None]) -> bytes:
    members = dict(_members(data))
    new = change(members.get(name, b""))
    members = {key: value for key, value in members.items() if key != name}
    if new is not None:
        members[name] = new
    return _zip(list(members.items()))
