"""One story of a certificate, whoever tells it: register, directory, interface, page, badge and structured data.

Dates pass without a worker here: what was published before must tell the same as what would be published now.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.support.chronicle import Chronicle, day, keep_chronicle

from lcert_issuer.certificate import ALLOWED, Action, CertificateState
from lcert_issuer.refusals import NotAllowed
from lcert_web.public import create_public_app

ORIGIN = "https://certs.example"
FIRST, LAST = date(2027, 1, 10), date(2027, 3, 10)


@dataclass
class Teller:
    """A programme and its public site."""

    chronicle: Chronicle
    site: FlaskClient

    def issue(self) -> str:
        """A certificate from FIRST through LAST."""
        bench = self.chronicle.bench
        return bench.issue(validFrom=FIRST.isoformat(), validThrough=LAST.isoformat())

    def publish(self) -> None:
        self.chronicle.publish()
        self.chronicle.bench.clock.move(seconds=2)  # the site keeps a list for one

    def sleep_until(self, text: str) -> None:
        """To the first instant of a day: no worker runs any more, but lists were signed half a day before."""
        clock, midnight = self.chronicle.bench.clock, day(text, 0)
        clock.now = midnight - timedelta(hours=12)
        self.publish()
        clock.now = midnight

    def get(self, path: str) -> Any:
        reply = self.site.get(path, base_url=ORIGIN)
        assert reply.status_code == 200, (path, reply.text)
        return reply.get_json() if reply.is_json or reply.mimetype.endswith("+json") else reply.text

    def states(self, number: str) -> dict[str, str]:
        """The state as each of those tells it that know six."""
        listed = self.get(f"/directory.json?q={number}")["certificates"]
        found = self.get("/v1/certificates?holder=quillwater")["certificates"]
        filtered = [
            state.value
            for state in CertificateState
            if any(c["number"] == number for c in self.get(f"/directory.json?state={state}")["certificates"])
        ]
        return {
            "register": self.chronicle.bench.state(number),
            "directory": listed[0]["state"],
            "filter": " ".join(filtered),
            "interface": self.get(f"/v1/certificates/{number}")["state"],
            "list": next(c["state"] for c in found if c["number"] == number),
        }

    def page(self, number: str) -> tuple[str, str]:
        """The word of the page, and its sentence."""
        text = self.get(f"/c/{number}")
        word, told = (
            re.search(rf'class="{name}"[^>]*>(.*?)</(?:h1|p)>', text, re.S)
            for name in ("verdict-word", "verdict-sentence")
        )
        assert word is not None
        assert told is not None
        return _plain(word[1]), _plain(told[1])

    def badge(self, number: str) -> str:
        found = re.search(r"<desc[^>]*>(.*?)</desc>", self.get(f"/badge/{number}.svg"), re.S)
        assert found is not None
        return _plain(found[1])

    def alt(self, path: str) -> str:
        """What the page at a path says in place of the badge."""
        found = re.search(r'"badge-preview"><img [^>]*alt="([^"]*)"', self.get(path))
        assert found is not None
        return html.unescape(found[1])


def _plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", text)).split())


@pytest.fixture
def teller(tmp_path: Path) -> Iterator[Teller]:
    with keep_chronicle(tmp_path / "home") as chronicle:
        chronicle.to("2027-01-04")
        site = create_public_app(
            storage=chronicle.storage,
            base_url=ORIGIN,
            issuer_name="L",
            registry=chronicle.bench.registry,
            clock=chronicle.bench.clock,
            quota=None,
        )
        yield Teller(chronicle, site.test_client())


Act = Callable[[Any, str], object]


def _withdraw(desk: Any, number: str) -> object:
    return desk.withdraw(number, reason="unlicensed-data")


def _ab_initio(desk: Any, number: str) -> object:
    return desk.withdraw(number, reason="unlicensed-data", effective="ab-initio")


def _first_day(desk: Any, number: str) -> object:
    return desk.withdraw(number, reason="unlicensed-data", effective=FIRST)


def _terminate(desk: Any, number: str) -> object:
    return desk.terminate(number, reason="holder-request")


def _suspend(desk: Any, number: str) -> object:
    return desk.suspend(number, reason="fee-unpaid")


def _nothing(_desk: Any, _number: str) -> object:
    return None


BEFORE, DURING, AFTER = "2027-01-05", "2027-02-01", "2027-03-11"
ENDED = "Ended at the holder’s request"
STORIES: list[tuple[Act, str, dict[str, tuple[str, str, str]]]] = [
    (_nothing, BEFORE, {
        BEFORE: ("scheduled", "Starts on 10 Jan 2027", "starts on 10 January 2027."),
        DURING: ("active", "Active", "is certified for"),
        AFTER: ("expired", "Expired", "expired after 10 March 2027."),
    }),
    (_withdraw, BEFORE, {
        BEFORE: ("withdrawn", "Withdrawn from the start", "was withdrawn or ended."),
        AFTER: ("withdrawn", "Withdrawn from the start", "was withdrawn or ended."),
    }),
    (_ab_initio, BEFORE, {BEFORE: ("withdrawn", "Withdrawn from the start", "was withdrawn or ended.")}),
    (_terminate, BEFORE, {BEFORE: ("terminated", f"{ENDED} since 5 Jan 2027", "was withdrawn or ended.")}),
    (_suspend, DURING, {
        DURING: ("suspended", "Suspended since 1 Feb 2027", "is suspended"),
        AFTER: ("expired", "Expired", "expired after 10 March 2027."),
    }),
    (_withdraw, DURING, {
        DURING: ("withdrawn", "Withdrawn since 1 Feb 2027", "was withdrawn or ended (as of"),
        AFTER: ("withdrawn", "Withdrawn since 1 Feb 2027", "was withdrawn or ended."),
    }),
    (_first_day, DURING, {DURING: ("withdrawn", "Withdrawn from the start", "was withdrawn or ended")}),
    (_terminate, DURING, {
        DURING: ("terminated", f"{ENDED} since 1 Feb 2027", "was withdrawn or ended (as of"),
        AFTER: ("terminated", f"{ENDED} since 1 Feb 2027", "was withdrawn or ended."),
    }),
    (_ab_initio, AFTER, {AFTER: ("withdrawn", "Withdrawn from the start", "was withdrawn or ended.")}),
]  # fmt: skip
"""What is done, when, and what is told on which day: state, the page's word, and a part of its sentence."""


