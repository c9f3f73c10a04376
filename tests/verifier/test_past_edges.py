"""Edges of the past: which journal tells it, up to when it is the whole journal, and what it says then."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.support.edges import Issuer, Reads
from tests.support.evidence import NOW, make_world

from lcert_verifier.credential import Credential, from_claims
from lcert_verifier.errors import EvidenceUnavailable
from lcert_verifier.history import History, load_history
from lcert_verifier.jose import split
from lcert_verifier.past import past_standing
from lcert_verifier.report import Code
from lcert_verifier.standing import Case, Question, Standing
from lcert_verifier.status.lists import ListMemory, StatusList
from lcert_verifier.vocabulary import Securing

WORLD = make_world()
TOKEN = WORLD.token()
PARSED = split(TOKEN)
CREDENTIAL = from_claims(
    WORLD.claims(), securing=Securing.VC_JWT, trust_base_url=WORLD.base_url, issuer=WORLD.issuer
)
DAY = timedelta(days=1)
T0 = NOW - 10 * DAY


def text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def entry(kind: str, day: float, **more: Any) -> bytes:
    when = text(T0 + day * DAY)
    body = {"v": 1, "kind": kind, "number": CREDENTIAL.number, "effectiveAt": when, "recordedAt": when}
    return json.dumps({**body, **more}).encode()


ISSUED = entry("issued", 0, edition=1, tokens={"vc+jwt": PARSED.digest})


class Source:
    """A source that only has a history."""

    offline = False

    def __init__(self, entries: list[bytes]) -> None:
        issuer = Issuer(entries=entries)
        self.size, self.root = issuer.head()
        self.read = Reads(issuer.tiles())
        self.least: list[int] = []

    def history(self, now: datetime, *, least: int = 0) -> History:
        self.least.append(least)
        return load_history(self.read, self.size, self.root)


def listed(source: Source, day: float, **changes: Any) -> StatusList:
    made = T0 + day * DAY
    found = StatusList(
        uri="u", issued_at=made, expires_at=made, size=source.size, root=source.root, packed=b""
    )
    return replace(found, **changes)


def ask(
    *entries: bytes,
    at: float,
    known: float | None = None,
    fresh: bool = True,
    credential: Credential = CREDENTIAL,
    lists: Any = None,
    source: Any = None,
) -> Standing:
    source = source or Source([ISSUED, *entries])
    question = Question(
        at=T0 + at * DAY, asked=True, known_at=None if known is None else T0 + known * DAY, now=NOW
    )
    view: Any = None
    case = Case(credential, PARSED, source, view, ListMemory(), question)
    return past_standing(case, lists or [listed(source, 9)], fresh)


SUSPENDED, WITHDRAWN = entry("suspended", 2), entry("withdrawn", 4, reason="why")


@pytest.mark.parametrize(
    ("at", "code", "detail"),
    [
        (-1, Code.NOT_YET_VALID, f"it took effect on {text(T0)}, recorded on {text(T0)}"),
        (1, Code.VALID, ""),
        (
            3,
            Code.SUSPENDED,
            f"journal entry 1: suspended, effective {text(T0 + 2 * DAY)}, recorded {text(T0 + 2 * DAY)}",
        ),
        (
            5,
            Code.REVOKED,
            f"journal entry 2: withdrawn, why, effective {text(T0 + 4 * DAY)}, recorded {text(T0 + 4 * DAY)}",
        ),
    ],
)
def test_the_journal_tells_the_past(at: float, code: Code, detail: str) -> None:
    told = ask(SUSPENDED, WITHDRAWN, at=at)
    assert told == Standing(code=code, detail=detail, made=T0 + 9 * DAY, journal=T0 + 9 * DAY, past=True)


def test_what_is_known_now_needs_fresh_evidence_unless_it_ended() -> None:
    stale = ask(at=1, fresh=False)
    assert (stale.code, stale.detail) == (
        Code.STATUS_STALE,
        "the evidence is too old to tell what is known now",
    )
    assert ask(at=1, known=9, fresh=False).code is Code.VALID, "settled: the list knew all of it"
    assert ask(at=1, known=9.1, fresh=False).code is Code.STATUS_STALE
    assert ask(SUSPENDED, at=3, fresh=False).code is Code.STATUS_STALE
    assert ask(SUSPENDED, WITHDRAWN, at=5, fresh=False).code is Code.REVOKED
    assert ask(entry("renewed", 2, edition=2), at=5, fresh=False).code is Code.SUPERSEDED


def test_the_future_has_no_past() -> None:
    minute = timedelta(seconds=60)
    for at, code, detail in (
        (NOW + minute, Code.VALID, ""),
        (NOW + minute + timedelta(seconds=1), Code.STATUS_STALE, "the time asked about is still to come"),
    ):
        told = ask(at=(at - T0) / DAY)
        assert (told.code, told.detail) == (code, detail)
    assert ask(WITHDRAWN, at=20).code is Code.REVOKED


def test_a_token_that_the_journal_does_not_know() -> None:
    other = [entry("issued", 1, edition=1, tokens={"vc+jwt": "aa"})]
    for issued_at, code, detail in (
        (None, Code.STATUS_HISTORY_UNAVAILABLE, "the journal at hand does not know the token"),
        (T0 + 9 * DAY, Code.STATUS_INVALID, "the journal has no such token"),
        (
            T0 + 9 * DAY + timedelta(seconds=1),
            Code.STATUS_HISTORY_UNAVAILABLE,
            "the journal at hand does not know the token",
        ),
    ):
        credential = replace(CREDENTIAL, issued_at=issued_at)
        told = ask(source=Source(other), at=5, credential=credential)
        assert (told.code, told.detail) == (code, detail)


def test_the_history_goes_with_every_list() -> None:
    source = Source([ISSUED, SUSPENDED, WITHDRAWN])
    older = Source([ISSUED, SUSPENDED])
    lists = [listed(older, 3), listed(source, 5)]
    told = ask(source=source, at=1, lists=lists)
    assert (told.made, told.journal, told.code) == (T0 + 3 * DAY, T0 + 5 * DAY, Code.VALID)
    assert source.least == [3]
    for wrong in (listed(source, 9, root=bytes(32)), listed(older, 9, root=bytes(32))):
        refused = ask(source=source, at=1, lists=[listed(source, 9), wrong])
        assert (refused.code, refused.past) == (Code.STATUS_HISTORY_UNAVAILABLE, False)
        assert refused.detail == "the journal contradicts the status list"


def test_a_longer_list_than_the_journal_tells_of_nothing_after_it() -> None:
    source = Source([ISSUED, SUSPENDED])
    ahead = [listed(source, 9, size=3)]
    assert ask(source=source, at=1, lists=ahead).detail == (
        "the journal at hand ends before the status list was made"
    )
    assert ask(source=source, at=1, known=2, lists=ahead).code is Code.STATUS_HISTORY_UNAVAILABLE
    told = ask(source=source, at=1, known=1.9, lists=ahead, fresh=False)
    assert (told.code, told.journal) == (Code.VALID, T0 + 2 * DAY)


def test_without_a_history_the_past_is_unknown() -> None:
    lists = [listed(Source([ISSUED]), 9)]
    told = ask(source=object(), at=1, lists=lists)
    assert told == Standing(
        code=Code.STATUS_HISTORY_UNAVAILABLE,
        detail="the list is newer than the time asked about",
        made=T0 + 9 * DAY,
    )
    assert ask(source=Source([]), at=1).detail == "the journal is empty"
    assert ask(entry("noted", 1), at=1).detail.startswith("the journal has an entry of the unknown kind")

    class Down(Source):
        def history(self, now: datetime, *, least: int = 0) -> History:
            raise EvidenceUnavailable("down")

    assert ask(source=Down([ISSUED]), at=1).detail == "down"
