"""Base URL, DID and certificate addresses: pure string rules, each with exactly one spelling.

An issuer is known by its base URL, an origin: `https://certs.example` or, for development, `http://127.0.0.1:8080`.
Its DID is `did:web:HOST[%3APORT]`. Names are compared as strings, so everything else (upper case, trailing slash,
default port, path) is refused rather than normalised.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from functools import lru_cache
from typing import Final

from .errors import Malformed
from .vocabulary import NUMBER_PATTERN

__all__ = [
    "base_url_of",
    "certificate_url",
    "credential_id",
    "did_of",
    "host_of",
    "is_domain",
    "is_loopback",
    "parse_credential_id",
]

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN: Final = re.compile(rf"(?:{_LABEL}\.)+(?=[a-z0-9-]*[a-z]){_LABEL}")
_ORIGIN: Final = re.compile(r"(https?)://(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::([1-9][0-9]{0,4}))?")
_CREDENTIAL_PATH: Final = re.compile(rf"({NUMBER_PATTERN})/([1-9][0-9]{{0,5}})")


def is_domain(name: str) -> bool:
    """True for a lower-case host name in A-labels with two labels or more, at most 253 characters, no trailing dot."""
    if len(name) > 253 or not _DOMAIN.fullmatch(name):
        return False
    for label in name.split("."):
        if label[2:4] == "--":
            if not label.startswith("xn--"):
                return False
            if not _is_a_label(label):
                return False
    return True


def _is_a_label(label: str) -> bool:
    """Whether an `xn--` label is the one encoding of lower-case letters, marks, digits and hyphens, not all ASCII."""
    try:
        decoded = label[4:].encode("ascii").decode("punycode")
        if (
            decoded.isascii()
            or decoded != decoded.lower()
            or unicodedata.normalize("NFC", decoded) != decoded
        ):
            return False
        if not all(char == "-" or unicodedata.category(char)[0] in "LMN" for char in decoded):
            return False
        return decoded.encode("punycode").decode("ascii") == label[4:]
    except (UnicodeError, ValueError, OverflowError):
        return False


def is_loopback(host: str) -> bool:
    """True for `localhost`, 127.0.0.0/8 and `[::1]`; by form alone, nothing is resolved."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return address == ipaddress.IPv6Address("::1") or (address.version == 4 and address.is_loopback)


def _is_host(host: str) -> bool:
    if host == "localhost" or is_domain(host):
        return True
    bracketed = host.startswith("[")
    try:
        address = ipaddress.ip_address(host[1:-1] if bracketed else host)
    except ValueError:
        return False
    return bracketed == (address.version == 6) and str(address) == host.strip("[]")


@lru_cache(maxsize=256)
def host_of(base_url: str) -> str:
    """`HOST[:PORT]` of a base URL; raises Malformed unless it is an origin in its one spelling."""
    match = _ORIGIN.fullmatch(base_url)
    if match is None:
        raise Malformed(
            "a base URL is an origin such as https://certs.example, lower case, without trailing slash"
        )
    scheme, host, port = match.groups()
    if not _is_host(host):
        raise Malformed(f"{host} is not a host name")
    if scheme == "http" and not is_loopback(host):
        raise Malformed("http is for loopback hosts only: use https")
    if scheme == "https" and is_loopback(host):
        raise Malformed("a loopback host is served over http")
    if port is not None and (int(port) > 65535 or port == ("443" if scheme == "https" else "80")):
        raise Malformed("the port is out of range, or the default one, which is left out")
    return host if port is None else f"{host}:{port}"


def did_of(base_url: str) -> str:
    """The issuer's DID for a base URL (did:web, with the port's colon as %3A); raises Malformed."""
    return "did:web:" + host_of(base_url).replace(":", "%3A").replace("[", "%5B").replace("]", "%5D")


@lru_cache(maxsize=256)
def base_url_of(did: str) -> str:
    """The base URL for an issuer's DID: http when the host is loopback, else https; raises Malformed."""
    if not did.startswith("did:web:") or ":" in did[8:]:
        raise Malformed("an issuer is did:web:HOST, with %3APORT when it has a port")
    host = did[8:].replace("%3A", ":").replace("%5B", "[").replace("%5D", "]")
    name = re.sub(r":[0-9]+\Z", "", host)
    base_url = ("http://" if is_loopback(name) else "https://") + host
    if did_of(base_url) != did:
        raise Malformed("the DID is not in its one spelling")
    return base_url


def credential_id(base_url: str, number: str, edition: int) -> str:
    """`{base_url}/c/{NUMBER}/{EDITION}`: the one identity of an edition, whatever its securing."""
    return f"{base_url}/c/{number}/{edition}"


def certificate_url(base_url: str, number: str) -> str:
    return f"{base_url}/c/{number}"


def parse_credential_id(value: str, base_url: str) -> tuple[str, int]:
    """Number and edition of a credential id below `base_url`; raises Malformed."""
    prefix = f"{base_url}/c/"
    match = _CREDENTIAL_PATH.fullmatch(value, len(prefix)) if value.startswith(prefix) else None
    if match is None:
        raise Malformed(f"is not a credential id of {base_url}")
    return match.group(1), int(match.group(2))
