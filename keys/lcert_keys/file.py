"""Private keys in encrypted files: `NAME.pem` (PKCS#8), beside it the public JWK as `NAME.pem.pub.json`."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import NoReturn

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from lcert_verifier.errors import Malformed
from lcert_verifier.jose import parse_json
from lcert_verifier.jwk import PublicKey, parse_jwk
from lcert_verifier.vocabulary import Algorithm

from .errors import KeyFileError, KeyFileMissingError, PassphraseError
from .passphrase import Passphrase, PassphraseSource
from .pkcs8 import DEFAULT_COST, Cost, encrypt_pkcs8
from .signer import PrivateKey, generate_private, public_key_of, sign_with

__all__ = ["FileSigner", "create_key_file", "public_path"]

_MAX_KEY_BYTES = 16_384


class FileSigner:
    """Signs with the key in an encrypted file, which is decrypted at the first signature and then kept in memory.

    The public key comes from the file beside it, so that naming a key needs no passphrase. Threads may
    share a signer.
    """

    __slots__ = ("_lock", "_passphrase", "_path", "_private", "_public")

    def __init__(self, path: Path, passphrase: PassphraseSource) -> None:
        """Raises KeyFileError when the key file (KeyFileMissingError) or its public JWK is missing or damaged."""
        self._path = path
        self._passphrase = passphrase
        self._private: PrivateKey | None = None
        self._lock = threading.Lock()
        try:
            if not path.exists():
                raise KeyFileMissingError(
                    f"the key file {path} is missing: put it there, and {public_path(path).name} beside it"
                )
            self._public = parse_jwk(parse_json(public_path(path).read_bytes(), max_bytes=_MAX_KEY_BYTES))
        except OSError as fault:
            raise KeyFileError(
                f"the public half {public_path(path)} cannot be read: {fault.strerror}"
            ) from None
        except Malformed as fault:
            raise KeyFileError(f"the public half {public_path(path)} is damaged: {fault}") from None

    @property
    def path(self) -> Path:
        return self._path

    @property
    def thumbprint(self) -> str:
        return self._public.thumbprint

    @property
    def alg(self) -> Algorithm:
        return self._public.alg

    @property
    def public_key(self) -> PublicKey:
        return self._public

    def sign(self, data: bytes) -> bytes:
        return sign_with(self._open(), data)

    def unlock(self) -> None:
        """Decrypt now rather than at the first signature. Raises PassphraseError or KeyFileError."""
        self._open()

    def _open(self) -> PrivateKey:
        with self._lock:
            if self._private is None:
                private = _load(self._path, self._passphrase)
                if public_key_of(private).thumbprint != self._public.thumbprint:
                    raise KeyFileError(
                        f"the key in {self._path} does not belong to the public half beside it: restore both"
                    )
                self._private = private
            return self._private

    def __repr__(self) -> str:
        return f"<FileSigner {self.alg.value} {self.thumbprint}>"

    def __reduce_ex__(self, protocol: object, /) -> NoReturn:
        raise TypeError("a signer is not pickled or copied: open its file again")


def public_path(path: Path) -> Path:
    """Where the public JWK of the key file lies."""
    return path.with_name(path.name + ".pub.json")


def create_key_file(
    path: Path, alg: Algorithm, passphrase: PassphraseSource, *, cost: Cost = DEFAULT_COST
) -> FileSigner:
    """Make a key and write it, durable before this returns. Files have mode 0600, a folder made here 0700.

    Never overwrites: KeyFileError when either file is there. `cost` below the default is for tests.
    """
    private = generate_private(alg)
    public = public_key_of(private)
    secret = Passphrase(passphrase())
    if not secret:
        raise PassphraseError("an empty passphrase protects nothing")
    pem = encrypt_pkcs8(
        private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), secret, cost=cost
    )
    document = json.dumps(public.to_json(), sort_keys=True).encode() + b"\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_new(public_path(path), document)
        try:
            _write_new(path, pem)
        except OSError:
            public_path(path).unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
    except FileExistsError as fault:
        raise KeyFileError(f"{fault.filename} is there already, and keys are never overwritten") from None
    except OSError as fault:
        raise KeyFileError(f"the key file {path} cannot be written: {fault.strerror}") from None
    return FileSigner(path, passphrase)


def _load(path: Path, passphrase: PassphraseSource) -> PrivateKey:
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise KeyFileError(f"the key file {path} cannot be read: {fault.strerror}") from None
    if len(data) > _MAX_KEY_BYTES or b"-----BEGIN ENCRYPTED PRIVATE KEY-----" not in data:
        raise KeyFileError(f"{path} is not an encrypted PKCS#8 key in PEM")
    secret = Passphrase(passphrase())
    try:
        private = load_pem_private_key(data, password=secret)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # CBC has no integrity: a wrong passphrase and a damaged file look alike, so name both.
        raise PassphraseError(
            f"the key file {path} does not open: the passphrase is wrong or the file is damaged "
            "(LCERT_KEY_PASSPHRASE, LCERT_KEY_PASSPHRASE_FILE)"
        ) from None
    if not isinstance(private, EllipticCurvePrivateKey | Ed25519PrivateKey):
        raise KeyFileError(f"{path} holds a kind of key that is not used here: P-256, P-384 and Ed25519 are")
    return private


def _write_new(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