def test_everybody_tells_the_same(teller: Teller) -> None:
    numbers = [teller.issue() for _ in STORIES]
    for today in (BEFORE, DURING, AFTER):
        teller.sleep_until(today)
        told = list(zip(numbers, STORIES, strict=True))
        for number, (_, acted, days) in told:
            if acted < today and today in days:
                _agree(teller, number, *days[today])
        for number, (act, acted, _) in told:
            if acted == today:
                act(teller.chronicle.bench.desk, number)
        teller.publish()
        for number, (_, acted, days) in told:
            if acted == today and today in days:
                _agree(teller, number, *days[today])


def _agree(teller: Teller, number: str, state: str, word: str, sentence: str) -> None:
    assert teller.states(number) == dict.fromkeys(
        ("register", "directory", "filter", "interface", "list"), state
    )
    shown, said = teller.page(number)
    assert shown == word
    assert sentence in said
    green = state == "active"
    assert teller.badge(number).startswith("L Certified:") is green
    assert teller.alt(f"/c/{number}") == teller.badge(number)
    status = teller.get(f"/c/{number}.jsonld")["certificationStatus"]
    assert status.endswith("/CertificationActive") is green
    assert (teller.get(f"/badge/{number}/shields.json")["message"] == "certified") is green
    record = teller.get(f"/v1/certificates/{number}")
    now = teller.chronicle.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    then = teller.get(f"/v1/certificates/{number}?at={now}")
    for name in ("state", "since", "reason", "abInitio", "currentEdition"):
        assert record.get(name) == then.get(name), name


@pytest.fixture
def renewed(teller: Teller) -> str:
    """Renewed with another scope, and then nobody published any more: the second term began a moment ago."""
    chronicle, number = teller.chronicle, teller.issue()
    chronicle.to(DURING)
    draft = chronicle.bench.draft(scope__statement="Narrow (text-to-music)", scope__covered__0__name="Narrow")
    chronicle.bench.desk.renew(number, through=date(2027, 6, 1), draft=draft)
    teller.sleep_until(AFTER)
    return number


def test_a_renewal_takes_over_everywhere_on_its_day(teller: Teller, renewed: str) -> None:
    _agree(teller, renewed, "active", "Active", "is certified for Narrow (text-to-music) until 1 June 2027")
    badge = teller.badge(renewed)
    assert badge.startswith(
        "L Certified: Narrow by Quillwater Audio Ltd. Licensed training data, to 1 Jun 2027."
    )
    data = teller.get(f"/c/{renewed}.jsonld")
    assert (data["validFrom"], data["expires"]) == ("2027-03-11", "2027-06-01")
    assert data["name"] == "L Certification: Narrow (text-to-music)"
    assert "Narrow" in teller.get(f"/oembed?url={ORIGIN}/c/{renewed}")["title"]
    assert teller.get(f"/v1/certificates/{renewed}")["scope"]["statement"] == "Narrow (text-to-music)"


