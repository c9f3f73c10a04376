"""One verification, step by step, in the order of `report.CHECKS`. The first step that fails names the code.

Status is asked for only when everything before it passed, and nothing a token says is believed before its signature
verified with a key of the issuer it names.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from .again import LEEWAY, Grounds, grounds_of
from .answers import Stop, accepted, stopped
from .asking import check_compromise, current_edition, journal_time
from .credential import Credential
from .errors import ClaimError, LcertError, Malformed
from .evidence import EvidenceSource, TrustView
from .hosts import is_licensed_host
from .identity import host_of
from .jose import MAX_TOKEN, Parsed, parse_json, split, verify_signature
from .known import Known, KnownTokens
from .policy import check_profile
from .report import CHECKS, AsOf, Code, Report
from .spelling import Spelling
from .standing import Case, Question, Standing, find_standing
from .status.lists import ListMemory
from .trust import TrustedKey
from .vocabulary import BITSTRING_LIST_CREDENTIAL, KeyPurpose, KeyState, Securing

__all__ = ["Judging"]

_SECOND: Final = timedelta(seconds=1)
_PROFILE: Final = CHECKS.index("profile")
_LOG: Final = logging.getLogger("lcert_verifier")

_BY_TYP: Final = {"vc+jwt": Securing.VC_JWT, "lc+jwt": Securing.COMPACT}
_BADGE_HEADERS: Final = frozenset({"alg", "kid", "jwk"})
"""Open Badges 3.0 section 8.2.4.1 allows no more, but for a `typ` that ours never has."""
# What a fault of ours is called, by the step it happens in: never accepted, and never more than is known.
_FAULT: Final = (
    Code.MALFORMED,
    Code.WRONG_TYPE,
    Code.TRUST_UNAVAILABLE,
    Code.UNTRUSTED_ISSUER,
    Code.UNKNOWN_KEY,
    Code.BAD_SIGNATURE,
    Code.PROFILE_VIOLATION,
    Code.NOT_YET_VALID,
    Code.STATUS_UNAVAILABLE,
    Code.DOMAIN_MISMATCH,
)


class Judging:
    """The state of one verification; `run` gives the Report."""

    __slots__ = (
        "accept",
        "credential",
        "domain",
        "key",
        "known",
        "known_tokens",
        "memory",
        "parsed",
        "passed",
        "question",
        "securing",
        "source",
        "sources",
        "spelling",
        "standing",
        "token",
        "view",
    )

    parsed: Parsed
    securing: Securing
    source: EvidenceSource
    memory: ListMemory
    key: TrustedKey

    def __init__(
        self,
        token: str | bytes,
        sources: Sequence[tuple[EvidenceSource, ListMemory]],
        question: Question,
        domain: str | None,
        accept: frozenset[Securing],
        known_tokens: KnownTokens,
        spelling: Spelling,
    ) -> None:
        self.token = token
        self.spelling = spelling
        self.known_tokens = known_tokens
        self.known: Known | None = None
        self.sources = sources
        self.question = question
        self.domain = domain
        self.accept = accept
        self.passed = 0
        self.view: TrustView | None = None
        self.credential: Credential | None = None
        self.standing = Standing(code=Code.STATUS_UNAVAILABLE)

    def run(self) -> Report:
        """The Report. Never raises: a fault of this library is logged, and told as an answer that accepts nothing."""
        try:
            self._steps()
        except Stop as stop:
            if self.passed > _PROFILE and self.known is None:
                self._remember()
            return self._stopped(stop)
        except Exception as error:  # hostile input must not surface as an exception, whatever it found
            _LOG.exception("fault in the check %s", CHECKS[self.passed])
            return self._stopped(Stop(_FAULT[self.passed], f"fault: {type(error).__name__}"))
        assert self.credential is not None
        as_of = self._as_of()
        sure = self.key.state is not KeyState.COMPROMISED
        self._remember(grounds_of(self.source, self.credential, self.standing, as_of) if sure else None)
        return accepted(self.credential, question=self.question, domain=self.domain, as_of=as_of)

    def _steps(self) -> None:
        self._form()
        self.passed = 1
        self._type()
        self.passed = 2
        self._trust_and_issuer()
        self.passed = 4
        self._key()
        self.passed = 5
        self._signature()
        self.passed = 6
        self._profile()
        self.passed = 7
        self._validity()
        self.passed = 8
        self._status()
        self.passed = 9
        self._domain()

    def _form(self) -> None:
        """RFC 7515 compact serialisation, read strictly."""
        try:
            if isinstance(self.token, bytes):
                self.token = self.token.decode("ascii")
            self.known = self.known_tokens.recall(self.token) if isinstance(self.token, str) else None
            self.parsed = split(self.token, self.spelling.look)
        except UnicodeDecodeError:
            raise Stop(Code.MALFORMED, "the token holds characters that no token has") from None
        except Malformed as error:
            raise Stop(Code.MALFORMED, str(error)) from None

    def _type(self) -> None:
        """RFC 8725 section 3.11: the kind is explicit, and each kind is accepted only where it is meant to be."""
        header, types = self.parsed.header, self.parsed.payload.get("type")
        found = _BY_TYP.get(header["typ"]) if "typ" in header else Securing.OPENBADGE
        if found is None or found not in self.accept:
            raise Stop(Code.WRONG_TYPE, "its typ is not one that is accepted here")
        if found is Securing.VC_JWT and header.get("cty", "vc") != "vc":
            raise Stop(Code.WRONG_TYPE, "its cty is not vc")
        if found is Securing.OPENBADGE and not header.keys() <= _BADGE_HEADERS:
            raise Stop(Code.WRONG_TYPE, "its header holds what no Open Badge has")
        if types == BITSTRING_LIST_CREDENTIAL or (
            isinstance(types, list) and BITSTRING_LIST_CREDENTIAL in types
        ):
            raise Stop(Code.WRONG_TYPE, "it is a status list")
        self.securing = found

    def _trust_and_issuer(self) -> None:
        """The source whose trust names exactly the issuer that the token names."""
        issuer, now = self._issuer(), self.question.now
        unavailable = "no trust was given" if not self.sources else ""
        for source, memory in self.sources:
            try:
                view = source.trust(now)
            except (LcertError, OSError) as error:
                unavailable = str(error)
                continue
            trust = view.trust
            if trust.expires_at is not None and now >= trust.expires_at:
                unavailable = "the trust statement has expired"
                continue
            if issuer == (host_of(trust.base_url) if self.securing is Securing.COMPACT else trust.issuer):
                self.source, self.memory, self.view = source, memory, view
                return
        if unavailable:
            raise Stop(Code.TRUST_UNAVAILABLE, unavailable)
        self.passed = 3
        raise Stop(Code.UNTRUSTED_ISSUER, "no trusted issuer has the name that the token gives")

    def _issuer(self) -> Any:
        """The issuer's name as the token gives it."""
        payload, plain = self.parsed.payload, self.parsed.plain
        if plain is not None:
            return plain["did"]
        issuer: Any = payload.get("iss") if self.securing is Securing.COMPACT else payload.get("issuer")
        return issuer.get("id") if isinstance(issuer, dict) else issuer

    def _find_key(self) -> TrustedKey | None:
        assert self.view is not None
        kid = self.parsed.kid
        if kid is None:
            raise Stop(Code.UNKNOWN_KEY, "the token names no key")
        if self.securing is Securing.COMPACT:
            return self.view.trust.find_thumbprint(kid)
        return self.view.trust.find(kid)

    def _key(self) -> None:
        """The key of this issuer with this kid, meant for credentials and not compromised."""
        key = self._find_key()
        if key is None:
            try:
                self.view = self.source.trust(self.question.now, refresh=True)
            except (LcertError, OSError):
                fresh = False
            else:
                fresh = self.view.fresh and not self.source.offline
                key = self._find_key()
            if key is None:
                raise Stop(Code.UNKNOWN_KEY, "the issuer has no key of this name", undecided=not fresh)
        if KeyPurpose.ISSUER not in key.purposes:
            raise Stop(Code.UNKNOWN_KEY, "the key is not meant for credentials")
        self.key = key
        if key.state is KeyState.COMPROMISED:
            check_compromise(key, self.parsed, self.source)

    def _signature(self) -> None:
        assert self.view is not None
        if self.known is not None and not self.known.holds_for(self.key, self.view.trust):
            self.known = None
        if self.known is None and not verify_signature(self.parsed, self.key.key):
            same = self.parsed.alg == self.key.key.alg.value
            raise Stop(
                Code.BAD_SIGNATURE,
                "the signature does not verify" if same else "the algorithm is not the key's",
            )

    def _profile(self) -> None:
        assert self.view is not None
        if self.known is not None:
            self.credential = self.known.credential
            return
        parsed, trust = self.parsed, self.view.trust
        if parsed.plain is not None:
            assert isinstance(self.token, str)
            self.credential = self.spelling.credential(parsed.plain, self.token, self.securing, trust)
            if self.credential is not None:
                return
        payload = parsed.payload or parse_json(parsed.body, max_bytes=MAX_TOKEN)
        try:
            self.credential = check_profile(
                payload, securing=self.securing, base_url=trust.base_url, issuer=trust.issuer
            )
        except ClaimError as error:
            raise Stop(Code.PROFILE_VIOLATION, str(error)) from None

    def _remember(self, grounds: Grounds | None = None) -> None:
        """Keeps what was found out of the token itself, and by what it was accepted."""
        assert self.view is not None
        assert self.credential is not None
        assert isinstance(self.token, str)
        known = Known(self.key, self.view.trust, self.credential, grounds)
        self.known_tokens.keep(self.token, known)

    def _validity(self) -> None:
        """Leeway for the beginning only; the last day ends with its last second."""
        assert self.credential is not None
        credential, at = self.credential, self.question.at
        if at < credential.valid_from - LEEWAY:
            raise Stop(Code.NOT_YET_VALID, f"valid from {credential.certificate.valid_from.isoformat()}")
        if credential.issued_at is not None and credential.issued_at > self.question.now + LEEWAY:
            raise Stop(Code.NOT_YET_VALID, "it was signed in the future")
        if at >= credential.valid_until + _SECOND:
            raise Stop(Code.EXPIRED, f"valid through {credential.certificate.valid_through.isoformat()}")

    def _status(self) -> None:
        assert self.credential is not None
        assert self.view is not None
        try:
            found = find_standing(
                Case(self.credential, self.parsed, self.source, self.view, self.memory, self.question)
            )
        except (LcertError, OSError) as error:
            raise Stop(Code.STATUS_UNAVAILABLE, str(error)) from None
        self.standing = found
        if found.code is not Code.VALID:
            raise Stop(found.code, found.detail, day=found.made, past=found.past)

    def _domain(self) -> None:
        assert self.credential is not None
        if self.domain is not None and not is_licensed_host(self.domain, self.credential.domain_names):
            raise Stop(Code.DOMAIN_MISMATCH, "the host is not one the badge is licensed for")

    def _stopped(self, stop: Stop) -> Report:
        return stopped(
            stop,
            passed=self.passed,
            question=self.question,
            credential=self.credential,
            issuer=self.view.trust.name if self.view else None,
            domain=self.domain,
            current=self._newer() if stop.code in (Code.SUPERSEDED, Code.EXPIRED) else None,
            as_of=self._as_of(),
        )

    def _as_of(self) -> AsOf:
        if self.view is None:
            return AsOf()
        found = self.standing
        journal = found.journal or journal_time(self.source)
        return AsOf(keys=self.view.fetched_at, status=found.made, journal=journal)

    def _newer(self) -> str | None:
        assert self.credential is not None
        return current_edition(self.source, self.credential, self.question.now)
