"""The rules of conftest.py hold: tests cannot reach the network, and say which programs they leave running."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest
from tests.support import guard


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1", "169.254.169.254"])
def test_connecting_beyond_this_machine_fails_the_test(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with (
        socket.socket(family) as probe,
        pytest.raises(pytest.fail.Exception, match="reached for the network"),
    ):
        probe.connect((address, 9))


def test_resolving_a_public_name_fails_the_test() -> None:
    with pytest.raises(pytest.fail.Exception, match="asked the network"):
        socket.getaddrinfo("certs.example", 443)


def test_loopback_is_allowed() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        assert client.getpeername() == server.getsockname()


def test_a_process_left_running_is_named() -> None:
    known = guard.children()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as left:
        assert any(line.startswith(f"{left.pid} ") for line in guard.wait_for_children(known, seconds=0))
        left.communicate(b"\n")
    assert guard.wait_for_children(known) == []
