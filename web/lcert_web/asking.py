"""Reading what a verifier is asked: JSON bodies, uploads, times. Anything that is not a request is a Problem."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

from .problems import Kind, Problem

__all__ = ["Question", "parse_time", "question_from", "read_json"]

_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:[0-9]{2}))?"
)
_LONGEST_DOMAIN: Final = 253


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """How to verify: for when, by what was known when, and for which website."""

    at: datetime | None = None
    known_at: datetime | None = None
    domain: str | None = None

    def but(self, own: Question) -> Question:
        """The same question, but for what `own` says: a line's time takes no domain away from a batch."""
        return Question(
            at=own.at or self.at,
            known_at=own.known_at or self.known_at,
            domain=self.domain if own.domain is None else own.domain,
        )


def read_json(data: bytes) -> Any:
    """JSON in UTF-8 without duplicate names or NaN. Strings may hold anything: each is a token to be judged."""
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        detail = str(error) if isinstance(error, _RefusedError) else "The body is not JSON in UTF-8."
        raise Problem(Kind.INVALID_JSON, detail) from error


def question_from(values: Any) -> Question:
    """The optional members `at`, `known_at` and `domain` of a request.

    An empty `domain` is asked about like any other that is no host: who could not tell the host gets no yes.
    """
    domain = values.get("domain")
    if domain is not None and (not isinstance(domain, str) or len(domain) > _LONGEST_DOMAIN):
        raise Problem(
            Kind.INVALID_PARAMETER, f"domain is a host name of at most {_LONGEST_DOMAIN} characters."
        )
    return Question(
        at=parse_time("at", values.get("at")),
        known_at=parse_time("known_at", values.get("known_at")),
        domain=domain,
    )


def parse_time(name: str, value: object) -> datetime | None:
    """RFC 3339 with an offset, or a date, which means its first instant in UTC. None and "" mean now."""
    if value is None or value == "":
        return None
    refusal = Problem(
        Kind.INVALID_PARAMETER, f"{name} is a date or an RFC 3339 time, such as 2026-03-01T00:00:00Z."
    )
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise refusal
    try:
        parsed = datetime.fromisoformat(value.upper())
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        raise refusal from None


class _RefusedError(ValueError):
    pass


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _RefusedError("A name stands twice in one object.")
    return found


def _no_constant(name: str) -> NoReturn:
    raise _RefusedError("NaN and Infinity are not JSON.")
