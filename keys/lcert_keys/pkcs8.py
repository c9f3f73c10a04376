"""Encrypted PKCS#8 (RFC 5958 section 3): PBES2 with scrypt (RFC 7914 section 7) and AES-256-CBC.

Written out here because `cryptography` derives with 2,048 rounds of PBKDF2 and offers no other choice for
PKCS#8. What this writes is read back by `cryptography` and by `openssl pkey`.
"""

from __future__ import annotations

import base64
import secrets
import textwrap
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.padding import PKCS7

__all__ = ["DEFAULT_COST", "Cost", "encrypt_pkcs8"]

_PBES2 = "1.2.840.113549.1.5.13"
_SCRYPT = "1.3.6.1.4.1.11591.4.11"
_AES256_CBC = "2.16.840.1.101.3.4.1.42"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """scrypt's cost: `n` a power of two, memory is 128 * n * r bytes, time grows with n * r * p."""

    n: int
    r: int = 8
    p: int = 1


DEFAULT_COST = Cost(n=2**14, r=8, p=5)
"""16 MiB and about 150 ms: as much work as N = 2^17, p = 1. OpenSSL refuses to read a key that needs 32 MiB
(N = 2^15, r = 8), hence the parallelism instead of memory."""


def encrypt_pkcs8(private_key_info: bytes, passphrase: bytes, *, cost: Cost = DEFAULT_COST) -> bytes:
    """PEM `ENCRYPTED PRIVATE KEY` of the DER PrivateKeyInfo, under a fresh salt and IV."""
    if not passphrase:
        raise ValueError("an empty passphrase protects nothing")
    salt, iv = secrets.token_bytes(16), secrets.token_bytes(16)
    key = Scrypt(salt=salt, length=32, n=cost.n, r=cost.r, p=cost.p).derive(bytes(passphrase))
    padder = PKCS7(AES.block_size).padder()
    encryptor = Cipher(AES(key), CBC(iv)).encryptor()
    encrypted = encryptor.update(padder.update(private_key_info) + padder.finalize()) + encryptor.finalize()
    derivation = _sequence(
        _oid(_SCRYPT), _sequence(_octets(salt), _integer(cost.n), _integer(cost.r), _integer(cost.p))
    )
    encryption = _sequence(_oid(_AES256_CBC), _octets(iv))
    der = _sequence(_sequence(_oid(_PBES2), _sequence(derivation, encryption)), _octets(encrypted))
    body = "\n".join(textwrap.wrap(base64.b64encode(der).decode(), 64))
    return f"-----BEGIN ENCRYPTED PRIVATE KEY-----\n{body}\n-----END ENCRYPTED PRIVATE KEY-----\n".encode()


def _tlv(tag: int, content: bytes) -> bytes:
    """Tag, definite length in its shortest form, content (X.690 section 10.1)."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def _sequence(*parts: bytes) -> bytes:
    return _tlv(0x30, b"".join(parts))


def _octets(content: bytes) -> bytes:
    return _tlv(0x04, content)


def _integer(value: int) -> bytes:
    """A non-negative INTEGER; one more bit than the value needs keeps the sign bit clear."""
    return _tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _oid(dotted: str) -> bytes:
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    content = bytearray()
    for arc in (40 * first + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(0x80 | (arc & 0x7F))
        content += bytes(reversed(groups))
    return _tlv(0x06, bytes(content))
