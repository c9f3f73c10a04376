"""Properties over everything Hypothesis can think of: nothing is accepted that is not right, and nothing escapes."""

from __future__ import annotations

import zlib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cases.book.issuer import NOW, SECURINGS, Issuer, changed
from tests.cases.book.keys import ORDER, key
from tests.fuzz.oracle import why_not
from tests.support.images import END, MAGIC, PIXELS, chunk, credential, header

from lcert_verifier.badges import extract_token
from lcert_verifier.bundle import read_bundle
from lcert_verifier.bundle_file import write_bundle
from lcert_verifier.errors import EvidenceUnavailable, LcertError, Malformed
from lcert_verifier.jose import b64u_decode, b64u_encode
from lcert_verifier.report import Report, Verdict
from lcert_verifier.source import PublishedSource
from lcert_verifier.status.check import check_status_token
from lcert_verifier.status.lists import ListMemory
from lcert_verifier.status.token import decode_lst
from lcert_verifier.trust import read_trust
from lcert_verifier.verify import Verifier

ISSUER = Issuer()
SITE = ISSUER.site()
TRUST = read_trust(SITE["trust.json"], pin=None, now=NOW)


def _read(path: str) -> bytes:
    if path not in SITE:
        raise EvidenceUnavailable(path)
    return SITE[path]


VERIFIER = Verifier([PublishedSource(_read, base_url=ISSUER.base_url, clock=lambda: NOW)], clock=lambda: NOW)
TOKENS = {securing: ISSUER.token(securing=securing) for securing in SECURINGS}
BUNDLE = ISSUER.bundle_files()
STATUS = ISSUER.status_claims()

securings = st.sampled_from(SECURINGS)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=40)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def _paths(value: Any, path: str = "") -> list[str]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [path] if path else []
    for name, item in items:
        found += _paths(item, f"{path}.{name}" if path else str(name))
    return found


PLACES = {securing: _paths(ISSUER.claims(securing=securing)) for securing in SECURINGS}


def _check(report: Report) -> None:
    assert len(report.checks) == 10
    assert not any(check.detail.startswith("fault") for check in report.checks)
    report.to_json()


@settings(max_examples=150, deadline=None)
@given(data=st.data(), securing=securings, value=values | st.just(...))
def test_no_claim_of_any_other_kind_is_accepted_unless_it_means_the_same(
    data: st.DataObject, securing: str, value: Any
) -> None:
    claims = changed(ISSUER.claims(securing=securing), data.draw(st.sampled_from(PLACES[securing])), value)
    report = VERIFIER.verify(ISSUER.token(claims=claims, securing=securing))
    _check(report)
    if report.verdict is Verdict.ACCEPTED:
        assert why_not(claims, securing, ISSUER.base_url, ISSUER.did, NOW) is None


def test_every_claim_dropped_is_refused_or_optional() -> None:
    optional = 0
    for securing in SECURINGS:
        for place in PLACES[securing]:
            claims = changed(ISSUER.claims(securing=securing), place, ...)
            report = VERIFIER.verify(ISSUER.token(claims=claims, securing=securing))
            _check(report)
            if report.verdict is Verdict.ACCEPTED:
                optional += 1
                assert why_not(claims, securing, ISSUER.base_url, ISSUER.did, NOW) is None, place
    assert optional < sum(map(len, PLACES.values())) / 2


@settings(max_examples=200, deadline=None)
@given(securing=securings, at=st.integers(min_value=0), byte=st.integers(min_value=0, max_value=255))
def test_no_changed_byte_is_accepted(securing: str, at: int, byte: int) -> None:
    token = bytearray(TOKENS[securing].encode())
    at %= len(token)
    if token[at] == byte:
        return
    token[at] = byte
    report = VERIFIER.verify(bytes(token))
    _check(report)
    assert report.verdict is not Verdict.ACCEPTED


@settings(max_examples=100, deadline=None)
@given(securing=securings, r=st.integers(0, 2**256 - 1), s=st.integers(0, 2**256 - 1))
def test_no_made_up_signature_is_accepted(securing: str, r: int, s: int) -> None:
    signed = TOKENS[securing].rpartition(".")[0]
    genuine = b64u_decode(TOKENS[securing].rpartition(".")[2])
    for value in (
        r.to_bytes(32, "big") + s.to_bytes(32, "big"),
        genuine[:32] + s.to_bytes(32, "big"),
        r.to_bytes(32, "big") + genuine[32:],
        (r % ORDER).to_bytes(32, "big") + (s % ORDER).to_bytes(32, "big"),
    ):
        report = VERIFIER.verify(f"{signed}.{b64u_encode(value)}")
        assert report.code.value == "bad_signature"


