"""Certificates of every state, in every securing and wrapping, online and offline; instants and hosts asked about."""

from __future__ import annotations

from datetime import timedelta

from tests.support import images

from .cases import Book
from .issuer import SECURINGS, Issuer

__all__ = ["baked_png", "baked_svg", "states"]

_CODES = {
    "active": "valid",
    "suspended": "suspended",
    "withdrawn": "revoked",
    "terminated": "revoked",
    "expired": "expired",
    "scheduled": "not_yet_valid",
    "first-day": "valid",
    "last-day": "valid",
    "leap-term": "valid",
    "one-day": "valid",
    "replaced": "superseded",
    "replacing": "valid",
    "renewed": "expired",
    "renewal": "valid",
    "expired-withdrawn": "expired",
    "scheduled-withdrawn": "not_yet_valid",
    "first-entry": "valid",
    "two-domains": "valid",
    "company": "valid",
    "product": "valid",
}
_MAIN = ("active", "suspended", "withdrawn", "expired", "scheduled", "replaced")


def baked_png(token: str | bytes) -> bytes:
    return images.png(images.credential(token.encode() if isinstance(token, str) else token))


def baked_svg(token: str) -> bytes:
    return images.svg(f'<openbadges:credential verify="{token}"></openbadges:credential><path d="M0 0"/>')


def states(book: Book) -> None:
    issuer = book.issuer
    for state, code in _CODES.items():
        for securing in SECURINGS if state in _MAIN else ("vc+jwt",):
            about = f"A certificate that is {state.replace('-', ' ')}, secured as {securing}."
            book.add(
                f"{state}-{_slug(securing)}", code, about, "token.states", token=issuer.token(state, securing)
            )
    for state in _MAIN:
        token, code = issuer.token(state, "openbadge"), _CODES[state]
        about = f"A baked badge of a certificate that is {state}"
        book.add(f"{state}-png", code, f"{about}, as PNG.", "token.states", png=baked_png(token))
        book.add(f"{state}-svg", code, f"{about}, as SVG.", "token.states", svg=baked_svg(token))
        about = f"A certificate that is {state}, judged offline by a bundle."
        book.add(f"{state}-offline", code, about, "token.states", token=token, trust=("certs.zip",))
    _bits_only(book, issuer)
    for alg in ("ES384", "EdDSA"):
        other = Issuer(alg=alg)
        about = f"An issuer whose keys are {alg} throughout."
        book.add(
            f"issuer-of-{alg.lower()}", "valid", about, "token.alg", token=other.token(), site=other.site()
        )
    _instants(book, issuer)
    _hosts(book, issuer)


def _slug(securing: str) -> str:
    return securing.replace("+", "-")


def _bits_only(book: Book, issuer: Issuer) -> None:
    """Credentials that name the W3C mechanism alone."""
    for state, code in (("active", "valid"), ("suspended", "suspended"), ("withdrawn", "revoked")):
        claims = issuer.claims(state)
        del claims["status"]
        about = f"A certificate that is {state}, and refers to bitstring status lists alone."
        book.add(f"{state}-by-bitstrings", code, about, "token.states", token=issuer.token(claims=claims))
    claims = issuer.claims("active", "openbadge")
    del claims["status"]
    about = "An Open Badge with the revocation bitstring alone: nothing tells whether it is suspended."
    token = issuer.token(securing="openbadge", claims=claims)
    book.add("revocation-bit-alone", "status_unavailable", about, "status.mechanism", token=token)


