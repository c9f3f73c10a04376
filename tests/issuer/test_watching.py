"""Who watches hears of every change once, in order for each certificate, whatever receivers and crashes do."""

from __future__ import annotations

import contextlib
import itertools
import random
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError
from tests.support.registry import BASE_URL, Bench, crash
from tests.support.watching import Inbox, Post, a_partner, a_watch, post_room, watch_of

from lcert_issuer.clockwork import run_once
from lcert_issuer.refusals import Conflict, InvalidInput, NotFound
from lcert_issuer.registry.session import open_registry
from lcert_issuer.registry.watch_tables import ApiTokenRow, DeliveryRow, OutboxRow
from lcert_issuer.watching.delivering import GAVE_UP, Outcome, Retrying
from lcert_issuer.watching.fanning import fan_out
from lcert_issuer.watching.log import list_deliveries, replay
from lcert_issuer.watching.noticing import notice_expiry
from lcert_issuer.watching.partners import add_partner, add_token, authenticate, revoke
from lcert_issuer.watching.signing import signed_headers
from lcert_issuer.watching.watches import (
    MOST_WATCHES,
    Wish,
    delete_watch,
    enable_watch,
    ping_watch,
    rotate_secret,
)


@contextlib.contextmanager
def posting(bench: Bench, inbox: Inbox) -> Iterator[None]:
    """One round of the worker's post room."""
    with contextlib.closing(post_room(bench, inbox)) as room:
        room.once()
        yield


def deliver(bench: Bench, inbox: Inbox) -> None:
    with posting(bench, inbox):
        pass


def refuse(_: Post) -> Outcome:
    return Outcome(status=500, error="answered 500")


# Partners and tokens


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_token_opens_until_it_is_revoked_and_is_kept_nowhere(bench: Bench) -> None:
    partner, token = a_partner(bench)
    assert len(token.split("_", 2)[2]) >= 22  # 128 bits and more
    assert bench.ask(lambda s: authenticate(s, token)) == partner
    stored = bench.ask(lambda s: s.execute(select(ApiTokenRow)).scalars().one())
    assert token.startswith(stored.prefix)
    assert token not in str([stored.prefix, stored.digest])
    other = token[:-1] + ("A" if token[-1] != "A" else "B")
    for wrong in (other, "", token[:-1], token + "A", token.upper(), "lcert_aaaaaaaa_" + "A" * 43, "\0" * 64):
        assert bench.ask(lambda s, wrong=wrong: authenticate(s, wrong)) is None
    with bench.registry.write() as session:
        _, second = add_token(session, "Label & Co", now=bench.clock())
        revoke(session, stored.prefix, now=bench.clock())
    assert bench.ask(lambda s: authenticate(s, token)) is None
    assert bench.ask(lambda s: authenticate(s, second)) == partner
    with bench.registry.write() as session:
        revoke(session, "Label & Co", now=bench.clock())
    assert bench.ask(lambda s: authenticate(s, second)) is None
    with bench.registry.write() as session, pytest.raises(Conflict):
        add_token(session, "Label & Co", now=bench.clock())


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_names_of_partners_are_unique_and_plain(bench: Bench) -> None:
    a_partner(bench)
    for name, refusal in (("Label & Co", Conflict), ("", InvalidInput), ("a\nb", InvalidInput)):
        with bench.registry.write() as session, pytest.raises(refusal):
            add_partner(session, name, now=bench.clock())
    with bench.registry.write() as session, pytest.raises(NotFound):
        revoke(session, "nobody", now=bench.clock())


# What is watched


