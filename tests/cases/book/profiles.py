"""Really signed tokens whose claims break the profile, one thing at a time."""

from __future__ import annotations

from typing import Any

from .cases import Book
from .issuer import Issuer, changed

__all__ = ["profiles"]

_S = "credentialSubject"
_DROPPED = (
    "@context", "id", "type", "issuer.type", "issuer.name", "validFrom", "validUntil", _S, "credentialSubject.id",
    "credentialSubject.type", "credentialSubject.certificate", "credentialSubject.certificate.number",
    "credentialSubject.certificate.edition", "credentialSubject.certificate.programme",
    "credentialSubject.certificate.criteria", "credentialSubject.certificate.criteriaDigest",
    "credentialSubject.certificate.assessedOn", "credentialSubject.certificate.grantedOn",
    "credentialSubject.certificate.validFrom", "credentialSubject.certificate.validThrough",
    "credentialSubject.holder", "credentialSubject.holder.legalName", "credentialSubject.holder.country",
    "credentialSubject.holder.registration", "credentialSubject.holder.domains", "credentialSubject.scope",
    "credentialSubject.scope.level", "credentialSubject.scope.statement", "credentialSubject.scope.modalities",
    "credentialSubject.scope.covered", "credentialSubject.scope.notCovered", "credentialSubject.scope.upstream",
    "credentialSubject.dataBasis", "credentialSubject.dataBasis.0.basis", "credentialSubject.evidence",
    "credentialSubject.decision", "credentialSubject.decision.separation",
)  # fmt: skip
_WRONG: tuple[tuple[str, str, Any], ...] = (
    ("@context-first", "@context.0", "https://www.w3.org/2018/credentials/v1"),
    ("@context-object", "@context.1", {"name": "https://evil.example/name"}),
    ("@context-without-ours", "@context.3", "https://evil.example/contexts/l/v1"),
    ("@context-string", "@context", "https://www.w3.org/ns/credentials/v2"),
    ("id-elsewhere", "id", "https://evil.example/c/LC-2026-4711/1"),
    ("id-other-number", "id", "https://certs.example/c/LC-2026-9999/1"),
    ("id-other-edition", "id", "https://certs.example/c/LC-2026-4711/2"),
    ("id-list", "id", ["https://certs.example/c/LC-2026-4711/1"]),
    ("type-string", "type", "VerifiableCredential"),
    ("type-without-ours", "type", ["VerifiableCredential", "OpenBadgeCredential"]),
    ("type-of-numbers", "type", ["VerifiableCredential", "OpenBadgeCredential", "LCertification", 1]),
    ("vc-member", "vc", {}),
    ("vp-member", "vp", {}),
    ("valid-from-other", "validFrom", "2026-11-01T00:00:00Z"),
    ("valid-from-no-offset", "validFrom", "2026-11-20T00:00:00"),
    ("valid-from-date", "validFrom", "2026-11-20"),
    ("valid-until-midnight", "validUntil", "2027-11-20T00:00:00Z"),
    ("valid-until-number", "validUntil", 1_900_000_000),
    ("subject-list", _S, []),
    ("subject-id-elsewhere", "credentialSubject.id", "https://evil.example/"),
    ("number-lower-case", "credentialSubject.certificate.number", "lc-2026-4711"),
    ("number-path", "credentialSubject.certificate.number", "LC-2026-4711/../9"),
    ("number-newline", "credentialSubject.certificate.number", "LC-2026-4711\n"),
    ("edition-zero", "credentialSubject.certificate.edition", 0),
    ("edition-text", "credentialSubject.certificate.edition", "1"),
    ("edition-true", "credentialSubject.certificate.edition", True),
    ("edition-float", "credentialSubject.certificate.edition", 1.0),
    ("programme-other", "credentialSubject.certificate.programme", "M"),
    ("criteria-other", "credentialSubject.certificate.criteria", "L-26"),
    ("digest-hex", "credentialSubject.certificate.criteriaDigest", "sha256-" + "a" * 64),
    ("granted-before-assessed", "credentialSubject.certificate.grantedOn", "2026-01-01"),
    ("first-granted-later", "credentialSubject.certificate.firstGrantedOn", "2026-12-01"),
    (
        "supersedes-in-first",
        "credentialSubject.certificate.supersedes",
        "https://certs.example/c/LC-2026-4711/1",
    ),
    ("ten-years", "credentialSubject.certificate.validThrough", "2036-11-19"),
    ("backwards", "credentialSubject.certificate.validThrough", "2026-11-19"),
    ("no-such-day", "credentialSubject.certificate.validThrough", "2027-02-30"),
    ("lei-checksum", "credentialSubject.holder.lei", "999900QUILLWATER0156"),
    ("lei-null", "credentialSubject.holder.lei", None),
    ("country-unknown", "credentialSubject.holder.country", "XX"),
    ("country-lower-case", "credentialSubject.holder.country", "gb"),
    ("domains-empty", "credentialSubject.holder.domains", []),
    ("domain-url", "credentialSubject.holder.domains.0.name", "https://active.example"),
    ("domain-wildcard", "credentialSubject.holder.domains.0.name", "*.example"),
    ("domain-upper-case", "credentialSubject.holder.domains.0.name", "ACTIVE.example"),
    ("domain-unicode", "credentialSubject.holder.domains.0.name", "bücher.example"),
    ("domain-address", "credentialSubject.holder.domains.0.name", "127.0.0.1"),
    ("level-unknown", "credentialSubject.scope.level", "galaxy"),
    ("level-company-with-not-covered", "credentialSubject.scope.level", "company"),
    ("modality-unknown", "credentialSubject.scope.modalities", ["smell"]),
    ("modalities-empty", "credentialSubject.scope.modalities", []),
    ("modality-twice", "credentialSubject.scope.modalities", ["music", "music"]),
    ("covered-empty", "credentialSubject.scope.covered", []),
    ("covered-too-wide", "credentialSubject.scope.covered.0.kind", "company"),
    ("covered-other-modality", "credentialSubject.scope.covered.0.modality", "text"),
    ("covered-without-versions", "credentialSubject.scope.covered.0.versions", ...),
    ("identifier-sha256", "credentialSubject.scope.covered.0.ids.0", {"type": "sha256", "value": "xyz"}),
    (
        "identifier-http",
        "credentialSubject.scope.covered.0.ids.0",
        {"type": "url", "value": "http://a.example"},
    ),
    ("not-covered-null", "credentialSubject.scope.notCovered", None),
    ("basis-fair-use", "credentialSubject.dataBasis.0.basis", "fair-use"),
    ("basis-case", "credentialSubject.dataBasis.0.basis", "Owned"),
    ("shares-low", "credentialSubject.dataBasis.0.share", "10-20"),
    ("shares-high", "credentialSubject.dataBasis.0.share", "95-100"),
    ("share-backwards", "credentialSubject.dataBasis.0.share", "90-80"),
    ("share-over-100", "credentialSubject.dataBasis.0.share", "80-120"),
    ("basis-list-empty", "credentialSubject.dataBasis", []),
    ("evidence-empty", "credentialSubject.evidence", []),
    ("evidence-digest", "credentialSubject.evidence.0.digest", "md5-abc"),
    ("separation-unknown", "credentialSubject.decision.separation", "friends"),
    ("separation-untrue", "credentialSubject.decision.reviewer", "dm-01"),
    ("terms-untyped", "termsOfUse", [{"id": "https://certs.example/terms"}]),
    ("image-text", "image", "https://certs.example/badge.png"),
    ("awarded-number", "awardedDate", 1_700_000_000),
    ("status-elsewhere", "status.status_list.uri", "https://evil.example/status/token/1"),
    ("status-http", "status.status_list.uri", "http://certs.example/status/token/1"),
    ("status-path", "status.status_list.uri", "https://certs.example/status/token/../1"),
    ("status-list-zero", "status.status_list.uri", "https://certs.example/status/token/0"),
    ("status-index-negative", "status.status_list.idx", -1),
    ("status-index-beyond", "status.status_list.idx", 131_072),
    ("status-index-text", "status.status_list.idx", "4711"),
    ("status-index-float", "status.status_list.idx", 4711.0),
    ("status-contradicts", "status.status_list.idx", 4712),
    ("bits-purpose", "credentialStatus.0.statusPurpose", "message"),
    ("bits-purpose-swapped", "credentialStatus.0.statusPurpose", "suspension"),
    ("bits-index-number", "credentialStatus.0.statusListIndex", 4711),
    ("bits-index-padded", "credentialStatus.0.statusListIndex", "04711"),
    ("bits-index-huge", "credentialStatus.0.statusListIndex", "999999999"),
    (
        "bits-elsewhere",
        "credentialStatus.0.statusListCredential",
        "https://evil.example/status/bitstring/revocation/1",
    ),
    ("bits-id-is-list", "credentialStatus.0.id", "https://certs.example/status/bitstring/revocation/1"),
    ("bits-untyped", "credentialStatus.0.type", ...),
)
_TEXTS: tuple[tuple[str, str, str], ...] = (
    ("override", "profile_violation", "Quill\u202ewater Ltd"),
    ("isolate", "profile_violation", "Quill\u2066water Ltd"),
    ("control", "profile_violation", "Quill\u0007water Ltd"),
    ("newline", "profile_violation", "Quill\nwater Ltd"),
    ("line-separator", "profile_violation", "Quill\u2028water Ltd"),
    ("byte-order-mark", "profile_violation", "Quill\ufeffwater Ltd"),
    ("noncharacter", "profile_violation", "Quill\uffffwater Ltd"),
    ("not-nfc", "profile_violation", "Quillwa\u0308ter Ltd"),
    ("blank", "profile_violation", "   "),
    ("padded", "profile_violation", " Quillwater Ltd"),
    ("too-long", "profile_violation", "x" * 301),
    ("300", "valid", "x" * 300),
    ("markup", "valid", "<script>alert(1)</script> & Sons \"Ltd\""),
    ("template", "valid", "{{7*7}} ${7*7} %s"),
    ("arabic", "valid", "شركة الأصوات المرخصة"),
    ("hebrew", "valid", "חברת צלילים בע״מ"),
    ("japanese", "valid", "株式会社ペルシッド・タイプ"),
    ("devanagari", "valid", "मैरोलाइट प्राइवेट लिमिटेड"),
    ("emoji", "valid", "Sound 🎵 & 👩‍🎤 Ltd"),
)  # fmt: skip


