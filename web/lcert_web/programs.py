"""Starts the servers from settings: which app, on which address, with which evidence."""

from __future__ import annotations

from lcert_issuer.assembly import open_house, open_storage
from lcert_issuer.commands.running import clock_now
from lcert_issuer.registry.session import open_registry
from lcert_issuer.settings import Settings, SettingsError
from lcert_verifier.errors import Malformed
from lcert_verifier.receipt import ReceiptSigner
from lcert_verifier.receipt_key import open_receipt_signer

from .api.limits import GENEROUS, Quota, parse_quota
from .public import create_public_app
from .serving import serve
from .speaking import SIX_LANGUAGES
from .verifier import create_verifier_app

__all__ = ["base_url_of", "check_ready", "serve_public", "serve_verifier"]


def check_ready(settings: Settings) -> None:
    """Raises what `open_house` raises when there is no issuer to serve."""
    base_url_of(settings)


def base_url_of(settings: Settings) -> str:
    """The origin that `init` fixed."""
    with open_house(settings, clock=clock_now) as house:
        return house.base_url


def serve_public(settings: Settings) -> None:
    """The public site on LCERT_BIND and LCERT_PUBLIC_PORT. No signer; the database is read for search only."""
    with open_house(settings, clock=clock_now) as house:
        identity, pin = house.identity, house.root_thumbprint
    quota = _quota(settings)
    nearby = f"http://{settings.bind}:{settings.verifier_port}" if settings.bind == "127.0.0.1" else None
    serve(
        lambda: create_public_app(
            storage=open_storage(settings.storage_url),
            base_url=identity.base_url,
            issuer_name=identity.name,
            registry=open_registry(settings.database_url),
            pin=pin,
            contact=settings.contact,
            imprint=settings.imprint,
            verifier_url=settings.verifier_url or nearby,
            log_days=settings.log_days,
            quota=quota,
        ),
        host=settings.bind,
        port=settings.public_port,
    )


def serve_verifier(settings: Settings) -> None:
    """The verifier on LCERT_BIND and LCERT_VERIFIER_PORT, trusting LCERT_TRUST, signing with LCERT_RECEIPT_KEY."""
    if not settings.trust:
        raise SettingsError(
            "LCERT_TRUST is not set: name whom to trust, bundle files or issuer origins, separated by commas"
        )
    signer, quota = _receipt_signer(settings), _quota(settings)
    serve(
        lambda: create_verifier_app(
            trust=settings.trust,
            speech=SIX_LANGUAGES,
            receipt_signer=signer,
            receipt_issuer=settings.receipt_issuer,
            quota=quota,
        ),
        host=settings.bind,
        port=settings.verifier_port,
    )


def _quota(settings: Settings) -> Quota | None:
    if settings.rate_limit is None:
        return GENEROUS
    try:
        return parse_quota(settings.rate_limit)
    except ValueError as error:
        raise SettingsError(f"LCERT_RATE_LIMIT: {error}") from None


def _receipt_signer(settings: Settings) -> ReceiptSigner | None:
    """Opened before anything starts, so that a key that cannot be used is said at once."""
    if settings.receipt_key is None:
        return None
    try:
        return open_receipt_signer(settings.receipt_key)
    except OSError as error:
        raise SettingsError(f"LCERT_RECEIPT_KEY: the file cannot be read: {error.strerror}") from None
    except Malformed as error:
        raise SettingsError(f"LCERT_RECEIPT_KEY: {error}") from None
