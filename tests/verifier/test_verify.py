"""The verifier's answers: every code, in order of precedence, and nothing hostile gets past or out."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.evidence import NOW, MemorySource, SoftKey, World, instant, make_world

from lcert_verifier import NotAccepted, Outcome, Report, Trust, Verdict, Verifier
from lcert_verifier.errors import EvidenceUnavailable, TrustError
from lcert_verifier.jose import b64u_decode, b64u_encode, sign_compact, split
from lcert_verifier.report import CHECKS
from lcert_verifier.vocabulary import Algorithm, Securing

N256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
LAST_DAY = datetime(2027, 11, 22, 23, 59, 59, tzinfo=UTC)
WORLD = make_world()


@pytest.fixture
def world() -> World:
    return make_world()


def told(report: Report) -> tuple[str, str]:
    """Verdict and code; asserts what holds for every Report on the way."""
    assert tuple(check.name for check in report.checks) == CHECKS
    outcomes = [check.outcome for check in report.checks]
    if report.verdict is Verdict.ACCEPTED:
        assert outcomes[:-1] == [Outcome.PASSED] * 9
        assert outcomes[-1] in (Outcome.PASSED, Outcome.SKIPPED)
    else:
        stop = next(index for index, outcome in enumerate(outcomes) if outcome is not Outcome.PASSED)
        wanted = Outcome.UNKNOWN if report.verdict is Verdict.INDETERMINATE else Outcome.FAILED
        assert outcomes[stop] is wanted
        assert set(outcomes[stop + 1 :]) <= {Outcome.SKIPPED}
        assert (report.credential is not None) == (stop > CHECKS.index("profile"))
    assert report.sentence.startswith(("Valid", "Not valid", "Unknown"))
    assert report.sentence.endswith(".")
    if report.verdict is Verdict.INDETERMINATE:
        assert report.sentence.startswith("Unknown:")
        assert "revoked" not in report.sentence
        assert "withdrawn" not in report.sentence
    json.dumps(report.to_json())
    return report.verdict.value, report.code.value


@pytest.mark.parametrize("alg", list(Algorithm))
@pytest.mark.parametrize("securing", list(Securing))
def test_a_genuine_certificate_is_accepted_in_every_securing(securing: Securing, alg: Algorithm) -> None:
    world = make_world(alg=alg)
    report = world.verifier().verify(world.token(securing))
    assert told(report) == ("accepted", "valid")
    assert report.require_accepted().id == world.credential_id
    assert report.sentence == (
        "Valid: Quillwater Audio Ltd is certified for Quillwater Compose 3.x (text-to-music) "
        "until 22 November 2027."
    )
    assert report.at == NOW
    assert report.as_of.to_json() == {
        "keys": "2026-11-23T12:00:00Z",
        "status": "2026-11-23T11:59:00Z",
        "journal": "2026-11-23T12:00:00Z",
    }


def test_tokens_may_be_bytes_and_many(world: World) -> None:
    token = world.token()
    reports = list(world.verifier().verify_many([token, token.encode(), "x", b"\xff", token]))
    assert [report.code.value for report in reports] == ["valid", "valid", "malformed", "malformed", "valid"]


@pytest.mark.parametrize(
    "token",
    ["", "x", "a.b.c", "a" * 10_000_000, "\0", "💥", "e30.e30.", b"", b"\xff\xfe", None, 5, [], {}],
    ids=lambda value: repr(value)[:20],
)
def test_any_string_is_a_token_and_most_are_malformed(world: World, token: Any) -> None:
    assert told(world.verifier().verify(token)) == ("rejected", "malformed")
    assert world.source.asked == []


# ---- type


@pytest.mark.parametrize(
    "typ",
    ["JWT", "VC+JWT", "application/vc+jwt", "statuslist+jwt", "dc+sd-jwt", "lc-trust+jws", "at+jwt", ""],
)
def test_another_typ_is_another_kind_of_document(world: World, typ: str) -> None:
    assert told(world.verifier().verify(world.token(header={"typ": typ}))) == ("rejected", "wrong_type")


def test_a_compact_token_without_its_typ_is_no_open_badge(world: World) -> None:
    report = world.verifier().verify(world.token(Securing.COMPACT, header={"typ": None}))
    assert report.verdict is Verdict.REJECTED


@pytest.mark.parametrize("purpose", ["revocation", "suspension"])
def test_a_status_list_is_no_credential(world: World, purpose: str) -> None:
    for token in (world.status_token(), world.bitstring_token(purpose)):
        assert told(world.verifier().verify(token)) == ("rejected", "wrong_type")
    token = world.bitstring_token(purpose, key=world.issuing, type=["VerifiableCredential"])
    assert told(world.verifier().verify(token)) == ("rejected", "profile_violation")


def test_another_cty_is_refused(world: World) -> None:
    assert told(world.verifier().verify(world.token(header={"cty": "vp"})))[1] == "wrong_type"
    assert told(world.verifier().verify(world.token(header={"cty": None})))[1] == "valid"


# ---- trust and issuer


def test_no_trust_at_all_accepts_nothing(world: World) -> None:
    verifier = Verifier([], clock=world.clock)
    assert told(verifier.verify(world.token())) == ("indeterminate", "trust_unavailable")


@pytest.mark.parametrize("error", [EvidenceUnavailable("away"), TrustError("forged"), TimeoutError("slow")])
def test_trust_that_cannot_be_had_is_unknown(world: World, error: Exception) -> None:
    class Broken(MemorySource):
        def trust(self, now: datetime, *, refresh: bool = False) -> Any:
            raise error

    report = world.verifier(Broken(world)).verify(world.token())
    assert told(report) == ("indeterminate", "trust_unavailable")
    assert told(world.verifier(Broken(world), world.source).verify(world.token()))[1] == "valid"


def test_expired_trust_is_unknown(world: World) -> None:
    world.source.trusted = world.trust(exp=instant(NOW) + 10)
    world.now = NOW + timedelta(seconds=10)
    assert told(world.verifier().verify(world.token())) == ("indeterminate", "trust_unavailable")


@pytest.mark.parametrize(
    "issuer",
    [
        "did:web:certs.example/",
        "did:web:certs.example#",
        "did:web:Certs.example",
        "did:web:CERTS.EXAMPLE",
        "DID:WEB:certs.example",
        "did:web:certs.example%3A443",
        "did:web:certs.example.",
        "did:web:c\u0435rts.example",
        "did:web:certs.example.evil.example",
        "https://certs.example",
        "certs.example",
        " did:web:certs.example",
        "",
        None,
        7,
        [],
        {},
        {"id": ["did:web:certs.example"]},
    ],
    ids=repr,
)
def test_an_issuer_that_only_looks_alike_is_not_trusted(world: World, issuer: Any) -> None:
    claims = world.claims()
    for value in (issuer, {**claims["issuer"], "id": issuer}):
        token = world.token(payload={**claims, "issuer": value})
        assert told(world.verifier().verify(token)) == ("rejected", "untrusted_issuer")


@pytest.mark.parametrize(
    "host", ["Certs.example", "certs.example:443", "certs.example.", "did:web:certs.example", 1]
)
def test_a_compact_token_names_the_host_exactly(world: World, host: Any) -> None:
    token = world.token(Securing.COMPACT, payload={**world.claims(Securing.COMPACT), "iss": host})
    assert told(world.verifier().verify(token)) == ("rejected", "untrusted_issuer")


def test_a_key_belongs_to_its_issuer_alone(world: World) -> None:
    other = make_world(base_url="https://other.example")
    verifier = Verifier([world.source, other.source], clock=world.clock)
    assert told(verifier.verify(world.token()))[1] == "valid"
    assert told(verifier.verify(other.token()))[1] == "valid"
    crossed = other.token(header={"kid": f"{world.issuer}#{world.issuing.thumbprint}"})
    assert told(verifier.verify(crossed)) == ("rejected", "unknown_key")


# ---- key


@pytest.mark.parametrize(
    "kid",
    [
        "",
        "../../etc/passwd",
        "' OR '1'='1",
        "https://evil.example/jwks.json",
        "file:///dev/null",
        "did:web:certs.example#",
        "x" * 3000,
    ],
)
@pytest.mark.parametrize("securing", list(Securing))
def test_a_kid_is_only_ever_looked_up(world: World, kid: str, securing: Securing) -> None:
    report = world.verifier().verify(world.token(securing, header={"kid": kid}))
    assert told(report) == ("rejected", "unknown_key")
    assert world.source.asked == ["trust", "trust again"]


def test_a_token_that_names_no_key_is_rejected(world: World) -> None:
    world.source.offline = True
    assert told(world.verifier().verify(world.token(header={"kid": None}))) == ("rejected", "unknown_key")


def test_kids_of_one_securing_do_not_fit_another(world: World) -> None:
    full, bare = f"{world.issuer}#{world.issuing.thumbprint}", world.issuing.thumbprint
    assert told(world.verifier().verify(world.token(header={"kid": bare})))[1] == "unknown_key"
    assert (
        told(world.verifier().verify(world.token(Securing.COMPACT, header={"kid": full})))[1] == "unknown_key"
    )


def test_keys_in_the_header_prove_nothing(world: World) -> None:
    jwk = world.stranger.public_key.to_json()
    embedded = {"jwk": jwk, "jku": "https://evil.example/k", "x5u": "https://evil.example/c", "x5c": ["AA"]}
    own = world.token(key=world.stranger, header=embedded)
    assert told(world.verifier().verify(own)) == ("rejected", "unknown_key")
    posing = world.token(key=world.stranger, header={**embedded, "kid": world.header()["kid"]})
    assert told(world.verifier().verify(posing)) == ("rejected", "bad_signature")


def test_an_unknown_key_is_rejected_only_against_fresh_keys(world: World) -> None:
    token = world.token(key=world.stranger)
    assert told(world.verifier().verify(token)) == ("rejected", "unknown_key")
    world.source.fresh = False
    assert told(world.verifier().verify(token)) == ("indeterminate", "unknown_key")
    world.source.fresh, world.source.offline = True, True
    assert told(world.verifier().verify(token)) == ("indeterminate", "unknown_key")


def test_a_key_promoted_since_is_found_by_looking_again(world: World) -> None:
    keys = [*world.statement()["keys"], world.entry(world.stranger, "issuer")]
    world.source.newer = world.trust(version=2, keys=keys)
    assert told(world.verifier().verify(world.token(key=world.stranger)))[1] == "valid"


@pytest.mark.parametrize("role", ["status", "log"])
def test_a_key_for_something_else_signs_no_credential(world: World, role: str) -> None:
    token = world.token(key=getattr(world, role))
    assert told(world.verifier().verify(token)) == ("rejected", "unknown_key")


def test_the_root_signs_no_credential(world: World) -> None:
    assert told(world.verifier().verify(world.token(key=world.root))) == ("rejected", "unknown_key")


@pytest.mark.parametrize("state", ["staged", "active", "retired"])
def test_what_a_key_signed_stands_in_every_state_but_compromised(world: World, state: str) -> None:
    keys = [world.entry(world.issuing, "issuer", state), world.entry(world.status, "status")]
    world.source.trusted = world.trust(keys=keys)
    assert told(world.verifier().verify(world.token()))[1] == "valid"


# ---- signature


@pytest.mark.parametrize(
    "alg", ["none", "None", "NONE", "HS256", "RS256", "ES384", "EdDSA", "PS256", "es256"]
)
@pytest.mark.parametrize("securing", list(Securing))
def test_the_algorithm_is_the_keys(world: World, alg: str, securing: Securing) -> None:
    token = world.token(securing, header={"alg": alg})
    assert told(world.verifier().verify(token)) == ("rejected", "bad_signature")
    bare = token.rsplit(".", 1)[0] + "."
    assert told(world.verifier().verify(bare)) == ("rejected", "bad_signature")


def test_a_mac_made_with_the_public_key_is_no_signature(world: World) -> None:
    import hashlib
    import hmac

    secrets = (json.dumps(world.issuing.jwk), world.issuing.jwk["x"], world.issuing.thumbprint)
    for secret in secrets:
        header = world.header() | {"alg": "HS256"}
        token = sign_compact(
            header,
            world.claims(),
            lambda data, key=secret: hmac.new(key.encode(), data, hashlib.sha256).digest(),
        )
        assert told(world.verifier().verify(token)) == ("rejected", "bad_signature")


def resigned(token: str, signature: bytes) -> str:
    return f"{token.rsplit('.', 1)[0]}.{b64u_encode(signature)}"


def test_signatures_out_of_range_cut_or_in_der_are_refused(world: World) -> None:
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    token = world.token()
    good = split(token).signature
    r, s = int.from_bytes(good[:32], "big"), int.from_bytes(good[32:], "big")
    n = N256.to_bytes(32, "big")
    for bad in (
        bytes(64),
        bytes(32) + good[32:],
        good[:32] + bytes(32),
        n + good[32:],
        good[:32] + n,
        n + n,
        encode_dss_signature(r, s),
        good[:-1],
        good[1:],
        good + b"\0",
        b"",
        good[32:] + good[:32],
    ):
        assert told(world.verifier().verify(resigned(token, bad))) == ("rejected", "bad_signature")


def test_the_mirrored_signature_is_the_same_credential_and_not_a_second_one(world: World) -> None:
    token = world.token()
    good = split(token).signature
    mirrored = good[:32] + (N256 - int.from_bytes(good[32:], "big")).to_bytes(32, "big")
    first, second = world.verifier().verify_many([token, resigned(token, mirrored)])
    assert first.require_accepted() == second.require_accepted()
    assert split(token).digest == split(resigned(token, mirrored)).digest


def test_a_signature_of_another_token_does_not_fit(world: World) -> None:
    stolen = split(world.token()).signature
    longer = world.token(description="Everything.")
    assert told(world.verifier().verify(resigned(longer, stolen))) == ("rejected", "bad_signature")


TOKENS = {securing: WORLD.token(securing) for securing in Securing}
VERIFIER = WORLD.verifier()


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(list(Securing)), st.data())
def test_no_token_with_a_changed_character_is_accepted(securing: Securing, data: st.DataObject) -> None:
    token = TOKENS[securing]
    position = data.draw(st.integers(0, len(token) - 1))
    replacement = data.draw(st.sampled_from("ABab01-_.=~ \n+/{\u00e9"))
    mutated = token[:position] + replacement + token[position + 1 :]
    report = VERIFIER.verify(mutated)
    told(report)
    assert mutated == token or report.verdict is not Verdict.ACCEPTED


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(list(Securing)), st.integers(0, 2), st.data())
def test_no_token_with_a_changed_bit_is_accepted(
    securing: Securing, segment: int, data: st.DataObject
) -> None:
    parts = TOKENS[securing].split(".")
    raw = bytearray(b64u_decode(parts[segment]))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    parts[segment] = b64u_encode(bytes(raw))
    report = VERIFIER.verify(".".join(parts))
    told(report)
    assert report.verdict is Verdict.REJECTED


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200) | st.binary(max_size=200), st.text(max_size=50))
def test_nothing_raises_whatever_it_is(token: Any, domain: str) -> None:
    told(VERIFIER.verify(token, domain=domain))
    if isinstance(token, bytes):
        told(VERIFIER.verify_badge(token, domain=domain))
    told(VERIFIER.verify(TOKENS[Securing.VC_JWT], domain=domain))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(list(Securing)),
    st.sampled_from(sorted({*WORLD.claims(), *WORLD.claims(Securing.COMPACT), "aud", "vc", "vp", "exp"})),
    ANYTHING,
)
def test_no_claim_of_a_genuine_signature_raises(securing: Securing, name: str, value: Any) -> None:
    with contextlib.suppress(UnicodeEncodeError, ValueError):
        token = WORLD.token(securing, payload={**WORLD.claims(securing), name: value})
        told(VERIFIER.verify(token))


def test_a_broken_source_is_logged_and_accepts_nothing(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(MemorySource):
        def status_list(self, uri: str, now: datetime) -> Any:
            raise KeyError("a mistake of ours")

    report = world.verifier(Broken(world)).verify(world.token())
    assert told(report) == ("indeterminate", "status_unavailable")
    assert "fault in the check status" in caplog.text


# ---- tokens seen before


def test_a_token_seen_before_is_judged_anew_in_all_that_can_change(world: World) -> None:
    verifier, token = world.verifier(), world.token()
    first, second = verifier.verify_many([token, token.encode()])
    assert told(first) == told(second) == ("accepted", "valid")
    assert first.to_json() == second.to_json()
    world.set_status(2)
    assert told(verifier.verify(token))[1] == "suspended"
    assert told(verifier.verify(token, at=NOW + timedelta(days=900)))[1] == "expired"
    keys = [world.entry(world.issuing, "issuer", "compromised"), world.entry(world.status, "status")]
    world.source.trusted = world.trust(version=2, keys=keys)
    assert told(verifier.verify(token))[1] == "key_compromised"
    world.source.trusted = world.trust(version=3, keys=[world.entry(world.status, "status")])
    assert told(verifier.verify(token))[1] == "unknown_key"
    world.source.trusted = None
    assert told(verifier.verify(token))[1] == "trust_unavailable"


def test_a_token_seen_before_needs_the_same_key_and_not_one_of_its_name(world: World) -> None:
    kid = "shared"
    trusts = [
        Trust.from_jwks(
            world.issuer, {"keys": [key.public_key.to_json(kid), world.status.public_key.to_json("s")]}
        )
        for key in (world.issuing, world.stranger)
    ]
    token = world.token(header={"kid": kid})
    world.source.lists[world.list_uri] = sign_compact(
        {"alg": world.status.alg.value, "kid": "s", "typ": "statuslist+jwt"},
        split(world.status_token()).payload,
        world.status.sign,
    )
    verifier = world.verifier()
    for trust, code in zip(trusts * 2, ("valid", "bad_signature") * 2, strict=True):
        world.source.trusted = trust
        assert told(verifier.verify(token))[1] == code


def test_a_token_refused_once_is_not_remembered_as_good(world: World) -> None:
    verifier = world.verifier()
    forged, broken = world.token(key=world.stranger, header=world.header()), world.token(aud="x")
    for _ in range(2):
        assert told(verifier.verify(forged))[1] == "bad_signature"
        assert told(verifier.verify(broken))[1] == "profile_violation"
        assert told(verifier.verify_badge(world.token().encode()))[1] == "malformed"


def test_memory_of_tokens_is_bounded(world: World) -> None:
    verifier = world.verifier()
    for number in range(530):
        token = world.token(Securing.COMPACT, payload={**world.claims(Securing.COMPACT), "x": number})
        assert told(verifier.verify(token))[1] == "valid"
    assert len(verifier._known) <= 512


# ---- profile and validity


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": []},
        {"aud": "me"},
        {"vc": {}},
        {"iat": "now"},
        {"iat": 1.5},
        {"exp": 2**34},
        {"nbf": -1},
        {"credentialSubject__dataBasis__0__basis": "fair-use"},
        {"id": "https://certs.example/c/LC-2026-0001/2"},
    ],
    ids=repr,
)
def test_a_genuine_signature_does_not_make_up_for_a_broken_rule(
    world: World, changes: dict[str, Any]
) -> None:
    report = world.verifier().verify(world.token(**changes))
    assert told(report) == ("rejected", "profile_violation")
    assert next(iter(changes)).split("__")[-1] in report.checks[6].detail


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (datetime(2026, 11, 22, 23, 58, 59, tzinfo=UTC), "not_yet_valid"),
        (datetime(2026, 11, 22, 23, 59, tzinfo=UTC), "valid"),
        (datetime(2026, 11, 23, tzinfo=UTC), "valid"),
        (LAST_DAY, "valid"),
        (LAST_DAY + timedelta(microseconds=999_999), "valid"),
        (LAST_DAY + timedelta(seconds=1), "expired"),
        (LAST_DAY + timedelta(days=3000), "expired"),
    ],
    ids=str,
)
@pytest.mark.parametrize("securing", list(Securing))
def test_a_certificate_runs_from_its_first_to_its_last_second(
    at: datetime, code: str, securing: Securing
) -> None:
    world = make_world()
    token = world.token(securing, **({} if securing is Securing.COMPACT else {"iat": instant(NOW) - 10**6}))
    world.now = at
    world.source.fetched_at = at
    world.source.trusted = make_world().trust(exp=instant(NOW) + 399 * 86_400, iat=instant(NOW) - 3600)
    world.publish()
    if code == "expired" and at > NOW + timedelta(days=399):
        code = "trust_unavailable"
    assert told(world.verifier().verify(token))[1] == code


def test_dates_are_in_the_sentence(world: World) -> None:
    before = world.verifier().verify(world.token(), at=NOW - timedelta(days=9))
    assert before.sentence.endswith("starts on 23 November 2026.")
    after = world.verifier().verify(world.token(), at=NOW + timedelta(days=900))
    assert "expired after 22 November 2027" in after.sentence


def test_a_token_signed_in_the_future_is_not_valid_yet(world: World) -> None:
    assert told(world.verifier().verify(world.token(iat=instant(NOW) + 60)))[1] == "valid"
    assert told(world.verifier().verify(world.token(iat=instant(NOW) + 61)))[1] == "not_yet_valid"


def test_what_fails_earlier_is_told_and_status_is_not_asked(world: World) -> None:
    world.set_status(1)
    report = world.verifier().verify(world.token(), at=NOW + timedelta(days=900))
    assert told(report) == ("rejected", "expired")
    assert world.source.asked == ["trust"]


# ---- status


@pytest.mark.parametrize(
    ("value", "code"), [(0, "valid"), (1, "revoked"), (2, "suspended"), (3, "superseded")]
)
@pytest.mark.parametrize("securing", list(Securing))
def test_the_status_list_decides(value: int, code: str, securing: Securing) -> None:
    world = make_world()
    world.set_status(value)
    report = world.verifier().verify(world.token(securing))
    assert told(report) == ("accepted" if value == 0 else "rejected", code)
    assert report.credential is not None


def test_status_belongs_to_one_index(world: World) -> None:
    world.statuses = {world.index - 1: 1, world.index + 1: 1}
    world.publish()
    assert told(world.verifier().verify(world.token()))[1] == "valid"


def unreachable(world: World) -> None:
    world.source.lists.clear()


def signed_by(role: str) -> Any:
    def publish(world: World) -> None:
        world.source.lists[world.list_uri] = world.status_token(key=getattr(world, role))

    return publish


def listed(**changes: Any) -> Any:
    def publish(world: World) -> None:
        world.publish(**changes)

    return publish


def replaced(token: Any) -> Any:
    def publish(world: World) -> None:
        world.source.lists[world.list_uri] = token(world)

    return publish


@pytest.mark.parametrize(
    "spoil",
    [
        unreachable,
        signed_by("issuing"),
        signed_by("stranger"),
        signed_by("log"),
        signed_by("root"),
        listed(sub="https://certs.example/status/token/2"),
        listed(iss="did:web:other.example"),
        listed(iat=instant(NOW) + 61),
        listed(iat="0"),
        listed(exp=None),
        listed(bundle=True),
        listed(status_list__bits=1),
        listed(status_list__lst="AAAA"),
        listed(status_list={}),
        listed(journal=None),
        replaced(lambda w: w.status_token(typ="vc+jwt")),
        replaced(lambda w: w.status_token(typ="JWT")),
        replaced(lambda w: w.bitstring_token("revocation")),
        replaced(lambda w: w.token()),
        replaced(lambda w: w.status_token()[:-2]),
        replaced(lambda w: make_world(base_url="https://other.example").status_token()),
        replaced(lambda w: ""),
        replaced(lambda w: "<html>"),
    ],
)
def test_a_list_that_cannot_be_had_or_believed_is_unknown_and_never_a_withdrawal(spoil: Any) -> None:
    world = make_world()
    world.statuses[world.index] = 1
    world.publish()
    spoil(world)
    report = world.verifier().verify(world.token())
    assert told(report) == ("indeterminate", "status_unavailable")
    assert "genuine" in report.sentence


@pytest.mark.parametrize("state", ["retired", "compromised"])
def test_a_list_by_a_retired_or_compromised_key_is_not_believed(world: World, state: str) -> None:
    keys = [world.entry(world.issuing, "issuer"), world.entry(world.status, "status", state)]
    world.source.trusted = world.trust(keys=keys)
    assert told(world.verifier().verify(world.token())) == ("indeterminate", "status_unavailable")


def test_a_list_by_a_newer_status_key_is_believed_after_looking_again(world: World) -> None:
    world.source.lists[world.list_uri] = world.status_token(key=world.stranger)
    keys = [*world.statement()["keys"], world.entry(world.stranger, "status")]
    world.source.newer = world.trust(version=2, keys=keys)
    assert told(world.verifier().verify(world.token()))[1] == "valid"


UNRELIABLE = [(0, "status_stale"), (1, "revoked"), (2, "status_stale"), (3, "superseded")]
"""What a list says when it can only be believed in what cannot be undone."""


@pytest.mark.parametrize("offline", [False, True])
@pytest.mark.parametrize(
    ("value", "code"), [(0, "status_stale"), (1, "revoked"), (2, "status_stale"), (3, "superseded")]
)
def test_a_stale_list_is_believed_only_in_what_cannot_be_undone(value: int, code: str, offline: bool) -> None:
    world = make_world()
    world.source.offline = offline
    token = world.token()
    world.set_status(value)
    world.now = NOW + timedelta(days=1, seconds=1)
    assert told(world.verifier().verify(token))[1] == code


def test_online_a_list_counts_for_an_hour_and_offline_until_it_expires(world: World) -> None:
    token = world.token()
    world.now = NOW + timedelta(minutes=60)
    assert told(world.verifier().verify(token))[1] == "valid"
    world.now = NOW + timedelta(minutes=60, seconds=1)
    assert told(world.verifier().verify(token)) == ("indeterminate", "status_stale")
    world.source.offline = True
    assert told(world.verifier().verify(token))[1] == "valid"


def test_a_list_that_went_back_is_not_believed(world: World) -> None:
    verifier, root = world.verifier(), b64u_encode(bytes(32))
    world.publish(journal={"size": 12, "root": root})
    assert told(verifier.verify(world.token()))[1] == "valid"
    world.publish(journal={"size": 11, "root": root})
    assert told(verifier.verify(world.token()))[1] == "status_unavailable"
    world.publish(journal={"size": 12, "root": b64u_encode(b"\1" * 32)})
    assert told(verifier.verify(world.token()))[1] == "status_unavailable"
    world.publish(journal={"size": 13, "root": root})
    assert told(verifier.verify(world.token()))[1] == "valid"


def test_a_known_list_is_judged_anew_when_its_key_is_withdrawn(world: World) -> None:
    verifier = world.verifier()
    assert told(verifier.verify(world.token()))[1] == "valid"
    keys = [world.entry(world.issuing, "issuer"), world.entry(world.status, "status", "compromised")]
    world.source.trusted = world.trust(version=2, keys=keys)
    assert told(verifier.verify(world.token()))[1] == "status_unavailable"


@pytest.mark.parametrize(("value", "code"), [(0, "valid"), (1, "revoked"), (2, "suspended"), (3, "revoked")])
def test_bitstrings_serve_a_credential_that_has_nothing_else(value: int, code: str) -> None:
    world = make_world()
    world.set_status(value)
    assert told(world.verifier().verify(world.token(status=None)))[1] == code


def test_a_revocation_bit_alone_does_not_rule_out_a_suspension(world: World) -> None:
    token = world.token(Securing.OPENBADGE, status=None)
    assert told(world.verifier().verify(token)) == ("indeterminate", "status_unavailable")
    world.set_status(1)
    assert told(world.verifier().verify(token)) == ("rejected", "revoked")


def test_a_bitstring_for_another_purpose_does_not_fit(world: World) -> None:
    uri = f"{world.base_url}/status/bitstring/revocation/1"
    world.source.lists[uri] = world.bitstring_token(
        "revocation", credentialSubject__statusPurpose="suspension"
    )
    assert told(world.verifier().verify(world.token(status=None))) == ("rejected", "status_invalid")


def test_a_mechanism_nobody_knows_is_unknown(world: World) -> None:
    other = {"id": "https://certs.example/x#1", "type": "OtherStatus2031"}
    alone = world.token(payload={**world.claims(status=None), "credentialStatus": other})
    beside = world.token(payload={**world.claims(), "credentialStatus": other})
    for token in (alone, beside):
        assert told(world.verifier().verify(token)) == ("indeterminate", "status_unavailable")
    world.set_status(1)
    assert told(world.verifier().verify(beside)) == ("rejected", "revoked")


# ---- the current edition


@pytest.mark.parametrize(
    ("record", "named"),
    [
        ({"currentEdition": 2}, True),
        ({"currentEdition": 1}, False),
        ({"currentEdition": "2"}, False),
        ({"currentEdition": True}, False),
        ({"currentEdition": 10**9}, False),
        ({"currentEdition": {"url": "https://evil.example"}}, False),
        ({}, False),
        (None, False),
    ],
    ids=repr,
)
def test_superseded_and_expired_name_the_current_edition_when_it_is_known(record: Any, named: bool) -> None:
    world = make_world()
    if record is not None:
        world.source.records[world.number] = record
    url = "https://certs.example/c/LC-2026-0001/2" if named else None
    world.set_status(3)
    superseded = world.verifier().verify(world.token())
    expired = world.verifier().verify(world.token(), at=NOW + timedelta(days=900))
    for report, code in ((superseded, "superseded"), (expired, "expired")):
        assert told(report) == ("rejected", code)
        assert report.current_edition == url
        assert (url is not None) == ("The current edition is" in report.sentence)


# ---- time asked about


@pytest.mark.parametrize("value", [0, 1, 2, 3])
def test_the_past_is_not_known_from_a_newer_list(value: int) -> None:
    world = make_world()
    world.set_status(value)
    report = world.verifier().verify(world.token(), at=NOW - timedelta(hours=2))
    assert told(report) == ("indeterminate", "status_history_unavailable")
    assert "23 November 2026" in report.sentence


@pytest.mark.parametrize(
    ("value", "code"), [(0, "status_stale"), (1, "revoked"), (2, "status_stale"), (3, "superseded")]
)
def test_the_future_is_known_only_where_it_cannot_change(value: int, code: str) -> None:
    world = make_world()
    world.set_status(value)
    assert told(world.verifier().verify(world.token(), at=NOW + timedelta(days=30)))[1] == code


def test_an_instant_that_the_evidence_covers_is_answered(world: World) -> None:
    for at in (NOW - timedelta(seconds=60), NOW, NOW + timedelta(seconds=60)):
        report = world.verifier().verify(world.token(), at=at)
        assert told(report)[1] == "valid"
        assert report.sentence.startswith("Valid on 23 November 2026: Quillwater Audio Ltd was certified")
    assert told(world.verifier().verify(world.token(), at=NOW + timedelta(seconds=61)))[1] == "status_stale"


def test_what_was_known_before_the_list_is_not_known(world: World) -> None:
    verifier, token = world.verifier(), world.token()
    assert told(verifier.verify(token, known_at=NOW))[1] == "valid"
    assert told(verifier.verify(token, known_at=NOW + timedelta(days=9)))[1] == "valid"
    early = verifier.verify(token, known_at=NOW - timedelta(minutes=5))
    assert told(early) == ("indeterminate", "status_history_unavailable")


def test_times_without_a_zone_are_the_callers_mistake(world: World) -> None:
    for name in ("at", "known_at"):
        with pytest.raises(ValueError, match="time zone"):
            world.verifier().verify(world.token(), **{name: datetime(2026, 1, 1)})
        with pytest.raises(ValueError, match=f"^{name} needs a time zone"):
            world.verifier().verify(world.token(), **{name: datetime(2026, 1, 1, tzinfo=_Nowhere())})
    east = NOW.astimezone(timezone(timedelta(hours=9)))
    assert world.verifier().verify(world.token(), at=east).at == NOW


class _Nowhere(tzinfo):
    """A time zone that does not know its own difference."""

    def utcoffset(self, moment: datetime | None) -> None:
        return None


def test_times_beyond_the_calendar_are_the_callers_mistake(world: World) -> None:
    east, west = timezone(timedelta(hours=1)), timezone(-timedelta(hours=1))
    for at in (datetime.min.replace(tzinfo=east), datetime.max.replace(tzinfo=west)):
        with pytest.raises(ValueError, match="at is out of range"):
            world.verifier().verify(world.token(), at=at)


def test_a_clock_without_a_zone_is_the_callers_mistake(world: World) -> None:
    verifier = Verifier([world.source], clock=lambda: datetime(2026, 1, 1))
    for judge in (verifier.verify, verifier.verify_badge):
        with pytest.raises(ValueError, match="the clock's time needs a time zone"):
            judge(b"")


def test_no_patience_at_all_is_a_rule_too(world: World) -> None:
    verifier = Verifier([world.source], clock=world.clock, max_age=timedelta(0))
    assert told(verifier.verify(world.token())) == ("accepted", "valid")


# ---- domain


@pytest.mark.parametrize(
    "host",
    [
        "quillwater.example",
        "www.quillwater.example",
        "QUILLWATER.example",
        "quillwater.example.",
        "quillwater.example:8443",
        "Shop.Quillwater.Example.:443",
        "a.b.quillwater.example",
        "bücher.quillwater.example",
    ],
)
def test_a_badge_may_stand_on_its_domain_and_below(world: World, host: str) -> None:
    report = world.verifier().verify(world.token(), domain=host)
    assert told(report) == ("accepted", "valid")
    assert report.checks[-1].outcome is Outcome.PASSED


@pytest.mark.parametrize(
    "host",
    [
        "grimsbybeats.example",
        "notquillwater.example",
        "quillwater.example.evil.example",
        "example",
        "water.example",
        "quillw\u0430ter.example",
        "quillwater\u3002example",
        "ｑuillwater.example",
        "quillwater.example/path",
        "https://quillwater.example",
        "user@quillwater.example",
        "quillwater.example:",
        "quillwater.example:99999999",
        "quillwater.example..",
        ".quillwater.example",
        "*.quillwater.example",
        "evil.example#.quillwater.example",
        "evil.example?.quillwater.example",
        "evil.example\\.quillwater.example",
        "evil.example\0.quillwater.example",
        "quillwater.example\n",
        " quillwater.example",
        "xn--.quillwater.example",
        "",
        "127.0.0.1",
        "[::1]",
        "x" * 100_000,
        "\ud800.quillwater.example",
    ],
    ids=lambda value: repr(value)[:50],
)
def test_a_badge_may_not_stand_elsewhere(world: World, host: str) -> None:
    report = world.verifier().verify(world.token(), domain=host)
    assert told(report) == ("rejected", "domain_mismatch")
    assert "quillwater.example" in report.sentence
    assert "\n" not in report.sentence


def test_the_domain_is_asked_last(world: World) -> None:
    world.set_status(2)
    assert told(world.verifier().verify(world.token(), domain="evil.example"))[1] == "suspended"


# ---- constructors, and the rest


def test_pinned_keys_answer_with_status_lists_from_the_caller(world: World) -> None:
    trust = Trust.pinned(world.issuer, [world.issuing.jwk, world.status.jwk])
    alone = Verifier.pinned(trust, clock=world.clock)
    assert told(alone.verify(world.token())) == ("indeterminate", "status_unavailable")
    with_lists = Verifier.pinned(trust, status=lambda uri: str(world.source.lists[uri]), clock=world.clock)
    assert told(with_lists.verify(world.token()))[1] == "valid"
    assert told(with_lists.verify(world.token(key=world.stranger))) == ("indeterminate", "unknown_key")


def test_images_carry_open_badges_only(world: World) -> None:
    def svg(token: str) -> bytes:
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0">'
            f'<openbadges:credential verify="{token}"></openbadges:credential></svg>'
        ).encode()

    verifier = world.verifier()
    assert (
        told(verifier.verify_badge(svg(world.token(Securing.OPENBADGE)), domain="quillwater.example"))[1]
        == "valid"
    )
    for securing in (Securing.VC_JWT, Securing.COMPACT):
        assert told(verifier.verify_badge(svg(world.token(securing)))) == ("rejected", "wrong_type")
    for data in (b"", b"GIF89a", b"<svg/>", svg("")):
        assert told(verifier.verify_badge(data)) == ("rejected", "malformed")


def test_only_an_accepted_report_gives_its_credential(world: World) -> None:
    report = world.verifier().verify(world.token(key=world.stranger))
    with pytest.raises(NotAccepted, match="unknown_key"):
        report.require_accepted()
    with pytest.raises(TypeError):
        bool(report)


def test_a_source_of_evidence_is_not_asked_by_forgeries(world: World) -> None:
    for _ in range(3):
        world.verifier().verify(resigned(world.token(), bytes(64)))
    assert set(world.source.asked) == {"trust"}


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, lcert_verifier; heavy = {'cryptography', 'jwt', 'json', 'ssl'} & set(sys.modules); "
        "sys.exit(repr(heavy) if heavy else 0)"
    )
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    assert subprocess.run([sys.executable, "-c", code], timeout=60, env=plain).returncode == 0


def test_every_public_name_is_there() -> None:
    import lcert_verifier

    assert all(hasattr(lcert_verifier, name) for name in lcert_verifier.__all__)
    assert set(lcert_verifier.__all__) <= set(dir(lcert_verifier))


def test_another_key_of_the_same_kind_is_another_key() -> None:
    assert SoftKey().thumbprint != SoftKey().thumbprint
