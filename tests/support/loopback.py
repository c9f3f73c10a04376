"""A WSGI application served by threads of this process on a loopback port."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

__all__ = ["serving"]


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        pass


@contextlib.contextmanager
def serving(app: Any, port: int = 0) -> Iterator[int]:
    """Serves `app` and gives the port; 0 lets the system choose one."""
    server = make_server("127.0.0.1", port, _whole(app), threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _whole(app: Any) -> Any:
    """Bodies read to their end before they are sent: werkzeug's server forgets to close one whose reader hung up."""

    def answer(environ: dict[str, Any], start: Any) -> list[bytes]:
        body = app(environ, start)
        try:
            return [b"".join(body)]
        finally:
            if hasattr(body, "close"):
                body.close()

    return answer
