"""The programming interface of the verifier, put together. Imports nothing of the issuer."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Flask

from ..pages import Site
from .document import document_routes
from .elsewhere import HEALTH
from .limits import Quota, install_limits
from .receipts import Receipts, receipt_routes
from .schemas import SHARED_SCHEMAS

__all__ = ["LIMITED", "verifier_api"]

LIMITED: Final = ("/v1/", "/credentials/")
_DESCRIPTION: Final = (
    "Judges tokens, certificate addresses and badge images: accepted, rejected, or indeterminate when it could not be "
    "told. A Report is answered with status 200 whatever its verdict. Nothing that is sent here is kept."
)


def verifier_api(app: Flask, site: Site, receipts: Receipts, quota: Quota | None) -> list[Blueprint]:
    """Limits requests to the API and gives the routes beside those that judge."""
    install_limits(app, quota, LIMITED)
    return [
        receipt_routes(receipts),
        document_routes(
            app,
            title=f"{site.programme}: verifier API",
            description=_DESCRIPTION,
            server=None,
            schemas=SHARED_SCHEMAS,
            elsewhere=HEALTH,
        ),
    ]
