"""The profile: what the payload of a valid L Certification looks like, securing by securing (pure).

VCDM 2.0 data rules, the registered JWT claims, Open Badges 3.0's mandatory members, and the programme's own rules.
The verifier runs it after the signature; the issuer runs it on what it is about to sign, and asks for `complete`.
Members it does not know are ignored, as VCDM 2.0 says; what is known must be right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from .credential import Credential
from .errors import ClaimError, Malformed
from .fields import Fields
from .identity import credential_id, host_of, is_domain, parse_credential_id
from .parts import (
    CertificateFacts,
    DataBasis,
    Decision,
    Domain,
    Evidence,
    Holder,
    Scope,
    StatusReference,
)
from .reading import (
    DIGEST,
    parse_data_basis,
    parse_decision,
    parse_evidence,
    parse_holder,
    parse_scope,
)
from .references import read_references
from .vcdm import check_contexts, check_typed_members, check_types, check_url, read_datetime
from .vocabulary import (
    CREDENTIAL_TYPE,
    LIST_ENTRIES,
    NUMBER_PATTERN,
    PROGRAMME,
    SUBJECT_TYPE,
    Securing,
)

__all__ = ["MAX_TERM", "Judged", "check_certificate", "check_profile"]

MAX_TERM: Final = timedelta(days=366)
_MAX_INSTANT: Final = 2**33
_MAX_EDITION: Final = 999_999
_MAX_LISTS: Final = 1_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FORBIDDEN: Final = ("vc", "vp", "aud")
_NUMBER: Final = re.compile(NUMBER_PATTERN)
_CRITERIA: Final = re.compile(r"L-[0-9]{4}\.[0-9]{1,4}")
_COMPACT_ID: Final = re.compile(rf"({NUMBER_PATTERN})/([1-9][0-9]{{0,5}})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A subject that keeps the rules, and what it says."""

    of: Any
    """The very object."""
    by: tuple[str, bool]
    id: str
    facts: CertificateFacts
    holder: Holder
    scope: Scope
    data_basis: tuple[DataBasis, ...]
    evidence: tuple[Evidence, ...]
    decision: Decision


def check_profile(
    claims: Mapping[str, Any],
    *,
    securing: Securing,
    base_url: str,
    issuer: str,
    complete: bool = False,
    judged: list[Judged] | None = None,
) -> Credential:
    """The credential that `claims` state; raises ClaimError with the path of the first claim that breaks a rule.

    `issuer` and `base_url` come from the trust statement, and the claims must name exactly them. `complete` asks for
    what the issuer always writes and a verifier can do without: a status reference and the texts for other readers.
    `judged` remembers the subject from one call to the next: when the next claims hold the very same object, it is not
    judged again.
    """
    fields = Fields(dict(claims))
    for name in _FORBIDDEN:
        if name in fields:
            fields.fail(name, "must not be there")
    for name in ("iat", "nbf", "exp"):
        if name in fields:
            fields.integer(name, 0, _MAX_INSTANT)
    if securing is Securing.COMPACT:
        return _compact(fields, base_url, issuer)
    return _full(fields, securing, base_url, issuer, complete, [] if judged is None else judged)


