"""When a disk, a file or a key is not what it should be: a clear fault, and nothing half made is left."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP521R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lcert_keys import (
    Cost,
    FileSigner,
    KeyFileError,
    LocalSigner,
    PassphraseError,
    create_key_file,
    create_passphrase_file,
    public_path,
    sign_trust,
)
from lcert_keys.pkcs8 import encrypt_pkcs8
from lcert_verifier.vocabulary import Algorithm

CHEAP = Cost(n=2, r=8, p=1)


def passphrase() -> bytes:
    return b"correct horse battery staple"


class FullDisk:
    """Makes the `nth` write to disk fail, as a full one does; the others reach it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, nth: int) -> None:
        self._left, self._sync = nth, os.fsync
        monkeypatch.setattr(os, "fsync", self)

    def __call__(self, descriptor: int) -> None:
        self._left -= 1
        if self._left == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        self._sync(descriptor)


@pytest.mark.parametrize("nth", [1, 2])
def test_a_full_disk_leaves_neither_half_of_a_key(
    nth: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FullDisk(monkeypatch, nth)
    with pytest.raises(KeyFileError, match="No space left"):
        create_key_file(tmp_path / "k.pem", Algorithm.ED25519, passphrase, cost=CHEAP)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_no_passphrase_that_was_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FullDisk(monkeypatch, 1)
    with pytest.raises(OSError, match="No space left"):
        create_passphrase_file(tmp_path / "passphrase")
    assert list(tmp_path.iterdir()) == []


def test_a_key_file_that_is_gone_when_it_is_needed_is_a_clear_fault(tmp_path: Path) -> None:
    signer = create_key_file(tmp_path / "k.pem", Algorithm.ES256, passphrase, cost=CHEAP)
    (tmp_path / "k.pem").unlink()
    with pytest.raises(KeyFileError, match="cannot be read"):
        signer.sign(b"data")
    with pytest.raises(KeyFileError, match="cannot be read"):
        signer.unlock()


def test_unlocking_tells_a_wrong_passphrase_before_it_matters(tmp_path: Path) -> None:
    path = tmp_path / "k.pem"
    create_key_file(path, Algorithm.ES256, passphrase, cost=CHEAP).unlock()
    with pytest.raises(PassphraseError):
        FileSigner(path, lambda: b"wrong").unlock()


def test_a_key_in_memory_is_always_unlocked() -> None:
    signer = LocalSigner.generate(Algorithm.ES384)
    signer.unlock()
    assert signer.alg is Algorithm.ES384
    assert len(signer.sign(b"data")) == 96


def test_another_kind_of_key_is_refused_when_its_file_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "k.pem"
    create_key_file(path, Algorithm.ES256, passphrase, cost=CHEAP)
    for private in (generate_rsa(65537, 2048), generate_private_key(SECP521R1())):
        der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(encrypt_pkcs8(der, passphrase(), cost=CHEAP))
        with pytest.raises(KeyFileError, match="P-256, P-384 and Ed25519"):
            FileSigner(path, passphrase).sign(b"data")
    assert public_path(path).exists()


def test_nothing_is_encrypted_under_an_empty_passphrase() -> None:
    with pytest.raises(ValueError, match="protects nothing"):
        encrypt_pkcs8(b"key", b"", cost=CHEAP)


def test_nobody_signs_a_trust_statement_without_a_root() -> None:
    with pytest.raises(ValueError, match="root signature"):
        sign_trust({"version": 1}, [])
