"""Offline bundles: what must be in them, who signed what, and how long they answer."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import zlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from .lists import _leaf, _path, _tree
from .making import ABSENT, DAY, NOW, Area, b64u, changed, compact_json, deflate, jws, key, seconds, stamp
from .office import Office

__all__ = ["bundles"]

WEEK = 7 * DAY
MINUTE = timedelta(minutes=1)
ENTRIES = [compact_json({"v": 1, "kind": "key_staged", "id": number}) for number in range(5)]
ROOT = _tree([_leaf(entry) for entry in ENTRIES])
OFFICE = Office(journal=(5, ROOT))
STAGED = Office(journal=(5, ROOT), states={"status": "staged"})


def note(
    office: Office = OFFICE, *, size: int = 5, root: bytes = ROOT, signer: str = "log", name: str = ""
) -> str:
    """The journal's signed head (C2SP signed note)."""
    origin = office.base_url.partition("://")[2] + "/log"
    text = f"{name or origin}\n{size}\n{base64.b64encode(root).decode()}\n"
    private = key(signer, "EdDSA")
    raw = base64.urlsafe_b64decode(private.jwk["x"] + "=")
    kid = hashlib.sha256(origin.encode() + b"\n\x01" + raw).digest()[:4]
    signature = base64.b64encode(kid + private.sign(text.encode())).decode()
    return f"{text}\n\u2014 {origin} {signature}\n"


def contents(office: Office = OFFICE, status: int = 0, **changes: str | bytes | None) -> dict[str, bytes]:
    """The files of a bundle; `trust_json`, `status__token__1` name them in `changes`, None leaves one out."""
    until = seconds(NOW + WEEK)
    found: dict[str, str | bytes | None] = {
        "trust.json": office.trust(),
        "checkpoint": note(office),
        "records.jsonl": json.dumps({"number": "LC-2026-0001", "currentEdition": 2}) + "\n",
        "proofs.jsonl": "",
        "status/token/1": office.status_list(status, bundle=True, exp=until),
        "status/bitstring/revocation/1": office.bitstring(
            "revocation", status in (1, 3), bundle=True, validUntil=stamp(NOW + WEEK)
        ),
        "status/bitstring/suspension/1": office.bitstring(
            "suspension", status == 2, bundle=True, validUntil=stamp(NOW + WEEK)
        ),
    }
    for name, value in changes.items():
        found[name.replace("__", "/").replace("_", ".")] = value
    return {
        name: value.encode() if isinstance(value, str) else value
        for name, value in found.items()
        if value is not None
    }


def manifest(
    content: Mapping[str, bytes],
    office: Office = OFFICE,
    /,
    *,
    role: str = "status",
    header: Any = None,
    **changes: Any,
) -> bytes:
    claims = {
        "iss": office.issuer,
        "iat": seconds(NOW),
        "exp": seconds(NOW + WEEK),
        "journal": office.journal_claim(),
        "files": {name: hashlib.sha256(content[name]).hexdigest() for name in sorted(content)},
    }
    head = {"alg": "ES256", "kid": office.kid(role), "typ": "lc-bundle+jwt", **(header or {})}
    return jws(head, changed(claims, changes), office.key(role).sign).encode()


def zipped(
    files: Mapping[str, bytes] | list[tuple[str, bytes]],
    *,
    method: int = 8,
    flags: int = 0,
    size: int | None = None,
    crc: int | None = None,
    local: str | None = None,
    comment: bytes = b"",
) -> bytes:
    """A zip (APPNOTE 6.3.3). The keywords spoil its last entry."""
    out, directory = bytearray(), bytearray()
    items = list(files.items()) if isinstance(files, Mapping) else files
    for number, (name, body) in enumerate(items):
        last = number == len(items) - 1
        packed = deflate(body) if method == 8 else body
        fields = struct.pack(
            "<HHHHHIIIHH",
            20,
            flags if last else 0,
            method,
            0,
            33,
            zlib.crc32(body) if crc is None or not last else crc,
            len(packed),
            len(body) if size is None or not last else size,
            len(name.encode()),
            0,
        )
        offset = len(out)
        shown = local if local is not None and last else name
        out += b"PK\x03\x04" + fields + shown.encode() + packed
        directory += (
            b"PK\x01\x02" + struct.pack("<H", 20) + fields + struct.pack("<HHHII", 0, 0, 0, 0, offset)
        )
        directory += name.encode()
    tail = struct.pack("<HHHHIIH", 0, 0, len(items), len(items), len(directory), len(out), len(comment))
    return bytes(out + directory) + b"PK\x05\x06" + tail + comment


