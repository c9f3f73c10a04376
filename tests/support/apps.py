"""Both web apps on a published folder and a real register, for tests of their programming interface."""

from __future__ import annotations

from flask import Flask
from tests.support.evidence import SoftKey
from tests.support.registry import Bench
from tests.support.shelf import publish

from lcert_verifier.receipt import ReceiptSigner
from lcert_verifier.verify import Verifier
from lcert_verifier.vocabulary import Algorithm
from lcert_web.public import create_public_app
from lcert_web.verifier import create_verifier_app

__all__ = ["APPS", "make_app"]

APPS = ("public", "verifier")


def make_app(name: str, bench: Bench) -> Flask:
    """One of `APPS`, without quotas. The register has one certificate, suspended; the folder one in every state."""
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
    return create_public_app(
        storage=published.storage,
        base_url=published.base_url,
        issuer_name="L",
        registry=bench.registry,
        clock=world.clock,
        quota=None,
    )
