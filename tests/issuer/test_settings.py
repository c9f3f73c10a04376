"""Settings: what each takes, what is refused with which advice, and what is never shown."""

from __future__ import annotations

import os

import pytest

from lcert_issuer.settings import SettingsError, check_base_url, read_settings


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("https://Certs.Example", "https://certs.example"),
        ("https://certs.example:443/", "https://certs.example"),
        ("https://certs.example:8443", "https://certs.example:8443"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_a_base_url_has_one_spelling(given: str, origin: str) -> None:
    assert check_base_url(given) == origin


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ("https://certs.example/path", "without a path"),
        ("https://certs.example?x", "without a path"),
        ("https://me@certs.example", "without a path"),
        ("https://certs.example:port", "without a path"),
        ("https://", "without a path"),
        ("ftp://certs.example", "without a path"),
        ("https://certs .example", "without a path"),
        ("http://certs.example", "use https://certs.example"),
        ("https://127.0.0.1", "use http://127.0.0.1"),
        ("https://localhost", "use http://localhost"),
        ("https://zertifikäte.example", "punycode"),
    ],
)
def test_what_is_no_origin_is_refused_with_advice(given: str, advice: str) -> None:
    with pytest.raises(SettingsError, match=advice):
        read_settings({"LCERT_BASE_URL": given})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LCERT_DATABASE_URL", "mysql://host/name"),
        ("LCERT_DATABASE_URL", "sqlite:///"),
        ("LCERT_STORAGE_URL", "s3:///prefix"),
        ("LCERT_STORAGE_URL", "/folder"),
        ("LCERT_PUBLIC_PORT", "0"),
        ("LCERT_VERIFIER_PORT", "65536"),
        ("LCERT_CONSOLE_PORT", "http"),
        ("LCERT_WORKERS", "0"),
        ("LCERT_THREADS", "65"),
        ("LCERT_WEBHOOK_LOOPBACK", "yes"),
        ("LCERT_CONTACT", "office"),
        ("LCERT_CONTACT", "office@certs.example <script>"),
        ("LCERT_LOG_DAYS", "-1"),
        ("LCERT_LOG_DAYS", "a week"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} must be"):
        read_settings({name: value})


def test_what_is_set_is_shown_but_no_secret() -> None:
    settings = read_settings(
        {
            "LCERT_HOME": "/srv/lcert",
            "LCERT_DATABASE_URL": "postgresql://lcert:hunter2@db/lcert",
            "LCERT_STORAGE_URL": "s3://bucket/site",
            "LCERT_VERIFIER_URL": "https://verify.example",
            "LCERT_PUBLIC_PORT": "9000",
            "LCERT_THREADS": "64",
            "LCERT_WEBHOOK_LOOPBACK": "1",
            "LCERT_CONTACT": "office@certs.example",
            "LCERT_LOG_DAYS": "14",
            "LCERT_TRUST": "https://certs.example, l.zip,",
            "LCERT_RECEIPT_KEY": "hunter3",
            "LCERT_KEY_PASSPHRASE": "hunter4",
        }
    )
    shown = settings.shown()
    assert shown["LCERT_DATABASE_URL"] == "postgresql://lcert:***@db/lcert"
    assert (shown["LCERT_PUBLIC_PORT"], shown["LCERT_LOG_DAYS"]) == ("9000", "14")
    assert (settings.threads, settings.trust) == (64, ("https://certs.example", "l.zip"))
    assert (settings.webhook_loopback, settings.passphrase_given) == (True, True)
    assert settings.database_file is None
    assert "hunter" not in f"{shown}{settings.receipt_issuer}"
    assert "hunter3" not in repr(settings)
    assert "hunter4" not in repr(settings)


def test_without_any_everything_lies_below_one_folder() -> None:
    settings = read_settings({"LCERT_HOME": "/srv/lcert"})
    assert str(settings.database_file) == "/srv/lcert/registry.sqlite3"
    assert settings.storage_url == "file:///srv/lcert/public"
    assert (settings.base_url, settings.contact, settings.log_days) == (None, None, None)
    assert settings.shown()["LCERT_BASE_URL"] == "(fixed by init)"
    assert read_settings({"LCERT_CONTACT": "https://certs.example/contact"}).contact


def test_a_server_has_a_process_a_processor_and_eight_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    for usable, workers in ((1, 1), (2, 2), (96, 8)):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, usable=usable: range(usable), raising=False)
        assert read_settings({}).workers == workers
    assert read_settings({"LCERT_WORKERS": "3"}).workers == 3
    monkeypatch.delattr(os, "sched_getaffinity")  # macOS
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    assert read_settings({}).workers == 4
