"""Questions about impossible instants and hosts are refused as questions, and never end in a traceback."""

from __future__ import annotations

import contextlib
import io
from datetime import UTC, datetime, timedelta, timezone

import pytest
from tests.cases.book.issuer import NOW, Issuer

from lcert_verifier.command import main
from lcert_verifier.verify import Verifier
from lcert_web.verifier import create_verifier_app

BEFORE_TIME = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
AFTER_TIME = datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-12)))
ISSUER = Issuer()


@pytest.fixture(scope="module")
def verifier() -> Verifier:
    return Verifier.from_bundle(ISSUER.bundle(), clock=lambda: NOW)


@pytest.mark.parametrize("at", [BEFORE_TIME, AFTER_TIME, datetime(2026, 11, 23)])
def test_the_library_calls_an_impossible_instant_a_wrong_value(verifier: Verifier, at: datetime) -> None:
    with pytest.raises(ValueError, match="at "):
        verifier.verify(ISSUER.token(), at=at)


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (datetime(1, 1, 1, tzinfo=UTC), "not_yet_valid"),
        (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), "expired"),
    ],
)
def test_the_ends_of_time_are_instants(verifier: Verifier, at: datetime, code: str) -> None:
    assert verifier.verify(ISSUER.token(), at=at).code.value == code


@pytest.mark.parametrize("option", ["--at", "--known-at"])
@pytest.mark.parametrize(
    "text", [BEFORE_TIME.isoformat(), AFTER_TIME.isoformat(), "yesterday", "2026-13-01", "", "٢٠٢٦-١١-٢٣"]
)
def test_the_command_calls_it_wrong_usage(option: str, text: str) -> None:
    err = io.StringIO()
    with contextlib.redirect_stderr(err):
        assert main(["x.y.z", "--trust", "https://certs.example", f"{option}={text}"]) == 64
    assert "Traceback" not in err.getvalue()


@pytest.mark.parametrize("member", ["at", "known_at"])
@pytest.mark.parametrize(
    "text", [BEFORE_TIME.isoformat(), AFTER_TIME.isoformat(), "yesterday", "2026-13-01", 5, [], {}]
)
def test_the_service_calls_it_a_bad_request(member: str, text: object) -> None:
    client = create_verifier_app(trust=(), clock=lambda: NOW).test_client()
    reply = client.post("/v1/verify", json={"token": "x.y.z", member: text})
    assert reply.status_code in (400, 422), reply.text
    assert reply.mimetype == "application/problem+json"
