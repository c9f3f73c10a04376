"""Log lines are JSON, one a line, without tokens, query strings or full addresses."""

from __future__ import annotations

import json
import logging

import pytest
from flask import Flask

from lcert_web.logging import JsonFormatter, install_access_log, masked_address, masked_path

TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJzZWNyZXQifQ.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("not an address", "-"),
        (None, "-"),
    ],
)
def test_only_the_network_of_a_visitor_is_written_down(address: str | None, network: str) -> None:
    assert masked_address(address) == network


def test_a_token_in_a_path_is_masked() -> None:
    assert TOKEN not in masked_path(f"/x/{TOKEN}")
    assert masked_path("/c/LC-2026-0001") == "/c/LC-2026-0001"
    assert len(masked_path("/" + "a" * 999)) == 160


def test_an_access_line_has_no_query_and_no_full_address(caplog: pytest.LogCaptureFixture) -> None:
    app = Flask("lcert_web.public")
    install_access_log(app)
    with caplog.at_level(logging.INFO, logger="lcert.access"):
        app.test_client().get(f"/v?q={TOKEN}", environ_base={"REMOTE_ADDR": "198.51.100.23"})
    (record,) = [r for r in caplog.records if r.name == "lcert.access"]
    line = JsonFormatter().format(record)
    body = json.loads(line)
    assert "\n" not in line
    assert "secret" not in line
    assert "eyJ" not in line
    assert body["from"] == "198.51.100.0/24"
    assert body["app"] == "public"
    assert body["status"] == 404


def test_a_line_break_in_a_message_cannot_forge_a_line() -> None:
    record = logging.LogRecord("lcert", logging.INFO, "x", 1, 'a\n{"level": "forged"}', None, None)
    assert JsonFormatter().format(record).count("\n") == 0
