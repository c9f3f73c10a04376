"""Who asks, where something is written or watched: a partner with its API token. What they write is done once."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from flask import Response, request

from lcert_issuer.refusals import Conflict, InvalidInput, NotFound, RegistryUnavailable
from lcert_issuer.watching.answers import answer_once
from lcert_issuer.watching.partners import authenticate

from ..asking import read_json
from ..caching import NO_STORE
from ..problems import Kind, Problem
from .operations import JSON
from .reading import RegistryReader

if TYPE_CHECKING:
    from lcert_issuer.catalogue import Snapshot
    from lcert_issuer.registry.session import Registry

__all__ = ["Callers", "private_json", "read_object", "refused"]

_KEY: Final = re.compile(r"[!-~]{1,255}")
_AT_ONCE: Final = 3
_PATIENCE: Final = 5.0


class Callers:
    """Opens transactions for partners. Problem 401 for everybody else, 503 while the register does not answer."""

    def __init__(
        self, registry: Registry | None, reader: RegistryReader, *, clock: Callable[[], datetime]
    ) -> None:
        self._registry = registry
        self._reader = reader
        self._clock = clock
        self._at_once = threading.BoundedSemaphore(_AT_ONCE)

    @contextmanager
    def reading(self) -> Iterator[tuple[Snapshot, str]]:
        """A snapshot, and the partner that asks."""
        token = _token()
        with self._reader.session() as session, refused():
            yield session, _known(authenticate(session, token))

    @contextmanager
    def _writing(self) -> Iterator[Snapshot]:
        if self._registry is None or not self._at_once.acquire(timeout=_PATIENCE):
            raise _away()
        try:
            with refused(), self._registry.write() as session:
                yield session
        except (RegistryUnavailable, OSError) as error:
            raise _away() from error
        finally:
            self._at_once.release()

    def write(
        self,
        status: int,
        work: Callable[[Snapshot, str, datetime], Mapping[str, Any]],
    ) -> Response:
        """Does `work` in one transaction and answers what it gives; with an Idempotency-Key, once."""
        token, key, now = _token(), _idempotency_key(), self._clock()
        with self.reading():  # a stranger does not get as far as taking the writers' turn
            pass
        asked = b"\0".join((request.method.encode(), request.path.encode(), request.get_data()))
        with self._writing() as session:
            partner = _known(authenticate(session, token))
            status, body = answer_once(
                session,
                partner,
                key,
                asked,
                lambda: (status, private_text(work(session, partner, now))),
                now=now,
            )
        return _private(Response(body, status=status, content_type=JSON))

    def delete(self, work: Callable[[Snapshot, str], None]) -> Response:
        token = _token()
        with self.reading():
            pass
        with self._writing() as session:
            work(session, _known(authenticate(session, token)))
        return _private(Response(status=204))


@contextmanager
def refused() -> Iterator[None]:
    """Refusals about watches as problems."""
    try:
        yield
    except NotFound:
        raise Problem(Kind.NO_SUCH_WATCH) from None
    except Conflict as refusal:
        raise Problem(Kind.CONFLICT, _sentence(refusal.message)) from None
    except InvalidInput as refusal:
        raise Problem(Kind.INVALID_PARAMETER, f"{refusal.problems[0]}.") from None


def read_object(*known: str) -> dict[str, Any]:
    """The request's body: a JSON object with no other members than these."""
    if request.mimetype != JSON:
        raise Problem(Kind.UNSUPPORTED_MEDIA_TYPE, "Send application/json.")
    value = read_json(request.get_data())
    if not isinstance(value, dict):
        raise Problem(Kind.INVALID_PARAMETER, "The body is not a JSON object.")
    for name in value:
        if name not in known:
            raise Problem(Kind.INVALID_PARAMETER, f"Members here: {', '.join(sorted(known))}.")
    return value


def private_json(body: Mapping[str, Any]) -> Response:
    return _private(Response(private_text(body), content_type=JSON))


def private_text(body: Mapping[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False)


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = NO_STORE
    return response


def _token() -> str:
    """The token of the request: as Bearer, or as the password of Basic, which feed readers can send."""
    given = request.authorization
    if given is None:
        raise _unknown()
    token = given.token if given.type == "bearer" else given.password if given.type == "basic" else None
    if not token:
        raise _unknown()
    return token


def _known(partner: str | None) -> str:
    if partner is None:
        raise _unknown()
    return partner


def _unknown() -> Problem:
    return Problem(Kind.UNAUTHORIZED, "Send an API token of the certifier's as Authorization: Bearer TOKEN.")


def _idempotency_key() -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        raise Problem(Kind.INVALID_PARAMETER, "Idempotency-Key takes 1 to 255 visible ASCII characters.")
    return key


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _away() -> Problem:
    return Problem(Kind.UNAVAILABLE, "The register cannot be written at the moment.", retry_after=30)
