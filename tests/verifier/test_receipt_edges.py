"""Edges of receipts, of their keys and of journal proofs: the last that is read, the first that is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from tests.support.evidence import make_world
from tests.support.images import credential, png, svg
from tests.verifier.test_receipt import NOW, SIGNER, TOKEN, WORLD, pem, receipt

from lcert_verifier.errors import Malformed, TrustError
from lcert_verifier.jose import b64u_decode, b64u_encode, sign_compact, split
from lcert_verifier.merkle import inclusion_path, leaf_hash, nodes_of, root_of
from lcert_verifier.proof import recorded_position
from lcert_verifier.receipt import RECEIPT_TYP, check_receipt, make_receipt, read_keys
from lcert_verifier.receipt_key import create_receipt_key, open_receipt_signer, read_receipt_signer

KEYS = [SIGNER.public_key]
CLAIMS = split(receipt()).payload
HEADER = split(receipt()).header


def signed(**changes: Any) -> str:
    body = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not ...}
    return sign_compact(HEADER, body, SIGNER.sign)


def test_a_receipt_tells_everything_under_its_own_name() -> None:
    assert {"alg": "ES256", "kid": SIGNER.public_key.thumbprint, "typ": RECEIPT_TYP} == HEADER
    whole = signed(known_at="k", domain="d", at="a", credential="c", as_of={"keys": "x", "log": None})
    told = check_receipt(whole, KEYS).to_json()
    assert told == {
        "verifier": "https://verify.example",
        "issued_at": "2026-11-23T12:00:00Z",
        "kid": SIGNER.public_key.thumbprint,
        "input_sha256": CLAIMS["input_sha256"],
        "token_digest": CLAIMS["token_digest"],
        "verdict": "accepted",
        "code": "valid",
        "sentence": CLAIMS["sentence"],
        "at": "a",
        "known_at": "k",
        "domain": "d",
        "credential": "c",
        "as_of": {"keys": "x", "log": None},
    }
    names = ("token_digest", "at", "known_at", "domain", "credential")
    bare = check_receipt(signed(**dict.fromkeys(names, ...)), KEYS)
    assert [getattr(bare, name) for name in names] == [None] * 5
    assert SIGNER.jwks() == {"keys": [SIGNER.public_key.to_json(SIGNER.public_key.thumbprint)]}


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"iat": -1}, "iat is not a time"),
    ({"iat": 2**33 + 1}, "iat is not a time"),
    ({"iat": 1.0}, "iat is not a time"),
    ({"iat": ...}, "iat is not a time"),
    ({"as_of": ...}, "as_of is not"),
    ({"as_of": {"keys": 1}}, "as_of is not"),
    ({"verdict": "fine"}, "verdict or code is unknown"),
    ({"code": "fine"}, "verdict or code is unknown"),
    ({"verdict": 1}, "verdict or code is unknown"),
    ({"code": ...}, "verdict or code is unknown"),
    *(
        ({name: 1}, f"{name} is not a text")
        for name in ("iss", "input_sha256", "sentence", "at", "known_at", "domain")
    ),
    ({"credential": 1}, "credential is not a text"),
    ({"token_digest": None}, "token_digest is not a text"),
    ({"sentence": ...}, "sentence is not a text"),
]


@pytest.mark.parametrize(("changes", "words"), WRONG, ids=repr)
def test_what_is_wrong_with_a_receipt_is_told(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(Malformed, match=words):
        check_receipt(signed(**changes), KEYS)


def test_a_receipt_may_be_of_any_time() -> None:
    assert check_receipt(signed(iat=0), KEYS).issued_at == datetime(1970, 1, 1, tzinfo=UTC)
    assert check_receipt(signed(iat=2**33), KEYS).issued_at.year == 2242


def test_a_receipt_is_one_keys_and_says_whose_it_is_not() -> None:
    text = signed()
    with pytest.raises(TrustError, match="another key"):
        check_receipt(text, [WORLD.issuing.public_key])
    assert check_receipt(text, [WORLD.issuing.public_key, *KEYS]).code == "valid"
    head, body, _ = text.split(".")
    with pytest.raises(TrustError, match="does not verify"):
        check_receipt(f"{head}.{body}.{b64u_encode(b's' * 64)}", KEYS)
    with pytest.raises(Malformed, match="its type is not"):
        check_receipt(sign_compact({**HEADER, "typ": "JWT"}, CLAIMS, SIGNER.sign), KEYS)


def test_a_receipt_is_about_what_was_judged_however_it_is_wrapped() -> None:
    found = check_receipt(receipt(), KEYS)
    other_signature = TOKEN.rpartition(".")[0] + "." + b64u_encode(b"s" * 64)
    assert found.is_about(TOKEN.encode())
    assert found.is_about(other_signature)
    drawn = svg(f'<openbadges:credential verify="{TOKEN}"></openbadges:credential>')
    for image in (drawn, b"\xef\xbb\xbf" + drawn, png(credential(TOKEN.encode()))):
        assert found.is_about(image)
    for judged in ("", "x", b"\xff", b"<", b"\x89PNG", "\ud800"):
        assert not found.is_about(judged)
    assert not replace(found, token_digest=None).is_about(other_signature)
    assert replace(found, token_digest=None, input_sha256="").is_about("x") is False


def test_public_keys_are_one_or_a_set() -> None:
    jwk = SIGNER.public_key.to_json("k")
    assert read_keys(json.dumps(jwk).encode()) == KEYS
    assert read_keys(json.dumps({"keys": [jwk, {}]}).encode()) == KEYS
    with pytest.raises(Malformed, match=r"no usable key in the set: keys\[0\]: .*; keys\[1\]: ") as caught:
        read_keys(json.dumps({"keys": [{}] * 9}).encode())
    assert len(str(caught.value)) == 300
    for wrong in (b"[]", b"7", b"{}"):
        with pytest.raises(Malformed):
            read_keys(wrong)
    padding = 1_048_576 - len(json.dumps(jwk))
    assert read_keys(json.dumps(jwk).encode() + b" " * padding) == KEYS
    with pytest.raises(Malformed, match="longer"):
        read_keys(json.dumps(jwk).encode() + b" " * (padding + 1))


ED = ed25519.Ed25519PrivateKey.generate()


def private_jwk(curve: ec.EllipticCurve, name: str) -> dict[str, str]:
    private = ec.generate_private_key(curve)
    size = curve.key_size // 8
    numbers = private.private_numbers()
    values = {
        "x": numbers.public_numbers.x,
        "y": numbers.public_numbers.y,
        "d": numbers.private_value,
    }
    return {
        "kty": "EC",
        "crv": name,
        **{member: b64u_encode(value.to_bytes(size, "big")) for member, value in values.items()},
    }


@pytest.mark.parametrize(("curve", "name"), [(ec.SECP256R1(), "P-256"), (ec.SECP384R1(), "P-384")])
def test_a_private_jwk_signs_what_its_public_half_verifies(curve: ec.EllipticCurve, name: str) -> None:
    jwk = private_jwk(curve, name)
    more = {**jwk, "use": "enc", "key_ops": ["sign"], "ext": True}
    by = read_receipt_signer(b"\n " + json.dumps(more).encode() + b" \n")
    assert by.public_key.verify(b"data", by.sign(b"data"))
    assert check_receipt(receipt(by=by), [by.public_key]).code == "valid"
    other = private_jwk(curve, name)
    with pytest.raises(Malformed, match="halves do not belong together"):
        read_receipt_signer(json.dumps({**jwk, "d": other["d"]}).encode())


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"[]", "is not a private JWK"),
        (b'{"d":1}', "is not a private JWK"),
        (b"{}", "is not a private JWK"),
        (b"-----BEGIN PRIVATE KEY-----", "the receipt key cannot be read"),
        (pem(ED, BestAvailableEncryption(b"x")), "the receipt key is encrypted"),
        (pem(rsa.generate_private_key(65537, 2048)), "is P-256, P-384 or Ed25519"),
        (pem(ec.generate_private_key(ec.SECP521R1())), "is P-256, P-384 or Ed25519"),
    ],
    ids=["array", "number", "nothing", "begun", "encrypted", "rsa", "p-521"],
)
def test_what_is_wrong_with_a_private_key_is_told(data: bytes, words: str) -> None:
    with pytest.raises(Malformed, match=words):
        read_receipt_signer(data)


def test_a_setting_is_a_key_or_names_its_file(tmp_path: Path) -> None:
    private = ed25519.Ed25519PrivateKey.generate()
    text = pem(private).decode()
    file = tmp_path / "key.pem"
    file.write_text(text)
    thumbprints = {
        open_receipt_signer(setting).public_key.thumbprint for setting in (f"  {text}\n", f" {file}\n")
    }
    assert len(thumbprints) == 1
    jwk = private_jwk(ec.SECP256R1(), "P-256")
    for size, taken in ((64 * 1024, True), (64 * 1024 + 1, False)):
        jwk["note"] = ""
        jwk["note"] = "x" * (size - len(json.dumps(jwk)))
        file.write_text(json.dumps(jwk))
        if taken:
            assert open_receipt_signer(str(file)).public_key.members
        else:
            with pytest.raises(Malformed, match="longer"):
                open_receipt_signer(str(file))
    assert open_receipt_signer(f" {json.dumps({**jwk, 'note': ''})} ").public_key.members
    with pytest.raises(OSError, match="none"):
        open_receipt_signer(str(tmp_path / "none"))


ENTRIES = [json.dumps({"kind": "issued", "tokens": {"vc+jwt": f"d{number}"}}).encode() for number in range(5)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
STOLEN = replace(
    make_world().trust().find_thumbprint(WORLD.issuing.thumbprint)
    or next(iter(make_world().trust().keys.values())),
    size=5,
    root=root_of(LEAVES),
)


def proof(of: int = 3, **changes: Any) -> bytes:
    path = inclusion_path(of, 5, nodes_of(LEAVES))
    body = {"position": of, "entry": b64u_encode(ENTRIES[of]), "path": [b64u_encode(item) for item in path]}
    return json.dumps({**body, **changes}).encode()


@pytest.mark.parametrize("position", range(5))
def test_a_proof_tells_the_position(position: int) -> None:
    assert recorded_position(proof(position), f"d{position}", STOLEN) == position
    assert recorded_position(proof(position), "d9", STOLEN) is None


def test_a_proof_needs_an_anchor() -> None:
    assert recorded_position(None, "d3", STOLEN) is None
    assert recorded_position(proof(), "d3", replace(STOLEN, size=None)) is None
    assert recorded_position(proof(), "d3", replace(STOLEN, root=None)) is None
    assert recorded_position(proof(), "d3", replace(STOLEN, size=4)) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        proof(position="3"),
        proof(position=2),
        proof(position=True),
        proof(entry=1),
        proof(entry="*"),
        proof(path={}),
        proof(path=[1]),
        proof(path=["*"]),
        proof(path=["AA"] * 65),
        proof(path=[]),
        proof() + b" " * 262_144,
    ],
)
def test_a_proof_of_another_form_proves_nothing(data: bytes) -> None:
    assert recorded_position(data, "d3", STOLEN) is None


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"kind": "issued", "tokens": {"a": "d"}}, 0),
        ({"kind": "appealed", "tokens": {"a": "x", "b": "d"}}, 0),
        ({"kind": "withdrawn", "tokens": {"a": "d"}}, None),
        ({"tokens": {"a": "d"}}, None),
        ({"kind": "issued", "tokens": ["d"]}, None),
        ({"kind": "issued"}, None),
        (["issued"], None),
    ],
    ids=repr,
)
def test_only_an_entry_that_issues_counts(entry: Any, told: int | None) -> None:
    data = json.dumps(entry).encode()
    key = replace(STOLEN, size=1, root=leaf_hash(data))
    body = json.dumps({"position": 0, "entry": b64u_encode(data), "path": []}).encode()
    assert recorded_position(body, "d", key) == told


@pytest.mark.parametrize(("size", "told"), [(65_535, 0), (65_536, None)])
def test_an_entry_is_read_up_to_its_length(size: int, told: int | None) -> None:
    data = json.dumps({"kind": "issued", "tokens": {"a": "d"}}).encode()
    data += b" " * (size - len(data))
    key = replace(STOLEN, size=1, root=leaf_hash(data))
    body = json.dumps({"position": 0, "entry": b64u_encode(data), "path": []}).encode()
    assert recorded_position(body, "d", key) == told


def test_a_receipt_repeats_what_was_asked() -> None:
    told = split(receipt(at=NOW, known_at=NOW, domain="quillwater.example")).payload
    assert (told["at"], told["known_at"]) == ("2026-11-23T12:00:00Z",) * 2
    assert (told["domain"], told["credential"]) == ("quillwater.example", WORLD.credential_id)


def test_receipts_of_refusals_name_no_credential() -> None:
    report = WORLD.verifier().verify("x")
    told = split(make_receipt(report, "x", signer=SIGNER, verifier="v", now=NOW)).payload
    assert {"credential", "token_digest", "domain", "known_at"} & told.keys() == set()


def test_a_key_that_was_made_is_read_again_and_of_the_length_that_its_curve_asks_for(tmp_path: Path) -> None:
    made = create_receipt_key(tmp_path / "key.json")
    data = (tmp_path / "key.json").read_bytes()
    assert read_receipt_signer(data).public_key.thumbprint == made.public_key.thumbprint
    assert len(b64u_decode(json.loads(data)["d"])) == 32
