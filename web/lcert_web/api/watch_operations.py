"""What the addresses of watches take and give, declared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lcert_issuer.watching.events import EVENT_TYPES
from lcert_issuer.watching.log import STATES
from lcert_issuer.watching.matching import CRITERIA
from lcert_issuer.watching.watches import MOST_NUMBERS
from lcert_verifier.vocabulary import BASIS_CODES, MODALITIES

from .cursors import MAX_CURSOR
from .operations import JSON, Answer, Operation, Parameter, Schema, array_of, query, ref
from .schemas import DATE, INSTANT, NUMBER, object_of

__all__ = [
    "ATOM",
    "CREATE",
    "CSV",
    "DELETE",
    "ENABLE",
    "EVENTS",
    "EVENTS_ATOM",
    "EVENTS_CSV",
    "LIST",
    "MOST",
    "PING",
    "REPLAY",
    "ROTATE",
    "SHOW",
    "USUAL",
    "WATCH_SCHEMAS",
]

CSV: Final = "text/csv"
ATOM: Final = "application/atom+xml"
USUAL: Final = 100
MOST: Final = 1_000

_TEXT: Final = {"type": "string"}
_MAYBE_TEXT: Final = {"type": ["string", "null"]}
_MAYBE_TIME: Final = {"anyOf": [INSTANT, {"type": "null"}]}
_TYPE: Final = {"type": "string", "enum": list(EVENT_TYPES)}
_ID: Final = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
_EVENT_ID: Final = {"type": "string", "pattern": "^evt_[0-9a-f]{32}$"}
_CHOICES: Final = {"modality": MODALITIES, "basis": BASIS_CODES}
_FILTER: Final[Schema] = {
    "type": "object",
    "description": "As in the list of certificates; all must fit, in any edition of a certificate.",
    "additionalProperties": False,
    "properties": {
        name: {"type": "string", "minLength": 1, "maxLength": 300, "pattern": "[^\\s\\u0000]"}
        if name not in _CHOICES
        else {"type": "string", "enum": list(_CHOICES[name])}
        for name in CRITERIA
    },
}
_EVENT: Final = {
    "id": {**_EVENT_ID, "description": "The same for everybody and at every attempt: `webhook-id`."},
    "type": {"type": "string", "enum": [*EVENT_TYPES, "ping"]},
    "timestamp": {**INSTANT, "description": "When it was recorded."},
    "data": object_of(
        {"effectiveAt": INSTANT, "recordedAt": INSTANT},
        {
            "number": NUMBER,
            "edition": {"type": "integer", "minimum": 1},
            "url": {"type": "string", "format": "uri"},
            "reason": _TEXT,
            "validThrough": DATE,
            "position": {"type": "integer", "minimum": 0, "description": "In the journal."},
        },
    ),
}

WATCH_SCHEMAS: Final[Mapping[str, Schema]] = {
    "Watch": object_of(
        {
            "id": _ID,
            "name": _MAYBE_TEXT,
            "certificates": array_of(NUMBER),
            "filter": _FILTER,
            "events": array_of(_TYPE),
            "url": _MAYBE_TEXT,
            "created_at": INSTANT,
            "failures": {"type": "integer", "minimum": 0, "description": "Of its receiver, in a row."},
            "failing_since": _MAYBE_TIME,
            "disabled_at": {**_MAYBE_TIME, "description": "Set: nothing is sent until it is enabled."},
            "note": {**_MAYBE_TEXT, "description": "Why it was disabled."},
        },
        {
            "secret": {
                "type": "string",
                "pattern": "^whsec_",
                "description": "Told when the watch is made; deliveries are signed with it.",
            }
        },
    ),
    "WatchedEvent": object_of(
        {
            **_EVENT,
            "state": {"type": "string", "enum": list(STATES)},
            "attempts": {"type": "integer", "minimum": 0},
            "queued_at": INSTANT,
            "next_at": _MAYBE_TIME,
            "last_at": _MAYBE_TIME,
            "last_status": {"type": ["integer", "null"]},
            "last_error": _MAYBE_TEXT,
            "delivered_at": _MAYBE_TIME,
        },
        description="An event, and what became of it. A webhook's body has `id`, `type`, `timestamp`, `data`.",
    ),
    "WatchedEvents": object_of(
        {
            "events": array_of(ref("WatchedEvent")),
            "cursor": {"type": "string", "description": "Where to go on."},
            "more": {"type": "boolean"},
        }
    ),
}
_KEY: Final = Parameter(
    name="Idempotency-Key",
    place="header",
    schema={"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    description="A request that is repeated with its key, within a day, is answered as before and done once",
)
_WATCH: Final = Parameter(name="watch", place="path", schema=_ID, description="The watch's id")
_STATE: Final = query("state", "Only events in this state", enum=list(STATES))
_PROBLEMS: Final = (401, 503)


def _operation(name: str, summary: str, answers: Mapping[int, Answer], **more: Any) -> Operation:
    problems = tuple(sorted({*_PROBLEMS, *more.pop("problems", ())}))
    return Operation(
        name=name, summary=summary, tag="Watching", answers=answers, problems=problems, limited=True,
        secured=True, **more,
    )  # fmt: skip


def _of_watch(name: str, summary: str, answers: Mapping[int, Answer], **more: Any) -> Operation:
    problems = (*more.pop("problems", ()), 404)
    parameters = (_WATCH, *more.pop("parameters", ()))
    return _operation(name, summary, answers, parameters=parameters, problems=problems, **more)


LIST: Final = _operation(
    "listWatches",
    "Your watches",
    {200: Answer(description="All", content={JSON: object_of({"watches": array_of(ref("Watch"))})})},
    problems=(400,),
)
CREATE: Final = _operation(
    "createWatch",
    "Watch certificates",
    {
        201: Answer(
            description="The watch, with its secret",
            content={JSON: ref("Watch")},
            headers={"Location": "The watch's address"},
        )
    },
    description=(
        "By number, or by a filter; with neither, every certificate. With a `url`, each event is sent to it as a "
        "Standard Webhook; without, events are only listed. It hears of what is recorded from now on."
    ),
    parameters=(_KEY,),
    body={
        JSON: object_of(
            {},
            {
                "name": {"type": ["string", "null"], "maxLength": 200, "description": "For yourself."},
                "certificates": {**array_of(NUMBER), "maxItems": MOST_NUMBERS},
                "filter": _FILTER,
                "events": {
                    **array_of(_TYPE),
                    "minItems": 1,
                    "description": "Without them, all.",
                },
                "url": {
                    "type": ["string", "null"],
                    "maxLength": 2048,
                    "description": "https, on a public address. Redirects are not followed.",
                },
            },
            additionalProperties=False,
        )
    },
    problems=(400, 409, 413, 415),
)
SHOW: Final = _of_watch(
    "getWatch",
    "A watch",
    {200: Answer(description="The watch", content={JSON: ref("Watch")})},
    problems=(400,),
)
DELETE: Final = _of_watch(
    "deleteWatch",
    "Stop watching",
    {204: Answer(description="It is gone, with its log")},
    problems=(400,),
)
ROTATE: Final = _of_watch(
    "rotateSecret",
    "A new secret",
    {
        200: Answer(
            description="The new secret; until then deliveries are signed with the old one too",
            content={JSON: object_of({"secret": _TEXT, "previous_until": INSTANT})},
        )
    },
    parameters=(_KEY,),
    problems=(400, 409, 413),
)
PING: Final = _of_watch(
    "pingWatch",
    "Send a test event",
    {202: Answer(description="It is queued", content={JSON: object_of({"id": _EVENT_ID})})},
    parameters=(_KEY,),
    problems=(400, 409, 413),
)
ENABLE: Final = _of_watch(
    "enableWatch",
    "Try again at once",
    {200: Answer(description="The watch", content={JSON: ref("Watch")})},
    description="For a watch that was disabled, or waits after failures: what it has not got is sent.",
    parameters=(_KEY,),
    problems=(400, 409, 413),
)
REPLAY: Final = _of_watch(
    "replayEvents",
    "Send events again",
    {
        202: Answer(
            description="They are queued, under their old ids",
            content={
                JSON: object_of(
                    {
                        "queued": {"type": "integer", "minimum": 0},
                        "through": {"anyOf": [_EVENT_ID, {"type": "null"}]},
                        "more": {
                            "type": "boolean",
                            "description": "Ask again with `after` the value of `through`.",
                        },
                    }
                )
            },
        )
    },
    description="Those recorded since a time, or after an event; also from before the watch was made.",
    parameters=(_KEY,),
    body={
        JSON: {
            "type": "object",
            "properties": {"since": INSTANT, "after": _EVENT_ID},
            "additionalProperties": False,
            "minProperties": 1,
        }
    },
    problems=(400, 409, 413, 415),
)
EVENTS: Final = _of_watch(
    "listWatchedEvents",
    "Events of a watch, and what became of them",
    {
        200: Answer(
            description="In the order in which they were recorded",
            content={JSON: ref("WatchedEvents")},
            headers={"Link": 'Where to go on, with `rel="next"`'},
        )
    },
    parameters=(
        query("cursor", "The `cursor` of the answer before", maxLength=MAX_CURSOR),
        Parameter(
            name="limit",
            place="query",
            schema={"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
            description="Events in an answer, at most",
        ),
        _STATE,
    ),
    problems=(400,),
)
EVENTS_CSV: Final = _of_watch(
    "getWatchedEventsAsTable",
    f"The newest {MOST} events of a watch as a table",
    {200: Answer(description="Oldest first", content={CSV: None})},
    problems=(400,),
)
EVENTS_ATOM: Final = _of_watch(
    "getWatchedEventsAsFeed",
    f"The newest {USUAL} events of a watch as a feed",
    {200: Answer(description="Newest first", content={ATOM: None})},
    description="Feed readers may send the token as the password of HTTP Basic authentication.",
    problems=(400,),
)
