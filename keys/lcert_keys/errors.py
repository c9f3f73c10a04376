"""Faults of keys: missing, locked, in the wrong state. Messages say what to do and hold no key material."""

from __future__ import annotations

from lcert_verifier.errors import LcertError

__all__ = [
    "KeyFileError",
    "KeyFileMissingError",
    "KeyStateError",
    "KeysError",
    "PassphraseError",
    "UnknownSchemeError",
]


class KeysError(LcertError):
    """Base of the faults of this package."""


class KeyFileError(KeysError):
    """A key file that is missing, unreadable, damaged or not the key it is said to be."""


class KeyFileMissingError(KeyFileError):
    """A key file that is not where it should be: lost, or kept apart until it is needed."""


class PassphraseError(KeysError):
    """A passphrase that is missing or wrong."""


class KeyStateError(KeysError):
    """A change of key state that the life cycle of keys does not allow."""


class UnknownSchemeError(KeysError, ValueError):
    """A signer URI of a scheme that no back end serves."""