def test_each_change_reaches_the_watch_once_and_in_order(bench: Bench) -> None:
    partner, _ = a_partner(bench)
    number, other = bench.issue(), bench.issue()
    _, secret = a_watch(bench, partner, numbers=[number])
    inbox = Inbox()
    bench.desk.suspend(number, reason="fee-unpaid")
    bench.desk.suspend(other, reason="fee-unpaid")
    deliver(bench, inbox)
    bench.desk.reinstate(number, reason="remedied")
    bench.desk.rescope(number, bench.draft(scope__statement="Less"))
    bench.desk.withdraw(number, reason="unlicensed-data")
    deliver(bench, inbox)
    deliver(bench, inbox)
    assert [(kind, of) for kind, of, _ in inbox.shorts()] == [
        ("suspended", number),
        ("reinstated", number),
        ("rescoped", number),
        ("superseded", number),
        ("withdrawn", number),
    ]
    first = inbox.posts[0]
    assert first.event["data"]["reason"] == "fee-unpaid"
    assert first.event["data"]["url"] == f"{BASE_URL}/c/{number}"
    assert ("superseded", number, 1) in inbox.shorts()
    assert ("rescoped", number, 2) in inbox.shorts()
    assert len({post.id for post in inbox.posts}) == 5
    assert secret not in str(inbox.posts)


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_filter_watches_what_the_list_would_find(bench: Bench) -> None:
    cases: list[tuple[dict[str, str], bool]] = [
        ({}, True),
        ({"holder": "quillwater"}, True),
        ({"domain": "www.quillwater.example"}, True),
        ({"hf": "quillwater/compose-3"}, True),
        ({"covers": "Quillwater Compose@3.1"}, True),
        ({"modality": "music", "basis": "explicit-license"}, True),
        ({"modality": "image"}, False),
        ({"holder": "quillwater", "domain": "other.example"}, False),
        ({"sha256": "0" * 64}, False),
    ]
    partner, _ = a_partner(bench)
    for place, (criteria, _) in enumerate(cases):
        url = f"https://hooks.partner.example/{place}"
        a_watch(bench, partner, criteria=criteria, types=["certificate.issued"], url=url)
    number, inbox = bench.issue(), Inbox()
    bench.desk.suspend(number, reason="fee-unpaid")  # is not among the types
    deliver(bench, inbox)
    heard = {int(post.url.rpartition("/")[2]) for post in inbox.posts if post.short == ("issued", number, 1)}
    assert len(inbox.posts) == len(heard)
    for place, (criteria, hears) in enumerate(cases):
        assert (place in heard) == hears, criteria


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_who_watches_a_model_hears_that_it_left_the_scope(bench: Bench) -> None:
    partner, _ = a_partner(bench)
    number, inbox = bench.issue(), Inbox()
    a_watch(bench, partner, criteria={"covers": "Quillwater Compose"})
    bench.desk.rescope(number, bench.draft(scope__covered__0__name="Something Else"))
    deliver(bench, inbox)
    assert ("rescoped", number, 2) in inbox.shorts()


def test_ends_that_come_near_are_told_once_and_not_when_renewed(bench: Bench) -> None:
    partner, _ = a_partner(bench)
    number, renewed = bench.issue(), bench.issue()
    through = bench.view(number).editions[0].valid_through
    a_watch(bench, partner, numbers=[number, renewed])
    inbox = Inbox()
    for left, new in (
        (60, []),
        (31, []),
        (30, ["expiring_30"]),
        (29, []),
        (8, []),
        (7, ["expiring_7"]),
        (0, []),
        (-1, ["expired"]),
    ):
        bench.clock.to(through - timedelta(days=left))
        if left == 60:
            bench.desk.renew(renewed, through=through + timedelta(days=300))
        before = len(inbox.posts)
        run_once(bench.desk, bench.clock())
        for _ in range(2):
            assert notice_expiry(bench.registry, bench.clock()) in (0, 1)
        deliver(bench, inbox)
        told = [kind for kind, of, _ in inbox.shorts()[before:] if of == number]
        assert told == new, left
    assert {kind for kind, of, _ in inbox.shorts() if of == renewed} == {"renewed", "superseded", "activated"}


def test_an_event_waits_until_it_is_published_but_not_for_ever(bench: Bench) -> None:
    partner, _ = a_partner(bench)
    number = bench.issue()
    a_watch(bench, partner, numbers=[number])
    published = bench.head().size
    bench.desk.suspend(number, reason="fee-unpaid")
    assert fan_out(bench.registry, base_url=BASE_URL, now=bench.clock(), published=published) == 0
    assert fan_out(bench.registry, base_url=BASE_URL, now=bench.clock(), published=published + 1) == 1
    bench.desk.reinstate(number, reason="remedied")
    assert fan_out(bench.registry, base_url=BASE_URL, now=bench.clock(), published=published) == 0
    bench.clock.move(seconds=61)
    assert fan_out(bench.registry, base_url=BASE_URL, now=bench.clock(), published=published) == 1


