"""The programming interface of the public site, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Blueprint, Flask

from ..pages import Site
from ..shelf import Shelf
from .callers import Callers
from .certificates import certificate_api
from .changes import change_api
from .document import document_routes
from .elsewhere import HEALTH, PUBLISHED
from .feed import Feed
from .limits import Quota, install_limits
from .reading import RegistryReader
from .record_schemas import PUBLIC_SCHEMAS
from .watch_operations import WATCH_SCHEMAS
from .watching import CheckUrl, watch_api

if TYPE_CHECKING:
    from lcert_issuer.registry.session import Registry

__all__ = ["LIMITED", "public_api"]

LIMITED: Final = ("/v1/",)
_DESCRIPTION: Final = (
    "Certificates in every state with their editions and history, every change in order, and the documents that a "
    "verifier needs. Everything here may be read by anyone, from any page; only to watch certificates, partners need a "
    "token. Errors are RFC 9457 problem details."
)


def public_api(
    app: Flask,
    shelf: Shelf,
    site: Site,
    registry: Registry | None,
    quota: Quota | None,
    *,
    check_url: CheckUrl,
) -> list[Blueprint]:
    """Limits requests to the API and gives its routes. Of `registry`, only what partners watch is written."""
    install_limits(app, quota, LIMITED)
    reader = RegistryReader(registry)
    callers = Callers(registry, reader, clock=shelf.clock)
    feed = Feed(reader, base_url=shelf.base_url)
    return [
        certificate_api(shelf, reader),
        change_api(feed, base_url=shelf.base_url),
        watch_api(callers, shelf, name=site.name, check_url=check_url),
        document_routes(
            app,
            title=f"{site.programme}: public API",
            description=_DESCRIPTION,
            server=shelf.base_url,
            schemas={**PUBLIC_SCHEMAS, **WATCH_SCHEMAS},
            elsewhere={**HEALTH, **PUBLISHED},
        ),
    ]
