"""The public site: directory, certificate pages, badges and published documents. Holds no signer.

Everything but the directory's search comes from the storage, so it goes on while the database is away.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flask import Flask

from lcert_verifier.source import utc_now

from .caching import install_caching
from .finding import Directory, Find, registry_finder
from .logging import install_access_log
from .metrics import install_metrics
from .pages import Site, install_pages
from .problems import install_problems
from .routes.about import about_routes
from .routes.badges import badge_routes
from .routes.certificates import certificate_routes
from .routes.directory import directory_routes
from .routes.discovery import discovery_routes
from .routes.operations import install_operations
from .security import host_of_origin, install_security
from .shelf import ReadableStorage, Shelf

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
    verifier_url: str | None = None,
) -> Flask:
    """The site as a WSGI app.

    base_url: the origin in every link and the host answered for, beside loopback. registry: only for the directory's
    search; without it, or while it does not answer, the directory says so (find: searches in another way). pin:
    thumbprint of the root key that the trust statement must be signed by; None pins the first one seen. contact:
    address or page for reports of misuse.
    """
    app = Flask(
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
        verifier_url=verifier_url,
    )
    install_metrics(app)
    install_access_log(app)
    install_security(
        app, hosts=[host_of_origin(base_url)], https=base_url.startswith("https://"), max_body=_MAX_BODY
    )
    install_caching(app)
    install_problems(app)
    install_pages(app, site)
    if registry is not None and find is None:
        find = registry_finder(registry)
    directory = Directory(shelf, find)
    checks = {"storage": shelf.unready}
    if find is not None:
        checks["database"] = directory.unready
    install_operations(app, checks)
    for routes in (
        discovery_routes(shelf),
        certificate_routes(shelf, site),
        badge_routes(shelf),
        directory_routes(directory, site),
        about_routes(shelf),
    ):
        app.register_blueprint(routes)
    return app
