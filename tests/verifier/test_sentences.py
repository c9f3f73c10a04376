"""The sentence for every answer, as the person who scanned a badge reads it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.support.evidence import make_world

from lcert_verifier.credential import Credential, from_claims
from lcert_verifier.report import Code, Verdict
from lcert_verifier.sentences import Facts, plain_date, sentence
from lcert_verifier.vocabulary import Securing


def credential() -> Credential:
    world = make_world(edition=2)
    return from_claims(
        world.claims(), securing=Securing.VC_JWT, trust_base_url=world.base_url, issuer=world.issuer
    )


CREDENTIAL = credential()
DAY = datetime(2026, 3, 9, 7, 5, tzinfo=UTC)
LATER = datetime(2026, 3, 10, tzinfo=UTC)
GRANT = "the certificate of Quillwater Audio Ltd for Quillwater Compose 3.x (text-to-music)"


def told(code: Code, credential: Credential | None, verdict: Verdict = Verdict.REJECTED, **facts: Any) -> str:
    return sentence(code, Facts(verdict=verdict, **facts), credential)


@pytest.mark.parametrize(
    ("code", "facts", "words"),
    [
        (Code.MALFORMED, {}, "Not valid: this is not an L Certification, or it was damaged."),
        (Code.WRONG_TYPE, {}, "Not valid: this is another kind of document, not an L Certification."),
        (
            Code.TRUST_UNAVAILABLE,
            {},
            "Unknown: the certifier's keys could not be checked, so nothing can be said about this certificate.",
        ),
        (
            Code.UNTRUSTED_ISSUER,
            {},
            "Not valid: this does not come from a certifier that is trusted here.",
        ),
        (Code.UNKNOWN_KEY, {}, "Not valid: this is not signed with a key of the certifier."),
        (
            Code.UNKNOWN_KEY,
            {"issuer": "The Office"},
            "Not valid: this is not signed with a key of The Office.",
        ),
        (
            Code.UNKNOWN_KEY,
            {"issuer": "The Office", "verdict": Verdict.INDETERMINATE},
            "Unknown: this is signed with a key that is not among the keys of The Office at hand, which may be "
            "out of date.",
        ),
        (Code.KEY_COMPROMISED, {}, "Not valid: the key that signed this was declared compromised."),
        (
            Code.KEY_COMPROMISED,
            {"day": DAY},
            "Not valid: the key that signed this was declared compromised on 9 March 2026.",
        ),
        (Code.BAD_SIGNATURE, {}, "Not valid: the signature is wrong, so this was forged or changed."),
        (
            Code.PROFILE_VIOLATION,
            {"issuer": "The Office"},
            "Not valid: this is signed by The Office, but it is not a proper L Certification.",
        ),
        (
            Code.STATUS_HISTORY_UNAVAILABLE,
            {"verdict": Verdict.INDETERMINATE},
            "Unknown: the key that signed this was declared compromised later, and there is no proof at hand that "
            "this was recorded before.",
        ),
        (Code.STATUS_UNAVAILABLE, {}, "Unknown: this could not be checked."),
    ],
)
def test_of_a_token_whose_signature_is_not_sure_nothing_is_repeated(
    code: Code, facts: dict[str, Any], words: str
) -> None:
    assert told(code, None, **facts) == words


@pytest.mark.parametrize(
    ("code", "facts", "words"),
    [
        (
            Code.VALID,
            {},
            "Valid: Quillwater Audio Ltd is certified for Quillwater Compose 3.x (text-to-music) until "
            "22 November 2027.",
        ),
        (
            Code.VALID,
            {"asked": DAY},
            "Valid on 9 March 2026: Quillwater Audio Ltd was certified for Quillwater Compose 3.x (text-to-music) "
            "until 22 November 2027.",
        ),
        (Code.NOT_YET_VALID, {}, f"Not valid yet: {GRANT} starts on 23 November 2026."),
        (Code.EXPIRED, {}, f"Not valid any more: {GRANT} expired after 22 November 2027."),
        (
            Code.EXPIRED,
            {"current": "https://x/3"},
            f"Not valid any more: {GRANT} expired after 22 November 2027. The current edition is https://x/3.",
        ),
        (Code.REVOKED, {}, f"Not valid: {GRANT} was withdrawn or ended."),
        (
            Code.REVOKED,
            {"day": DAY},
            f"Not valid: {GRANT} was withdrawn or ended (as of 9 March 2026, 07:05 UTC).",
        ),
        (
            Code.SUPERSEDED,
            {"current": "https://x/3"},
            f"Not valid any more: edition 2 of {GRANT} was replaced. The current edition is https://x/3.",
        ),
        (Code.SUSPENDED, {}, f"Not valid now: {GRANT} is suspended."),
        (
            Code.SUSPENDED,
            {"day": DAY},
            f"Not valid now: {GRANT} is suspended (as of 9 March 2026, 07:05 UTC).",
        ),
        (Code.STATUS_INVALID, {}, f"Not valid: {GRANT} does not fit the certifier's status list."),
        (
            Code.STATUS_STALE,
            {},
            f"Unknown: {GRANT} is genuine, but its status is not known; nothing recent is known.",
        ),
        (
            Code.STATUS_STALE,
            {"day": DAY, "asked": LATER},
            f"Unknown: {GRANT} is genuine, but its status on 10 March 2026 is not known; the latest known is of "
            "9 March 2026, 07:05 UTC.",
        ),
        (
            Code.STATUS_HISTORY_UNAVAILABLE,
            {"asked": DAY},
            f"Unknown: {GRANT} is genuine, but its status on 9 March 2026 cannot be told from what is at hand.",
        ),
        (
            Code.DOMAIN_MISMATCH,
            {"host": "other.example"},
            "Not valid here: the badge of Quillwater Audio Ltd for Quillwater Compose 3.x (text-to-music) is "
            "licensed for quillwater.example, not for other.example.",
        ),
        (
            Code.DOMAIN_MISMATCH,
            {},
            "Not valid here: the badge of Quillwater Audio Ltd for Quillwater Compose 3.x (text-to-music) is "
            "licensed for quillwater.example, not for the place given.",
        ),
        (
            Code.STATUS_UNAVAILABLE,
            {},
            f"Unknown: {GRANT} is genuine and runs until 22 November 2027, but its present status could not be "
            "checked.",
        ),
    ],
)
def test_of_a_genuine_one_holder_scope_and_days_are_told(
    code: Code, facts: dict[str, Any], words: str
) -> None:
    assert told(code, CREDENTIAL, **facts) == words


@pytest.mark.parametrize(
    ("asked", "known", "on"),
    [
        (DAY, None, " on 9 March 2026"),
        (DAY, DAY.replace(hour=23), " on 9 March 2026, as known then"),
        (DAY, LATER, " on 9 March 2026, as known on 10 March 2026"),
        (None, LATER, ", as known on 10 March 2026"),
    ],
)
def test_the_past_is_told_with_its_days(asked: datetime | None, known: datetime | None, on: str) -> None:
    for code, words in (
        (Code.NOT_YET_VALID, f"edition 2 of {GRANT} had not taken effect."),
        (Code.REVOKED, f"{GRANT} was withdrawn or ended."),
        (Code.SUPERSEDED, f"edition 2 of {GRANT} had been replaced."),
        (Code.SUSPENDED, f"{GRANT} was suspended."),
    ):
        assert told(code, CREDENTIAL, past=True, asked=asked, known=known) == f"Not valid{on}: {words}"
    assert told(Code.VALID, CREDENTIAL, past=True, asked=asked, known=known).startswith(f"Valid{on}: ")


def test_months_have_their_names() -> None:
    assert [plain_date(date(2027, month, 31 if month == 12 else 1)) for month in (1, 12)] == [
        "1 January 2027",
        "31 December 2027",
    ]