def test_a_refused_change_leaves_no_event(bench: Bench) -> None:
    number = bench.issue()
    count = select(func.count()).select_from(OutboxRow)
    before = bench.ask(lambda s: s.execute(count).scalar_one())
    assert crash(lambda: bench.reopened().suspend(number, reason="fee-unpaid"), at="decide.after_append")
    assert bench.ask(lambda s: s.execute(count).scalar_one()) == before
    assert crash(lambda: bench.reopened().suspend(number, reason="fee-unpaid"), at="decide.after_commit")
    assert bench.ask(lambda s: s.execute(count).scalar_one()) == before + 1


# Delivering


def test_signatures_are_those_of_standard_webhooks(bench: Bench) -> None:
    partner, _ = a_partner(bench)
    number = bench.issue()
    watch, secret = a_watch(bench, partner, numbers=[number])
    bench.desk.suspend(number, reason="fee-unpaid")
    body = b'{"a": 1}'
    now = int(time.time())
    headers = signed_headers("evt_1", now, body, keys=[secret])
    assert Webhook(secret).verify(body, headers) == {"a": 1}
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body + b" ", headers)
    with bench.registry.write() as session:
        newer, until = rotate_secret(session, watch, now=bench.clock())
    assert newer != secret
    inbox = Inbox()
    deliver(bench, inbox)
    signatures = inbox.posts[0].headers["webhook-signature"].split(" ")
    assert len(signatures) == 2
    bench.clock.now = until + timedelta(seconds=1)
    bench.desk.reinstate(number, reason="remedied")
    deliver(bench, inbox)
    assert len(inbox.posts[1].headers["webhook-signature"].split(" ")) == 1


def test_a_failing_receiver_gets_the_same_event_later_and_the_order_holds(bench: Bench) -> None:
    partner, _ = a_partner(bench)
    number, other = bench.issue(), bench.issue()
    watch, _ = a_watch(bench, partner, numbers=[number, other])
    inbox = Inbox(answer=refuse)
    bench.desk.suspend(number, reason="fee-unpaid")
    deliver(bench, inbox)
    bench.desk.reinstate(number, reason="remedied")
    bench.desk.suspend(other, reason="fee-unpaid")
    deliver(bench, inbox)
    assert len(inbox.posts) == 1, "left alone for a while"
    bench.clock.move(seconds=10)
    deliver(bench, inbox)
    assert len(inbox.posts) == 2, "one event, to see whether it is back"
    assert watch_of(bench, watch).failures == 2
    inbox.answer = lambda _: None
    bench.clock.move(seconds=60)
    deliver(bench, inbox)
    bench.clock.move(seconds=60)
    deliver(bench, inbox)
    assert inbox.first_arrivals().keys() == {number, other}
    kinds = [kind for kind, of, _ in inbox.shorts() if of == number]
    assert kinds[-1] == "reinstated"
    assert set(kinds[:-1]) == {"suspended"}
    assert len({post.id for post in inbox.posts if post.short[0] == "suspended"}) == 2
    assert len({post.body for post in inbox.posts}) == 3, "the same bytes at every attempt"
    assert watch_of(bench, watch).failures == 0