def bundle(
    content: Mapping[str, bytes], office: Office = OFFICE, /, *, method: int = 8, **changes: Any
) -> bytes:
    return zipped({"manifest.jws": manifest(content, office, **changes), **content}, method=method)


def evidence(data: bytes, pin: str | None = "") -> dict[str, Any]:
    return {
        "kind": "bundle",
        "pin": OFFICE.root.thumbprint if pin == "" else pin,
        "base64": base64.b64encode(data).decode(),
    }


def bundles() -> Area:
    area = Area("bundles", "Offline trust bundles: authentic as a whole, bounded, and for seven days.")
    token = OFFICE.token()
    good = contents()
    area.offer("good", evidence(bundle(good)))
    for status, code in enumerate(("valid", "revoked", "suspended", "superseded")):
        area.offer(f"status-{status}", evidence(bundle(contents(status=status))))
        for securing in ("vc+jwt", "openbadge", "compact"):
            area.ask(
                f"status-{status}-{securing}", f"The bundle's list says {status}", code, evidence=f"status-{status}",
                token=OFFICE.token(securing),
            )  # fmt: skip
    area.ask("bitstrings", "By bitstrings alone", "valid", token=OFFICE.token(changes={"status": ABSENT}))
    area.ask(
        "superseded-named", "The bundle's records name the edition in force", "superseded", evidence="status-3",
        token=token, current_edition="https://certs.example/c/LC-2026-0001/2",
    )  # fmt: skip
    for name, after, code in (
        ("six-days", 6 * DAY, "valid"), ("last-second", WEEK, "valid"),
        ("expired", WEEK + timedelta(seconds=1), "status_stale"), ("month", 30 * DAY, "status_stale"),
    ):  # fmt: skip
        area.ask(f"age-{name}", f"{name} later", code, token=token, now=NOW + after)
    area.ask(
        "age-revoked",
        "Expired, and withdrawn all the same",
        "revoked",
        evidence="status-1",
        token=token,
        now=NOW + 30 * DAY,
    )
    area.ask(
        "age-suspended",
        "Expired, and suspended once",
        "status_stale",
        evidence="status-2",
        token=token,
        now=NOW + 30 * DAY,
    )
    area.ask(
        "age-trust",
        "When the trust statement itself has expired",
        "trust_unavailable",
        token=token,
        now=NOW + 300 * DAY,
        opens=False,
    )
    area.ask(
        "age-before",
        "Before it was made",
        "trust_unavailable",
        token=token,
        now=NOW - 2 * MINUTE,
        opens=False,
    )
    area.ask(
        "key-unknown", "An unknown key may be newer than the bundle", "unknown_key", verdict="indeterminate",
        token=OFFICE.token(header={"kid": "x"}),
    )  # fmt: skip
    area.ask(
        "issuer-other",
        "Another issuer",
        "untrusted_issuer",
        token=OFFICE.token(changes={"issuer.id": "did:web:other.example"}),
    )
    area.ask("forged", "A forgery", "bad_signature", token=token.rpartition(".")[0] + "." + "A" * 86)
    area.ask(
        "at-past",
        "Before its list was made",
        "status_history_unavailable",
        token=token,
        at="2026-11-21T00:00:00Z",
    )
    area.ask("at-future", "After now", "status_stale", token=token, at=stamp(NOW + DAY))
    area.ask("domain", "On another site", "domain_mismatch", token=token, domain="grimsbybeats.example")
    for name, data, about in (
        ("stored", bundle(good, method=0), "Stored, not compressed"),
        ("newline", zipped({"manifest.jws": manifest(good) + b"\n", **good}), "A manifest with one line ending"),
        ("no-bits", bundle(contents(status__bitstring__suspension__1=None)), "A list less"),
        ("odd-lines", bundle(contents(records_jsonl='\n[1]\nnonsense\n{"number":5}\n')), "Lines that are no records"),
        ("staged", bundle(contents(STAGED), STAGED), "By a staged key"),
    ):  # fmt: skip
        area.offer(name, evidence(data))
        area.ask(f"fine-{name}", about, "valid", evidence=name, token=token)
    area.offer("not-pinned", evidence(bundle(good), None))
    area.ask("not-pinned", "Without a pin", "valid", evidence="not-pinned", token=token)
    area.offer("no-list", evidence(bundle(contents(status__token__1=None))))
    area.ask(
        "no-list", "Without the list that is asked for", "status_unavailable", evidence="no-list", token=token
    )
    online = OFFICE.status_list(exp=seconds(NOW + DAY))
    area.offer("online-list", evidence(bundle(contents(status__token__1=online))))
    area.ask(
        "online-list",
        "A list made for the network counts too, until it expires",
        "valid",
        evidence="online-list",
        token=token,
    )
    area.ask(
        "online-list-old",
        "And no longer",
        "status_stale",
        evidence="online-list",
        token=token,
        now=NOW + 2 * DAY,
    )
    _refused(area, token, good)
    _proofs(area)
    return area


