"""Keeps tests on this machine: an audit hook that refuses the network, and a look for processes left running."""

from __future__ import annotations

import ipaddress
import time
from pathlib import Path
from typing import Any

import pytest

__all__ = ["children", "refuse_network", "wait_for_children"]

_NAMES = frozenset({"", "localhost", "ip6-localhost"})


def refuse_network(event: str, args: tuple[Any, ...]) -> None:
    """Fails the test that connects, sends or resolves beyond loopback.

    The failure is not an `Exception`, so code that treats network errors as "unavailable" cannot swallow it.
    """
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        address = args[1]
        if isinstance(address, tuple) and address and not _is_local(address[0], resolve=False):
            pytest.fail(f"a test reached for the network: {event} {address!r}", pytrace=True)
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"} and not _is_local(args[0], resolve=True):
        pytest.fail(f"a test asked the network for a name: {args[0]!r}", pytrace=True)


def _is_local(host: object, *, resolve: bool) -> bool:
    text = host.decode("ascii", "replace") if isinstance(host, (bytes, bytearray)) else host
    if text is None or not isinstance(text, str) or text in _NAMES:
        return True
    try:
        address = ipaddress.ip_address(text.split("%", 1)[0])
    except ValueError:
        return False
    # Writing an address as an address asks nobody; connecting to it does. 0.0.0.0 is this machine too.
    return resolve or address.is_loopback or address.is_unspecified


def children() -> set[int]:
    """Process ids of this process's children, of all its threads; empty where the system does not say."""
    found: set[int] = set()
    for listing in Path("/proc/self/task").glob("*/children"):
        try:
            found.update(int(word) for word in listing.read_text().split())
        except OSError:
            continue
    return found


def wait_for_children(known: set[int], seconds: float = 5.0) -> list[str]:
    """Children beyond `known` that are still running after `seconds`, as "id name"."""
    end = time.monotonic() + seconds
    while True:
        left = [f"{pid} {name}" for pid in sorted(children() - known) if (name := _running(pid))]
        if not left or time.monotonic() > end:
            return left
        time.sleep(0.1)


def _running(pid: int) -> str | None:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    return None if fields.get("State", "Z").startswith("Z") else fields.get("Name", "?")