def test_the_page_of_an_earlier_edition_describes_the_badge_that_it_shows(
    teller: Teller, renewed: str
) -> None:
    assert "Expired" in teller.get(f"/c/{renewed}/1")
    assert teller.alt(f"/c/{renewed}/1") == teller.alt(f"/c/{renewed}") == teller.badge(renewed)


def test_an_edition_that_waits_or_is_over_is_not_said_to_be_in_force(teller: Teller) -> None:
    chronicle, number = teller.chronicle, teller.issue()

    def told() -> list[str]:
        cells = re.findall(r'class="dates">.*?<td[^>]*>(.*?)</td>', teller.get(f"/c/{number}"), re.S)
        return [_plain(cell) for cell in cells]

    teller.publish()
    assert told() == ["in force from 10 Jan 2027"]
    chronicle.to(DURING)
    chronicle.bench.desk.renew(number, through=date(2027, 6, 1))
    teller.publish()
    assert told() == ["in force from 11 Mar 2027", "in force"]
    teller.sleep_until(AFTER)
    assert told() == ["in force", "replaced from 11 Mar 2027"]
    teller.sleep_until("2027-06-02")
    assert told() == ["ended on 1 Jun 2027", "replaced from 11 Mar 2027"]
    chronicle.bench.desk.withdraw(number, reason="unlicensed-data", effective="ab-initio")
    teller.publish()
    assert told() == ["withdrawn", "withdrawn"]


ACTS: dict[Action, Callable[[Any, str, Any], object]] = {
    Action.SUSPEND: lambda desk, number, _: desk.suspend(number, reason="fee-unpaid"),
    Action.REINSTATE: lambda desk, number, _: desk.reinstate(number, reason="remedied"),
    Action.WITHDRAW: lambda desk, number, _: _withdraw(desk, number),
    Action.WITHDRAW_AB_INITIO: lambda desk, number, _: _ab_initio(desk, number),
    Action.TERMINATE: lambda desk, number, _: _terminate(desk, number),
    Action.RENEW: lambda desk, number, _: desk.renew(number, through=LAST + timedelta(days=30)),
    Action.RESCOPE: lambda desk, number, draft: desk.rescope(number, draft),
    Action.CORRECT: lambda desk, number, draft: desk.correct(number, draft),
    Action.REKEY: lambda desk, number, _: desk.rekey(number),
    Action.APPEAL: lambda desk, number, draft: desk.appeal(number, draft),
}
ENDS = {
    Action.SUSPEND: "suspended",
    Action.REINSTATE: "active",
    Action.WITHDRAW: "withdrawn",
    Action.WITHDRAW_AB_INITIO: "withdrawn",
    Action.TERMINATE: "terminated",
    Action.APPEAL: "active",
}
"""What a certificate is after an action; others leave it as it is."""
INTO: dict[str, tuple[str, Act]] = {
    "scheduled": (BEFORE, _nothing),
    "active": (DURING, _nothing),
    "suspended": (DURING, _suspend),
    "withdrawn": (DURING, _withdraw),
    "terminated": (DURING, _terminate),
    "expired": (AFTER, _nothing),
}


def test_every_action_in_every_state_is_done_or_refused_and_then_changes_nothing(teller: Teller) -> None:
    bench, desk = teller.chronicle.bench, teller.chronicle.bench.desk
    numbers = {(state, action): teller.issue() for state in INTO for action in Action}
    for (state, action), number in numbers.items():
        when, into = INTO[state]
        if day(when) > teller.chronicle.now:
            teller.chronicle.to(when, 12)
        into(desk, number)
        assert bench.state(number) == state
        draft = bench.draft(validFrom=FIRST.isoformat(), validThrough=LAST.isoformat())
        before = bench.head()
        if state in ALLOWED[action]:
            ACTS[action](desk, number, draft)
            assert bench.state(number) == ENDS.get(action, state), action
            continue
        with pytest.raises(NotAllowed, match=f"{number} is {state}; to {action} it, it must be"):
            ACTS[action](desk, number, draft)
        assert (bench.head(), bench.state(number)) == (before, state), action
    assert {state for state, _ in numbers} == set(CertificateState)
