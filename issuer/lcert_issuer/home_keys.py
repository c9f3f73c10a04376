"""The key files of an issuer's home, and the passphrase that opens them."""

from __future__ import annotations

import secrets

from lcert_keys import PassphraseSource, Signer, create_key_file, file_uri, passphrase_source
from lcert_verifier.vocabulary import Algorithm, KeyPurpose

from .settings import Settings

__all__ = ["make_key", "passphrase_of"]


def passphrase_of(settings: Settings) -> PassphraseSource:
    """Where the passphrase of a home's key files comes from: what was given, else the home's passphrase file."""
    return passphrase_source(settings.secrets, default_file=settings.passphrase_file)


def make_key(
    settings: Settings, passphrase: PassphraseSource, purpose: KeyPurpose, alg: Algorithm
) -> tuple[Signer, str]:
    """A new key file in the home's key folder, and the URI that finds it again wherever the home is moved."""
    signer = create_key_file(
        settings.keys_folder / f"{purpose.value}-{secrets.token_hex(4)}.pem", alg, passphrase
    )
    return signer, file_uri(signer.path, base=settings.home)
