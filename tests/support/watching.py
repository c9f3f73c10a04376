"""For tests of webhooks: partners and watches made directly, and a receiver without a network."""

from __future__ import annotations

import json
import random
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.support.registry import BASE_URL, Bench

from lcert_issuer.watching.delivering import Outcome, Retrying
from lcert_issuer.watching.partners import add_partner
from lcert_issuer.watching.postroom import PostRoom
from lcert_issuer.watching.watches import Wish, create_watch, list_watches

__all__ = ["HOOK", "Inbox", "Post", "a_partner", "a_watch", "post_room", "watch_of"]

HOOK = "https://hooks.partner.example/l"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One message as it arrived."""

    url: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.body)
        return value

    @property
    def short(self) -> tuple[str, str | None, int | None]:
        """Type without its beginning, number, edition."""
        data = self.event["data"]
        return self.event["type"].removeprefix("certificate."), data.get("number"), data.get("edition")


@dataclass
class Inbox:
    """A receiver. `answer` decides what becomes of a message; None takes it."""

    answer: Callable[[Post], Outcome | None] = lambda _: None
    posts: list[Post] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Outcome:
        post = Post(url=url, headers=headers, body=body)
        with self.lock:
            outcome = self.answer(post)
            self.posts.append(post)
        return outcome or Outcome(status=204)

    def shorts(self) -> list[tuple[str, str | None, int | None]]:
        return [post.short for post in self.posts]

    def first_arrivals(self) -> dict[str | None, list[str]]:
        """Ids by certificate in the order in which they came, each once."""
        found: defaultdict[str | None, list[str]] = defaultdict(list)
        for post in self.posts:
            ids = found[post.short[1]]
            if post.id not in ids:
                ids.append(post.id)
        return dict(found)


def a_partner(bench: Bench, name: str = "Label & Co") -> tuple[str, str]:
    """Id and token."""
    with bench.registry.write() as session:
        partner, token = add_partner(session, name, now=bench.clock())
    return partner.id, token


def a_watch(
    bench: Bench,
    partner: str,
    *,
    numbers: Sequence[str] = (),
    criteria: dict[str, str] | None = None,
    types: Sequence[str] | None = None,
    url: str | None = HOOK,
) -> tuple[str, str]:
    """Id and secret."""
    wish = Wish.of(name=None, numbers=numbers, criteria=criteria or {}, types=types, url=url)
    with bench.registry.write() as session:
        watch, secret = create_watch(session, partner, wish, now=bench.clock())
    return watch.id, secret


def watch_of(bench: Bench, watch_id: str) -> Any:
    (found,) = [watch for watch in bench.ask(list_watches) if watch.id == watch_id]
    return found


def post_room(bench: Bench, inbox: Inbox, *, first: float = 5.0) -> PostRoom:
    room = PostRoom(
        bench.registry, inbox, base_url=BASE_URL, clock=bench.clock, retrying=Retrying(first=first)
    )
    room.deliverer._chance = random.Random(1)
    return room
