"""Published documents under their own paths: trust, keys, status lists, journal, bundle, context."""

from __future__ import annotations

import json
import re
from typing import Final

from flask import Blueprint, Response, request

from lcert_verifier import published

from ..caching import IMMUTABLE, cache_for
from ..problems import Kind, Problem
from ..security import allow_any_origin
from ..shelf import Shelf

__all__ = ["discovery_routes", "send_published"]

_FRESH: Final = 30
"""Seconds: keys and lists change for every verifier within a minute, also behind a shared cache."""
_TILE: Final = re.compile(r"tile/(?:entries|[0-9]{1,2})/(?:x[0-9]{3}/)*[0-9]{3}(?:\.p/[1-9][0-9]{0,2})?")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MAX_LIST: Final = 1_000_000


def discovery_routes(shelf: Shelf) -> Blueprint:
    """Everything a program needs to check a certificate, byte for byte as published, readable from any page."""
    routes = Blueprint("discovery", __name__)

    @routes.get("/trust.json")
    def trust() -> Response:
        return send_published(shelf, "trust.json")

    @routes.get("/.well-known/<any('jwks.json', 'did.json', 'did-configuration.json', 'jwt-vc-issuer'):name>")
    def well_known(name: str) -> Response:
        return send_published(shelf, f".well-known/{name}")

    @routes.get("/status/token/<int:number>")
    def token_list(number: int) -> Response:
        _refuse_history()
        return send_published(shelf, f"status/token/{_list(number)}")

    @routes.get("/status/token")
    def token_lists() -> Response:
        """Token Status List section 9: all lists there are."""
        uris = []
        number = 1
        while number <= _MAX_LIST and shelf.exists(f"status/token/{number}"):
            uris.append(f"{shelf.base_url}/status/token/{number}")
            number += 1
        response = Response(json.dumps({"status_lists": uris}), mimetype="application/json")
        return allow_any_origin(cache_for(response, _FRESH))

    @routes.get("/status/bitstring/<any('revocation', 'suspension'):purpose>/<int:number>")
    def bitstring_list(purpose: str, number: int) -> Response:
        _refuse_history()
        return send_published(shelf, f"status/bitstring/{purpose}/{_list(number)}")

    @routes.get("/log/checkpoint")
    def checkpoint() -> Response:
        return send_published(shelf, "log/checkpoint", seconds=5)

    @routes.get("/log/<path:tile>")
    def log_tile(tile: str) -> Response:
        if not _TILE.fullmatch(tile):
            raise Problem(Kind.NOT_FOUND)
        return send_published(shelf, f"log/{tile}", seconds=None)

    @routes.get("/log/proof/<digest>")
    def proof(digest: str) -> Response:
        if not _DIGEST.fullmatch(digest):
            raise Problem(Kind.NOT_FOUND)
        return send_published(shelf, f"log/proof/{digest}")

    @routes.get("/bundle.zip")
    def bundle() -> Response:
        response = send_published(shelf, "bundle.zip")
        response.headers["Content-Disposition"] = 'attachment; filename="l-certification.zip"'
        return response

    @routes.get("/bundles/index.json")
    def bundle_index() -> Response:
        return send_published(shelf, published.BUNDLE_INDEX_PATH)

    @routes.get("/bundles/<day>.zip")
    def dated_bundle(day: str) -> Response:
        """The first bundle of a day: it is never replaced."""
        if not _DAY.fullmatch(day):
            raise Problem(Kind.NOT_FOUND)
        response = send_published(shelf, f"{published.BUNDLES_PREFIX}{day}.zip", seconds=None)
        response.headers["Content-Disposition"] = f'attachment; filename="l-certification-{day}.zip"'
        return response

    @routes.get("/bundles/history/<int:number>.zip")
    def history_shard(number: int) -> Response:
        return send_published(shelf, published.shard_path(number), seconds=None)

    @routes.get("/contexts/l/v1")
    def context() -> Response:
        return send_published(shelf, "contexts/l/v1", seconds=None)

    return routes


def send_published(shelf: Shelf, path: str, *, seconds: int | None = _FRESH) -> Response:
    """One published document with its media type, readable across origins. `seconds` None: it never changes."""
    data = shelf.get(path)
    if data is None:
        raise Problem(Kind.NOT_FOUND)
    kind = published.media_type(path)
    response = Response(data, content_type=f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
    if seconds is None:
        response.headers["Cache-Control"] = IMMUTABLE
    else:
        cache_for(response, seconds)
    return allow_any_origin(response)


def _list(number: int) -> int:
    if not 1 <= number <= _MAX_LIST:
        raise Problem(Kind.NOT_FOUND)
    return number


def _refuse_history() -> None:
    """Archived lists are not offered: Token Status List section 8.4 asks for 501 then."""
    if "time" in request.args:
        raise Problem(Kind.NOT_IMPLEMENTED, "Lists of the past are not offered at this address.")
