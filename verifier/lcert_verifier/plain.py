"""Payloads in the spelling that issuers write, read by one pattern instead of a parser and rule after rule (pure).

What matches is strict JSON without a name twice, and nearly all of the profile holds: the pattern has the members in
their order, and a fact that is told in several places is a back reference. What does not match, or leaves a doubt, is
read by `strict_json` and `policy`, which alone define what is right: this may only say yes where they do
(tests/verifier/test_plain.py), so another spelling, an odd value or a lie costs time and never an answer.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from .countries import COUNTRIES
from .credential import Credential, Unread
from .parts import StatusReference
from .plain_grammar import COVERED, DOMAIN, EVIDENCE_ID, GROUND, compile_payload
from .reading import KINDS_OF_LEVEL, is_lei, is_spdx
from .spelling import Plain
from .vocabulary import LIST_ENTRIES, Securing

__all__ = ["credential_of", "match_plain"]

_NEVER: Final = bytes(range(32)) + b"\\\x7f"
"""Controls, and what begins an escape: in no payload that is read here."""
_DOUBTFUL: Final = re.compile(
    "[\\u0080-\\u009f\\u00a0\\u1680\\u2000-\\u200a\\u2028-\\u202f\\u205f\\u2066-\\u2069\\u3000\\ufdd0-\\ufdef\\ufeff"
    "\\ufffe\\uffff\\ud800-\\udfff]"
)
"""Beyond ASCII: what no text for people holds (see `fields`), and all white space, wherever it stands."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)
_LATEST: Final = 2**33
_LONGEST_TERM: Final = 365
"""Days from the first to the last; `policy.MAX_TERM` says the same."""
_LONGEST_BASE: Final = 150
_LONGEST_HOST: Final = 63
_MOST_DAYS: Final = 4_096

_pattern: Final = lru_cache(maxsize=None)(compile_payload)


def match_plain(body: bytes, securing: Securing) -> Plain | None:
    """The payload, if it is spelt as issuers spell it; None when it has to be parsed."""
    if len(body.translate(None, _NEVER)) != len(body):
        return None
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    if not text.isascii() and (_DOUBTFUL.search(text) or not unicodedata.is_normalized("NFC", text)):
        return None
    return _pattern(securing).fullmatch(text)


class _Days(dict[str, datetime]):
    """Midnights by ISO date, found once; a date that does not exist raises ValueError."""

    def __missing__(self, text: str) -> datetime:
        day = datetime.fromisoformat(text).replace(tzinfo=UTC)
        if len(self) >= _MOST_DAYS:
            self.clear()
        self[text] = day
        return day


_day: Final = _Days()
_ALMOST_A_DAY: Final = timedelta(hours=23, minutes=59, seconds=59)


def credential_of(
    plain: Plain, token: str, *, securing: Securing, base_url: str, issuer: str
) -> Credential | None:
    """The credential, if the rest of the profile holds as well; its parts are read when somebody asks for them.

    None is no verdict: `policy.check_profile` has to look. ISO dates are compared as the strings they are.
    """
    groups = plain.groups()
    if securing is Securing.OPENBADGE:
        groups = groups[6:] + groups[5:6]
    # fmt: off
    (
        base, id_, number, edition, did, issuer_name, granted, first, last, domain,
        before, assessed, first_granted,
        holder, trading_names, country, lei, checked, more_domains,
        level, statement, modalities, kind, versions, modality, cut_off, more_covered, not_covered,
        share, types, licenses, more_grounds, evidence, more_evidence, reviewer, decider, separation,
        place, index, iat,
    ) = groups
    # fmt: on
    try:
        begins, ends = _day[first], _day[last] + _ALMOST_A_DAY
        _day[granted], _day[assessed], _day[first_granted], _day[checked]
    except ValueError:
        return None
    signed, at = int(iat), int(index)
    if (
        base != base_url
        or did != issuer
        or len(base) > _LONGEST_BASE
        or not 0 <= (ends - begins).days <= _LONGEST_TERM
        or first_granted > granted
        or assessed > granted
        or not (edition == "1" if before is None else int(before) < int(edition))
        or country not in COUNTRIES
        or (lei is not None and not is_lei(lei))
        or len(domain) > _LONGEST_HOST
        or (trading_names is not None and not _differ(trading_names))
        or not _differ(modalities)
        or (not_covered and level == "company")
        or (separation == "independent" and reviewer == decider)
        or at >= LIST_ENTRIES
        or signed > _LATEST
        or not _fits(kind, versions, modality, cut_off, level, modalities)
        or (
            more_covered
            and not all(
                _fits(kind, versions, modality, cut_off, level, modalities)
                for kind, versions, modality, cut_off in COVERED.findall(more_covered)
            )
        )
        or not _add_up(share, types, licenses, more_grounds)
        or (more_evidence and not _ids_differ(evidence))
        or (securing is Securing.OPENBADGE and not _registered(plain, begins, ends))
    ):
        return None
    names = _domain_names(domain, more_domains) if more_domains else (domain,)
    if names is None:
        return None
    return Credential.unread(
        id_,
        securing,
        issuer,
        issuer_name,
        base_url,
        StatusReference(uri=f"{base_url}/status/token/{place}", index=at),
        datetime.fromtimestamp(signed, UTC),
        Unread(token, number, int(edition), begins, ends, holder, statement, names),
    )


