"""`/v1/changes`: every journal entry in order without gaps, as JSON with a cursor."""

from __future__ import annotations

import json
from typing import Final

from flask import Blueprint, Response, request

from ..caching import NO_STORE
from ..problems import Kind, Problem
from ..security import allow_any_origin
from .asked import only
from .cursors import MAX_CURSOR
from .feed import LONGEST_WAIT, Feed, Piece
from .operations import JSON, Answer, Operation, Parameter, describe, query, ref

__all__ = ["change_api"]

_USUAL: Final = 100
_MOST: Final = 1_000
_TRY_AGAIN: Final = 5

_CHANGES: Final = Operation(
    name="listChanges",
    summary="Everything that changed since a cursor",
    tag="Changes",
    description=(
        "Every entry of the journal after the cursor, in order, each exactly once and none left out; without a "
        "cursor, from the first. Keep `cursor` in the same transaction as what you made of the changes, and a "
        "consumer that is killed at any moment misses and repeats nothing. With `wait`, an empty answer is held "
        "back until there is a change; when too many clients wait already it comes at once, with `Retry-After`."
    ),
    parameters=(
        query("cursor", "The `cursor` of the answer before", maxLength=MAX_CURSOR),
        Parameter(
            name="wait",
            place="query",
            schema={"type": "integer", "minimum": 0, "maximum": LONGEST_WAIT, "default": 0},
            description="Seconds to wait for a change when there is none yet",
        ),
        Parameter(
            name="limit",
            place="query",
            schema={"type": "integer", "minimum": 1, "maximum": _MOST, "default": _USUAL},
            description="Changes in an answer, at most",
        ),
    ),
    answers={
        200: Answer(
            description="Changes, or none yet",
            content={JSON: ref("Changes")},
            headers={
                "Link": 'Where to go on, with `rel="next"`',
                "Retry-After": "Seconds to let pass, where there was no room to wait",
            },
        )
    },
    problems=(400, 503),
    limited=True,
)


def change_api(feed: Feed, *, base_url: str) -> Blueprint:
    routes = Blueprint("change_api", __name__)

    @routes.get("/v1/changes")
    @describe(_CHANGES)
    def changes() -> Response:
        only(_CHANGES)
        piece = feed.after(
            request.args.get("cursor") or None,
            limit=_number("limit", 1, _MOST, _USUAL),
            wait=_number("wait", 0, LONGEST_WAIT, 0),
        )
        return _answer(piece, base_url)

    return routes


def _answer(piece: Piece, base_url: str) -> Response:
    body = {"changes": piece.changes, "cursor": piece.cursor, "more": piece.more}
    response = allow_any_origin(Response(json.dumps(body, ensure_ascii=False), content_type=JSON))
    response.headers["Cache-Control"] = NO_STORE
    response.headers["Link"] = f'<{base_url}/v1/changes?cursor={piece.cursor}>; rel="next"'
    if piece.waited_in_vain:
        response.headers["Retry-After"] = str(_TRY_AGAIN)
    return response


def _number(name: str, least: int, most: int, usual: int) -> int:
    text = request.args.get(name) or str(usual)
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and least <= int(text) <= most):
        raise Problem(Kind.INVALID_PARAMETER, f"{name} is a number from {least} to {most}.")
    return int(text)