def profiles(book: Book) -> None:
    issuer = book.issuer
    for path in _DROPPED:
        about = f"Signed, but without {path.replace(_S, 'subject')}."
        token = issuer.token(claims=changed(issuer.claims(), path, ...))
        book.add(f"without-{_slug(path)}", "profile_violation", about, "token.profile", token=token)
    for slug, path, value in _WRONG:
        about = f"Signed, but {path.replace(_S, 'subject')} is wrong: {slug.replace('-', ' ')}."
        token = issuer.token(claims=changed(issuer.claims(), path, value))
        book.add(_slug(slug), "profile_violation", about, "token.profile", token=token)
    for slug, code, name in _TEXTS:
        claims = changed(issuer.claims(), "credentialSubject.holder.legalName", name)
        about = f"The holder's legal name: {slug.replace('-', ' ')}."
        book.add(f"name-{slug}", code, about, "text.unsafe", token=issuer.token(claims=claims))
    _registered(book, issuer)
    _compact(book, issuer)
    _editions(book, issuer)
    _mechanisms(book, issuer)


def _slug(path: str) -> str:
    return path.replace("credentialSubject", "subject").replace("@", "").replace(".", "-").lower()


def _registered(book: Book, issuer: Issuer) -> None:
    for value, slug in (("https://verifier.example", "text"), ([], "empty"), (["x"], "list"), (None, "null")):
        for securing in ("vc+jwt", "openbadge", "compact"):
            if securing != "vc+jwt" and slug != "text":
                continue
            about = f"aud is {slug} in the {securing} token, where none is expected."
            token = issuer.token(securing=securing, claims=issuer.claims(securing=securing) | {"aud": value})
            slugged = f"aud-{slug}-{securing.replace('+', '-')}"
            book.add(slugged, "profile_violation", about, "token.aud", token=token)
    values: dict[str, Any] = {
        "text": "1795000000", "float": 1795000000.5, "whole-float": 1795000000.0, "true": True, "null": None,
        "negative": -1, "too-large": 2**33 + 1, "huge": 10**30, "exponent": 1.795e9,
    }  # fmt: skip
    for slug, value in values.items():
        for name, securing in (("exp", "openbadge"), ("nbf", "compact"), ("iat", "vc+jwt")):
            about = f"{name} is {slug.replace('-', ' ')} in the {securing} token."
            token = issuer.token(securing=securing, claims=issuer.claims(securing=securing) | {name: value})
            book.add(f"{name}-{slug}", "profile_violation", about, "token.instants", token=token)
    for name, wrong in (("iss", "did:web:evil.example"), ("sub", "https://evil.example/"), ("jti", "urn:x")):
        for value, slug in ((wrong, "other"), (..., "missing"), (1, "number")):
            about = f"{name} is {slug} in the Open Badge."
            token = issuer.token(
                securing="openbadge", claims=changed(issuer.claims(securing="openbadge"), name, value)
            )
            book.add(f"openbadge-{name}-{slug}", "profile_violation", about, "token.profile", token=token)
    for name in ("nbf", "exp"):
        claims = issuer.claims(securing="openbadge")
        about = f"{name} of the Open Badge is a second off."
        token = issuer.token(securing="openbadge", claims=claims | {name: claims[name] + 1})
        book.add(f"openbadge-{name}-shifted", "profile_violation", about, "token.instants", token=token)
    about = "The canonical token's exp contradicts its validUntil."
    token = issuer.token(claims=issuer.claims() | {"exp": 1_900_000_000})
    book.add("canonical-exp-contradicts", "profile_violation", about, "token.instants", token=token)


