"""What will be signed, judged by the verifier's own rules while nothing is reserved for good. Pure.

The payloads that pass are the very objects that are signed afterwards; only the time of the signature is put in then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lcert_verifier.policy import Judged
from lcert_verifier.vocabulary import Securing

from .office import Identity
from .plans import Reserved, check_payload
from .refusals import InvalidInput, Problem
from .registry.canonical import canonical_json

__all__ = ["Prepared", "prepare"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A reserved edition with its payloads, judged."""

    reserved: Reserved
    payloads: Mapping[Securing, dict[str, Any]]
    claims_digest: str
    """What the intent announces."""


def prepare(identity: Identity, items: Sequence[Reserved], now: datetime) -> list[Prepared]:
    """Raises InvalidInput with the first problem of each that breaks the rules."""
    prepared: list[Prepared] = []
    problems: list[Problem] = []
    for item in items:
        payloads = item.claims.payloads(now)
        judged: list[Judged] = []
        try:
            for securing, claims in payloads.items():
                check_payload(claims, securing, identity, item.plan, judged)
        except InvalidInput as refusal:
            problems.extend(refusal.problems)
            continue
        digest = _claims_digest(payloads[Securing.VC_JWT])
        prepared.append(Prepared(reserved=item, payloads=payloads, claims_digest=digest))
    if problems:
        raise InvalidInput(problems)
    return prepared


def _claims_digest(canonical: Mapping[str, Any]) -> str:
    """Of the canonical credential without the time of its signature."""
    announced = {name: value for name, value in canonical.items() if name != "iat"}
    return hashlib.sha256(canonical_json(announced)).hexdigest()