def _instants(book: Book, issuer: Issuer) -> None:
    token, withdrawn = issuer.token(), issuer.token("withdrawn")
    day = issuer.now.date()
    asked = (
        ("at-before-the-list", "status_history_unavailable", {"at": f"{day}T09:00:00Z"}, token),
        ("at-before-validity", "not_yet_valid", {"at": f"{day - timedelta(days=30)}T00:00:00Z"}, token),
        ("at-after-validity", "expired", {"at": f"{day + timedelta(days=500)}T00:00:00Z"}, token),
        ("at-tomorrow", "status_stale", {"at": f"{day + timedelta(days=1)}T12:00:00Z"}, token),
        ("at-now", "valid", {"at": f"{day}T12:00:00Z"}, token),
        ("at-with-offset", "valid", {"at": f"{day}T14:00:00+02:00"}, token),
        ("at-within-leeway", "valid", {"at": f"{day}T12:01:00Z"}, token),
        ("at-beyond-leeway", "status_stale", {"at": f"{day}T12:01:01Z"}, token),
        ("withdrawn-at-before-the-list", "status_history_unavailable", {"at": f"{day}T09:00:00Z"}, withdrawn),
        ("withdrawn-at-tomorrow", "revoked", {"at": f"{day + timedelta(days=1)}T12:00:00Z"}, withdrawn),
        ("known-before-the-list", "status_history_unavailable", {"known_at": f"{day}T09:00:00Z"}, token),
        ("known-now", "valid", {"known_at": f"{day}T12:00:00Z"}, token),
    )
    for slug, code, ask, subject in asked:
        about = (
            "Asked for another instant: " + ", ".join(f"{name}={value}" for name, value in ask.items()) + "."
        )
        book.add(slug, code, about, "question.time", token=subject, ask=ask)
    midnight = issuer.now.replace(hour=0)
    ends = (
        ("last-second", "valid", midnight + timedelta(hours=23, minutes=59, seconds=59), "last-day"),
        ("after-the-last-second", "expired", midnight + timedelta(days=1), "last-day"),
    )
    for slug, code, clock, state in ends:
        about = f"The clock says {clock:%H:%M:%S} around the end of the last day, which has no leeway."
        book.add(slug, code, about, "token.validity", token=issuer.token(state), clock=clock)
    begins = midnight + timedelta(days=10)
    for slug, code, clock in (
        ("a-minute-early", "valid", begins - timedelta(seconds=60)),
        ("too-early", "not_yet_valid", begins - timedelta(seconds=61)),
    ):
        later = Issuer(now=clock, issued=issuer.issued)
        about = f"The clock says {clock:%H:%M:%S} before the first day begins; leeway is 60 seconds."
        token = issuer.token("scheduled")
        book.add(slug, code, about, "token.validity", token=token, clock=clock, site=later.site())
    claims = issuer.claims() | {"iat": int(issuer.now.timestamp()) + 3600}
    about = "Signed an hour in the future."
    book.add("signed-tomorrow", "not_yet_valid", about, "token.validity", token=issuer.token(claims=claims))


def _hosts(book: Book, issuer: Issuer) -> None:
    hosts = {
        "active.example": "valid",
        "ACTIVE.example": "valid",
        "www.active.example": "valid",
        "active.example:8443": "valid",
        "active.example.": "valid",
        "grimsbybeats.example": "domain_mismatch",
        "notactive.example": "domain_mismatch",
        "active.example.evil.example": "domain_mismatch",
        "active.example@evil.example": "domain_mismatch",
        "https://active.example/": "domain_mismatch",
        "аctive.example": "domain_mismatch",
        "active.example\u200b": "domain_mismatch",
        "*.active.example": "domain_mismatch",
        "example": "domain_mismatch",
    }
    for number, (host, code) in enumerate(hosts.items(), 1):
        about = f"Asked whether the badge may stand on {host!r}."
        ask = {"domain": host}
        book.add(f"host-{number:02d}", code, about, "question.domain", token=issuer.token(), ask=ask)
    ask = {"domain": "bücher.example"}
    about = "A host in Unicode is its A-label."
    book.add("host-in-unicode", "valid", about, "question.domain", token=issuer.token("two-domains"), ask=ask)
    about = "A withdrawn certificate on another host: what is worse comes first."
    ask = {"domain": "grimsbybeats.example"}
    token = issuer.token("withdrawn")
    book.add("withdrawn-on-another-host", "revoked", about, "question.domain", token=token, ask=ask)
    about = "Asked about a host that is empty: who could not tell it gets no yes."
    ask = {"domain": ""}
    book.add("host-empty", "domain_mismatch", about, "question.domain", token=issuer.token(), ask=ask)
