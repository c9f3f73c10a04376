"""The body of a request, line by line while it still arrives, whether or not the client reads the answer meanwhile.

A thread takes the body off the connection into a file; the answer is made from the file. So the first line is answered
before the last has come, a client that only writes until it is done cannot block us, and memory stays flat.
"""

from __future__ import annotations

import io
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import IO, Any, Final

from gunicorn.http.body import Body, ChunkedReader, LengthReader  # type: ignore[import-untyped]

__all__ = ["Broken", "Intake", "TooMuch", "arriving"]

_BLOCK: Final = 64 * 1024
_IN_MEMORY: Final = 1024 * 1024
_PATIENCE: Final = 2.0
_MORE: Final = b"\n"

Arriving = Callable[[], bytes]
"""What has come of a body since the last call, waiting for some; empty at its end."""


class Broken(Exception):  # noqa: N818 - said to the client, if it is still there
    """The body ended before its end, or is not framed as announced."""


class TooMuch(Exception):  # noqa: N818 - said to the client
    """The body is longer than allowed."""


def arriving(environ: Mapping[str, Any], stream: IO[bytes]) -> Arriving:
    """Reads from the server's connection what is there. Other servers than ours are asked for blocks of `stream`."""
    body: Any = environ.get("wsgi.input")
    if type(body) is Body and not body.buf.tell():
        if type(body.reader) is ChunkedReader:
            return lambda: _of(body, _of_chunked)
        if type(body.reader) is LengthReader:
            return lambda: _of(body, _of_length)
    return lambda: stream.read(_BLOCK)


def _of(body: Any, read: Callable[[Any], bytes]) -> bytes:
    try:
        return read(body.reader)
    except Exception:
        body.failed = True  # where the next request begins is unknown: the server closes the connection
        raise


def _of_chunked(reader: Any) -> bytes:
    held: bytes = reader.buf.getvalue()
    reader.buf = io.BytesIO()
    while not held and reader.parser is not None:
        try:
            held = next(reader.parser)
        except StopIteration:
            reader.parser = None
    return held


def _of_length(reader: Any) -> bytes:
    if reader.length <= 0:
        return b""
    data: bytes = reader.unreader.read(None, read_ahead=reader.length)
    if not data:
        raise ConnectionError("the client went away before the end of its body")
    taken = data[: reader.length]
    if len(data) > len(taken):
        reader.unreader.unread(data[len(taken) :])
    reader.length -= len(taken)
    return taken


class Intake:
    """Lines of a body. One thread fills it, one takes from it; `close` ends both."""

    def __init__(
        self,
        read: Arriving,
        *,
        limit: int,
        longest_line: int,
        connection: socket.socket | None = None,
    ) -> None:
        """`connection` is stopped from receiving when the answer ends before the body does."""
        self._arrives = read
        self._limit = limit
        self._longest = longest_line
        self._connection = connection
        self._changed = threading.Condition()
        self._spool = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by `close`
        self._written = 0
        self._taken = 0
        self._ended = False
        self._closed = False
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._fill, name="lcert-intake", daemon=True)
        self._thread.start()

    def lines(self) -> Iterator[bytes | None]:
        """Lines with their line ends, clipped where they are far too long. None before each wait for more.

        Raises TooMuch or Broken after what could be read.
        """
        line = bytearray()
        for block in self._blocks():
            if block is None:
                yield None
                continue
            for piece in _split(block):
                line += piece[: max(0, self._longest - len(line))]
                if piece.endswith(_MORE):
                    yield bytes(line)
                    line.clear()
        if line:
            yield bytes(line)

    def close(self) -> None:
        """Stops taking. What has not come yet is never read, and the connection is of no further use then."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
        if self._thread.is_alive() and not self._ended and self._connection is not None:
            with suppress(OSError):
                self._connection.shutdown(socket.SHUT_RD)
        self._thread.join(_PATIENCE)
        with self._changed:
            self._spool.close()

    def _blocks(self) -> Iterator[bytes | None]:
        while True:
            with self._changed:
                data = self._take()
                ended, failure = self._ended, self._failure
            if data:
                yield data
            elif failure is not None:
                raise failure
            elif ended:
                return
            else:
                yield None
                with self._changed:
                    while self._written == self._taken and not self._ended:
                        self._changed.wait()

    def _take(self) -> bytes:
        if self._written == self._taken:
            return b""
        self._spool.seek(self._taken)
        data = self._spool.read(_BLOCK)
        self._taken += len(data)
        return data

    def _fill(self) -> None:
        try:
            while data := self._arrives():
                with self._changed:
                    if self._closed:
                        return
                    if self._written + len(data) > self._limit:
                        raise TooMuch
                    self._spool.seek(self._written)
                    self._spool.write(data)
                    self._written += len(data)
                    self._changed.notify()
        except TooMuch as error:
            self._failure = error
        except (
            Exception
        ) as error:  # of the server's or the system's reading: whoever takes from us has to know
            self._failure = Broken(str(error))
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify()


def _split(block: bytes) -> list[bytes]:
    """Pieces that end with a line feed, which alone ends a line."""
    *whole, rest = block.split(_MORE)
    return [line + _MORE for line in whole] + ([rest] if rest else [])
