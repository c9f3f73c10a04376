"""Faults of the caller or the machine. Hostile input never raises out of `Verifier.verify`: it yields a Report."""

from __future__ import annotations

__all__ = [
    "BundleError",
    "ClaimError",
    "EvidenceUnavailable",
    "LcertError",
    "Malformed",
    "NotAccepted",
    "RollbackError",
    "TrustError",
]


class LcertError(Exception):
    """Base of every exception this package raises on purpose."""


class Malformed(LcertError, ValueError):  # noqa: N818 - a word of the trade, not a mistake in the program
    """Input that is not of the form it claims: token, key, list, image, bundle."""


class ClaimError(Malformed):
    """A claim that breaks the profile. `path` is the claim as written, e.g. `dataBasis[0].basis`."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path
        self.message = message


class EvidenceUnavailable(LcertError):  # noqa: N818
    """Evidence that could not be had: unreachable, timed out, refused by the fetcher, not in the bundle."""


class TrustError(LcertError):
    """Trust that is absent, expired, forged or wrongly configured."""


class BundleError(LcertError):
    """A bundle that cannot be used."""


class RollbackError(BundleError):
    """Evidence older than, or inconsistent with, what was seen before."""


class NotAccepted(LcertError):  # noqa: N818
    """Raised by `Report.require_accepted()`; carries the Report as `report`."""

    def __init__(self, report: object, message: str) -> None:
        super().__init__(message)
        self.report = report
