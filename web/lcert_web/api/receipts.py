"""Receipts that the verifier signs when it is asked to, and the key to check them with."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from flask import Blueprint, Response

from lcert_verifier.receipt import ReceiptSigner, make_receipt
from lcert_verifier.report import Report

from ..asking import Question
from ..caching import cache_for
from ..problems import Kind, Problem
from ..security import allow_any_origin
from .operations import Answer, Operation, array_of, describe
from .schemas import object_of

__all__ = ["Receipts", "receipt_routes", "wants_receipt"]

_FRESH: Final = 300
_KEYS: Final = Operation(
    name="getReceiptKeys",
    summary="The public key that signs receipts",
    tag="Receipts",
    description="A JWK set, empty when this verifier signs no receipts.",
    answers={
        200: Answer(
            description="A JWK set (RFC 7517)",
            content={"application/jwk-set+json": object_of({"keys": array_of({"type": "object"})})},
        )
    },
)


class Receipts:
    """Signs what was answered, if there is a key. `name` is who judged: a URL, or the key's thumbprint by itself."""

    def __init__(
        self, signer: ReceiptSigner | None, *, name: str | None, clock: Callable[[], datetime]
    ) -> None:
        self._signer = signer
        self._name = name
        self._clock = clock

    def require(self) -> None:
        """Problem when there is no key: asked before anything is judged."""
        if self._signer is None:
            raise Problem(Kind.INVALID_PARAMETER, "This verifier has no key to sign receipts with.")

    def sign(self, report: Report, judged: str | bytes, question: Question) -> str:
        self.require()
        assert self._signer is not None, "required above"
        thumbprint = self._signer.public_key.thumbprint
        return make_receipt(
            report,
            judged,
            signer=self._signer,
            verifier=self._name or f"urn:ietf:params:oauth:jwk-thumbprint:sha-256:{thumbprint}",
            now=self._clock(),
            domain=question.domain,
        )

    def keys(self) -> dict[str, Any]:
        return self._signer.jwks() if self._signer is not None else {"keys": []}


def wants_receipt(values: Mapping[str, Any]) -> bool:
    """The optional member or parameter `receipt`: true, or in a query or form the word."""
    value = values.get("receipt")
    if value in (None, "false") or value is False:
        return False
    if value is True or value == "true":
        return True
    raise Problem(Kind.INVALID_PARAMETER, "receipt is true or false.")


def receipt_routes(receipts: Receipts) -> Blueprint:
    routes = Blueprint("receipts", __name__)

    @routes.get("/.well-known/jwks.json")
    @describe(_KEYS)
    def keys() -> Response:
        text = json.dumps(receipts.keys())
        return allow_any_origin(cache_for(Response(text, content_type="application/jwk-set+json"), _FRESH))

    return routes
