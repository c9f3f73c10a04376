"""Starts the servers from settings: which app, on which address, with which evidence."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from lcert_issuer.assembly import open_house
from lcert_issuer.commands.running import clock_now
from lcert_issuer.places import Known, check_origin, open_storage, recall
from lcert_issuer.refusals import RegistryUnavailable
from lcert_issuer.registry.session import open_registry
from lcert_issuer.settings import Settings, SettingsError
from lcert_issuer.watching.postroom import destinations
from lcert_verifier.errors import Malformed
from lcert_verifier.receipt import ReceiptSigner
from lcert_verifier.receipt_key import open_receipt_signer

from .api.counting import FileCounter
from .api.limits import GENEROUS, Quota, parse_quota
from .public import create_public_app
from .serving import Ready, serve
from .speaking import SIX_LANGUAGES
from .verifier import create_verifier_app

__all__ = ["base_url_of", "check_ready", "serve_public", "serve_verifier"]


def check_ready(settings: Settings) -> None:
    """Raises what `open_house` raises when there is no issuer to serve."""
    _known(settings)


def base_url_of(settings: Settings) -> str:
    """The origin that `init` fixed."""
    return _known(settings)[0].base_url


def _known(settings: Settings) -> tuple[Known, RegistryUnavailable | None]:
    """The issuer, by its database or, while that is away, as whoever published last noted it; and why."""
    try:
        with open_house(settings, clock=clock_now) as house:
            return house.known(), None
    except RegistryUnavailable as fault:
        known = recall(settings)
        if known is None or fault.code != RegistryUnavailable.code:
            raise
        check_origin(settings, known.base_url)
        return known, fault


def serve_public(settings: Settings, *, ready: Ready | None = None) -> None:
    """The public site on LCERT_BIND and LCERT_PUBLIC_PORT. No signer; it starts without its database too.

    While the database does not answer, it serves what is published, and /readyz says so.
    """
    issuer, fault = _known(settings)
    if fault is not None:
        sys.stderr.write(f"lcert: warning: {fault.message}. What is published is served all the same.\n")
    quota = _quota(settings)
    nearby = f"http://{settings.bind}:{settings.verifier_port}" if settings.bind == "127.0.0.1" else None
    serve(
        lambda: create_public_app(
            storage=open_storage(settings.storage_url),
            base_url=issuer.base_url,
            issuer_name=issuer.name,
            registry=open_registry(settings.database_url, existing=True),
            pin=issuer.root,
            contact=settings.contact,
            imprint=settings.imprint,
            verifier_url=settings.verifier_url or nearby,
            log_days=settings.log_days,
            quota=quota,
            check_url=destinations(settings, issuer.base_url).refusal,
        ),
        host=settings.bind,
        port=settings.public_port,
        workers=settings.workers,
        threads=settings.threads,
        ready=ready,
    )


def serve_verifier(settings: Settings, *, ready: Ready | None = None) -> None:
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
        workers=settings.workers,
        threads=settings.threads,
        ready=ready,
    )


def _quota(settings: Settings) -> Quota | None:
    try:
        quota = GENEROUS if settings.rate_limit is None else parse_quota(settings.rate_limit)
    except ValueError as error:
        raise SettingsError(f"LCERT_RATE_LIMIT: {error}") from None
    store = _store(settings)
    if quota is None or store is None:
        return quota
    try:
        FileCounter(store).close()
    except OSError as error:
        raise SettingsError(f"LCERT_RATE_LIMIT_STORE: {error.strerror or error}") from None
    return replace(quota, store=store)


def _store(settings: Settings) -> Path | None:
    """The file that this server's processes count in: the one that is named, or one that ends with the server."""
    if settings.rate_limit_store == "memory" or (settings.rate_limit_store is None and settings.workers == 1):
        return None
    if settings.rate_limit_store is not None:
        return Path(settings.rate_limit_store)
    shared = Path("/dev/shm")  # noqa: S108 - counting must not wait for a disk
    folder = Path(tempfile.mkdtemp(prefix="lcert-quotas-", dir=shared if shared.is_dir() else None))
    owner = os.getpid()
    atexit.register(lambda: shutil.rmtree(folder, ignore_errors=True) if os.getpid() == owner else None)
    return folder / "quotas"


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
