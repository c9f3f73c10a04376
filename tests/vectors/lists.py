"""Status lists of both families, and what stands after a key was compromised."""

from __future__ import annotations

import hashlib
import json
import zlib
from datetime import timedelta
from typing import Any

from .making import (
    ABSENT,
    DAY,
    HOUR,
    NOW,
    Area,
    b64u,
    compact_json,
    deflate,
    gzipped,
    jws,
    key,
    seconds,
    stamp,
    zlibbed,
)
from .office import ENTRIES, INDEX, Office

__all__ = ["compromise", "lists"]

OFFICE = Office()
MINUTE = timedelta(minutes=1)
SECURINGS = ("vc+jwt", "openbadge", "compact")
ZEROS = bytes(ENTRIES // 4)
BITS = bytes(ENTRIES // 8)


def lists() -> Area:
    area = Area("lists", "Status lists: what they say, whether they are authentic, and how old they are.")
    token = OFFICE.token()
    for status, code in enumerate(("valid", "revoked", "suspended", "superseded")):
        area.offer(f"status-{status}", OFFICE.published(status))
        for securing in SECURINGS:
            area.ask(
                f"status-{status}-{securing}", f"The list says {status}", code, evidence=f"status-{status}",
                token=OFFICE.token(securing),
            )  # fmt: skip
    record = {"number": "LC-2026-0001", "currentEdition": 2}
    area.offer("superseded-named", OFFICE.published(3, **{"c__LC-2026-0001.json": json.dumps(record)}))
    area.ask(
        "superseded-named", "The record names the edition in force", "superseded", evidence="superseded-named",
        token=token, current_edition="https://certs.example/c/LC-2026-0001/2",
    )  # fmt: skip
    for name, value in {
        "itself": 1, "text": "2", "fraction": 2.0, "huge": 10**6, "url": "https://evil.example/",
    }.items():  # fmt: skip
        odd = json.dumps({**record, "currentEdition": value})
        area.offer(f"superseded-{name}", OFFICE.published(3, **{"c__LC-2026-0001.json": odd}))
        area.ask(
            f"superseded-{name}", "A record that names no later edition is not believed", "superseded",
            evidence=f"superseded-{name}", token=token, current_edition=None,
        )  # fmt: skip

    def ask(name: str, about: str, code: str, text: Any, **more: Any) -> None:
        area.offer(name, OFFICE.published(status__token__1=text))
        area.ask(name, about, code, evidence=name, token=token, **more)

    good = OFFICE.status_list()
    ask("unreachable", "The list cannot be reached: unknown, and never withdrawn", "status_unavailable", None)
    missing = OFFICE.published()
    del missing["files"]["status/token/1"]
    area.offer("missing", missing)
    area.ask("missing", "The list is not published", "status_unavailable", evidence="missing", token=token)
    untyped = {"alg": "ES256", "kid": OFFICE.kid("status")}
    texts: dict[str, tuple[str, Any]] = {
        "empty": ("An empty document", ""),
        "html": ("A page", "<!doctype html>"),
        "newline": ("A line ending", good + "\n"),
        "oversized": ("A list of 100 KiB", good + "A" * 100_000),
        "not-ascii": ("Other letters", good.replace("e", "é", 1)),
        "truncated": ("Cut off", good[:-8]),
        "credential": ("A credential where a list is expected", OFFICE.token()),
        "bitstring": ("A list of the other family", OFFICE.bitstring("revocation")),
        "typ-missing": ("No typ", jws(untyped, OFFICE.list_claims(), OFFICE.key("status").sign)),
        "typ-jwt": ("typ JWT", OFFICE.status_list(header={"typ": "JWT"})),
        "typ-cwt": ("typ of the CBOR form", OFFICE.status_list(header={"typ": "statuslist+cwt"})),
        "alg-none": ("alg none", OFFICE.status_list(header={"alg": "none"})),
        "crit": ("crit", OFFICE.status_list(header={"crit": ["exp"]})),
        "kid-unknown": ("An unknown key", OFFICE.status_list(header={"kid": "x"})),
        "key-issuer": ("The issuer key signs no list", OFFICE.status_list(role="issuer")),
        "key-log": ("Nor does the log key", OFFICE.status_list(role="log")),
        "key-stranger": (
            "A stranger under our kid",
            jws({**untyped, "typ": "statuslist+jwt"}, OFFICE.list_claims(), key("stranger").sign),
        ),
        "other-issuer": (
            "Another issuer's list", Office("https://other.example", "did:web:other.example").status_list(),
        ),
    }  # fmt: skip
    for name, (about, text) in texts.items():
        ask(f"form-{name}", about, "status_unavailable", text)
    claims: dict[str, dict[str, Any]] = {
        "sub-other": {"sub": "https://certs.example/status/token/2"},
        "sub-slash": {"sub": OFFICE.list_uri + "/"},
        "sub-missing": {"sub": ABSENT},
        "iss-other": {"iss": "did:web:other.example"},
        "iss-missing": {"iss": ABSENT},
        "iat-missing": {"iat": ABSENT},
        "iat-text": {"iat": "1"},
        "iat-fraction": {"iat": 1.0},
        "iat-true": {"iat": True},
        "iat-future": {"iat": seconds(NOW) + 61},
        "exp-missing": {"exp": ABSENT},
        "exp-beyond": {"exp": 2**34},
        "ttl-zero": {"ttl": 0},
        "ttl-text": {"ttl": "30"},
        "list-missing": {"status_list": ABSENT},
        "list-array": {"status_list": []},
        "bits-1": {"status_list.bits": 1},
        "bits-4": {"status_list.bits": 4},
        "bits-text": {"status_list.bits": "2"},
        "bits-fraction": {"status_list.bits": 2.0},
        "journal-missing": {"journal": ABSENT},
        "journal-no-root": {"journal": {"size": 10}},
        "journal-negative": {"journal.size": -1},
        "journal-huge": {"journal.size": 2**53},
        "journal-root-short": {"journal.root": b64u(bytes(31))},
        "bundle": {"bundle": True},
        "bundle-text": {"bundle": "yes"},
    }
    for name, changes in claims.items():
        text = jws(
            {"alg": "ES256", "kid": OFFICE.kid("status"), "typ": "statuslist+jwt"},
            OFFICE.list_claims(**changes),
            OFFICE.key("status").sign,
        )
        ask(f"claim-{name}", f"A list with {name}", "status_unavailable", text)
    ask("claim-bundle-false", "Not for a bundle, and says so", "valid", OFFICE.status_list(bundle=False))
    ask(
        "claim-ttl-huge",
        "A ttl beyond every clock is positive all the same",
        "valid",
        OFFICE.status_list(ttl=10**30),
    )
    ask(
        "claim-iat-leeway",
        "A clock that is a minute ahead",
        "valid",
        OFFICE.status_list(iat=seconds(NOW) + 60),
    )
    adler = zlib.adler32(ZEROS).to_bytes(4, "big")
    streams: dict[str, tuple[str, bytes]] = {
        "short": ("Fewer entries than there must be", zlibbed(ZEROS[:-1])),
        "long": ("One byte too many", zlibbed(ZEROS + b"\0")),
        "bomb": ("A megabyte", zlibbed(bytes(1 << 20))),
        "empty": ("Nothing", b""),
        "header-only": ("A header alone", b"\x78\x01"),
        "trailing": ("A byte after the stream", zlibbed(ZEROS) + b"\0"),
        "second-stream": ("A second stream after the first", zlibbed(ZEROS) * 2),
        "truncated": ("Cut off inside", zlibbed(ZEROS)[:-30]),
        "no-checksum": ("Cut off before the checksum", zlibbed(ZEROS)[:-4]),
        "checksum": ("A wrong checksum", zlibbed(ZEROS)[:-1] + b"\2"),
        "raw": ("No frame", deflate(ZEROS)),
        "gzip": ("The other frame", gzipped(ZEROS)),
        "dictionary": ("A preset dictionary", b"\x78\x20" + deflate(ZEROS) + adler),
        "window": ("An impossible window", b"\x88\x1c" + deflate(ZEROS) + adler),
        "block-type": ("A block of no type", b"\x78\x01\x07" + adler),
        "stored-length": (
            "A stored block that denies its length",
            b"\x78\x01\x01\x01\x00\x00\x00\x00" + adler,
        ),
        "distance": ("A copy from before the beginning", b"\x78\x01\x63\x00\x42\x00" + adler),
        "code-lengths": ("Code lengths that fit no code", b"\x78\x01\x05\xe0\xff\xff\xff\xff\xff" + adler),
    }
    for name, (about, data) in streams.items():
        text = OFFICE.status_list(**{"status_list.lst": b64u(data)})
        ask(f"stream-{name}", about, "status_unavailable", text)
    ask(
        "stream-padded", "Padded base64", "status_unavailable",
        OFFICE.status_list(**{"status_list.lst": b64u(zlibbed(ZEROS)) + "="}),
    )  # fmt: skip
    mixed = bytearray(hashlib.shake_128(b"list").digest(ENTRIES // 4))
    mixed[INDEX // 4] &= ~(3 << (INDEX % 4 * 2)) & 0xFF
    ask(
        "stream-incompressible", "A list that does not compress", "valid",
        OFFICE.status_list(**{"status_list.lst": b64u(_stored(bytes(mixed)))}),
    )  # fmt: skip
    ask(
        "stream-dynamic", "Compressed with codes of its own", "valid",
        OFFICE.status_list(**{"status_list.lst": DYNAMIC}),
    )  # fmt: skip
    _bitstrings(area)
    _ages(area)
    return area


# zlib.compress(bytes(32768), 9) of zlib 1.2.13, kept as it was made.
DYNAMIC = "eNrtwQEBAAAAgJD-r-4ICgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAYgAAAAQ"


def _stored(data: bytes) -> bytes:
    """zlib of stored blocks."""
    length = len(data).to_bytes(2, "little")
    body = b"\x01" + length + bytes(byte ^ 0xFF for byte in length) + data
    return b"\x78\x01" + body + zlib.adler32(data).to_bytes(4, "big")


def _bitstrings(area: Area) -> None:
    """A credential with bitstrings alone; an Open Badge has one, which cannot tell a suspension."""
    only = OFFICE.token(changes={"status": ABSENT})
    badge = OFFICE.token("openbadge", {"status": ABSENT})

    def ask(name: str, about: str, code: str, token: str = only, **files: Any) -> None:
        area.offer(name, OFFICE.published(**files))
        area.ask(name, about, code, evidence=name, token=token)

    def revocation(marked: bool = False, **changes: Any) -> dict[str, Any]:
        return {"status__bitstring__revocation__1": OFFICE.bitstring("revocation", marked, **changes)}

    def suspension(marked: bool = False, **changes: Any) -> dict[str, Any]:
        return {"status__bitstring__suspension__1": OFFICE.bitstring("suspension", marked, **changes)}

    ask("bits-valid", "Neither bit is set", "valid")
    ask("bits-revoked", "The revocation bit", "revoked", **revocation(True))
    ask("bits-suspended", "The suspension bit", "suspended", **suspension(True))
    ask("bits-both", "Both bits", "revoked", **revocation(True), **suspension(True))
    ask("bits-badge", "One list alone cannot tell a suspension", "status_unavailable", badge)
    ask("bits-badge-revoked", "It can tell a withdrawal", "revoked", badge, **revocation(True))
    ask("bits-unreachable", "A list is missing", "status_unavailable", status__bitstring__suspension__1=None)
    for name, changes in {
        "id": {"id": "https://certs.example/status/bitstring/revocation/2"},
        "issuer": {"issuer": "did:web:other.example"},
        "iss": {"iss": "did:web:other.example"},
        "type": {"type": ["VerifiableCredential"]},
        "type-text": {"type": "BitstringStatusListCredential"},
        "type-alone": {"type": ["BitstringStatusListCredential"]},
        "no-context": {"@context": ABSENT},
        "context": {"@context": ["https://certs.example/contexts/l/v1"]},
        "vc": {"vc": {}},
        "vp": {"vp": {}},
        "cty": {"header": {"cty": "JWT"}},
        "ttl-text": {"credentialSubject.ttl": "30000"},
        "ttl-negative": {"credentialSubject.ttl": -1},
        "ttl-fraction": {"credentialSubject.ttl": 0.5},
        "valid-from-basic": {"validFrom": "20261123T120000Z"},
        "valid-from-no-seconds": {"validFrom": "2026-11-23T12:00Z"},
        "valid-from-week": {"validFrom": "2026-W48-1T12:00:00Z"},
        "subject": {"credentialSubject": ABSENT},
        "subject-type": {"credentialSubject.type": "StatusList2021"},
        "no-list": {"credentialSubject.encodedList": ABSENT},
        "multibase": {"credentialSubject.encodedList": "z" + b64u(gzipped(BITS))},
        "no-multibase": {"credentialSubject.encodedList": b64u(gzipped(BITS))},
        "short": {"credentialSubject.encodedList": "u" + b64u(gzipped(BITS[:-1]))},
        "long": {"credentialSubject.encodedList": "u" + b64u(gzipped(BITS + b"\0"))},
        "bomb": {"credentialSubject.encodedList": "u" + b64u(gzipped(bytes(1 << 20)))},
        "trailing": {"credentialSubject.encodedList": "u" + b64u(gzipped(BITS) + b"\0")},
        "second-member": {"credentialSubject.encodedList": "u" + b64u(gzipped(BITS) * 2)},
        "truncated": {"credentialSubject.encodedList": "u" + b64u(gzipped(BITS)[:-8])},
        "checksum": {"credentialSubject.encodedList": "u" + b64u(gzipped(BITS)[:-8] + bytes(4) + gzipped(BITS)[-4:])},
        "zlib": {"credentialSubject.encodedList": "u" + b64u(zlibbed(BITS))},
        "valid-from": {"validFrom": "yesterday"},
        "valid-from-local": {"validFrom": "2026-11-23T12:00:00"},
        "valid-until": {"validUntil": ABSENT},
        "future": {"validFrom": stamp(NOW + 2 * MINUTE)},
        "journal": {"journal": ABSENT},
        "bundle": {"bundle": True},
    }.items():  # fmt: skip
        ask(
            f"bits-{name}",
            f"A bitstring list with another {name}",
            "status_unavailable",
            **revocation(**changes),
        )
    ask("bits-purpose", "A list for another purpose", "status_invalid",
        **revocation(**{"credentialSubject.statusPurpose": "suspension"}))  # fmt: skip
    ask("bits-key", "Signed by the issuer key", "status_unavailable", **revocation(role="issuer"))
    ask("bits-typ", "Another typ", "status_unavailable", **revocation(header={"typ": "statuslist+jwt"}))
    ask("bits-named", "Named, commented and checked gzip", "valid",
        **revocation(**{"credentialSubject.encodedList": "u" + b64u(_long_gzip(BITS))}))  # fmt: skip
    other = {"id": "https://certs.example/x#1", "type": "OtherStatus2031"}
    area.ask(
        "mechanism-unknown", "A mechanism nobody knows is not skipped over", "status_unavailable", evidence="status-0",
        token=OFFICE.token(changes={"credentialStatus": other}),
    )  # fmt: skip
    area.ask(
        "mechanism-unknown-revoked", "What is known counts all the same", "revoked", evidence="status-1",
        token=OFFICE.token(changes={"credentialStatus": other}),
    )  # fmt: skip
    area.ask(
        "mechanism-unknown-alone", "Nothing else to go by", "status_unavailable", evidence="status-0",
        token=OFFICE.token(changes={"credentialStatus": other, "status": ABSENT}),
    )  # fmt: skip
    area.ask(
        "mechanism-identifier-list", "Another member of status", "status_unavailable", evidence="status-0",
        token=OFFICE.token(changes={"status.identifier_list": {"id": "x"}}),
    )  # fmt: skip


def _long_gzip(data: bytes) -> bytes:
    """gzip with an extra field, a name, a comment and a checksum of its header (RFC 1952 section 2.3)."""
    plain = gzipped(data)
    head = b"\x1f\x8b\x08\x1e" + bytes(4) + b"\x02\xff" + b"\x03\x00abc" + b"name\0" + b"comment\0"
    return head + (zlib.crc32(head) & 0xFFFF).to_bytes(2, "little") + plain[10:]


def _ages(area: Area) -> None:
    """Keys that have changed, lists that went back, and lists that could not be fetched again."""
    token = OFFICE.token()
    for state in ("staged", "active", "retired", "compromised"):
        area.offer(f"key-{state}", Office(states={"status": state}).published())
        area.ask(
            f"key-{state}", f"Signed by a status key that is {state}",
            "valid" if state in ("staged", "active") else "status_unavailable", evidence=f"key-{state}", token=token,
        )  # fmt: skip
    area.offer("now", OFFICE.published())
    area.offer("gone", OFFICE.published(status__token__1=None))
    area.offer("gone-revoked", OFFICE.published(1))
    older = Office(journal=(9, bytes(32)))
    beside = Office(journal=(10, b"\1" * 32))
    newer = Office(journal=(11, bytes(32)))
    revoked = OFFICE.published(1)
    area.offer("revoked", revoked)
    area.offer("older", older.published())
    area.offer("beside", beside.published())
    area.offer("newer", newer.published(1))
    for name, about, first, then, after, code in (
        ("newer", "A newer list takes effect", "now", "newer", MINUTE, "revoked"),
        ("rolled-back", "An older list takes nothing back", "revoked", "older", MINUTE, "revoked"),
        ("split", "Another root at the same size takes nothing back", "revoked", "beside", MINUTE, "revoked"),
        ("cached", "A list is used for 30 s", "now", "newer", timedelta(seconds=20), "valid"),
        ("last-good", "The last good list serves for an hour", "now", "gone", HOUR, "valid"),
        ("too-old", "And no longer", "now", "gone", HOUR + timedelta(seconds=1), "status_stale"),
        ("too-old-revoked", "What is withdrawn stays so", "revoked", "gone", 2 * HOUR, "revoked"),
        ("expired", "Nor beyond its own end", "now", "gone", DAY + MINUTE, "status_stale"),
    ):  # fmt: skip
        area.ask(
            f"then-{name}", about, code, evidence=then, token=token, before=((first, NOW),), now=NOW + after
        )
    for status, code in enumerate(("status_stale", "revoked", "status_stale", "superseded")):
        text = OFFICE.status_list(status, exp=seconds(NOW) - 1)
        area.offer(f"expired-{status}", OFFICE.published(status__token__1=text))
        area.ask(
            f"expired-{status}",
            f"An expired list that says {status}",
            code,
            evidence=f"expired-{status}",
            token=token,
        )
    area.offer("expires-now", OFFICE.published(status__token__1=OFFICE.status_list(exp=seconds(NOW))))
    area.ask("expires-now", "In its last second", "valid", evidence="expires-now", token=token)


def _leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\0" + entry).digest()


def _tree(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\1" + _tree(leaves[:split]) + _tree(leaves[split:])).digest()


def _path(index: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962 section 2.1.1."""
    if len(leaves) == 1:
        return []
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    if index < split:
        return [*_path(index, leaves[:split]), _tree(leaves[split:])]
    return [*_path(index - split, leaves[split:]), _tree(leaves[:split])]


def compromise() -> Area:
    area = Area(
        "compromise", "A stolen key: what the journal proves older than the theft stands, nothing else."
    )
    tokens = {securing: OFFICE.token(securing) for securing in SECURINGS}
    since = 3

    def journal(position: int, **changes: Any) -> tuple[list[bytes], dict[str, Any]]:
        entries = [compact_json({"v": 1, "kind": "key_staged", "id": number}) for number in range(7)]
        digests = {name: OFFICE.digest(token) for name, token in tokens.items()}
        entries[position] = compact_json({"v": 1, "kind": "issued", "tokens": digests, **changes})
        leaves = [_leaf(entry) for entry in entries]
        path = [b64u(item) for item in _path(position, leaves)]
        return leaves, {"position": position, "entry": b64u(entries[position]), "path": path}

    def declared(
        leaves: list[bytes], proof: Any, anchor: dict[str, Any] | None = None, status: int = 0
    ) -> dict[str, Any]:
        held = {"since": since, "size": 7, "root": b64u(_tree(leaves))} if anchor is None else anchor
        entry = {**OFFICE.entry("issuer", compromised_at=seconds(NOW)), "state": "compromised", **held}
        trust = OFFICE.trust(version=2, keys=[entry, OFFICE.entry("status")])
        text = proof if proof is None or isinstance(proof, str) else json.dumps(proof)
        proofs = (
            {f"log__proof__{OFFICE.digest(token)}": text for token in tokens.values()}
            if text is not None
            else {}
        )
        return OFFICE.published(status, trust=trust, **proofs)

    for position in (0, 2, 3, 6):
        area.offer(f"at-{position}", declared(*journal(position)))
        for securing in SECURINGS:
            area.ask(
                f"at-{position}-{securing}", f"Recorded at {position}, stolen from {since} on",
                "valid" if position < since else "key_compromised", evidence=f"at-{position}", token=tokens[securing],
            )  # fmt: skip
    leaves, proof = journal(0)
    token = tokens["vc+jwt"]
    unknown = {"check": "key"}

    def ask(name: str, about: str, code: str, evidence: dict[str, Any], **more: Any) -> None:
        area.offer(name, evidence)
        area.ask(name, about, code, evidence=name, token=token, **more)

    ask("no-anchor", "Without a position nothing stands", "key_compromised", declared(leaves, proof, {}))
    ask(
        "half-anchor",
        "Nor with half an anchor",
        "key_compromised",
        declared(leaves, proof, {"since": 3, "size": 7}),
    )
    ask("anchor-backwards", "Nor when the position is beyond the journal", "key_compromised",
        declared(leaves, proof, {"since": 8, "size": 7, "root": b64u(_tree(leaves))}))  # fmt: skip
    ask("no-proof", "No proof at hand", "status_history_unavailable", declared(leaves, None), **unknown)
    for name, spoilt in {
        "position-1": {"position": 1}, "position-negative": {"position": -1}, "position-beyond": {"position": 7},
        "position-text": {"position": "0"}, "position-false": {"position": False},
        "position-fraction": {"position": 0.0},
        "entry-other": {"entry": b64u(b"{}")}, "entry-no-base64": {"entry": "*"}, "entry-null": {"entry": None},
        "path-empty": {"path": []}, "path-short": {"path": ["AA"]}, "path-null": {"path": None},
        "path-other": {"path": [b64u(bytes(32))] * 3}, "path-long": {"path": [b64u(bytes(32))] * 100},
        "path-numbers": {"path": [1]},
    }.items():  # fmt: skip
        ask(
            f"proof-{name}",
            f"A proof with {name}",
            "status_history_unavailable",
            declared(leaves, proof | spoilt),
            **unknown,
        )
    for name, text in {
        "empty": "", "null": "null", "array": "[]", "deep": "[" * 100,
        "duplicate-name": '{"position":0,"position":0}',
    }.items():  # fmt: skip
        ask(
            f"proof-form-{name}",
            f"A proof of another form: {name}",
            "status_history_unavailable",
            declared(leaves, text),
            **unknown,
        )
    for name, changes in {
        "suspended": {"kind": "suspended"}, "key-promoted": {"kind": "key_promoted"}, "kind-null": {"kind": None},
        "no-tokens": {"tokens": {}}, "other-token": {"tokens": {"vc+jwt": "0" * 64}}, "tokens-array": {"tokens": []},
    }.items():  # fmt: skip
        ask(f"entry-{name}", f"An entry that does not issue this token: {name}", "status_history_unavailable",
            declared(*journal(0, **changes)), **unknown)  # fmt: skip
    ask("tree-other", "A proof against another tree", "status_history_unavailable",
        declared(leaves, proof, {"since": 3, "size": 7, "root": b64u(bytes(32))}), **unknown)  # fmt: skip
    ask("tree-shorter", "A proof against another size", "status_history_unavailable",
        declared(leaves, proof, {"since": 3, "size": 4, "root": b64u(_tree(leaves))}), **unknown)  # fmt: skip
    ask("still-judged", "What stands is judged to the end", "revoked", declared(leaves, proof, status=1))
    forged = OFFICE.token(changes={"credentialSubject.holder.legalName": "Thief Ltd"})
    area.ask("forged-later", "Signed with the stolen key, and in no entry", "status_history_unavailable",
             evidence="at-0", token=forged, **unknown)  # fmt: skip
    stolen = declared(leaves, proof)
    stolen["files"][f"log/proof/{OFFICE.digest(forged)}"] = json.dumps(proof)
    area.offer("forged-with-proof", stolen)
    area.ask("forged-with-proof", "With the proof of another token", "status_history_unavailable",
             evidence="forged-with-proof", token=forged, **unknown)  # fmt: skip
    area.ask("forged-unsigned", "A forgery under the stolen key's name is just that", "bad_signature", evidence="at-0",
             token=token.rpartition(".")[0] + "." + b64u(b"\1" * 64))  # fmt: skip
    return area
