"""What was so on a day, and what was known of it on another: the programme's stories, asked for after the event.

Each row is: the edition, the day asked about, the day whose knowledge counts (None: now), and the answer. Every row is
asked online and from a bundle, in every securing; of a verifier service over either; and of the public site's record.
"""

from __future__ import annotations

import json
import random
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.support.chronicle import Chronicle, day, keep_chronicle

from lcert_issuer.refusals import Refused
from lcert_verifier.commands.verifying import _judge_of
from lcert_verifier.inputs import Input
from lcert_verifier.links import judge_link
from lcert_verifier.lookup import Lookup
from lcert_verifier.report import Code, Verdict
from lcert_verifier.verify import Verifier
from lcert_verifier.vocabulary import Securing, StatusValue
from lcert_web.asking import Question
from lcert_web.public import create_public_app
from lcert_web.trusting import Judge
from lcert_web.verifier import create_verifier_app

Row = tuple[int, str, str | None, str]


@dataclass
class Told:
    """All stories, told once and published at the end; `numbers` by story."""

    chronicle: Chronicle
    numbers: dict[str, str] = field(default_factory=dict)
    verifiers: tuple[Verifier, ...] = ()
    services: tuple[FlaskClient, ...] = ()
    """Verifier services over each of `verifiers`."""
    site: FlaskClient | None = None
    lookup: Lookup | None = None
    """Of the bundle."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    with keep_chronicle(tmp_path_factory.mktemp("chronicle")) as chronicle:
        story = Told(chronicle)
        _tell(chronicle, story.numbers)
        story.verifiers = (chronicle.online(), chronicle.offline())
        story.services = tuple(_service(chronicle, verifier) for verifier in story.verifiers)
        story.site = create_public_app(
            storage=chronicle.storage,
            base_url="https://certs.example",
            issuer_name="L",
            registry=chronicle.bench.registry,
            clock=chronicle.bench.clock,
            quota=None,
        ).test_client()
        story.lookup = Lookup.from_bundle(chronicle.read("bundle.zip"), clock=chronicle.bench.clock)
        yield story


def _service(chronicle: Chronicle, verifier: Verifier) -> FlaskClient:
    app = create_verifier_app(verifier_factory=lambda: verifier, clock=chronicle.bench.clock, quota=None)
    return app.test_client()


def _tell(chronicle: Chronicle, numbers: dict[str, str]) -> None:
    bench, desk = chronicle.bench, chronicle.bench.desk

    def issue(name: str, days: int = 364) -> None:
        last = bench.today + timedelta(days=days)
        numbers[name] = bench.issue(validThrough=last.isoformat())

    chronicle.to("2027-01-04")
    for name in (
        "quiet",
        "suspended",
        "reduced",
        "ab initio",
        "from now",
        "back to",
        "re-keyed",
        "appeal",
        "ended",
    ):
        issue(name)
    issue("short", days=60)  # through 5 March
    chronicle.publish()
    chronicle.to("2027-02-01")
    desk.suspend(numbers["suspended"], reason="undisclosed-change")
    desk.rescope(numbers["reduced"], bench.draft(validThrough="2028-01-03", scope__statement="Less"))
    chronicle.to("2027-02-20")
    desk.reinstate(numbers["suspended"], reason="remedied")
    desk.rekey(numbers["re-keyed"])
    chronicle.to("2027-03-01")
    desk.renew(numbers["short"], through=date(2027, 9, 1))  # in its last week; takes over on 6 March
    desk.withdraw(numbers["appeal"], reason="criteria-not-met")
    desk.terminate(numbers["ended"], reason="holder-request")
    chronicle.publish()
    chronicle.to("2027-04-15")
    desk.withdraw(numbers["ab initio"], reason="unlicensed-data", effective="ab-initio")
    desk.withdraw(numbers["from now"], reason="mark-misuse")
    desk.withdraw(numbers["back to"], reason="unlicensed-data", effective=day("2027-03-20", 0))
    desk.appeal(numbers["appeal"], bench.draft(validThrough="2028-01-03"))
    chronicle.to("2027-05-10")
    chronicle.publish()


STORIES: dict[str, list[Row]] = {
    "quiet": [
        (1, "2027-01-03", None, "not_yet_valid"),
        (1, "2027-01-04", None, "valid"),
        (1, "2027-03-01", "2027-03-01", "valid"),
        (1, "2027-03-01", "2027-01-02", "not_yet_valid"),
        (1, "2028-01-04", None, "expired"),
    ],
    "suspended": [
        (1, "2027-01-20", None, "valid"),
        (1, "2027-02-10", None, "suspended"),
        (1, "2027-02-10", "2027-02-10", "suspended"),
        (1, "2027-02-10", "2027-01-20", "valid"),
        (1, "2027-02-25", None, "valid"),
        (1, "2027-02-25", "2027-02-10", "suspended"),
    ],
    "reduced": [
        (1, "2027-01-20", None, "valid"),
        (1, "2027-02-10", None, "superseded"),
        (1, "2027-02-10", "2027-01-20", "valid"),
        (2, "2027-01-20", None, "not_yet_valid"),
        (2, "2027-02-10", None, "valid"),
        (2, "2027-02-10", "2027-01-20", "not_yet_valid"),
    ],
    "ab initio": [
        (1, "2027-03-10", None, "revoked"),
        (1, "2027-03-10", "2027-03-10", "valid"),
        (1, "2027-03-10", "2027-04-16", "revoked"),
        (1, "2027-01-04", None, "revoked"),
        (1, "2027-04-20", "2027-04-10", "valid"),
    ],
    "from now": [
        (1, "2027-03-10", None, "valid"),
        (1, "2027-04-14", None, "valid"),
        (1, "2027-04-16", None, "revoked"),
        (1, "2027-04-16", "2027-04-14", "valid"),
    ],
    "back to": [
        (1, "2027-03-19", None, "valid"),
        (1, "2027-03-21", None, "revoked"),
        (1, "2027-03-21", "2027-03-21", "valid"),
    ],
    "re-keyed": [
        (1, "2027-02-10", None, "valid"),
        (1, "2027-02-21", None, "superseded"),
        (2, "2027-02-10", None, "not_yet_valid"),
        (2, "2027-02-21", None, "valid"),
    ],
    "appeal": [
        (1, "2027-02-10", None, "valid"),
        (1, "2027-03-10", None, "revoked"),
        (1, "2027-04-16", None, "revoked"),
        (2, "2027-03-10", None, "not_yet_valid"),
        (2, "2027-04-16", None, "valid"),
        (2, "2027-04-16", "2027-04-10", "not_yet_valid"),
    ],
    "ended": [
        (1, "2027-02-28", None, "valid"),
        (1, "2027-03-02", None, "revoked"),
        (1, "2027-03-02", "2027-02-28", "valid"),
    ],
    "short": [
        (1, "2027-03-05", None, "valid"),
        (1, "2027-03-06", None, "expired"),
        (1, "2027-03-05", "2027-02-28", "valid"),
        (2, "2027-03-05", None, "not_yet_valid"),
        (2, "2027-03-06", None, "valid"),
        (2, "2027-03-06", "2027-02-28", "not_yet_valid"),
    ],
}  # fmt: skip
CASES = [(name, *row) for name, rows in STORIES.items() for row in rows]


@pytest.mark.parametrize(("name", "edition", "at", "known_at", "code"), CASES)
def test_the_past_comes_out_as_it_was(
    told: Told, name: str, edition: int, at: str, known_at: str | None, code: str
) -> None:
    chronicle, number = told.chronicle, told.numbers[name]
    for securing in Securing:
        token = chronicle.token(number, edition, securing)
        for verifier in told.verifiers:
            report = chronicle.ask(verifier, token, at, known_at)
            assert report.code.value == code, (securing, report.checks)
            assert report.verdict is (Verdict.ACCEPTED if code == "valid" else Verdict.REJECTED)


@pytest.mark.parametrize(("name", "edition", "at", "known_at", "code"), CASES)
def test_the_interface_says_the_same(
    told: Told, name: str, edition: int, at: str, known_at: str | None, code: str
) -> None:
    number = told.numbers[name]
    asked = {"at": f"{at}T12:00:00Z", **({"known_at": f"{known_at}T12:00:00Z"} if known_at else {})}
    for service in told.services:
        reply = service.post("/v1/verify", json={"token": told.chronicle.token(number, edition), **asked})
        assert (reply.status_code, reply.get_json()["code"]) == (200, code)
    assert told.site is not None
    reply = told.site.get(f"/v1/certificates/{number}", query_string=asked, base_url="https://certs.example")
    record = reply.get_json()
    assert told.lookup is not None
    moments = {word: day(text[:10]) for word, text in asked.items()}
    found = told.lookup.get(number, **moments)
    listed = told.lookup.find(number=number, **moments)
    if reply.status_code == 404:
        assert code == "not_yet_valid", "nothing was known of it"
        assert (found, listed) == (None, [])
        return
    assert reply.status_code == 200
    assert found is not None
    assert [found.to_json()] == [item.to_json() for item in listed]
    fleeting = {"at": None, "knownAt": None}
    assert {**found.to_json(), **fleeting} == {**record, **fleeting}, "the bundle says what the site says"
    state, speaks = record["state"], record["currentEdition"]
    if code in ("superseded", "not_yet_valid"):
        assert speaks > edition if code == "superseded" else speaks < edition or state == "scheduled"
    elif speaks == edition:
        assert state in {"valid": ("active",), "revoked": ("withdrawn", "terminated")}.get(code, (code,))
    else:
        assert code in ("expired", "revoked")
        assert speaks > edition


def test_a_report_about_the_past_says_what_was_known_when(told: Told) -> None:
    token = told.chronicle.token(told.numbers["ab initio"])
    for verifier in told.verifiers:
        march = told.chronicle.ask(verifier, token, "2027-03-10", "2027-03-10")
        assert march.sentence.startswith("Valid on 10 March 2027, as known then: Quillwater Audio Ltd was")
        assert march.as_of.journal == told.chronicle.now
        now = told.chronicle.ask(verifier, token, "2027-03-10")
        assert now.sentence.startswith("Not valid on 10 March 2027: the certificate of Quillwater Audio Ltd")
        (status,) = [check for check in now.checks if check.name == "status"]
        assert "withdrawn, unlicensed-data, effective 2027-01-04T00:00:00Z" in status.detail
        assert "recorded 2027-04-15T09:00:00Z" in status.detail


def test_an_address_is_answered_by_the_edition_of_the_day(told: Told) -> None:
    chronicle, url = told.chronicle, f"https://certs.example/c/{told.numbers['reduced']}"
    readers = {"https://certs.example": chronicle.read}
    for verifier in told.verifiers:
        for at, edition in (("2027-01-20", 1), ("2027-02-10", 2), (None, 2)):
            moment = day(at) if at else None
            report = judge_link(url, readers, lambda t: verifier.verify(t, at=moment), at=moment)  # noqa: B023
            assert (report.code, report.credential and report.credential.edition) == (Code.VALID, edition)
        early = day("2026-12-01")
        report = judge_link(url, readers, lambda t: verifier.verify(t, at=early), at=early)  # noqa: B023
        assert report.code is Code.NOT_YET_VALID
        given = judge_link(f"{url}/2", readers, lambda t: verifier.verify(t, at=day("2027-01-20")), at=early)  # noqa: B023
        assert given.code is Code.NOT_YET_VALID, "an edition that is named is the one judged"


@pytest.mark.parametrize(
    ("at", "known_at", "edition", "code"),
    [
        ("2027-01-20", None, 1, "valid"),
        ("2027-02-10", None, 2, "valid"),
        ("2027-02-10", "2027-01-20", 1, "valid"),
        (None, "2027-01-20", 1, "valid"),
        (None, "2027-02-10", 2, "valid"),
        (None, "2026-12-20", 2, "not_yet_valid"),
        (None, None, 2, "valid"),
    ],
)
def test_a_service_and_the_command_judge_the_edition_of_the_day_behind_an_address(
    told: Told, monkeypatch: pytest.MonkeyPatch, at: str | None, known_at: str | None, edition: int, code: str
) -> None:
    chronicle, url = told.chronicle, f"https://certs.example/c/{told.numbers['reduced']}"
    asked = {name: day(text) if text else None for name, text in (("at", at), ("known_at", known_at))}
    for verifier in told.verifiers:
        judge = Judge(
            verifier, origins={"https://certs.example": chronicle.read}, clock=chronicle.bench.clock
        )
        report = judge.verify_url(url, Question(**asked))
        found = (report.credential and report.credential.edition, report.code.value)
        assert found == (edition, code), report.checks
        trust: Any = SimpleNamespace(readers={"https://certs.example": chronicle.read})
        setting: Any = SimpleNamespace(clock=chronicle.bench.clock)
        options = Namespace(**asked, domain=None, quiet=False, json=True, verbose=False)
        said = _judge_of(options, trust, verifier, setting, None)(Input(name=url, url=url))
        assert said.code.value == code
        assert json.loads(said.text)["credential"]["edition"] == edition


def test_tiles_are_read_once_and_then_only_what_is_new(told: Told) -> None:
    chronicle = told.chronicle
    verifier = chronicle.online()
    token = chronicle.token(told.numbers["quiet"])
    chronicle.reads.clear()
    for at in ("2027-02-01", "2027-03-01", "2027-04-01"):
        assert chronicle.ask(verifier, token, at).code is Code.VALID
    assert sum(path.startswith("log/tile/entries/") for path in chronicle.reads) == 1
    assert sum(path == "log/checkpoint" for path in chronicle.reads) == 1


def test_the_present_needs_no_history(told: Told) -> None:
    chronicle = told.chronicle
    verifier = chronicle.online()
    chronicle.reads.clear()
    assert verifier.verify(chronicle.token(told.numbers["quiet"])).code is Code.VALID
    assert not any(path.startswith("log/") for path in chronicle.reads)


def test_an_expired_bundle_still_tells_what_was_known_before_it_was_made(told: Told) -> None:
    chronicle = told.chronicle
    later = chronicle.now + timedelta(days=30)
    verifier = Verifier.from_bundle(chronicle.read("bundle.zip"), clock=lambda: later)
    token = chronicle.token(told.numbers["from now"])
    assert chronicle.ask(verifier, token, "2027-03-10", "2027-03-10").code is Code.VALID
    assert chronicle.ask(verifier, token, "2027-03-10", "2027-05-09").code is Code.VALID
    assert chronicle.ask(verifier, token, "2027-03-10").code is Code.STATUS_STALE
    assert chronicle.ask(verifier, token, "2027-03-10", "2027-05-20").code is Code.STATUS_STALE
    assert chronicle.ask(verifier, token, "2027-04-20").code is Code.REVOKED


@pytest.mark.parametrize("seed", range(4))
def test_the_verifier_recalls_what_the_issuer_said_at_the_time(tmp_path: Path, seed: int) -> None:
    """Whatever happens to a certificate: what its lists said on a day is what its journal says of that day later."""
    luck = random.Random(seed)
    said: list[tuple[datetime, str, int, StatusValue]] = []
    with keep_chronicle(tmp_path / "home") as chronicle:
        bench, desk = chronicle.bench, chronicle.bench.desk
        chronicle.to("2027-01-04")
        number = bench.issue()
        last = "2028-01-03"
        acts: list[Callable[[], object]] = [
            lambda: desk.suspend(number, reason="fee-unpaid"),
            lambda: desk.reinstate(number, reason="remedied"),
            lambda: desk.rescope(number, bench.draft(validThrough=last)),
            lambda: desk.rekey(number),
            lambda: desk.renew(number, through=date(2028, 12, 1)),
            lambda: desk.withdraw(number, reason="mark-misuse"),
            lambda: desk.appeal(number, bench.draft(validThrough=last)),
        ]
        for _ in range(14):
            bench.clock.move(days=luck.randrange(1, 14), hours=luck.randrange(10))
            with suppress(Refused):
                luck.choice(acts)()
            bench.clock.move(seconds=1)
            view = bench.view(number)
            said += [(chronicle.now, number, e.edition, view.status(e, chronicle.now)) for e in view.editions]
        bench.clock.move(days=1)
        chronicle.publish()
        verifiers = (chronicle.online(), chronicle.offline())
        codes = {
            StatusValue.VALID: (Code.VALID, Code.NOT_YET_VALID),
            StatusValue.INVALID: (Code.REVOKED, Code.NOT_YET_VALID),
            StatusValue.SUSPENDED: (Code.SUSPENDED, Code.NOT_YET_VALID),
            StatusValue.SUPERSEDED: (Code.SUPERSEDED, Code.NOT_YET_VALID),
        }
        for moment, number, edition, value in said:
            token = chronicle.token(number, edition)
            for verifier in verifiers:
                report = verifier.verify(token, at=moment, known_at=moment)
                wanted, waiting = codes[value]
                begun = report.credential is not None and report.credential.valid_from <= moment
                assert report.code is (wanted if begun else waiting), (moment, edition, value, report.checks)