def _compact(fields: Fields, base_url: str, issuer: str) -> Credential:
    if fields.text("iss") != host_of(base_url):
        fields.fail("iss", "is not the issuer's host")
    match = _COMPACT_ID.fullmatch(fields.text("jti"))
    if match is None:
        raise ClaimError("jti", "must be NUMBER/EDITION")
    number, edition = match.group(1), int(match.group(2))
    names = fields.text("dom", 16_384).split(" ")
    if not all(is_domain(name) for name in names) or len(set(names)) != len(names):
        fields.fail("dom", "must be different domain names with one space between them")
    first = _EPOCH + timedelta(seconds=fields.integer("nbf", 0, _MAX_INSTANT))
    last = _EPOCH + timedelta(seconds=fields.integer("exp", 0, _MAX_INSTANT))
    facts = CertificateFacts(
        number=number, edition=edition, valid_from=first.date(), valid_through=last.date()
    )
    place = fields.items("st", least=2, most=2)
    if not all(type(item) is int for item in place) or not (
        1 <= place[0] <= _MAX_LISTS and 0 <= place[1] < LIST_ENTRIES
    ):
        fields.fail("st", "must be the status list's number and an index in it")
    credential = Credential(
        id=credential_id(base_url, number, edition),
        securing=Securing.COMPACT,
        issuer=issuer,
        issuer_name=None,
        base_url=base_url,
        certificate=facts,
        holder=Holder(legal_name=fields.text("sub"), domains=tuple(Domain(name=name) for name in names)),
        scope=Scope(statement=fields.text("scp")),
        status=StatusReference(uri=f"{base_url}/status/token/{place[0]}", index=place[1]),
        issued_at=_instant(fields, "iat"),
    )
    _check_window(fields, credential)
    return credential


def _full(
    fields: Fields, securing: Securing, base_url: str, issuer: str, complete: bool, judged: list[Judged]
) -> Credential:
    badge = securing is Securing.OPENBADGE
    check_contexts(fields, base_url, badge=badge)
    check_types(fields, "type", ("VerifiableCredential", "OpenBadgeCredential", CREDENTIAL_TYPE))
    issuer_name = _check_issuer(fields, issuer)
    check_typed_members(fields)
    try:
        number, edition = parse_credential_id(fields.text("id"), base_url)
    except Malformed as error:
        raise ClaimError("id", str(error)) from error

    whole = fields.object("credentialSubject")
    by = base_url, complete or badge
    if judged and judged[0].of is fields.raw["credentialSubject"] and judged[0].by == by:
        subject = judged[0]
    else:
        subject = _judge_subject(whole, *by)
        judged[:] = [subject]
    if (subject.facts.number, subject.facts.edition) != (number, edition):
        fields.fail("id", "names another number or edition than the certificate")
    if badge and isinstance(fields.raw.get("credentialStatus"), list):
        fields.fail("credentialStatus", "must be one object in an Open Badge")
    status, bitstrings, unknown = read_references(fields, base_url)
    credential = Credential(
        id=credential_id(base_url, number, edition),
        securing=securing,
        issuer=issuer,
        issuer_name=issuer_name,
        base_url=base_url,
        certificate=subject.facts,
        holder=subject.holder,
        scope=subject.scope,
        data_basis=subject.data_basis,
        evidence=subject.evidence,
        decision=subject.decision,
        status=status,
        bitstrings=bitstrings,
        unknown_status=unknown,
        issued_at=_instant(fields, "iat"),
    )
    if read_datetime(fields, "validFrom") != credential.valid_from:
        fields.fail("validFrom", "differs from the certificate's")
    if read_datetime(fields, "validUntil") != credential.valid_until:
        fields.fail("validUntil", "differs from the end of the certificate's last day")
    _check_registered(fields, credential, subject.id)
    if complete and (status is None or len(bitstrings) < (2 if securing is Securing.VC_JWT else 1)):
        fields.fail("status", "must refer to the token status list and the bitstrings")
    return credential


def _judge_subject(subject: Fields, base_url: str, achieved: bool) -> Judged:
    """`achieved` asks for the achievement, without which nothing is an Open Badge."""
    check_types(subject, "type", ("AchievementSubject", SUBJECT_TYPE))
    facts = check_certificate(subject.object("certificate"), base_url)
    if achieved or "achievement" in subject:
        _check_achievement(subject.object("achievement"))
    holder = parse_holder(subject.object("holder"))
    name = subject.text("id", 2_048)
    if name != f"https://{holder.domains[0].name}/":
        subject.fail("id", "must be the URL of the holder's first domain")
    return Judged(
        of=subject.raw,
        by=(base_url, achieved),
        id=name,
        facts=facts,
        holder=holder,
        scope=parse_scope(subject.object("scope")),
        data_basis=parse_data_basis(subject),
        evidence=parse_evidence(subject),
        decision=parse_decision(subject.object("decision")),
    )


