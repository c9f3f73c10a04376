"""Serves the example page: `python examples/product-page/serve.py [--port 8090] [--site http://127.0.0.1:8080]`.

Needs the demo (`make run`) in another terminal: the badge and its script come from there. The policy sent with the page
allows that one site and nobody else.
"""

from __future__ import annotations

import argparse
import contextlib
import mimetypes
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
WRITTEN = "http://127.0.0.1:8080"
"""The address that the page names; `--site` puts another in its place."""
FILES = {"/": "index.html", "/product.css": "product.css", "/mark.svg": "mark.svg"}


class Page(BaseHTTPRequestHandler):
    def __init__(self, site: str, *args: object) -> None:
        self.site = site
        super().__init__(*args)  # type: ignore[arg-type]  # socketserver hands over what it was given

    def do_GET(self) -> None:
        name = FILES.get(self.path.partition("?")[0])
        if name is None:
            self.send_error(404)
            return
        data = (FOLDER / name).read_bytes().replace(WRITTEN.encode(), self.site.encode())
        self.send_response(200)
        self.send_header("Content-Type", mimetypes.guess_type(name)[0] or "application/octet-stream")
        self.send_header("Content-Length", str(len(data)))
        self.send_header(
            "Content-Security-Policy",
            f"default-src 'self'; img-src 'self' {self.site}; script-src {self.site}; connect-src {self.site}",
        )
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: this is an example."""


def server(port: int, site: str) -> ThreadingHTTPServer:
    return ThreadingHTTPServer(("127.0.0.1", port), partial(Page, site))


def main() -> None:
    parser = argparse.ArgumentParser(description="Serves the example product page.")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--site", default=WRITTEN, help="origin of the certifier's site")
    options = parser.parse_args()
    with server(options.port, options.site.rstrip("/")) as running:
        print(f"http://127.0.0.1:{options.port}/  (Ctrl-C ends it)")  # noqa: T201 - a command
        with contextlib.suppress(KeyboardInterrupt):
            running.serve_forever()


if __name__ == "__main__":
    main()
