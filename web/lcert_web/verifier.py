"""The verifier as a service: its own app, without database or keys. Imports nothing of the issuer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from flask import Flask

from lcert_verifier.fetch import Fetcher
from lcert_verifier.receipt import ReceiptSigner
from lcert_verifier.source import utc_now
from lcert_verifier.verify import Verifier

from .api.limits import GENEROUS, Quota
from .api.receipts import Receipts
from .api.verifier_api import verifier_api
from .caching import install_caching
from .express_verify import VerifyExpress
from .language import ENGLISH, Speech, install_language
from .lean import LeanFlask
from .logging import install_access_log
from .metrics import install_metrics
from .pages import Site, install_pages
from .problems import install_problems
from .routes.checking import checking_routes
from .routes.operations import install_operations
from .routes.verification import verification_routes
from .security import install_security
from .trusting import Judge, judge_of

__all__ = ["create_verifier_app"]

_MAX_BODY: Final = 8 * 1024 * 1024


def create_verifier_app(
    *,
    trust: Sequence[str] | str = (),
    verifier_factory: Callable[[], Verifier] | None = None,
    clock: Callable[[], datetime] = utc_now,
    fetcher: Fetcher | None = None,
    name: str = "Verifier",
    speech: Speech = ENGLISH,
    receipt_signer: ReceiptSigner | None = None,
    receipt_issuer: str | None = None,
    quota: Quota | None = GENEROUS,
) -> Flask:
    """The verifier as a WSGI app.

    trust: bundle files and issuer origins, a sequence or comma-separated, as in LCERT_TRUST. What cannot be had yet is
    tried again at each request and `/readyz`; until then answers are indeterminate. verifier_factory: a Verifier made
    otherwise; addresses cannot be checked with it then. speech: the languages that its page speaks, handed in because
    the catalogues lie with the issuer. receipt_signer, receipt_issuer: what signs receipts and whom they name; without
    a signer there are none. quota: requests that a client may make to the programming interface; None does not count.
    """
    if verifier_factory is not None:
        judge = Judge(verifier_factory(), clock=clock)
    else:
        judge = judge_of(trust, clock=clock, fetcher=fetcher)
    app = LeanFlask(
        "lcert_web.verifier",
        root_path=str(Path(__file__).parent),
        static_folder="static",
        template_folder="templates",
    )
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 86_400
    site = Site(name=name, programme="L Certification", base_url=None, is_verifier=True)
    install_metrics(app)
    install_access_log(app)
    install_language(app, speech)
    install_security(app, hosts=None, https=False, max_body=_MAX_BODY)
    install_caching(app)
    install_problems(app)
    install_pages(app, site)
    install_operations(app, {"trust": judge.unready})
    receipts = Receipts(receipt_signer, name=receipt_issuer, clock=clock)
    for routes in (
        *verifier_api(app, site, receipts, quota),
        verification_routes(judge, receipts),
        checking_routes(judge),
    ):
        app.register_blueprint(routes)
    VerifyExpress.install(app, judge)
    return app