def check_certificate(fields: Fields, base_url: str) -> CertificateFacts:
    """Number, edition and dates, and how they must fit together."""
    facts = CertificateFacts(
        number=fields.pattern("number", _NUMBER, "a number such as LC-2026-0001"),
        edition=fields.integer("edition", 1, _MAX_EDITION),
        supersedes=fields.maybe_text("supersedes"),
        programme=fields.word("programme", (PROGRAMME,)),
        criteria=fields.pattern("criteria", _CRITERIA, "a version such as L-2026.1"),
        criteria_digest=fields.pattern("criteriaDigest", DIGEST, "sha256- and 43 characters of base64url"),
        assessed_on=fields.date("assessedOn"),
        granted_on=fields.date("grantedOn"),
        first_granted_on=fields.date("firstGrantedOn"),
        valid_from=fields.date("validFrom"),
        valid_through=fields.date("validThrough"),
    )
    _check_term(fields, facts.valid_from, facts.valid_through)
    if facts.assessed_on and facts.granted_on and facts.granted_on < facts.assessed_on:
        fields.fail("grantedOn", "is before the assessment")
    if facts.first_granted_on and facts.granted_on and facts.first_granted_on > facts.granted_on:
        fields.fail("firstGrantedOn", "is after the grant")
    if facts.edition == 1:
        if facts.supersedes is not None:
            fields.fail("supersedes", "must not be there in the first edition")
        return facts
    try:
        number, edition = parse_credential_id(facts.supersedes or "", base_url)
    except Malformed:
        number, edition = "", 0
    if number != facts.number or not 1 <= edition < facts.edition:
        fields.fail("supersedes", "must be the id of an earlier edition from the second one on")
    return facts


def _check_term(fields: Fields, first: date, last: date) -> None:
    if last < first:
        fields.fail("validThrough", "is before validFrom")
    if last - first >= MAX_TERM:
        fields.fail("validThrough", f"makes a term of more than {MAX_TERM.days} days")


def _check_window(fields: Fields, credential: Credential) -> None:
    """`nbf` and `exp` are the first second of the first day and the last second of the last."""
    for name, instant in (("nbf", credential.valid_from), ("exp", credential.valid_until)):
        if name in fields and fields.integer(name, 0, _MAX_INSTANT) != (instant - _EPOCH) // timedelta(
            seconds=1
        ):
            fields.fail(name, "is not the first or last second of the certificate's validity")
    _check_term(fields, credential.certificate.valid_from, credential.certificate.valid_through)


def _check_registered(fields: Fields, credential: Credential, subject_id: str) -> None:
    """The registered claims agree with the credential; an Open Badge has them all (Open Badges 3.0 section 8.2.4)."""
    for name, value in (("iss", credential.issuer), ("sub", subject_id), ("jti", credential.id)):
        if (name in fields or credential.securing is Securing.OPENBADGE) and fields.raw.get(name) != value:
            fields.fail(name, "differs from the credential")
    if credential.securing is Securing.OPENBADGE:
        for name in ("nbf", "exp"):
            fields.integer(name, 0, _MAX_INSTANT)
    _check_window(fields, credential)


def _check_issuer(fields: Fields, issuer: str) -> str:
    value = fields.object("issuer")
    if value.raw.get("id") != issuer:
        value.fail("id", "is not the trusted issuer")
    check_types(value, "type", ("Profile",))
    return value.text("name")


def _check_achievement(fields: Fields) -> None:
    check_types(fields, "type", ("Achievement",))
    check_url(fields, "id")
    for name in ("name", "description"):
        fields.text(name, 4_096)
    fields.maybe_text("achievementType")
    criteria = fields.object("criteria")
    if "id" in criteria:
        check_url(criteria, "id")


def _instant(fields: Fields, name: str) -> datetime | None:
    return _EPOCH + timedelta(seconds=fields.integer(name, 0, _MAX_INSTANT)) if name in fields else None