@settings(max_examples=150, deadline=None)
@given(token=st.text(max_size=200) | st.binary(max_size=200))
def test_any_text_at_all_gets_a_report(token: str | bytes) -> None:
    report = VERIFIER.verify(token)
    _check(report)
    assert report.code.value == "malformed"


chunks = st.one_of(
    st.builds(lambda text: credential(text), st.sampled_from([TOKENS["openbadge"].encode(), b"a.b.c", b""])),
    st.builds(
        chunk,
        st.sampled_from([b"tEXt", b"zTXt", b"iTXt", b"IDAT", b"IHDR", b"IEND", b"gAMA"]),
        st.binary(max_size=40),
    ),
    st.builds(lambda body: chunk(b"iTXt", b"openbadgecredential\0" + body), st.binary(max_size=60)),
    st.just(header()),
    st.just(PIXELS),
    st.just(END),
    st.binary(max_size=12),
)


@settings(max_examples=200, deadline=None)
@given(parts=st.lists(chunks, max_size=8))
def test_a_png_of_any_chunks_gives_one_token_or_none(parts: list[bytes]) -> None:
    data = MAGIC + b"".join(parts)
    try:
        token = extract_token(data)
    except Malformed:
        return
    assert data.count(b"openbadgecredential\0") == 1
    assert token.encode() in data


tags = st.sampled_from(
    [
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0">',
        f'<openbadges:credential verify="{TOKENS["openbadge"]}">',
        "</openbadges:credential>",
        '<openbadges:credential verify="x"/>',
        "</svg>",
        "<g>",
        "</g>",
        "<script>",
        "</script>",
        "text",
        "<!DOCTYPE svg>",
        "<!-- c -->",
        "<![CDATA[x]]>",
        '<?xml version="1.0"?>',
        "&amp;",
        "&x;",
        "\n",
    ]
)


@settings(max_examples=300, deadline=None)
@given(parts=st.lists(tags, max_size=9))
def test_an_svg_of_any_tags_gives_one_token_or_none(parts: list[str]) -> None:
    text = "".join(parts)
    try:
        token = extract_token(text.encode())
    except Malformed:
        return
    assert text.count("<openbadges:credential") == 1
    assert f'verify="{token}"' in text
    assert not {"<script>", "<!DOCTYPE svg>"} & set(parts)


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(sorted(BUNDLE)),
    body=st.binary(max_size=60),
    signer=st.sampled_from(["status", "stranger", "issuer"]),
)
def test_no_bundle_opens_unless_the_status_key_signed_it_and_it_is_whole(
    name: str, body: bytes, signer: str
) -> None:
    keys = {"status": ISSUER.status, "issuer": ISSUER.issuing, "stranger": key("stranger")}
    data = ISSUER.bundle(BUNDLE | {name: body}, signer=keys[signer])
    try:
        found = read_bundle(data, now=NOW)
    except LcertError:
        return
    assert signer == "status"
    assert name not in ("trust.json", "checkpoint")
    assert found.files[name] == body


@settings(max_examples=60, deadline=None)
@given(
    files=st.dictionaries(st.sampled_from([*BUNDLE, "manifest.jws", "x"]), st.binary(max_size=50), max_size=6)
)
def test_any_zip_is_refused_by_a_known_error(files: dict[str, bytes]) -> None:
    try:
        read_bundle(write_bundle(files), now=NOW)
    except LcertError:
        return
    raise AssertionError("a bundle of noise was opened")


@settings(max_examples=80, deadline=None)
@given(path=st.sampled_from(_paths(STATUS)), value=values | st.just(...))
def test_a_changed_status_list_counts_only_for_what_it_is(path: str, value: Any) -> None:
    claims = changed(STATUS, path, value)
    text = ISSUER.sign_list(claims).decode()
    try:
        check_status_token(
            text, uri=ISSUER.list_uri, trust=TRUST, now=NOW, offline=False, memory=ListMemory()
        )
    except EvidenceUnavailable:
        return
    assert (claims["sub"], claims["iss"], claims["status_list"]["bits"]) == (ISSUER.list_uri, ISSUER.did, 2)


@settings(max_examples=60, deadline=None)
@given(size=st.integers(0, 70_000), cut=st.integers(0, 30), tail=st.binary(max_size=5))
def test_a_list_has_exactly_its_size(size: int, cut: int, tail: bytes) -> None:
    stream = zlib.compress(bytes(size), 9)
    data = stream[: len(stream) - cut] + tail
    try:
        found = decode_lst(b64u_encode(data))
    except Malformed:
        return
    assert (size, data) == (32_768, stream)
    assert found == bytes(size)
