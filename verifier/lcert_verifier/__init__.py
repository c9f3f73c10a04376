"""Verification of L Certification credentials: what a partner installs (`pip install lcert`).

`Verifier` decides, by a trust bundle (offline) or by what the issuer publishes (online); it returns a `Report` with a
verdict of three, a stable code and one plain sentence. Hostile input never raises.

>>> from lcert_verifier import Verdict, Verifier
>>> verifier = Verifier([])                      # or Verifier.from_bundle("l-certification.zip")
>>> report = verifier.verify("not a token")      # or Verifier.online("https://certs.example")
>>> report.verdict is Verdict.REJECTED
True
>>> report.code.value, report.sentence
('malformed', 'Not valid: this is not an L Certification, or it was damaged.')

Names are loaded when they are first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .credential import Credential
    from .errors import (
        BundleError,
        ClaimError,
        EvidenceUnavailable,
        LcertError,
        Malformed,
        NotAccepted,
        RollbackError,
        TrustError,
    )
    from .evidence import EvidenceSource, FetchedList, TrustView
    from .lookup import Coverage, Covers, Found, Lookup
    from .receipt import Receipt, check_receipt, make_receipt
    from .report import AsOf, Check, Code, Outcome, Report, Verdict
    from .trust import Trust, TrustedKey, read_trust
    from .verify import Verifier
    from .vocabulary import Algorithm, KeyPurpose, KeyState, Securing, StatusValue

__all__ = [
    "Algorithm",
    "AsOf",
    "BundleError",
    "Check",
    "ClaimError",
    "Code",
    "Coverage",
    "Covers",
    "Credential",
    "EvidenceSource",
    "EvidenceUnavailable",
    "FetchedList",
    "Found",
    "KeyPurpose",
    "KeyState",
    "LcertError",
    "Lookup",
    "Malformed",
    "NotAccepted",
    "Outcome",
    "Receipt",
    "Report",
    "RollbackError",
    "Securing",
    "StatusValue",
    "Trust",
    "TrustError",
    "TrustView",
    "TrustedKey",
    "Verdict",
    "Verifier",
    "check_receipt",
    "make_receipt",
    "read_trust",
]

_HOMES: Final = {
    "credential": ("Credential",),
    "errors": (
        "BundleError",
        "ClaimError",
        "EvidenceUnavailable",
        "LcertError",
        "Malformed",
        "NotAccepted",
        "RollbackError",
        "TrustError",
    ),
    "evidence": ("EvidenceSource", "FetchedList", "TrustView"),
    "lookup": ("Coverage", "Covers", "Found", "Lookup"),
    "receipt": ("Receipt", "check_receipt", "make_receipt"),
    "report": ("AsOf", "Check", "Code", "Outcome", "Report", "Verdict"),
    "trust": ("Trust", "TrustedKey", "read_trust"),
    "verify": ("Verifier",),
    "vocabulary": ("Algorithm", "KeyPurpose", "KeyState", "Securing", "StatusValue"),
}
_HOME_OF: Final = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    module = _HOME_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{module}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
