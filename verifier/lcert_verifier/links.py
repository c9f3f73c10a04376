"""The address of a certificate, as a QR code or a page gives it, and the token behind it.

`https://HOST/c/NUMBER` in any case of letters is fetched, and only from an origin that is trusted already;
`https://HOST/v#TOKEN` carries its token along. Anything else is no address of a certificate.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from .errors import EvidenceUnavailable, LcertError, Malformed
from .published import NotPublished, record_path, token_path
from .report import CHECKS, Check, Code, Outcome, Report, Verdict
from .sentences import Facts, sentence
from .strict_json import parse_json
from .urls import origin_of, parse_url
from .vocabulary import NUMBER_PATTERN

__all__ = ["Link", "is_link", "judge_link", "parse_link"]

_PATH: Final = re.compile(rf"/c/({NUMBER_PATTERN})(?:/([1-9][0-9]{{0,5}}))?(?:\.jwt)?/?(?:\?.*)?", re.I)
_MOST: Final = 70_000
_MAX_RECORD: Final = 4 * 1024 * 1024

Read = Callable[[str], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """`origin` in its one spelling, and a certificate's number (with an edition, if it names one) or a whole token."""

    origin: str
    number: str | None = None
    edition: int | None = None
    token: str | None = None

    @property
    def path(self) -> str:
        """The published path of the token: the edition named, else the one in force."""
        assert self.number is not None
        return token_path(self.number if self.edition is None else f"{self.number}/{self.edition}")


def is_link(text: str) -> bool:
    """Whether an input is meant as a URL."""
    return text[:8].lower().startswith(("http://", "https://"))


def parse_link(url: str) -> Link:
    """The certificate that `url` names. Malformed when it names none."""
    if len(url) > _MOST:
        raise Malformed("the URL is too long")
    plain, marked, fragment = url.partition("#")
    try:
        origin, path = origin_of(plain), parse_url(plain).path
    except ValueError as error:
        raise Malformed(str(error)) from None
    if marked and path.partition("?")[0].lower() in ("/v", "/v/"):
        return Link(origin=origin, token=fragment)
    match = _PATH.fullmatch(path)
    if match is None:
        raise Malformed("the URL is not that of a certificate")
    edition = int(match[2]) if match[2] else None
    return Link(origin=origin, number=match[1].upper(), edition=edition)


def judge_link(
    url: str,
    readers: Mapping[str, Read],
    verify: Callable[[str], Report],
    *,
    at: datetime | None = None,
    known_at: datetime | None = None,
) -> Report:
    """The Report on the certificate at `url`. `readers` are the trusted origins and how to read from each.

    An origin that is not trusted is not asked: `untrusted_issuer`. One that does not answer leaves the certificate
    undecided, as `trust_unavailable`; one that has no such certificate makes the URL `malformed`. A certificate with
    another number than the URL's is not accepted for it. `at` is the instant that is asked about: for one that has
    passed, the edition that was in force then is judged; with `known_at`, the one that was in force by what was known
    at that time.
    """
    try:
        link = parse_link(url)
    except Malformed as error:
        return _report(Code.MALFORMED, "form", str(error))
    if link.token is not None:
        return verify(link.token)
    read = readers.get(link.origin)
    if read is None:
        return _report(Code.UNTRUSTED_ISSUER, "issuer", f"{link.origin} is not trusted, and was not asked")
    if at is not None and link.edition is None:
        link = replace(link, edition=_edition_at(read, link, at, known_at))
    try:
        token = read(link.path).decode("ascii", "replace")
    except NotPublished:
        return _report(Code.MALFORMED, "form", f"{link.origin} publishes no certificate {link.number}")
    except EvidenceUnavailable as error:
        return _report(Code.TRUST_UNAVAILABLE, "trust", str(error))
    report = verify(token)
    found = report.credential
    if found is not None and (found.number != link.number or link.edition not in (None, found.edition)):
        return _report(Code.MALFORMED, "form", f"{link.origin} answered with another certificate, {found.id}")
    return report


def _edition_at(read: Read, link: Link, at: datetime, known_at: datetime | None) -> int | None:
    """The edition in force at `at`, by the public record; None to take the present one.

    Nobody signed the record, and nobody needs to: a wrong edition is found out when its token is judged.
    """
    from .entries import in_force
    from .then import record_then

    assert link.number is not None
    try:
        record = parse_json(read(record_path(link.number)), max_bytes=_MAX_RECORD)
        if not isinstance(record, dict):
            return None
        if known_at is None:
            edition = in_force(record["editions"], at)["edition"]
        else:
            then = record_then(record, at=at, known_at=known_at)
            edition = None if then is None else then.edition
    except (LcertError, LookupError, TypeError, ValueError):
        return None
    return edition if type(edition) is int and edition > 0 else None


def _report(code: Code, failed: str, detail: str) -> Report:
    """A Report without a token: the check `failed` gives the code, those before it never ran."""
    verdict = Verdict.INDETERMINATE if code is Code.TRUST_UNAVAILABLE else Verdict.REJECTED
    outcome = Outcome.UNKNOWN if verdict is Verdict.INDETERMINATE else Outcome.FAILED
    checks = (
        Check(name=name, outcome=outcome, detail=detail)
        if name == failed
        else Check(name=name, outcome=Outcome.SKIPPED)
        for name in CHECKS
    )
    return Report(
        verdict=verdict, code=code, sentence=sentence(code, Facts(verdict=verdict)), checks=tuple(checks)
    )
