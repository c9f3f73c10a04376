"""The verifier's one plain sentence for every answer, in each language.

English is word for word `lcert_verifier.sentences` (a test holds them together). Names and dates are isolated, so
that a name in another script cannot reorder the sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from lcert_verifier.credential import Credential
from lcert_verifier.report import Code, Report, Verdict
from lcert_verifier.sentences import Facts

from .languages import Language
from .texts import Texts, texts

__all__ = ["facts_of", "sentence"]


def facts_of(report: Report, *, asked: datetime | None = None, host: str | None = None) -> Facts:
    """What a Report tells of its Facts. `asked` and `host`, what the caller asked about, a Report does not keep."""
    return Facts(
        verdict=report.verdict,
        asked=asked,
        issuer=report.credential.issuer_name if report.credential is not None else None,
        day=report.as_of.status,
        current=report.current_edition,
        host=host,
    )


def sentence(
    about: Report | Code, facts: Facts | None, language: str | Language, credential: Credential | None = None
) -> str:
    """The sentence of a Report, or of a code about a credential. Facts that are not given are read from the Report.

    With a bare code and no facts the certifier is not named and nothing is dated.
    """
    words = texts(language)
    if isinstance(about, Report):
        code, credential = about.code, about.credential
        facts = facts_of(about) if facts is None else facts
    else:
        code = about
        facts = Facts(verdict=Verdict.REJECTED) if facts is None else facts
    if credential is not None:
        return _about(code, facts, credential, words)
    return _general(code, facts, words)


def _general(code: Code, facts: Facts, words: Texts) -> str:
    _ = words.gettext
    issuer = words.isolate(facts.issuer) if facts.issuer else _("the certifier")
    match code:
        case Code.UNKNOWN_KEY if facts.verdict is Verdict.INDETERMINATE:
            return _(
                "Unknown: this is signed with a key that is not among the keys of %(issuer)s at hand, "
                "which may be out of date.",
                issuer=issuer,
            )
        case Code.UNKNOWN_KEY:
            return _("Not valid: this is not signed with a key of %(issuer)s.", issuer=issuer)
        case Code.KEY_COMPROMISED if facts.day:
            return _(
                "Not valid: the key that signed this was declared compromised on %(date)s.",
                date=words.long_date(facts.day),
            )
        case Code.KEY_COMPROMISED:
            return _("Not valid: the key that signed this was declared compromised.")
        case Code.MALFORMED:
            return _("Not valid: this is not an L Certification, or it was damaged.")
        case Code.WRONG_TYPE:
            return _("Not valid: this is another kind of document, not an L Certification.")
        case Code.TRUST_UNAVAILABLE:
            return _(
                "Unknown: the certifier's keys could not be checked, so nothing can be said about this certificate."
            )
        case Code.UNTRUSTED_ISSUER:
            return _("Not valid: this does not come from a certifier that is trusted here.")
        case Code.BAD_SIGNATURE:
            return _("Not valid: the signature is wrong, so this was forged or changed.")
        case Code.PROFILE_VIOLATION:
            return _(
                "Not valid: this is signed by %(issuer)s, but it is not a proper L Certification.",
                issuer=issuer,
            )
        case Code.STATUS_HISTORY_UNAVAILABLE:
            return _(
                "Unknown: the key that signed this was declared compromised later, and there is no proof at hand that "
                "this was recorded before."
            )
        case _:
            return _("Unknown: this could not be checked.")


def _about(code: Code, facts: Facts, credential: Credential, words: Texts) -> str:
    certificate = credential.certificate
    values: dict[str, object] = {
        "holder": words.isolate(credential.holder.legal_name),
        "scope": words.isolate(credential.scope.statement),
        "first": words.long_date(certificate.valid_from),
        "last": words.long_date(certificate.valid_through),
        "edition": credential.edition,
        "day": words.long_date(facts.asked) if facts.asked else "",
        "time": words.time(facts.day) if facts.day else "",
    }
    text = _core(code, facts, credential, words, values)
    if facts.current and code in {Code.EXPIRED, Code.SUPERSEDED}:
        newer = words.gettext("The current edition is %(url)s.", url=words.isolate(facts.current))
        return f"{text} {newer}"
    return text


def _core(code: Code, facts: Facts, credential: Credential, words: Texts, values: dict[str, object]) -> str:
    def _(message: str, /, **more: object) -> str:
        return words.gettext(message, **values, **more)

    match code:
        case Code.VALID:
            return _valid(facts, _)
        case Code.NOT_YET_VALID:
            return _("Not valid yet: the certificate of %(holder)s for %(scope)s starts on %(first)s.")
        case Code.EXPIRED:
            return _(
                "Not valid any more: the certificate of %(holder)s for %(scope)s expired after %(last)s."
            )
        case Code.REVOKED if facts.day:
            return _(
                "Not valid: the certificate of %(holder)s for %(scope)s was withdrawn or ended (as of %(time)s)."
            )
        case Code.REVOKED:
            return _("Not valid: the certificate of %(holder)s for %(scope)s was withdrawn or ended.")
        case Code.SUPERSEDED:
            return _(
                "Not valid any more: edition %(edition)s of the certificate of %(holder)s for %(scope)s was replaced."
            )
        case Code.SUSPENDED if facts.day:
            return _(
                "Not valid now: the certificate of %(holder)s for %(scope)s is suspended (as of %(time)s)."
            )
        case Code.SUSPENDED:
            return _("Not valid now: the certificate of %(holder)s for %(scope)s is suspended.")
        case Code.STATUS_INVALID:
            return _(
                "Not valid: the certificate of %(holder)s for %(scope)s does not fit the certifier's status list."
            )
        case Code.STATUS_STALE:
            return _stale(facts, _)
        case Code.STATUS_HISTORY_UNAVAILABLE if facts.asked:
            return _(
                "Unknown: the certificate of %(holder)s for %(scope)s is genuine, but its status on %(day)s "
                "cannot be told from what is at hand."
            )
        case Code.STATUS_HISTORY_UNAVAILABLE:
            return _(
                "Unknown: the certificate of %(holder)s for %(scope)s is genuine, but its status "
                "cannot be told from what is at hand."
            )
        case Code.DOMAIN_MISMATCH:
            return _(
                "Not valid here: the badge of %(holder)s for %(scope)s is licensed for %(domains)s, not for %(host)s.",
                domains=", ".join(words.isolate(name) for name in credential.domain_names),
                host=words.isolate(facts.host) if facts.host else words.gettext("the place given"),
            )
        case _:
            return _(
                "Unknown: the certificate of %(holder)s for %(scope)s is genuine and runs until %(last)s, "
                "but its present status could not be checked."
            )


def _valid(facts: Facts, _: Callable[[str], str]) -> str:
    if facts.asked:
        return _("Valid on %(day)s: %(holder)s was certified for %(scope)s until %(last)s.")
    return _("Valid: %(holder)s is certified for %(scope)s until %(last)s.")


def _stale(facts: Facts, _: Callable[[str], str]) -> str:
    if facts.asked and facts.day:
        return _(
            "Unknown: the certificate of %(holder)s for %(scope)s is genuine, but its status on %(day)s is not known; "
            "the latest known is of %(time)s."
        )
    if facts.asked:
        return _(
            "Unknown: the certificate of %(holder)s for %(scope)s is genuine, but its status on %(day)s is not known; "
            "nothing recent is known."
        )
    if facts.day:
        return _(
            "Unknown: the certificate of %(holder)s for %(scope)s is genuine, but its status is not known; "
            "the latest known is of %(time)s."
        )
    return _(
        "Unknown: the certificate of %(holder)s for %(scope)s is genuine, but its status is not known; "
        "nothing recent is known."
    )
