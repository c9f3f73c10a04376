"""Which network addresses a fetch may reach. An allow-list of public unicast space, because `ipaddress.is_global`
passes forms that carry a private address inside (NAT64, 6to4, IPv4-compatible)."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

__all__ = ["is_loopback_address", "is_loopback_host", "is_public_address", "normal_host"]

_IPV6_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
_IPV6_BLOCKED: Final = tuple(
    ipaddress.IPv6Network(text)
    for text in (
        "2001::/23",  # IETF protocol assignments, Teredo (2001::/32), ORCHID, benchmarking (RFC 6890)
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: carries an IPv4 address
        "2620:4f:8000::/48",  # AS112 sinks
        "3fff::/20",  # documentation (RFC 9637)
    )
)
_IPV4_BLOCKED: Final = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)
_ISATAP: Final = (0x0000_5EFE, 0x0200_5EFE)
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?")


def is_public_address(text: str) -> bool:
    """Whether a literal address is public unicast and holds no other address. False for anything else."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _IPV4_BLOCKED)
    if address.scope_id is not None or address not in _IPV6_UNICAST:
        return False
    if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP:
        return False
    return not any(address in network for network in _IPV6_BLOCKED)


def is_loopback_address(text: str) -> bool:
    """Whether a literal address is 127.0.0.0/8 or ::1, in no disguise."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        return int(address) == 1 and address.scope_id is None
    return address.is_loopback


def is_loopback_host(host: str) -> bool:
    """Whether a host as written in a URL (lower case, IPv6 in brackets) is this machine by its very name."""
    return host == "localhost" or is_loopback_address(host.removeprefix("[").removesuffix("]"))


def normal_host(host: str) -> str | None:
    """The host in lower case; None unless it is a plain DNS name, a dotted-decimal IPv4 or a bracketed IPv6.

    A name whose last label is a number is an IPv4 address in some disguise (`0x7f.1`, `2130706433`), and refused.
    """
    host = host.lower()
    if host.startswith("["):
        try:
            return (
                f"[{ipaddress.IPv6Address(host[1:-1])}]" if host.endswith("]") and "%" not in host else None
            )
        except ValueError:
            return None
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    if labels[-1].isdigit() or re.fullmatch(r"0x[0-9a-f]*", labels[-1]):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            return None
    return host