def test_a_receiver_that_fails_for_days_is_disabled_and_catches_up_when_enabled(bench: Bench) -> None:
    partner, _ = a_partner(bench)
    number = bench.issue()
    watch, _ = a_watch(bench, partner, numbers=[number])
    inbox = Inbox(answer=refuse)
    bench.desk.suspend(number, reason="fee-unpaid")
    deliver(bench, inbox)
    bench.clock.now += GAVE_UP
    deliver(bench, inbox)
    found = watch_of(bench, watch)
    assert found.disabled_at == bench.clock()
    assert "5 days" in found.note
    bench.clock.move(days=1)
    bench.desk.reinstate(number, reason="remedied")
    deliver(bench, inbox)
    assert len(inbox.posts) == 2
    inbox.answer = lambda _: None
    with bench.registry.write() as session:
        enable_watch(session, watch, now=bench.clock())
    deliver(bench, inbox)
    assert [kind for kind, _, _ in inbox.shorts()[2:]] == ["suspended", "reinstated"]


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_an_event_that_alone_is_refused_is_given_up_and_the_next_goes_on(bench: Bench) -> None:
    partner, _ = a_partner(bench)
    number, other = bench.issue(), bench.issue()
    watch, _ = a_watch(bench, partner, numbers=[number, other])
    inbox = Inbox(answer=lambda post: refuse(post) if post.short[0] == "suspended" else None)
    bench.desk.suspend(number, reason="fee-unpaid")
    deliver(bench, inbox)
    bench.clock.move(days=4)
    with bench.registry.write() as session:
        ping_watch(session, watch, now=bench.clock())
    for _ in range(3):
        deliver(bench, inbox)
        bench.clock.move(hours=13)
    bench.desk.reinstate(number, reason="remedied")
    for _ in range(3):
        deliver(bench, inbox)
        bench.clock.move(hours=13)
    assert watch_of(bench, watch).disabled_at is None
    states = {
        each.event.type.removeprefix("certificate."): each.state
        for each in bench.ask(lambda s: list_deliveries(s, watch, base_url=BASE_URL, limit=10))
    }
    assert states == {"suspended": "failed", "ping": "delivered", "reinstated": "delivered"}


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_receiver_that_is_gone_is_disabled_at_once(bench: Bench) -> None:
    partner, _ = a_partner(bench)
    number = bench.issue()
    watch, _ = a_watch(bench, partner, numbers=[number])
    bench.desk.suspend(number, reason="fee-unpaid")
    deliver(bench, Inbox(answer=lambda _: Outcome(status=410, error="answered 410")))
    assert "410" in watch_of(bench, watch).note


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_receiver_may_ask_for_time(bench: Bench) -> None:
    partner, _ = a_partner(bench)
    number = bench.issue()
    a_watch(bench, partner, numbers=[number])
    bench.desk.suspend(number, reason="fee-unpaid")
    inbox = Inbox(answer=lambda _: Outcome(status=429, error="answered 429", wait_seconds=600))
    deliver(bench, inbox)
    bench.clock.move(seconds=599)
    deliver(bench, inbox)
    assert len(inbox.posts) == 1
    bench.clock.move(seconds=2)
    deliver(bench, inbox)
    assert len(inbox.posts) == 2


@pytest.mark.parametrize(
    "at", ["watching.before_fan_out", "watching.after_fan_out", "watching.after_claim", "watching.after_send"]
)
def test_a_killed_worker_loses_nothing(bench: Bench, at: str) -> None:
    partner, _ = a_partner(bench)
    number = bench.issue()
    watch, _ = a_watch(bench, partner, numbers=[number])
    bench.desk.suspend(number, reason="fee-unpaid")
    bench.desk.reinstate(number, reason="remedied")

    def work() -> None:
        again = Bench(
            url=bench.url,
            clock=bench.clock,
            cabinet=bench.cabinet,
            registry=open_registry(bench.url, clock=bench.clock),
            desk=bench.desk,
        )
        deliver(again, Inbox())

    assert crash(work, at=at)
    inbox = Inbox()
    deliver(bench, inbox)
    leased = at in ("watching.after_claim", "watching.after_send")
    assert len(inbox.posts) == (0 if leased else 2), "a lease is waited for"
    bench.clock.move(seconds=61)
    deliver(bench, inbox)
    assert [kind for kind, _, _ in inbox.shorts()] == ["suspended", "reinstated"]
    ids = [
        each.event.id for each in bench.ask(lambda s: list_deliveries(s, watch, base_url=BASE_URL, limit=9))
    ]
    assert [post.id for post in inbox.posts] == ids, "under the id it had before"


def test_two_workers_at_once_send_each_event_once(bench: Bench) -> None:
    partner, _ = a_partner(bench)
    numbers = [bench.issue() for _ in range(4)]
    a_watch(bench, partner, numbers=numbers)
    for number in numbers:
        bench.desk.suspend(number, reason="fee-unpaid")
        bench.desk.reinstate(number, reason="remedied")
    inbox = Inbox()
    with (
        contextlib.closing(post_room(bench, inbox)) as one,
        contextlib.closing(post_room(bench, inbox)) as two,
    ):
        one._collect()
        two._collect()
        while any([one.deliverer.step(seconds=0.05), two.deliverer.step(seconds=0.05)]):
            pass
    assert len(inbox.posts) == len({post.id for post in inbox.posts}) == 8
    for number in numbers:
        assert [kind for kind, of, _ in inbox.shorts() if of == number] == ["suspended", "reinstated"]


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_nothing_is_sent_to_a_revoked_partner_or_a_deleted_watch(bench: Bench) -> None:
    partner, _ = a_partner(bench)
    number = bench.issue()
    watch, _ = a_watch(bench, partner, numbers=[number])
    bench.desk.suspend(number, reason="fee-unpaid")
    fan_out(bench.registry, base_url=BASE_URL, now=bench.clock())
    with bench.registry.write() as session:
        revoke(session, "Label & Co", now=bench.clock())
    inbox = Inbox()
    deliver(bench, inbox)
    with bench.registry.write() as session:
        delete_watch(session, watch)
    assert bench.ask(lambda s: s.execute(select(DeliveryRow)).scalars().all()) == []
    assert inbox.posts == []


