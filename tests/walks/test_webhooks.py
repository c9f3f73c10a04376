"""A partner's webhook from end to end between real programs: token, watch, change, worker, receiver, log, replay."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from standardwebhooks import Webhook
from tests.support.forking import QuickHome
from tests.support.programs import fetch, serving, wait_until


@contextlib.contextmanager
def receiving() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """An address that takes everything, and what came to it."""
    got: list[tuple[dict[str, str], bytes]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((dict(self.headers), body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hook", got
        finally:
            server.shutdown()
            thread.join()


def test_a_suspension_reaches_the_partner_and_is_logged_and_sent_again(home: QuickHome) -> None:
    number = home.lcert("list", "--json").lines[0]["number"]
    token = home.done("partner", "add", "Label & Co")["token"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(path: str = "", body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        method = "GET" if body is None else "POST"
        return fetch(f"{home.base_url}/v1/watches{path}", method=method, body=data, headers=headers)

    allowed = replace(home, more={"LCERT_WEBHOOK_LOOPBACK": "1"})
    ready = [f"{home.base_url}/healthz"]
    with receiving() as (url, got):
        with serving(["serve", "public"], env=home.env, ready=ready):
            refused = ask(body={"url": url})
            assert (refused.status, "https" in refused.json["detail"]) == (400, True)
        with serving(["serve", "public"], env=allowed.env, ready=ready):
            made = ask(body={"url": url, "certificates": [number]})
            assert made.status == 201, made.text
            watch, secret = made.json["id"], made.json["secret"]
            home.done("suspend", number, "--reason", "fee-unpaid")
            blocked = home.done("worker", "--once")  # the setting is asked again when something is sent
            assert (blocked["delivered"], blocked["failed"]) == (0, 1)
            assert got == []
            home.done("webhooks", "enable", watch)
            sent = allowed.done("worker", "--once")
            assert (sent["delivered"], sent["failed"]) == (1, 0)
            (event,) = ask(f"/{watch}/events").json["events"]
            assert (event["type"], event["state"], event["attempts"]) == (
                "certificate.suspended",
                "delivered",
                2,
            )
            with serving(["worker"], env=allowed.env, ready=[]):
                home.done("reinstate", number, "--reason", "remedied")
                wait_until(lambda: len(got) == 2, seconds=30, what="the worker sends by itself")
    told = [Webhook(secret).verify(body, named) for named, body in got]
    assert [item["type"] for item in told] == ["certificate.suspended", "certificate.reinstated"]
    assert told[0]["data"]["number"] == number
    assert got[0][0]["webhook-id"] == event["id"]
    log = home.lcert("webhooks", "log", watch, "--json").lines
    assert [(line["id"], line["state"]) for line in log] == [
        (named["webhook-id"], "delivered") for named, _ in got
    ]
    assert home.done("webhooks", "replay", watch, "--after", event["id"]) == {"queued": 1}
    listed = home.done("webhooks", "list")
    assert (listed["partner"], listed["url"], listed["certificates"]) == ("Label & Co", url, [number])