def _compact(book: Book, issuer: Issuer) -> None:
    claims = issuer.claims(securing="compact")
    wrong: tuple[tuple[str, Any], ...] = (
        ("jti", "LC-2026-4711"), ("jti", "LC-2026-4711/0"), ("jti", "LC-2026-4711/1/"), ("jti", ...), ("sub", ...),
        ("sub", "x" * 301), ("dom", ...), ("dom", ""), ("dom", "a.example  b.example"), ("dom", "a.example a.example"),
        ("dom", "a.example,b.example"), ("scp", ...), ("scp", "\u202e"), ("nbf", ...), ("exp", ...),
        ("exp", claims["exp"] + 1), ("nbf", claims["nbf"] + 1), ("exp", claims["exp"] + 86_400 * 3650), ("st", ...),
        ("st", []), ("st", [1]), ("st", [1, 131_072]), ("st", [0, 1]), ("st", [1, -1]), ("st", [1, 2, 3]),
        ("st", ["1", 4711]), ("st", [1, True]), ("st", {"list": 1}),
    )  # fmt: skip
    for number, (name, value) in enumerate(wrong, 1):
        about = f"A compact token whose {name} is wrong: {'missing' if value is ... else repr(value)[:60]}."
        token = issuer.token(securing="compact", claims=changed(claims, name, value))
        book.add(f"compact-{name}-{number:02d}", "profile_violation", about, "token.profile", token=token)


