"""Both web apps on a published folder and a real register, for tests of their programming interface."""

from __future__ import annotations

from flask import Flask
from tests.support.evidence import SoftKey
from tests.support.registry import Bench
from tests.support.shelf import publish
from tests.support.watching import a_partner, a_watch

from lcert_verifier.receipt import ReceiptSigner
from lcert_verifier.verify import Verifier
from lcert_verifier.vocabulary import Algorithm
from lcert_web.public import create_public_app
from lcert_web.verifier import create_verifier_app

__all__ = ["APPS", "TOKEN", "make_app"]

APPS = ("public", "verifier")
TOKEN = "lcert_token"
"""Extension of the public app that holds a partner's API token."""


def make_app(name: str, bench: Bench) -> Flask:
    """One of `APPS`, without quotas. The folder has one certificate in every state.

    The register has one, suspended, and a partner with a watch.
    """
    published = publish()
    world = published.world
    if name == "verifier":
        key = SoftKey(Algorithm.ES256)
        return create_verifier_app(
            verifier_factory=lambda: Verifier([world.source], clock=world.clock),
            clock=world.clock,
            receipt_signer=ReceiptSigner(public_key=key.public_key, sign=key.sign),
            quota=None,
        )
    bench.desk.suspend(bench.issue(), reason="fee-unpaid")
    partner, token = a_partner(bench)
    a_watch(bench, partner)
    app = create_public_app(
        storage=published.storage,
        base_url=published.base_url,
        issuer_name="L",
        registry=bench.registry,
        clock=world.clock,
        quota=None,
        check_url=lambda url: None if url.startswith("https://") else "must be an https URL",
    )
    app.extensions[TOKEN] = token
    return app