def _refused(area: Area, token: str, good: dict[str, bytes]) -> None:
    other = Office("https://other.example", "did:web:other.example", journal=(5, ROOT))
    whole = {"manifest.jws": manifest(good), **good}
    data = bundle(good)
    states = {
        f"{role}-{state}": bundle(contents(each := Office(journal=(5, ROOT), states={role: state})), each)
        for role, state in (
            ("status", "retired"),
            ("status", "compromised"),
            ("log", "retired"),
            ("log", "compromised"),
        )
    }
    broken = bytearray(data)
    broken[200] ^= 1
    refused: dict[str, bytes] = {
        "empty": b"",
        "magic": b"PK\x03\x04",
        "empty-zip": b"PK\x05\x06" + bytes(18),
        "text": b"not a bundle",
        "truncated": data[:-10],
        "half": data[: len(data) // 2],
        "something-before": b"#!/bin/sh\n" + data,
        "something-after": data + b"x",
        "comment": zipped({"manifest.jws": manifest(good), **good}, comment=b"made by a mirror"),
        "changed-byte": bytes(broken),
        "no-manifest": zipped(good),
        "no-trust": bundle(contents(trust_json=None)),
        "no-checkpoint": bundle(contents(checkpoint=None)),
        "no-records": bundle(contents(records_jsonl=None)),
        "no-proofs": bundle(contents(proofs_jsonl=None)),
        "unlisted-file": zipped({**whole, "extra": b"x"}),
        "missing-file": zipped({name: body for name, body in whole.items() if name != "status/token/1"}),
        "changed-record": zipped({**whole, "records.jsonl": b"{}\n"}),
        "changed-list": zipped({**whole, "status/token/1": OFFICE.status_list().encode()}),
        "name-twice": zipped([*whole.items(), ("checkpoint", b"x")]),
        "name-upper-case": zipped({**whole, "Extra": b"x"}),
        "name-dots": zipped({**whole, "../extra": b"x"}),
        "name-absolute": zipped({**whole, "/extra": b"x"}),
        "name-folder": zipped({**whole, "extra/": b""}),
        "name-other-letters": zipped({**whole, "\u00e9": b"x"}),
        "encrypted": zipped(whole, flags=1),
        "unknown-method": zipped(whole, method=12),
        "checksum": zipped(whole, crc=1),
        "size-smaller": zipped(whole, size=10),
        "size-larger": zipped(whole, size=100_000),
        "size-huge": zipped(whole, size=2**31),
        "two-names": zipped(whole, local="status/bitstring/suspension/2"),
        "manifest-form": zipped({**whole, "manifest.jws": b"a.b.c"}),
        "manifest-signature": zipped({**whole, "manifest.jws": whole["manifest.jws"][:-4] + b"AAAA"}),
        "manifest-two-newlines": zipped({**whole, "manifest.jws": whole["manifest.jws"] + b"\n\n"}),
        "manifest-typ": bundle(good, header={"typ": "statuslist+jwt"}),
        "manifest-alg": bundle(good, header={"alg": "none"}),
        "manifest-kid": bundle(good, header={"kid": "x"}),
        "manifest-issuer-key": bundle(good, role="issuer"),
        "manifest-issuer": bundle(good, iss="did:web:other.example"),
        "manifest-no-iat": bundle(good, iat=ABSENT),
        "manifest-iat-future": bundle(good, iat=seconds(NOW + 2 * MINUTE)),
        "manifest-exp-text": bundle(good, exp="tomorrow"),
        "manifest-exp-true": bundle(good, exp=True),
        "manifest-no-journal": bundle(good, journal=ABSENT),
        "manifest-no-root": bundle(good, journal={"size": 5}),
        "manifest-size-text": bundle(good, journal={"size": "5", "root": b64u(ROOT)}),
        "manifest-no-files": bundle(good, files=ABSENT),
        "manifest-files-empty": bundle(good, files={}),
        "manifest-lists-itself": bundle(good, files={**dict.fromkeys(good, "0" * 64), "manifest.jws": "0" * 64}),
        "trust-form": bundle(contents(trust_json="{}")),
        "trust-other": bundle(contents(trust_json=other.trust())),
        "trust-stranger": bundle(contents(trust_json=OFFICE.trust(key("stranger")))),
        "trust-expired": bundle(contents(trust_json=OFFICE.trust(exp=seconds(NOW)))),
        "checkpoint-form": bundle(contents(checkpoint="x")),
        "checkpoint-other-origin": bundle(contents(checkpoint=note(other))),
        "checkpoint-other-name": bundle(contents(checkpoint=note(name="other.example/log"))),
        "checkpoint-other-size": bundle(contents(checkpoint=note(size=4))),
        "checkpoint-other-root": bundle(contents(checkpoint=note(root=bytes(32)))),
        "checkpoint-stranger": bundle(contents(checkpoint=note(signer="stranger"))),
        "checkpoint-unsigned": bundle(contents(checkpoint=note().partition("\n\n")[0] + "\n\n")),
        "checkpoint-size-zero-led": bundle(contents(checkpoint=note().replace("\n5\n", "\n05\n"))),
        "checkpoint-changed": bundle(
            contents(checkpoint=note().replace("\n5\n", "\n6\n")), journal={"size": 6, "root": b64u(ROOT)}
        ),
        **states,
    }  # fmt: skip
    for name, body in refused.items():
        area.offer(f"refused-{name}", evidence(body))
        area.ask(
            f"refused-{name}", f"Not a bundle: {name}", "trust_unavailable", evidence=f"refused-{name}", token=token,
            opens=False,
        )  # fmt: skip
    area.offer("refused-pin", evidence(data, key("stranger").thumbprint))
    area.ask(
        "refused-pin",
        "Another root is pinned",
        "trust_unavailable",
        evidence="refused-pin",
        token=token,
        opens=False,
    )


def _proofs(area: Area) -> None:
    """A compromise with proofs inside the bundle."""
    token = OFFICE.token()
    entries = [
        *ENTRIES[:4],
        compact_json({"v": 1, "kind": "issued", "tokens": {"vc+jwt": OFFICE.digest(token)}}),
    ]
    leaves = [_leaf(entry) for entry in entries]
    root = _tree(leaves)
    office = Office(journal=(5, root), states={"issuer": "compromised"})
    proof = {
        "digest": OFFICE.digest(token),
        "position": 4,
        "entry": b64u(entries[4]),
        "path": [b64u(item) for item in _path(4, leaves)],
    }
    for name, since, line, code, more in (
        ("proven", 5, json.dumps(proof), "valid", {}),
        ("later", 4, json.dumps(proof), "key_compromised", {}),
        ("unproven", 5, "", "status_history_unavailable", {"check": "key"}),
        ("other", 5, json.dumps({**proof, "digest": "0" * 64}), "status_history_unavailable", {"check": "key"}),
    ):  # fmt: skip
        anchor = {"since": since, "size": 5, "root": b64u(root), "compromised_at": seconds(NOW)}
        statement = office.trust(
            keys=[office.entry("issuer", **anchor), office.entry("status"), office.entry("log")]
        )
        files = contents(
            office, trust_json=statement, checkpoint=note(office, root=root), proofs_jsonl=line + "\n"
        )
        area.offer(f"proof-{name}", evidence(bundle(files, office)))
        area.ask(f"proof-{name}", f"Compromised, {name}", code, evidence=f"proof-{name}", token=token, **more)