def _differ(strings: str) -> bool:
    """Whether the strings of an array (its text, without the brackets) are all different; no quote is in any."""
    if '","' not in strings:
        return True
    items = strings[1:-1].split('","')
    return len(set(items)) == len(items)


def _is_day(text: str) -> bool:
    try:
        return bool(_day[text])
    except ValueError:
        return False


def _domain_names(first: str, more: str) -> tuple[str, ...] | None:
    found = DOMAIN.findall(more)
    names = (first, *(name for name, _ in found))
    fine = all(len(name) <= _LONGEST_HOST and _is_day(checked) for name, checked in found)
    return names if fine and len(set(names)) == len(names) else None


def _fits(
    kind: str, versions: str | None, modality: str, cut_off: str | None, level: str, modalities: str
) -> bool:
    """Whether a thing covered fits level and modalities (the text of their array, quotes included)."""
    return (
        kind in KINDS_OF_LEVEL[level]
        and modality in modalities
        and bool(versions or kind == "company")
        and (not cut_off or _is_day(cut_off))
    )


def _add_up(share: str | None, types: str | None, licenses: str | None, more: str) -> bool:
    """Whether the shares of all grounds can add up to 100 %, and lists hold different, proper items."""
    least = most = 0
    for band, kinds, names in ((share, types, licenses), *(GROUND.findall(more) if more else ())):
        low, high = _BAND[band]
        if low > high or high > 100 or (kinds and not _differ(kinds)) or (names and not _are_spdx(names)):
            return False
        least += low
        most += high
    return least <= 100 <= most


class _Bands(dict[str | None, tuple[int, int]]):
    """From and to how many per cent, by text; a ground that tells no share may be all or nothing."""

    def __missing__(self, text: str | None) -> tuple[int, int]:
        low, _, high = (text or "0-100").partition("-")
        if len(self) >= _MOST_DAYS:
            self.clear()
        self[text] = band = int(low), int(high or low)
        return band


_BAND: Final = _Bands()


@lru_cache(maxsize=256)
def _are_spdx(strings: str) -> bool:
    """Certificates share a handful of licences; a text that is kept is no longer than its pattern lets it be."""
    return _differ(strings) and all(map(is_spdx, strings[1:-1].split('","')))


def _ids_differ(evidence: str) -> bool:
    ids = EVIDENCE_ID.findall(evidence)
    return len(set(ids)) == len(ids)


def _registered(plain: Plain, begins: datetime, ends: datetime) -> bool:
    """Whether an Open Badge's registered claims say what the credential says."""
    return plain.group("iss", "sub", "jti", "nbf", "exp") == (
        plain["did"],
        f"https://{plain['domain']}/",
        plain["id"],
        str((begins - _EPOCH) // _SECOND),
        str((ends - _EPOCH) // _SECOND),
    )
