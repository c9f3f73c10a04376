"""`lcert partner` and `lcert webhooks`: who may watch, what they watch, and what became of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from lcert_verifier.report import format_time

from .output import Output, json_option
from .running import an_issuer, clock_now

if TYPE_CHECKING:
    from ..watching.log import Delivery
    from ..watching.partners import Partner
    from ..watching.watches import Watch

__all__ = ["partner", "webhooks"]


@click.group()
def partner() -> None:
    """Partners that may watch certificates, and their API tokens."""


@partner.command()
@click.argument("name")
@json_option
def add(output: Output, name: str) -> None:
    """A new partner. Its token is shown once and kept nowhere."""
    from ..watching.partners import add_partner

    with an_issuer() as house:
        with house.registry.write() as session:
            made, token = add_partner(session, name, now=clock_now())
        _show_token(output, made, token)


@partner.command()
@click.argument("name")
@json_option
def token(output: Output, name: str) -> None:
    """A further token for a partner; revoke the old one when the new one is in use."""
    from ..watching.partners import add_token

    with an_issuer() as house:
        with house.registry.write() as session:
            made, text = add_token(session, name, now=clock_now())
        _show_token(output, made, text)


@partner.command("list")
@json_option
def list_(output: Output) -> None:
    """Every partner, with the beginnings of its tokens."""
    from ..watching.partners import list_partners

    with an_issuer() as house:
        with house.registry.read() as session:
            found = list_partners(session)
        for each in found:
            state = "revoked" if each.revoked_at else f"{each.watches} watches"
            output.result(_partner(each), f"{each.name}  {state}  {' '.join(each.prefixes)}")
        if not found:
            output.note("no partners; `lcert partner add NAME` makes one")


@partner.command()
@click.argument("name", metavar="NAME|PREFIX")
@json_option
def revoke(output: Output, name: str) -> None:
    """Refuse a partner's tokens and stop its webhooks, or refuse the one token that begins with PREFIX."""
    from ..watching.partners import revoke as revoke_partner

    with an_issuer() as house:
        with house.registry.write() as session:
            left = revoke_partner(session, name, now=clock_now())
        what = "revoked" if left.revoked_at else f"the token is revoked, {len(left.prefixes)} are left"
        output.result(_partner(left), f"{left.name}: {what}")


@click.group()
def webhooks() -> None:
    """What partners watch, and what was sent to them."""


@webhooks.command("list")
@json_option
def list_watches(output: Output) -> None:
    """Every watch with the state of its receiver."""
    from ..watching.watches import list_watches as all_watches

    with an_issuer() as house:
        with house.registry.read() as session:
            found = all_watches(session)
        for watch in found:
            output.result(_watch(watch), _watch_text(watch))
        if not found:
            output.note("nobody watches anything")


@webhooks.command()
@click.argument("watch")
@click.option("--last", default=50, show_default=True, type=click.IntRange(1, 1000), help="How many events.")
@json_option
def log(output: Output, watch: str, last: int) -> None:
    """The newest events of WATCH and what became of them, oldest first."""
    from ..watching.log import list_newest
    from ..watching.watches import get_watch

    with an_issuer() as house:
        with house.registry.read() as session:
            get_watch(session, watch)
            found = list_newest(session, watch, base_url=house.base_url, limit=last)
        for delivery in reversed(found):
            output.result(delivery.to_json(), _delivery_text(delivery))


@webhooks.command()
@click.argument("watch")
@click.option("--since", type=click.DateTime(), help="Events recorded since this time (UTC).")
@click.option("--after", metavar="EVENT", help="Events after this one.")
@json_option
def replay(output: Output, watch: str, since: datetime | None, after: str | None) -> None:
    """Send events of WATCH again, under their old ids. The worker does the sending."""
    from ..watching.log import replay as replay_events

    if (since is None) == (after is None):
        raise click.UsageError("give --since TIME or --after EVENT")
    queued, more = 0, True
    with an_issuer() as house:
        while more:
            with house.registry.write() as session:
                done = replay_events(
                    session,
                    watch,
                    since=since.replace(tzinfo=UTC) if since else None,
                    after=after,
                    base_url=house.base_url,
                    now=clock_now(),
                )
            queued, after, more = queued + done.queued, done.through, done.more
        output.result({"queued": queued}, f"{queued} events are sent again")


@webhooks.command()
@click.argument("watch")
@json_option
def enable(output: Output, watch: str) -> None:
    """Try WATCH again at once: one that was disabled, or waits after failures."""
    from ..watching.watches import enable_watch

    with an_issuer() as house:
        with house.registry.write() as session:
            found = enable_watch(session, watch, now=clock_now())
        output.result(_watch(found), _watch_text(found))


def _show_token(output: Output, made: Partner, token: str) -> None:
    output.result({**_partner(made), "token": token}, f"{made.name} may watch with this token:\n{token}")
    output.note("It is not shown again: hand it over in a safe way.")


def _partner(each: Partner) -> dict[str, Any]:
    return {
        "id": each.id,
        "name": each.name,
        "created_at": format_time(each.created_at),
        "revoked_at": format_time(each.revoked_at),
        "prefixes": list(each.prefixes),
        "watches": each.watches,
    }


def _watch(watch: Watch) -> dict[str, Any]:
    return {
        "id": watch.id,
        "partner": watch.partner,
        "name": watch.name,
        "certificates": list(watch.numbers),
        "filter": dict(watch.criteria),
        "events": list(watch.types),
        "url": watch.url,
        "failures": watch.failures,
        "failing_since": format_time(watch.failing_since),
        "disabled_at": format_time(watch.disabled_at),
        "note": watch.note,
    }


def _watch_text(watch: Watch) -> str:
    if watch.disabled_at is not None:
        state = f"disabled: {watch.note}"
    elif watch.failing_since is not None:
        state = f"failing since {format_time(watch.failing_since)}"
    else:
        state = "well"
    what = " ".join(watch.numbers) or ", ".join(f"{k}={v}" for k, v in watch.criteria.items())
    return f"{watch.id}  {watch.partner}  {what or 'every certificate'}  {watch.url or '(no url)'}  {state}"


def _delivery_text(delivery: Delivery) -> str:
    event = delivery.event
    told = f": {delivery.last_error}" if delivery.last_error else ""
    return (
        f"{event.id}  {format_time(event.recorded_at)}  {event.type}  {event.number or '-'}  "
        f"{delivery.state} after {delivery.attempts}{told}"
    )
