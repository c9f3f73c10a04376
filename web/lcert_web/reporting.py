"""Reports of misuse from the public site: what may be sent, from where, how often, and where it is kept.

This is the one thing the public app writes, and nothing here can touch a certificate: a row in `misuse_report`.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol

from flask import Request

from .language import N_
from .logging import masked_address
from .security import host_of_origin

if TYPE_CHECKING:
    from lcert_issuer.misuse import Tally
    from lcert_issuer.registry.session import Registry

__all__ = [
    "KINDS",
    "Given",
    "Limiter",
    "NotStored",
    "Reports",
    "TooMany",
    "is_from_here",
    "read_report",
    "registry_reports",
]

KINDS: Final = {
    "copied-badge": N_("The badge stands on a site it is not licensed for"),
    "not-covered": N_("The badge stands beside something it does not cover"),
    "altered": N_("The badge was changed, or looks like another mark"),
    "no-certificate": N_("The mark is used without any certificate"),
    "data": N_("The certificate says something untrue"),
    "other": N_("Something else"),
}
_LONGEST: Final = {"place": 500, "text": 4000, "contact": 200}
_PER_HOUR: Final = 10
_SECONDS: Final = 3600.0
_REMEMBERED: Final = 10_000


class NotStored(Exception):  # noqa: N818 - a state of things, said to the visitor
    """The report could not be kept."""


class TooMany(Exception):  # noqa: N818 - a refusal is an answer
    """More reports than anybody could read came within the hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a visitor wrote into the form."""

    kind: str = "copied-badge"
    place: str = ""
    text: str = ""
    contact: str = ""


class Reports(Protocol):
    """Where reports are kept. Raises NotStored and TooMany."""

    def file(self, given: Given, number: str | None, language: str, now: datetime) -> str: ...

    def tally(self) -> Tally: ...


class _RegistryReports:
    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def file(self, given: Given, number: str | None, language: str, now: datetime) -> str:
        from sqlalchemy.exc import SQLAlchemyError

        from lcert_issuer.misuse import file_report
        from lcert_issuer.refusals import NotAllowed, Refused

        try:
            with self._registry.write() as session:
                return file_report(
                    session,
                    number=number,
                    kind=given.kind,
                    place=given.place,
                    text=given.text,
                    contact=given.contact,
                    language=language,
                    now=now,
                )
        except NotAllowed as refusal:
            raise TooMany(refusal.message) from refusal
        except (Refused, SQLAlchemyError, OSError) as error:
            raise NotStored(type(error).__name__) from error

    def tally(self) -> Tally:
        from sqlalchemy.exc import SQLAlchemyError

        from lcert_issuer.misuse import tally_reports
        from lcert_issuer.refusals import Refused

        try:
            with self._registry.read() as session:
                return tally_reports(session)
        except (Refused, SQLAlchemyError, OSError) as error:
            raise NotStored(type(error).__name__) from error


def registry_reports(registry: Registry) -> Reports:
    """Keeps reports in the issuer's registry."""
    return _RegistryReports(registry)


class Limiter:
    """At most ten reports an hour from one network. Remembers scrambled addresses only, in memory, for an hour.

    An address of this machine or a private network is that of a proxy in front of us: it says nothing about the
    visitor, so only the limit for all together holds there.
    """

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._key = secrets.token_bytes(32)
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._seen: OrderedDict[bytes, deque[float]] = OrderedDict()

    def admits(self, address: str | None) -> bool:
        try:
            ip = ipaddress.ip_address((address or "").split("%")[0])
        except ValueError:
            return True
        if ip.is_loopback or ip.is_private:
            return True
        name = hmac.digest(self._key, masked_address(address).encode(), hashlib.sha256)
        now = self._monotonic()
        with self._lock:
            times = self._seen.setdefault(name, deque())
            self._seen.move_to_end(name)
            while times and times[0] <= now - _SECONDS:
                times.popleft()
            while len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)
            if len(times) >= _PER_HOUR:
                return False
            times.append(now)
            return True


def is_from_here(request: Request, base_url: str) -> bool:
    """Whether a form was sent from this site's own page: what browsers say of it, where they say anything.

    There is no session to steal; this keeps other sites from sending reports with their visitors' hands.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    hosts = {host_of_origin(base_url), request.host.lower()}
    return origin.startswith(("https://", "http://")) and host_of_origin(origin) in hosts


def read_report(form: Mapping[str, str]) -> tuple[Given, list[str]]:
    """What was written, cut to size, and messages for what is missing."""

    def field(name: str) -> str:
        text = form.get(name, "").replace("\0", " ").replace("\r\n", "\n").strip()
        return text.encode("utf-8", "replace").decode("utf-8")[: _LONGEST[name]]

    kind = form.get("kind", "")
    given = Given(
        kind=kind if kind in KINDS else "other",
        place=" ".join(field("place").split()),
        text=field("text"),
        contact=" ".join(field("contact").split()),
    )
    faults = []
    if not given.place:
        faults.append(N_("Say where you saw it."))
    if not given.text:
        faults.append(N_("Say what you saw."))
    return given, faults
