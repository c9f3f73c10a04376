"""Receipts: what was answered, when and by whom, in a form that others can check."""

from __future__ import annotations

import json
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given
from hypothesis import strategies as st
from tests.support.evidence import NOW, SoftKey, World, make_world
from tests.support.images import credential, png

from lcert_verifier.errors import LcertError, Malformed, TrustError
from lcert_verifier.jose import b64u_encode, sign_compact, split
from lcert_verifier.jwk import parse_jwk
from lcert_verifier.receipt import ReceiptSigner, check_receipt, make_receipt, read_keys
from lcert_verifier.receipt_key import create_receipt_key, open_receipt_signer, read_receipt_signer
from lcert_verifier.report import Code, Verdict
from lcert_verifier.vocabulary import Algorithm, Securing


def signer(alg: Algorithm = Algorithm.ES256) -> ReceiptSigner:
    key = SoftKey(alg)
    return ReceiptSigner(public_key=key.public_key, sign=key.sign)


SIGNER = signer()
WORLD = make_world()
TOKEN = WORLD.token()


def receipt(world: World = WORLD, token: str = TOKEN, by: ReceiptSigner = SIGNER, **asked: Any) -> str:
    report = world.verifier().verify(token, **asked)
    return make_receipt(
        report, token, signer=by, verifier="https://verify.example", now=NOW, domain=asked.get("domain")
    )


@pytest.mark.parametrize("alg", list(Algorithm))
def test_a_receipt_says_what_was_found_when_and_by_whom(alg: Algorithm) -> None:
    by = signer(alg)
    found = check_receipt(receipt(by=by, at=NOW, known_at=NOW, domain="quillwater.example"), [by.public_key])
    assert (found.verdict, found.code) == (Verdict.ACCEPTED, Code.VALID)
    assert (found.verifier, found.issued_at) == ("https://verify.example", NOW)
    assert found.kid == by.public_key.thumbprint
    assert found.token_digest == split(TOKEN).digest
    assert (found.at, found.known_at) == ("2026-11-23T12:00:00Z", "2026-11-23T12:00:00Z")
    assert (found.domain, found.credential) == ("quillwater.example", WORLD.credential_id)
    assert found.as_of["status"] == "2026-11-23T11:59:00Z"
    assert found.is_about(TOKEN)
    assert not found.is_about(WORLD.token(Securing.COMPACT))


def test_it_holds_no_token_and_nothing_of_the_holder_but_the_sentence() -> None:
    claims = split(receipt()).payload
    assert TOKEN.rpartition(".")[2] not in json.dumps(claims)
    assert set(claims) == {
        "iss", "iat", "input_sha256", "token_digest", "verdict", "code", "sentence", "at", "credential", "as_of",
    }  # fmt: skip


def test_refusals_and_rubbish_get_receipts_too() -> None:
    for token in ("nonsense", "", "a.b.c", "é"):
        found = check_receipt(receipt(token=token), [SIGNER.public_key])
        assert (found.code, found.token_digest, found.credential) == (Code.MALFORMED, None, None)
        assert found.is_about(token)


def test_a_badge_is_known_again_as_an_image_and_by_its_token() -> None:
    baked = WORLD.token(Securing.OPENBADGE)
    image = png(credential(baked.encode()))
    report = WORLD.verifier().verify_badge(image)
    text = make_receipt(report, image, signer=SIGNER, verifier="v", now=NOW)
    found = check_receipt(text, [SIGNER.public_key])
    assert found.is_about(image)
    assert found.is_about(baked)


def test_a_receipt_of_a_forged_signature_is_not_about_the_genuine_token() -> None:
    signature = "AAAA" + TOKEN.rpartition(".")[2][4:]
    forged = TOKEN.rpartition(".")[0] + "." + signature
    found = check_receipt(receipt(token=forged), [SIGNER.public_key])
    assert found.code is Code.BAD_SIGNATURE
    assert found.is_about(forged)
    assert not found.is_about(TOKEN)


@given(st.data())
def test_no_changed_receipt_is_genuine(data: st.DataObject) -> None:
    text = receipt()
    at = data.draw(st.integers(0, len(text) - 1))
    new = data.draw(st.sampled_from("ABCabc019-_."))
    changed = text[:at] + new + text[at + 1 :]
    if changed != text:
        with pytest.raises(LcertError):
            check_receipt(changed, [SIGNER.public_key])


