"""The public site: directory, certificate pages, badges and published documents. Holds no signer.

Everything but the directory's search comes from the storage, so it goes on while the database is away. It writes
reports of misuse (`reporting`) and what partners watch (`api.watching`), and nothing about a certificate.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flask import Flask

from lcert_issuer.diskspace import shortage
from lcert_issuer.watching.sending import Destinations
from lcert_verifier.fetch import Fetcher
from lcert_verifier.source import utc_now

from .api.limits import GENEROUS, Quota
from .api.public_api import public_api
from .api.watching import CheckUrl
from .caching import install_caching
from .express_badges import BadgeExpress
from .finding import Changes, Directory, Find, registry_changes, registry_finder
from .language import install_language
from .lean import LeanFlask
from .logging import install_access_log
from .metrics import install_metrics
from .pages import Site, install_pages
from .problems import install_problems
from .reporting import Reports, registry_reports
from .routes.about import about_routes
from .routes.badges import badge_routes
from .routes.certificates import certificate_routes
from .routes.directory import directory_routes
from .routes.discovery import discovery_routes
from .routes.embed import embed_routes
from .routes.oembed import oembed_routes
from .routes.offline import offline_routes
from .routes.operations import install_operations
from .routes.printing import print_routes
from .routes.reports import report_routes
from .routes.sharing import sharing_routes
from .security import host_of_origin, install_security
from .shelf import ReadableStorage, Shelf
from .speaking import SIX_LANGUAGES
from .watching_over import operator_gauges

if TYPE_CHECKING:
    from lcert_issuer.registry.session import Registry

__all__ = ["create_public_app"]

_MAX_BODY: Final = 64 * 1024
_STATIC_AGE: Final = 86_400


def create_public_app(
    *,
    storage: ReadableStorage,
    base_url: str,
    issuer_name: str,
    registry: Registry | None = None,
    find: Find | None = None,
    clock: Callable[[], datetime] = utc_now,
    pin: str | None = None,
    contact: str | None = None,
    imprint: str | None = None,
    verifier_url: str | None = None,
    log_days: int | None = None,
    reports: Reports | None = None,
    changes: Changes | None = None,
    quota: Quota | None = GENEROUS,
    check_url: CheckUrl | None = None,
) -> Flask:
    """The site as a WSGI app.

    base_url: the origin in every link and the host answered for, beside loopback. registry: only for the directory's
    search; without it, or while it does not answer, the directory says so (find: searches in another way). pin:
    thumbprint of the root key that the trust statement must be signed by; None pins the first one seen. contact,
    imprint, log_days: what the trust pages say (see Site). reports: where reports of misuse are kept, changes: where
    the feed of changes comes from; both from the registry unless told. quota: requests that a client may make to the
    programming interface; None does not count them. check_url: why webhooks may not go to an address; without it, any
    public one.
    """
    app = LeanFlask(
        "lcert_web.public",
        root_path=str(Path(__file__).parent),
        static_folder="static",
        template_folder="templates",
    )
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = _STATIC_AGE
    app.url_map.strict_slashes = True
    shelf = Shelf(storage, base_url=base_url, pin=pin, clock=clock)
    site = Site(
        name=issuer_name,
        programme="L Certification",
        base_url=base_url,
        contact=contact,
        imprint=imprint,
        verifier_url=verifier_url,
        log_days=log_days,
    )
    install_metrics(app, operator_gauges(storage, registry))
    install_access_log(app)
    install_language(app, SIX_LANGUAGES)
    hosts, https = [host_of_origin(base_url)], base_url.startswith("https://")
    install_security(app, hosts=hosts, https=https, max_body=_MAX_BODY)
    install_caching(app)
    install_problems(app)
    install_pages(app, site)
    if registry is not None:
        find = find or registry_finder(registry)
        reports = reports or registry_reports(registry)
        changes = changes or registry_changes(registry)
    directory = Directory(shelf, find)
    folder: Path | None = getattr(storage, "root", None)
    checks = {"storage": lambda: shelf.unready() or (shortage(folder) if folder else None)}
    if find is not None:
        checks["database"] = lambda: directory.unready() or (registry.shortage() if registry else None)
    install_operations(app, checks)
    for routes in (
        *public_api(app, shelf, site, registry, quota, check_url=check_url or _public_only),
        discovery_routes(shelf),
        certificate_routes(shelf, site),
        badge_routes(shelf),
        report_routes(shelf, site, reports),
        directory_routes(directory, site, changes),
        about_routes(shelf, reports),
        embed_routes(shelf, site),
        print_routes(shelf),
        oembed_routes(shelf, site),
        offline_routes(shelf, site),
        sharing_routes(shelf, site),
    ):
        app.register_blueprint(routes)
    BadgeExpress.install(app, shelf, hosts=hosts, https=https)
    return app


def _public_only(url: str) -> str | None:
    return Destinations(fetcher=Fetcher()).refusal(url)
