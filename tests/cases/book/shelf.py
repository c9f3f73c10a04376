"""The whole corpus: chapters in order, and what lies on disk for it."""

from __future__ import annotations

from .bundles import bundles
from .cases import Book
from .issuer import Issuer
from .pictures import pictures
from .profiles import profiles
from .states import states
from .status import status
from .tokens import tokens
from .trust import trust

__all__ = ["CRASHES", "corpus", "issuers"]

_CHAPTERS = (
    (1, states),
    (95, tokens),
    (310, profiles),
    (545, trust),
    (665, status),
    (785, bundles),
    (855, pictures),
)
CRASHES = 975
"""Cases from here on were found by fuzzing."""


def issuers() -> dict[str, Issuer]:
    """The issuers that cases trust, by name."""
    return {
        "certs": Issuer(),
        "other": Issuer(base_url="https://other.example", name="Another Office", family="other "),
    }


def corpus() -> dict[str, dict[str, bytes]]:
    """Every file below the folder of cases, by folder and path."""
    found: dict[str, dict[str, bytes]] = {}
    for name, issuer in issuers().items():
        found[f"issuers/{name}"] = {**issuer.site(), "bundle.zip": issuer.bundle()}
    certs = Issuer()
    for number, (first, chapter) in enumerate(_CHAPTERS):
        book = Book(certs, first)
        chapter(book)
        last = first + len(book.cases)
        limit = _CHAPTERS[number + 1][0] if number + 1 < len(_CHAPTERS) else CRASHES
        if last > limit:
            raise ValueError(
                f"chapter {chapter.__name__} needs numbers up to {last - 1}, and the next begins at {limit}"
            )
        for folder, case in book.folders():
            found[folder] = case.files()
    return found
