"""Edges of journal entries and of replaying them: the last instant before an entry counts, and the first after."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lcert_verifier.errors import Malformed
from lcert_verifier.journal_events import Event, parse_event, parse_record_event
from lcert_verifier.replay import Past, replay
from lcert_verifier.vocabulary import StatusValue

T0 = datetime(2027, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
BODY = {
    "v": 1,
    "kind": "issued",
    "effectiveAt": "2027-01-01T00:00:00Z",
    "recordedAt": "2027-01-02T00:00:00.5Z",
    "number": "N",
    "edition": 1,
    "credential": "C",
    "reason": "R",
    "kid": "K",
    "tokens": {"vc+jwt": "aa"},
}


def test_an_entry_is_read_as_it_is() -> None:
    event = parse_event(7, json.dumps(BODY).encode())
    assert event == Event(
        position=7,
        kind="issued",
        effective_at=T0,
        recorded_at=T0 + DAY + timedelta(seconds=0.5),
        number="N",
        edition=1,
        credential="C",
        reason="R",
        kid="K",
        tokens={"vc+jwt": "aa"},
    )
    assert event.to_json() == {
        "position": 7,
        "kind": "issued",
        "number": "N",
        "edition": 1,
        "reason": "R",
        "kid": "K",
        "effectiveAt": "2027-01-01T00:00:00Z",
        "recordedAt": "2027-01-02T00:00:00.500000Z",
    }
    short = {name: BODY[name] for name in ("v", "kind", "effectiveAt", "recordedAt")}
    bare = parse_event(0, json.dumps(short).encode())
    assert (bare.number, bare.edition, bare.credential, bare.reason, bare.kid, bare.tokens) == (
        *[None] * 5,
        {},
    )
    assert bare.to_json().keys() == {"position", "kind", "effectiveAt", "recordedAt"}


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"v": 2}, "unknown version"),
    ({"v": None}, "unknown version"),
    ({"kind": 1}, "unknown version"),
    ({"tokens": []}, "digests"),
    ({"tokens": {"a": 1}}, "digests"),
    ({"edition": 0}, "edition"),
    ({"edition": True}, "edition"),
    ({"edition": "1"}, "edition"),
    ({"number": 1}, "not a text"),
    ({"credential": 1}, "not a text"),
    ({"reason": 1}, "not a text"),
    ({"kid": 1}, "not a text"),
    ({"effectiveAt": 1}, "effectiveAt is not a time"),
    ({"effectiveAt": "2027-01-01T00:00:00+00:00"}, "effectiveAt is not a time"),
    ({"recordedAt": "soonZ"}, "recordedAt is not a time"),
    ({"recordedAt": None}, "recordedAt is not a time"),
]


@pytest.mark.parametrize(("members", "words"), WRONG, ids=repr)
def test_what_is_wrong_with_an_entry_is_told(members: dict[str, Any], words: str) -> None:
    with pytest.raises(Malformed, match=words):
        parse_event(0, json.dumps(BODY | members).encode())


def test_an_entry_is_an_object_of_bounded_length() -> None:
    with pytest.raises(Malformed, match="version"):
        parse_event(0, b"[]")
    data = json.dumps(BODY).encode()
    assert parse_event(0, data + b" " * (65_535 - len(data)))
    with pytest.raises(Malformed, match="longer"):
        parse_event(0, data + b" " * (65_536 - len(data)))


def test_an_event_of_a_record_is_read_as_it_is() -> None:
    item = {name: BODY[name] for name in BODY if name not in ("v", "tokens", "number")} | {"position": 3}
    event = parse_record_event("M", item)
    assert (event.position, event.kind, event.number, event.edition) == (3, "issued", "M", 1)
    assert (event.reason, event.kid, event.credential, event.tokens) == ("R", "K", None, {})
    assert (event.effective_at, event.recorded_at) == (T0, T0 + DAY + timedelta(seconds=0.5))
    for wrong in (None, [], {**item, "position": True}, {**item, "position": None}, {**item, "kind": 1}):
        with pytest.raises(Malformed, match="no such event"):
            parse_record_event("M", wrong)


def event(position: int, kind: str, day: float, edition: int | None = None, token: str = "") -> Event:
    when = T0 + day * DAY
    return Event(
        position=position,
        kind=kind,
        effective_at=when,
        recorded_at=when,
        edition=edition,
        tokens={"vc+jwt": token} if token else {},
    )


ISSUED = event(5, "issued", 0, 1, "aa")


def past(*events: Event, at: datetime, known: datetime | None = None) -> Past:
    return replay([ISSUED, *events], digest="aa", edition=1, at=at, known_at=known)


def value(*events: Event, day: float, known: float | None = None) -> StatusValue | None:
    return past(*events, at=T0 + day * DAY, known=None if known is None else T0 + known * DAY).value


def test_an_edition_is_there_from_its_issue_with_a_minute_of_grace() -> None:
    minute = timedelta(seconds=60)
    assert past(at=T0 - minute).value is StatusValue.VALID
    assert past(at=T0 - minute - TICK) == Past(value=None, issued=ISSUED)
    assert past(at=T0 + DAY, known=T0) == Past(value=StatusValue.VALID, issued=ISSUED)
    assert past(at=T0 + DAY, known=T0 - TICK).value is None


@pytest.mark.parametrize(
    ("kind", "edition", "told"),
    [
        ("suspended", None, StatusValue.SUSPENDED),
        ("withdrawn", None, StatusValue.INVALID),
        ("terminated", None, StatusValue.INVALID),
        ("renewed", 2, StatusValue.SUPERSEDED),
        ("activated", None, StatusValue.VALID),
        ("expired", None, StatusValue.VALID),
        ("superseded", None, StatusValue.VALID),
        ("abandoned", 2, StatusValue.VALID),
    ],
)
def test_an_entry_counts_from_its_instant(kind: str, edition: int | None, told: StatusValue) -> None:
    what = event(6, kind, 10, edition)
    assert past(what, at=T0 + 10 * DAY) == Past(
        value=told, issued=ISSUED, event=None if told is StatusValue.VALID else what
    )
    assert past(what, at=T0 + 10 * DAY - TICK).value is StatusValue.VALID
    assert past(what, at=T0 + 20 * DAY, known=T0 + 10 * DAY).value is told
    assert past(what, at=T0 + 20 * DAY, known=T0 + 10 * DAY - TICK).value is StatusValue.VALID


def test_what_ends_it_goes_before_what_replaces_it_and_that_before_what_stays_it() -> None:
    suspended, renewed = event(6, "suspended", 1), event(7, "renewed", 2, 2)
    withdrawn, again = event(8, "withdrawn", 3), event(9, "terminated", 4)
    assert past(suspended, renewed, withdrawn, again, at=T0 + 9 * DAY).event is withdrawn
    assert past(suspended, renewed, at=T0 + 9 * DAY).event is renewed
    assert past(suspended, renewed, event(8, "renewed", 3, 3), at=T0 + 9 * DAY).event is renewed
    assert value(suspended, event(7, "reinstated", 2), day=2) is StatusValue.VALID
    assert value(suspended, event(7, "reinstated", 2), day=1.9) is StatusValue.SUSPENDED


def test_what_is_still_to_come_hides_nothing_behind_it() -> None:
    assert value(event(6, "suspended", 30), event(7, "withdrawn", 5), day=10) is StatusValue.INVALID


def test_only_what_comes_after_the_issue_ends_it() -> None:
    for position, told in ((4, StatusValue.VALID), (5, StatusValue.VALID), (6, StatusValue.INVALID)):
        assert value(event(position, "withdrawn", 1), day=2) is told
    for position, told in ((4, StatusValue.VALID), (6, StatusValue.SUPERSEDED)):
        assert value(event(position, "renewed", 1, 2), day=2) is told


def test_an_appeal_lifts_a_suspension() -> None:
    suspended = event(1, "suspended", -2)
    appealed = event(3, "appealed", -1, 1, "aa")
    found = replay([suspended, appealed], digest="aa", edition=1, at=T0, known_at=None)
    assert (found.value, found.issued) == (StatusValue.VALID, appealed)
    other = replay([suspended, event(3, "issued", -1, 1, "aa")], digest="aa", edition=1, at=T0, known_at=None)
    assert other.value is StatusValue.SUSPENDED


def test_a_token_that_is_not_listed_has_no_past() -> None:
    assert replay([], digest="aa", edition=1, at=T0, known_at=None) == Past(value=None, issued=None)
    given_up = event(6, "abandoned", 1, 2)
    known = {"at": T0, "known_at": None}
    assert replay([given_up], digest="aa", edition=1, **known) == Past(value=None, issued=None)
    assert replay([given_up], digest="aa", edition=2, **known) == Past(
        value=StatusValue.INVALID, issued=None, event=given_up
    )
    assert replay([ISSUED], digest="bb", edition=1, **known).value is None
    with pytest.raises(Malformed, match="another edition"):
        replay([ISSUED], digest="aa", edition=2, **known)
    with pytest.raises(Malformed, match=r"unknown kind 'k{40}'$"):
        replay([event(6, "k" * 41, 1)], digest="aa", edition=2, **known)
