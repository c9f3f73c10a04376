"""Posts one webhook: to a checked address, without redirects or proxies, within one deadline and few bytes."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from typing import Any, Final, cast

from lcert_verifier.addresses import is_loopback_host, is_public_address
from lcert_verifier.errors import EvidenceUnavailable
from lcert_verifier.fetch import Fetcher
from lcert_verifier.urls import Target, parse_url
from lcert_verifier.wire import Wire

from .delivering import Outcome

__all__ = ["Destinations", "WebhookSender"]

_DEADLINE: Final = 10.0
_MOST_READ: Final = 16 * 1024
_LONGEST_WAIT: Final = 12 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Destinations:
    """Where webhooks may go: public addresses by https; with `loopback`, also this machine by http."""

    fetcher: Fetcher
    loopback: bool = False

    def refusal(self, url: str) -> str | None:
        """Why events cannot be sent to `url`; None when they can. Resolves the name, connects to nothing."""
        try:
            target = parse_url(url)
        except ValueError:
            return "must be a plain https URL"
        local = is_loopback_host(target.host)
        if target.scheme != "https" and not (local and self.loopback):
            return "must be an https URL"
        if local and not self.loopback:
            return "leads to an address that may not be reached"
        if local:
            return None
        try:
            addresses = self.fetcher.addresses(target.host.strip("[]"), target.port)
        except (EvidenceUnavailable, TimeoutError):
            return "has a host name that does not resolve"
        if not addresses or not all(is_public_address(address) for address in addresses):
            return "leads to an address that may not be reached"
        return None


class WebhookSender:
    """Sends for `delivering.Deliverer`. Threads may share it."""

    def __init__(self, destinations: Destinations, *, deadline: float = _DEADLINE) -> None:
        self._destinations = destinations
        self._deadline = deadline

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Outcome:
        """The outcome of one POST. Any 2xx is taken as taken once its status line and headers are here."""
        try:
            target = parse_url(url)
            loopback = self._destinations.loopback and is_loopback_host(target.host)
            if target.scheme != "https" and not loopback:
                return Outcome(status=None, error="the address is not https")
            with self._destinations.fetcher.open(
                target, loopback=loopback, deadline=self._deadline, most=_MOST_READ
            ) as stream:
                return _exchange(Wire(stream), target, body, headers)
        except EvidenceUnavailable as error:
            return Outcome(status=None, error=str(error)[:300])
        except TimeoutError:
            return Outcome(status=None, error=f"no answer within {self._deadline:g} seconds")
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Outcome(status=None, error=f"{type(error).__name__}: {error}"[:300])


def _exchange(wire: Wire, target: Target, body: bytes, headers: dict[str, str]) -> Outcome:
    connection = http.client.HTTPConnection(target.host)
    connection.sock = cast(Any, wire)
    connection.putrequest("POST", target.path, skip_host=True, skip_accept_encoding=True)
    for name, value in {
        "Host": target.origin.partition("://")[2],
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "User-Agent": "lcert-webhooks",
        "Accept-Encoding": "identity",
        "Connection": "close",
        **headers,
    }.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()  # what follows the headers is not read
    if 200 <= answer.status < 300:
        return Outcome(status=answer.status)
    told = " (redirects are not followed)" if 300 <= answer.status < 400 else ""
    wait = answer.headers.get("Retry-After", "")
    return Outcome(
        status=answer.status,
        error=f"answered {answer.status}{told}",
        wait_seconds=min(int(wait), _LONGEST_WAIT) if wait.isascii() and wait.isdigit() else 0,
    )