def test_another_key_and_another_type_are_refused() -> None:
    with pytest.raises(TrustError):
        check_receipt(receipt(), [signer().public_key])
    with pytest.raises(TrustError):
        check_receipt(receipt(), [])
    with pytest.raises(Malformed, match="type"):
        check_receipt(TOKEN, [WORLD.issuing.public_key])
    verdict = WORLD.verifier().verify(receipt())
    assert verdict.code is Code.WRONG_TYPE, "a receipt is no credential"


@pytest.mark.parametrize(
    "change",
    [
        {"iat": "now"},
        {"iat": True},
        {"iat": -1},
        {"verdict": "fine"},
        {"code": 5},
        {"iss": None},
        {"as_of": []},
        {"as_of": {"keys": 1}},
        {"at": 7},
    ],
)
def test_a_signed_receipt_of_another_form_is_malformed(change: dict[str, Any]) -> None:
    parsed = split(receipt())
    text = sign_compact(parsed.header, {**parsed.payload, **change}, SIGNER.sign)
    with pytest.raises(Malformed):
        check_receipt(text, [SIGNER.public_key])


def pem(private: Any, encryption: Any = None) -> bytes:
    return bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption()))


@pytest.mark.parametrize(
    "private",
    [
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP384R1()),
        ed25519.Ed25519PrivateKey.generate(),
    ],
    ids=["p-256", "p-384", "ed25519"],
)
def test_keys_are_read_from_pem(private: Any) -> None:
    by = read_receipt_signer(pem(private))
    assert check_receipt(receipt(by=by), [by.public_key]).code is Code.VALID


def test_a_new_key_is_private_and_works_from_file_and_setting(tmp_path: Path) -> None:
    file = tmp_path / "receipt.jwk"
    made = create_receipt_key(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for setting in (str(file), file.read_text()):
        by = open_receipt_signer(setting)
        assert by.public_key.thumbprint == made.public_key.thumbprint
        published = json.dumps(by.jwks())
        assert '"d"' not in published
        assert check_receipt(receipt(by=by), read_keys(published.encode())).code is Code.VALID
    with pytest.raises(FileExistsError):
        create_receipt_key(file)


def test_keys_that_cannot_be_used_are_refused_without_showing_them(tmp_path: Path) -> None:
    good = json.loads((create_receipt_key(tmp_path / "a"), (tmp_path / "a").read_text())[1])
    other = json.loads((create_receipt_key(tmp_path / "b"), (tmp_path / "b").read_text())[1])
    bad: list[bytes] = [
        b"",
        b"{}",
        b"[]",
        b"-----BEGIN PRIVATE KEY-----\n",
        pem(rsa.generate_private_key(65537, 2048)),
        pem(ec.generate_private_key(ec.SECP521R1())),
        pem(ed25519.Ed25519PrivateKey.generate(), BestAvailableEncryption(b"x")),
        json.dumps({**good, "d": other["d"]}).encode(),
        json.dumps({**good, "d": "AA"}).encode(),
        json.dumps({name: value for name, value in good.items() if name != "d"}).encode(),
    ]
    for data in bad:
        with pytest.raises(Malformed) as refused:
            read_receipt_signer(data)
        assert other["d"] not in str(refused.value)


def test_an_ed25519_key_is_read_from_its_jwk() -> None:
    private = ed25519.Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    jwk = {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": b64u_encode(public),
        "d": b64u_encode(private.private_bytes_raw()),
    }
    by = read_receipt_signer(json.dumps(jwk).encode())
    assert check_receipt(receipt(by=by), [by.public_key]).code is Code.VALID
    other = b64u_encode(ed25519.Ed25519PrivateKey.generate().private_bytes_raw())
    with pytest.raises(Malformed, match="do not belong together"):
        read_receipt_signer(json.dumps({**jwk, "d": other}).encode())


def test_public_keys_come_as_a_key_or_a_set() -> None:
    jwk = SIGNER.public_key.to_json()
    assert read_keys(json.dumps(jwk).encode()) == [parse_jwk(jwk)]
    assert len(read_keys(json.dumps(SIGNER.jwks()).encode())) == 1
    for bad in (b"{}", b'{"keys":[]}', b"nonsense", b'{"keys":[{"kty":"oct"}]}'):
        with pytest.raises(Malformed):
            read_keys(bad)


def test_a_receipt_stays_what_it_was_when_things_change() -> None:
    world = make_world()
    before = receipt(world, world.token())
    world.set_status(1)
    assert world.verifier().verify(world.token()).code is Code.REVOKED
    assert check_receipt(before, [SIGNER.public_key]).issued_at + timedelta(0) == NOW