def _editions(book: Book, issuer: Issuer) -> None:
    claims = issuer.claims("replacing")
    path = "credentialSubject.certificate.supersedes"
    for slug, value in (
        ("missing", ...),
        ("itself", claims["id"]),
        ("later", "https://certs.example/c/LC-2026-0083/3"),
        ("other-certificate", "https://certs.example/c/LC-2026-4711/1"),
        ("elsewhere", "https://evil.example/c/LC-2026-0083/1"),
        ("number", 1),
    ):
        about = f"A second edition that supersedes: {slug.replace('-', ' ')}."
        token = issuer.token(claims=changed(claims, path, value))
        book.add(f"supersedes-{slug}", "profile_violation", about, "token.profile", token=token)


def _mechanisms(book: Book, issuer: Issuer) -> None:
    claims = issuer.claims()
    del claims["status"], claims["credentialStatus"]
    about = "A credential without any status reference."
    token = issuer.token(claims=claims)
    book.add("status-missing", "profile_violation", about, "status.mechanism", token=token)
    unknown = {"id": "https://certs.example/status/9", "type": "CrystalBallStatus2030"}
    about = "The only status mechanism is one nobody knows."
    token = issuer.token(claims=claims | {"credentialStatus": unknown})
    book.add("mechanism-unknown", "status_unavailable", about, "status.mechanism", token=token)
    about = "A known status mechanism that says valid, beside one nobody knows."
    token = issuer.token(claims=issuer.claims() | {"credentialStatus": [unknown]})
    book.add("mechanism-unknown-beside", "status_unavailable", about, "status.mechanism", token=token)
    about = "A known status mechanism that says withdrawn, beside one nobody knows."
    token = issuer.token(claims=issuer.claims("withdrawn") | {"credentialStatus": [unknown]})
    book.add("mechanism-unknown-withdrawn", "revoked", about, "status.mechanism", token=token)
    about = "The status claim names no mechanism; the bitstrings would say valid."
    token = issuer.token(claims=issuer.claims() | {"status": {}})
    book.add("status-claim-empty", "profile_violation", about, "status.mechanism", token=token)
    claims = changed(issuer.claims(), "status.crystal_ball", {})
    about = "The status claim has a mechanism nobody knows beside the list."
    book.add(
        "status-claim-unknown",
        "status_unavailable",
        about,
        "status.mechanism",
        token=issuer.token(claims=claims),
    )
    about = "Members nobody knows are ignored."
    claims = issuer.claims() | {"x": {"y": [1, 2.5, None, True]}, "refreshService": {"type": "None"}}
    book.add("unknown-members", "valid", about, "token.profile", token=issuer.token(claims=claims))
