"""Who may sign, with what: signers behind one protocol, the ring of keys, and the documents that publish them.

>>> from lcert_keys import LocalSigner
>>> signer = LocalSigner.generate()
>>> len(signer.sign(b"anything"))
64
"""

from __future__ import annotations

from .documents import TRUST_LIFETIME, did_document, jwks, jwt_vc_issuer, sign_trust, trust_payload
from .errors import (
    KeyFileError,
    KeyFileMissingError,
    KeysError,
    KeyStateError,
    PassphraseError,
    UnknownSchemeError,
)
from .file import FileSigner, create_key_file, public_path
from .keyring import Key, Keyring, kid_of
from .open import file_uri, open_signer
from .passphrase import (
    Passphrase,
    PassphraseSource,
    create_passphrase_file,
    passphrase_source,
    read_passphrase_file,
)
from .pkcs8 import DEFAULT_COST, Cost
from .signer import LocalSigner, Signer

__all__ = [
    "DEFAULT_COST",
    "TRUST_LIFETIME",
    "Cost",
    "FileSigner",
    "Key",
    "KeyFileError",
    "KeyFileMissingError",
    "KeyStateError",
    "Keyring",
    "KeysError",
    "LocalSigner",
    "Passphrase",
    "PassphraseError",
    "PassphraseSource",
    "Signer",
    "UnknownSchemeError",
    "create_key_file",
    "create_passphrase_file",
    "did_document",
    "file_uri",
    "jwks",
    "jwt_vc_issuer",
    "kid_of",
    "open_signer",
    "passphrase_source",
    "public_path",
    "read_passphrase_file",
    "sign_trust",
    "trust_payload",
]
