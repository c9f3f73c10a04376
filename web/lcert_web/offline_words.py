"""What the page behind an offline code says, given to its script as data so that it is translated like the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from .language import N_
from .words import CHECKS, OUTCOMES

__all__ = ["page_words"]

_ANSWERS: Final[Mapping[str, tuple[str, str]]] = {
    # what is missing while, or because, the status could not be asked for
    "asking": (
        N_("Genuine"),
        N_("The signature is right. Asking whether the certificate still stands…"),
    ),
    "away": (
        N_("Genuine; status unknown"),
        N_(
            "You are offline. The signature is right, but the certificate may have been suspended or withdrawn since. "
            "Check again when you have a network."
        ),
    ),
    "unreachable": (
        N_("Genuine; status unknown"),
        N_(
            "The signature is right, but whether the certificate still stands could not be looked up. It may have been "
            "suspended or withdrawn since."
        ),
    ),
    "unsupported": (
        N_("Cannot be checked here"),
        N_("This browser cannot check signatures. Open the code with another one."),
    ),
    # the verifier's codes
    "valid": (N_("Active"), N_("Genuine, and certified now. Looked up a moment ago.")),
    "not_yet_valid": (N_("Not started"), N_("Genuine, and not valid before the first day below.")),
    "expired": (N_("Expired"), N_("Genuine, but it was valid only until the date below.")),
    "revoked": (N_("Withdrawn or ended"), N_("Genuine, but not valid any more: it was withdrawn or ended.")),
    "superseded": (
        N_("Replaced"),
        N_(
            "Genuine, but replaced by a newer edition of the same certificate, which may cover something else."
        ),
    ),
    "suspended": (N_("Suspended"), N_("Genuine, but not valid now. It may be reinstated.")),
    "malformed": (N_("Not a certificate"), N_("This code is damaged, incomplete or something else.")),
    "wrong_type": (N_("Not a certificate"), N_("This code holds another kind of document.")),
    "untrusted_issuer": (N_("Not genuine"), N_("This does not come from this certifier.")),
    "unknown_key": (N_("Not genuine"), N_("This is not signed with a key of this certifier.")),
    "key_compromised": (
        N_("Not valid"),
        N_("The key that signed this was stolen, so it proves nothing any more."),
    ),
    "bad_signature": (N_("Not genuine"), N_("The signature is wrong: this was forged or changed.")),
    "profile_violation": (N_("Not valid"), N_("This is signed, but it is not a proper L Certification.")),
    "status_invalid": (N_("Not valid"), N_("This does not fit the certifier’s list of certificates.")),
    # whatever else the verifier may answer
    "rejected": (N_("Not valid"), N_("This is not a valid L Certification.")),
    "indeterminate": (
        N_("Could not be checked"),
        N_("The certifier’s present keys are needed to check this. Try again with a network."),
    ),
    "accepted": (N_("Could not be checked"), N_("Try again with a network.")),
}


def page_words(gettext: Callable[[str], str]) -> dict[str, Any]:
    """Every text of the page's script in one language."""
    return {
        "answers": {
            code: {"word": gettext(word), "sentence": gettext(sentence)}
            for code, (word, sentence) in _ANSWERS.items()
        },
        "checks": {code: gettext(text) for code, text in CHECKS.items()},
        "outcomes": {code: gettext(text) for code, text in OUTCOMES.items()},
        "edition": gettext(N_("edition")),
    }
