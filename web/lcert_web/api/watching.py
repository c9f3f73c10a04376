"""`/v1/watches`: what a partner wants to hear about, where it is sent, and what became of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from typing import Any, Final

from flask import Blueprint, Response, request

from lcert_issuer.watching.log import STATES, Delivery, list_deliveries, list_newest, replay
from lcert_issuer.watching.watches import (
    Watch,
    Wish,
    create_watch,
    delete_watch,
    enable_watch,
    get_watch,
    list_watches,
    ping_watch,
    rotate_secret,
)
from lcert_verifier.report import format_time

from ..asking import parse_time
from ..caching import NO_STORE
from ..feeds import watched_feed
from ..problems import Kind, Problem
from ..shelf import Shelf
from . import watch_operations as ops
from .asked import only
from .callers import Callers, private_json, read_object, refused
from .cursors import decode_cursor, encode_cursor
from .operations import describe

__all__ = ["CheckUrl", "watch_api"]

CheckUrl = Callable[[str], str | None]
"""Why events may not be sent to an address; None when they may."""

_COLUMNS: Final = (
    "id",
    "type",
    "timestamp",
    "number",
    "edition",
    "reason",
    "validThrough",
    "effectiveAt",
    "url",
    "state",
)


def watch_api(callers: Callers, shelf: Shelf, *, name: str, check_url: CheckUrl) -> Blueprint:
    routes = Blueprint("watch_api", __name__)
    base_url = shelf.base_url

    @routes.after_request
    def _challenge(response: Response) -> Response:
        if response.status_code == 401:
            response.headers["WWW-Authenticate"] = 'Bearer realm="lcert", Basic realm="lcert"'
        return response

    @routes.get("/v1/watches")
    @describe(ops.LIST)
    def listed() -> Response:
        only(ops.LIST)
        with callers.reading() as (session, partner):
            found = list_watches(session, partner)
        return private_json({"watches": [_watch(watch) for watch in found]})

    @routes.post("/v1/watches")
    @describe(ops.CREATE)
    def create() -> Response:
        only(ops.CREATE)
        with callers.reading():  # strangers make us resolve no name
            pass
        wish = _wish(check_url)

        def work(session: Any, partner: str, now: Any) -> dict[str, Any]:
            watch, secret = create_watch(session, partner, wish, now=now)
            return {**_watch(watch), "secret": secret}

        response = callers.write(201, work)
        made = response.get_json()
        response.headers["Location"] = f"{base_url}/v1/watches/{made['id']}"
        return response

    @routes.get("/v1/watches/<watch>")
    @describe(ops.SHOW)
    def show(watch: str) -> Response:
        only(ops.SHOW)
        with callers.reading() as (session, partner):
            found = get_watch(session, watch, partner)
        return private_json(_watch(found))

    @routes.delete("/v1/watches/<watch>")
    @describe(ops.DELETE)
    def delete(watch: str) -> Response:
        only(ops.DELETE)
        return callers.delete(lambda session, partner: delete_watch(session, watch, partner))

    @routes.post("/v1/watches/<watch>/secret")
    @describe(ops.ROTATE)
    def rotate(watch: str) -> Response:
        only(ops.ROTATE)

        def work(session: Any, partner: str, now: Any) -> dict[str, Any]:
            secret, until = rotate_secret(session, watch, partner, now=now)
            return {"secret": secret, "previous_until": format_time(until)}

        return callers.write(200, work)

    @routes.post("/v1/watches/<watch>/ping")
    @describe(ops.PING)
    def ping(watch: str) -> Response:
        only(ops.PING)
        return callers.write(
            202, lambda session, partner, now: {"id": ping_watch(session, watch, partner, now=now)}
        )

    @routes.post("/v1/watches/<watch>/enable")
    @describe(ops.ENABLE)
    def enable(watch: str) -> Response:
        only(ops.ENABLE)
        return callers.write(
            200, lambda session, partner, now: _watch(enable_watch(session, watch, partner, now=now))
        )

    @routes.post("/v1/watches/<watch>/replay")
    @describe(ops.REPLAY)
    def again(watch: str) -> Response:
        only(ops.REPLAY)
        body = read_object("since", "after")
        after, since = body.get("after"), parse_time("since", body.get("since"))
        if (after is None) == (since is None) and not (after and since):
            raise Problem(Kind.INVALID_PARAMETER, "Give since, a time, or after, the id of an event.")
        if after is not None and not (isinstance(after, str) and after.startswith("evt_")):
            raise Problem(Kind.INVALID_PARAMETER, "after is the id of an event.")

        def work(session: Any, partner: str, now: Any) -> dict[str, Any]:
            done = replay(session, watch, partner, since=since, after=after, base_url=base_url, now=now)
            return {"queued": done.queued, "through": done.through, "more": done.more}

        return callers.write(202, work)

    @routes.get("/v1/watches/<watch>/events")
    @describe(ops.EVENTS)
    def events(watch: str) -> Response:
        only(ops.EVENTS)
        cursor = request.args.get("cursor") or None
        limit = _limit()
        with callers.reading() as (session, partner):
            found = get_watch(session, watch, partner)
            place = _place(cursor, found.id)
            rows = list_deliveries(
                session,
                found.id,
                base_url=base_url,
                after=place,
                limit=limit + 1,
                state=_state(),
            )
        taken = rows[:limit]
        onward = encode_cursor(taken[-1].event.sequence if taken else place, found.id)
        response = private_json(
            {"events": [row.to_json() for row in taken], "cursor": onward, "more": len(rows) > limit}
        )
        response.headers["Link"] = f'<{base_url}/v1/watches/{found.id}/events?cursor={onward}>; rel="next"'
        return response

    @routes.get("/v1/watches/<watch>/events.csv")
    @describe(ops.EVENTS_CSV)
    def events_csv(watch: str) -> Response:
        only(ops.EVENTS_CSV)
        text = _csv(reversed(_newest(watch, ops.MOST)[1]))
        response = Response(text, content_type=f"{ops.CSV}; charset=utf-8")
        response.headers["Cache-Control"] = NO_STORE
        response.headers["Content-Disposition"] = 'attachment; filename="events.csv"'
        return response

    @routes.get("/v1/watches/<watch>/events.atom")
    @describe(ops.EVENTS_ATOM)
    def events_atom(watch: str) -> Response:
        only(ops.EVENTS_ATOM)
        found, rows = _newest(watch, ops.USUAL)
        feed = watched_feed(
            [row.event for row in rows],
            shelf,
            address=f"{base_url}/v1/watches/{found.id}/events.atom",
            name=name,
        )
        response = Response(feed, content_type=f"{ops.ATOM}; charset=utf-8")
        response.headers["Cache-Control"] = NO_STORE
        response.vary.add("Accept-Language")
        return response

    def _newest(watch: str, limit: int) -> tuple[Watch, list[Delivery]]:
        with callers.reading() as (session, partner):
            found = get_watch(session, watch, partner)
            return found, list_newest(session, found.id, base_url=base_url, limit=limit)

    return routes


def _wish(check_url: CheckUrl) -> Wish:
    body = read_object("name", "certificates", "filter", "events", "url")
    texts = {"name": body.get("name"), "url": body.get("url")}
    for member, value in texts.items():
        if value is not None and not isinstance(value, str):
            raise Problem(Kind.INVALID_PARAMETER, f"{member} is a text.")
    numbers, types = body.get("certificates", []), body.get("events")
    for member, value in (("certificates", numbers), ("events", [] if types is None else types)):
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise Problem(Kind.INVALID_PARAMETER, f"{member} is a list of texts.")
    criteria = body.get("filter", {})
    if not isinstance(criteria, dict):
        raise Problem(Kind.INVALID_PARAMETER, "filter is an object.")
    if "events" in body and types is None:
        raise Problem(Kind.INVALID_PARAMETER, "events is a list of texts.")
    with refused():
        wish = Wish.of(name=texts["name"], numbers=numbers, criteria=criteria, types=types, url=texts["url"])
    if wish.url is not None and (refusal := check_url(wish.url)):
        raise Problem(Kind.INVALID_PARAMETER, f"url {refusal}.")
    return wish


def _watch(watch: Watch) -> dict[str, Any]:
    return {
        "id": watch.id,
        "name": watch.name,
        "certificates": list(watch.numbers),
        "filter": dict(watch.criteria),
        "events": list(watch.types),
        "url": watch.url,
        "created_at": format_time(watch.created_at),
        "failures": watch.failures,
        "failing_since": format_time(watch.failing_since),
        "disabled_at": format_time(watch.disabled_at),
        "note": watch.note,
    }


def _place(cursor: str | None, watch_id: str) -> int:
    if cursor is None:
        return 0
    place, of = decode_cursor(cursor, int, str)
    if of != watch_id:
        raise Problem(Kind.INVALID_PARAMETER, "cursor belongs to another watch.")
    return int(place)


def _limit() -> int:
    text = request.args.get("limit") or str(ops.USUAL)
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= ops.MOST):
        raise Problem(Kind.INVALID_PARAMETER, f"limit is a number from 1 to {ops.MOST}.")
    return int(text)


def _state() -> str | None:
    state = request.args.get("state") or None
    if state is not None and state not in STATES:
        raise Problem(Kind.INVALID_PARAMETER, f"state takes one of: {', '.join(STATES)}.")
    return state


def _csv(rows: Iterable[Delivery]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, _COLUMNS, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        event = row.to_json()
        writer.writerow({**event, **event["data"]})
    return out.getvalue()
