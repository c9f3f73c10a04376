"""A socket that keeps to a deadline and a byte limit, whatever `http.client` asks of it."""

from __future__ import annotations

import io
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from .errors import EvidenceUnavailable

__all__ = ["Stream", "Wire"]


class Stream(io.RawIOBase):
    """A connected socket on which every read and write observes one deadline and a cap."""

    def __init__(self, sock: socket.socket, end: float, clock: Callable[[], float], most: int) -> None:
        self._sock = sock
        self._end = end
        self._clock = clock
        self._left = most

    def _arm(self) -> None:
        left = self._end - self._clock()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._arm()
        count = self._sock.recv_into(buffer)
        self._left -= count
        if self._left < 0:
            raise EvidenceUnavailable("the answer is too long")
        return count

    def sendall(self, data: bytes) -> None:
        self._arm()
        self._sock.sendall(data)

    def close(self) -> None:
        if not self.closed:
            with suppress(OSError):
                self._sock.close()
        super().close()


class Wire:
    """A stream as `http.client` wants its socket. Closing is left to the stream's owner, since `http.client` closes
    the socket before the body is read when the server announces to do so."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.sendall = stream.sendall

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._stream, 16 * 1024)

    def close(self) -> None:
        pass
