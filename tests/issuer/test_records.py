"""The public record: what it says in each state, and that it says nothing private."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from tests.support.press import BASE_URL, Press, press, press_template

from lcert_issuer import readmodel
from lcert_issuer.records import encode_record, public_record, same_record, token_file
from lcert_issuer.registry import journal
from lcert_issuer.registry.events import Kind
from lcert_verifier.vocabulary import Securing

__all__ = ["press", "press_template"]


def record(press: Press, number: str) -> dict[str, Any]:
    with press.registry.read() as session:
        view = readmodel.load_certificate(session, number)
        assert view is not None
        return public_record(view, base_url=BASE_URL, head=journal.head(session), now=press.now)


def test_an_active_certificate(press: Press) -> None:
    issued = press.issue()[0]
    found = record(press, issued.number)
    assert list(found) == [
        "number",
        "url",
        "state",
        "holder",
        "scope",
        "dataBasis",
        "evidence",
        "decision",
        "certificate",
        "currentEdition",
        "editions",
        "history",
        "journal",
        "publishedAt",
    ]
    assert found["url"] == f"{BASE_URL}/c/{issued.number}"
    assert found["state"] == "active"
    assert found["currentEdition"] == 1
    assert found["holder"]["legalName"] == "Quillwater Audio Ltd"
    assert found["certificate"]["validThrough"] == issued.valid_through.isoformat()
    assert found["editions"] == [
        {
            "edition": 1,
            "id": f"{BASE_URL}/c/{issued.number}/1",
            "kind": "issued",
            "validFrom": issued.valid_from.isoformat(),
            "validThrough": issued.valid_through.isoformat(),
            "status": "valid",
            "issuedAt": "2026-11-20T09:30:00Z",
            "kid": issued.kid,
            "tokens": {
                "vc+jwt": f"{BASE_URL}/c/{issued.number}/1.jwt",
                "openbadge": f"{BASE_URL}/c/{issued.number}/1.openbadge.jwt",
                "compact": f"{BASE_URL}/c/{issued.number}/1.compact.jwt",
            },
            "list": 1,
            "index": issued.list_index,
        }
    ]
    assert found["history"][0]["kind"] == "issued"
    assert found["journal"]["size"] == 5
    assert found["publishedAt"] == "2026-11-20T09:30:00Z"


def test_the_parts_are_those_of_the_signed_credential(press: Press) -> None:
    issued = press.issue()[0]
    press.publisher.publish()
    found = json.loads(press.read(f"c/{issued.number}.json"))
    credential = press.judge(issued).require_accepted().to_json()
    for part in ("holder", "scope", "dataBasis", "evidence", "decision", "certificate"):
        assert found[part] == credential[part]


@pytest.mark.parametrize(
    ("kind", "standing"),
    [
        (Kind.SUSPENDED, "suspended"),
        (Kind.WITHDRAWN, "withdrawn"),
        (Kind.TERMINATED, "terminated"),
    ],
)
def test_what_people_decided_is_said_with_since_when_and_why(press: Press, kind: Kind, standing: str) -> None:
    number = press.issue()[0].number
    press.now += timedelta(days=2)
    press.decide(number, kind, standing, reason="mark-misuse")
    found = record(press, number)
    assert (found["state"], found["since"], found["reason"]) == (
        standing,
        "2026-11-22T09:30:00Z",
        "mark-misuse",
    )
    assert found["history"][-1] == {
        "position": 5,
        "kind": kind.value,
        "reason": "mark-misuse",
        "effectiveAt": "2026-11-22T09:30:00Z",
        "recordedAt": "2026-11-22T09:30:00Z",
    }


def test_nothing_private_is_in_it(press: Press) -> None:
    number = press.issue()[0].number
    text = encode_record(record(press, number)).decode()
    for word in ("salt", "payload", "actor", '"test"', "fee"):
        assert word not in text


def test_it_is_one_line_so_that_bundles_hold_lines(press: Press) -> None:
    number = press.issue(holder__legalName='مثال \\u000a Ltd " {}')[0].number
    data = encode_record(record(press, number))
    assert data.endswith(b"}\n")
    assert data.count(b"\n") == 1


def test_only_when_and_where_from_does_not_make_it_another_record(press: Press) -> None:
    number = press.issue()[0].number
    old = encode_record(record(press, number))
    press.append_notice()
    press.now += timedelta(hours=1)
    assert same_record(old, record(press, number))
    press.decide(number, Kind.SUSPENDED, "suspended")
    assert not same_record(old, record(press, number))
    assert not same_record(None, record(press, number))
    assert not same_record(b"{", record(press, number))
    assert not same_record(b"[]", record(press, number))


def test_every_token_has_its_path() -> None:
    assert [token_file("LC-2026-0001", 2, securing) for securing in Securing] == [
        "c/LC-2026-0001/2.jwt",
        "c/LC-2026-0001/2.openbadge.jwt",
        "c/LC-2026-0001/2.compact.jwt",
    ]
