"""Key files: what is on disk, who can read it, and what never leaves it."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import shutil
import stat
import subprocess
import traceback
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from lcert_keys import (
    DEFAULT_COST,
    Cost,
    FileSigner,
    KeyFileError,
    KeyFileMissingError,
    LocalSigner,
    PassphraseError,
    UnknownSchemeError,
    create_key_file,
    file_uri,
    open_signer,
    public_path,
)
from lcert_keys import file as file_module
from lcert_keys.pkcs8 import encrypt_pkcs8
from lcert_verifier.vocabulary import Algorithm

CHEAP = Cost(n=2, r=8, p=1)
PASSPHRASE = b"correct horse battery staple"


def passphrase() -> bytes:
    return PASSPHRASE


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "issuer.pem"
    create_key_file(path, Algorithm.ES256, passphrase, cost=CHEAP)
    return path


def private_octets(path: Path) -> bytes:
    """The private scalar or seed itself, to search for in what is printed."""
    key = load_pem_private_key(path.read_bytes(), PASSPHRASE)
    if isinstance(key, EllipticCurvePrivateKey):
        return key.private_numbers().private_value.to_bytes(32, "big")
    return key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())  # type: ignore[union-attr]


@pytest.mark.parametrize("alg", list(Algorithm))
def test_a_key_made_with_the_default_cost_signs_after_it_is_opened_again(
    tmp_path: Path, alg: Algorithm
) -> None:
    made = create_key_file(tmp_path / "k.pem", alg, passphrase)
    again = FileSigner(tmp_path / "k.pem", passphrase)
    assert again.thumbprint == made.thumbprint
    assert again.alg is alg
    assert len(again.sign(b"data")) == {"ES256": 64, "ES384": 96, "EdDSA": 64}[alg.value]


def test_the_default_cost_is_what_openssl_can_still_read() -> None:
    assert 128 * DEFAULT_COST.n * DEFAULT_COST.r < 32 * 2**20
    assert DEFAULT_COST.n * DEFAULT_COST.r * DEFAULT_COST.p >= 2**14 * 8 * 5


def test_an_ecdsa_signature_is_the_two_numbers_side_by_side(key_file: Path) -> None:
    signature = FileSigner(key_file, passphrase).sign(b"data")
    key = load_pem_private_key(key_file.read_bytes(), PASSPHRASE)
    assert isinstance(key, EllipticCurvePrivateKey)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    key.public_key().verify(encode_dss_signature(r, s), b"data", ECDSA(SHA256()))


def test_files_are_for_their_owner_alone(key_file: Path) -> None:
    assert mode(key_file) == 0o600
    assert mode(public_path(key_file)) == 0o600
    assert mode(key_file.parent) == 0o700


def test_the_file_is_encrypted_and_the_public_half_has_no_private_member(key_file: Path) -> None:
    assert key_file.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert set(json.loads(public_path(key_file).read_bytes())) == {"kty", "crv", "x", "y", "alg", "use"}


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl program is not installed")
@pytest.mark.parametrize("alg", list(Algorithm))
def test_openssl_opens_the_file_with_the_passphrase_and_not_without(tmp_path: Path, alg: Algorithm) -> None:
    path = tmp_path / "k.pem"
    create_key_file(path, alg, passphrase)
    command = ["openssl", "pkey", "-in", str(path), "-noout", "-check", "-passin"]
    good = subprocess.run([*command, f"pass:{PASSPHRASE.decode()}"], capture_output=True, check=False)
    assert good.returncode == 0, good.stderr
    bad = subprocess.run([*command, "pass:wrong"], capture_output=True, check=False)
    assert bad.returncode != 0


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl program is not installed")
def test_the_encoding_is_der_by_the_letter(key_file: Path) -> None:
    done = subprocess.run(
        ["openssl", "asn1parse", "-in", str(key_file)], capture_output=True, check=True, text=True
    )
    assert "PBES2" in done.stdout
    assert "scrypt" in done.stdout
    assert "aes-256-cbc" in done.stdout


@pytest.mark.parametrize("size", [1, 100, 117, 118, 119, 250, 300, 70_000])
def test_any_length_is_encoded_in_its_shortest_form(size: int) -> None:
    pem = encrypt_pkcs8(b"\x30" * size, b"p", cost=CHEAP)
    lines = pem.decode().splitlines()
    assert max(map(len, lines)) <= 64


def test_a_second_key_never_overwrites_the_first(key_file: Path) -> None:
    before = key_file.read_bytes()
    with pytest.raises(KeyFileError, match="never overwritten"):
        create_key_file(key_file, Algorithm.ES256, passphrase, cost=CHEAP)
    assert key_file.read_bytes() == before


def test_a_leftover_private_file_is_not_overwritten_either(key_file: Path) -> None:
    public_path(key_file).unlink()
    before = key_file.read_bytes()
    with pytest.raises(KeyFileError, match="never overwritten"):
        create_key_file(key_file, Algorithm.ES256, passphrase, cost=CHEAP)
    assert key_file.read_bytes() == before
    assert not public_path(key_file).exists()


def test_a_wrong_passphrase_is_refused_with_what_to_do(key_file: Path) -> None:
    signer = FileSigner(key_file, lambda: b"wrong")
    with pytest.raises(PassphraseError, match="LCERT_KEY_PASSPHRASE"):
        signer.sign(b"data")


def test_an_empty_passphrase_makes_no_key(tmp_path: Path) -> None:
    with pytest.raises(PassphraseError):
        create_key_file(tmp_path / "k.pem", Algorithm.ES256, lambda: b"", cost=CHEAP)
    assert list(tmp_path.iterdir()) == []


def test_naming_a_key_asks_for_no_passphrase(key_file: Path) -> None:
    def refuse() -> bytes:
        raise AssertionError("asked")

    signer = FileSigner(key_file, refuse)
    assert signer.public_key.thumbprint == signer.thumbprint


def test_the_file_is_decrypted_once(key_file: Path) -> None:
    asked = []

    def count() -> bytes:
        asked.append(1)
        return PASSPHRASE

    signer = FileSigner(key_file, count)
    signer.sign(b"one")
    signer.sign(b"two")
    assert len(asked) == 1


def test_a_public_half_of_another_key_is_noticed(key_file: Path) -> None:
    other = LocalSigner.generate()
    public_path(key_file).write_text(json.dumps(other.public_key.to_json()))
    with pytest.raises(KeyFileError, match="does not belong"):
        FileSigner(key_file, passphrase).sign(b"data")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"kty":"EC"}', b"\xff"])
def test_a_damaged_public_half_is_a_clear_fault(key_file: Path, content: bytes) -> None:
    public_path(key_file).write_bytes(content)
    with pytest.raises(KeyFileError, match="damaged"):
        FileSigner(key_file, passphrase)


def test_a_path_that_cannot_be_looked_at_is_a_clear_fault(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match=r"cannot be read|is missing"):
        FileSigner(tmp_path / ("x" * 300), lambda: b"")


def test_a_missing_file_is_a_clear_fault(key_file: Path) -> None:
    public_path(key_file).unlink()
    with pytest.raises(KeyFileError, match="cannot be read"):
        FileSigner(key_file, passphrase)
    key_file.unlink()
    with pytest.raises(KeyFileMissingError, match="missing: put it there, and issuer"):
        FileSigner(key_file, passphrase)


def test_a_plain_key_is_refused_even_when_it_would_load(key_file: Path) -> None:
    key = load_pem_private_key(key_file.read_bytes(), PASSPHRASE)
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(KeyFileError, match="not an encrypted"):
        FileSigner(key_file, passphrase).sign(b"data")


@pytest.mark.parametrize(
    "make", [lambda path: FileSigner(path, passphrase), lambda _: LocalSigner.generate()]
)
@pytest.mark.parametrize(
    "attempt", [pickle.dumps, copy.copy, copy.deepcopy, lambda signer: pickle.dumps(signer, protocol=0)]
)
def test_a_signer_cannot_be_pickled_or_copied(key_file: Path, make, attempt) -> None:  # type: ignore[no-untyped-def]
    signer = make(key_file)
    signer.sign(b"data")
    with pytest.raises(TypeError, match="not pickled"):
        attempt(signer)


def test_nothing_printed_or_logged_shows_the_key_or_the_passphrase(
    key_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    signer = FileSigner(key_file, passphrase)
    signer.sign(b"data")
    secret = private_octets(key_file)
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("test").debug("%s %r", signer, signer)
    shown = f"{signer} {signer!r} {caplog.text}"
    assert secret.hex() not in shown
    assert str(int.from_bytes(secret, "big")) not in shown
    assert PASSPHRASE.decode() not in shown
    assert not hasattr(signer, "__dict__")


def test_a_traceback_with_all_its_locals_shows_neither(
    key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bytes:
        raise RuntimeError("the machine is on fire")

    monkeypatch.setattr(file_module, "sign_with", fail)
    captured = []
    for signer in (FileSigner(key_file, passphrase), FileSigner(key_file, lambda: PASSPHRASE + b"!")):
        with pytest.raises((RuntimeError, PassphraseError)) as caught:
            signer.sign(b"data")
        trace = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
        captured.append("".join(trace.format()))
    secret = private_octets(key_file)
    for text in captured:
        assert PASSPHRASE.decode() not in text
        assert secret.hex() not in text
        assert repr(secret) not in text


def test_a_signer_uri_is_relative_to_the_home_so_that_a_home_can_move(key_file: Path, tmp_path: Path) -> None:
    uri = file_uri(key_file, base=tmp_path)
    assert uri == "file:keys/issuer.pem"
    moved = tmp_path / "elsewhere"
    shutil.copytree(tmp_path / "keys", moved / "keys")
    signer = open_signer(uri, passphrase=passphrase, base=moved)
    assert signer.thumbprint == FileSigner(key_file, passphrase).thumbprint


def test_a_key_outside_the_home_is_named_in_full(key_file: Path, tmp_path: Path) -> None:
    uri = file_uri(key_file, base=tmp_path / "other")
    assert uri == f"file:{key_file}"
    assert open_signer(uri, passphrase=passphrase, base=tmp_path / "other").sign(b"data")


@pytest.mark.parametrize("uri", ["", "file", "file:", "pkcs11:token=x", "https://kms.example/k", "os:system"])
def test_only_schemes_of_the_table_are_opened(uri: str) -> None:
    with pytest.raises(UnknownSchemeError, match="file"):
        open_signer(uri, passphrase=passphrase)