# Replay


def test_events_are_sent_again_from_a_time_or_an_event(bench: Bench) -> None:
    partner, _ = a_partner(bench)
    number = bench.issue()
    bench.clock.move(hours=1)
    bench.desk.suspend(number, reason="fee-unpaid")
    watch, _ = a_watch(bench, partner, numbers=[number])
    bench.clock.move(hours=1)
    bench.desk.reinstate(number, reason="remedied")
    inbox = Inbox()
    deliver(bench, inbox)
    assert [kind for kind, _, _ in inbox.shorts()] == ["reinstated"]

    def again(**which: object) -> list[str]:
        with bench.registry.write() as session:
            done = replay(session, watch, base_url=BASE_URL, now=bench.clock(), **which)  # type: ignore[arg-type]
        assert not done.more
        before = len(inbox.posts)
        deliver(bench, inbox)
        assert len(inbox.posts) == before + done.queued
        return [kind for kind, _, _ in inbox.shorts()[before:]]

    assert again(since=bench.clock() - timedelta(minutes=90)) == ["suspended", "reinstated"]
    assert again(since=bench.clock()) == ["reinstated"]
    suspended = inbox.posts[1]
    assert again(after=suspended.id) == ["reinstated"]
    assert len({post.id for post in inbox.posts}) == 2, "under their old ids"
    with bench.registry.write() as session, pytest.raises(InvalidInput):
        replay(session, watch, after="evt_0", base_url=BASE_URL, now=bench.clock())


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_watch_without_an_address_only_lists(bench: Bench) -> None:
    partner, _ = a_partner(bench)
    number = bench.issue()
    watch, _ = a_watch(bench, partner, numbers=[number], url=None)
    bench.desk.suspend(number, reason="fee-unpaid")
    inbox = Inbox()
    deliver(bench, inbox)
    found = bench.ask(lambda s: list_deliveries(s, watch, base_url=BASE_URL, limit=9))
    assert [(each.event.type, each.state) for each in found] == [("certificate.suspended", "listed")]
    assert inbox.posts == []
    with bench.registry.write() as session, pytest.raises(Conflict):
        ping_watch(session, watch, now=bench.clock())


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_partner_has_no_more_watches_than_it_may(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_WATCHES == 100
    monkeypatch.setattr("lcert_issuer.watching.watches.MOST_WATCHES", 3)
    partner, _ = a_partner(bench)
    for _ in range(3):
        a_watch(bench, partner)
    with pytest.raises(Conflict):
        a_watch(bench, partner)


@pytest.mark.parametrize(
    "wrong",
    [
        {"numbers": ["LC-1"]},
        {"numbers": ["LC-2026-0001"] * 1001},
        {"numbers": ["LC-2026-0001"], "criteria": {"holder": "x"}},
        {"criteria": {"state": "active"}},
        {"criteria": {"modality": "smell"}},
        {"criteria": {"holder": ""}},
        {"criteria": {"holder": 7}},
        {"types": []},
        {"types": ["certificate.abandoned"]},
        {"name": "x" * 201},
    ],
    ids=str,
)
def test_what_cannot_be_watched_is_refused(wrong: dict[str, object]) -> None:
    given = {"name": None, "numbers": [], "criteria": {}, "types": None, "url": None, **wrong}
    with pytest.raises(InvalidInput):
        Wish.of(**given)  # type: ignore[arg-type]


def test_pauses_grow_with_jitter_up_to_half_a_day() -> None:
    chance = random.Random(7)
    pauses = [Retrying().after(n, chance).total_seconds() for n in range(1, 30)]
    assert 4 <= pauses[0] <= 6
    assert all(later > earlier for earlier, later in itertools.pairwise(pauses[:7]))
    assert max(pauses) <= 12 * 3600 * 1.2
    assert len({round(pause / 43200, 6) for pause in pauses[10:]}) > 5
