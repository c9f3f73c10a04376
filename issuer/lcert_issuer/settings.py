"""Settings of the issuer's programs, read from the environment at the entry point and nowhere else."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

__all__ = ["Settings", "SettingsError", "check_base_url", "read_settings"]

_DATABASES: Final = {
    "sqlite": "sqlite:///PATH",
    "postgresql": "postgresql://USER:PASSWORD@HOST/NAME",
}
_STORAGES: Final = {"file": "file:///FOLDER", "s3": "s3://BUCKET/PREFIX?endpoint=URL"}
_SECRETS: Final = ("LCERT_KEY_PASSPHRASE", "LCERT_KEY_PASSPHRASE_FILE")


class SettingsError(ValueError):
    """A setting that cannot be used. The message names it and says what it takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where an issuer lives and how it is reached. `base_url` is None until `init` has fixed it."""

    home: Path
    database_url: str
    storage_url: str
    base_url: str | None
    bind: str
    public_port: int
    verifier_port: int
    console_port: int
    trust: tuple[str, ...]
    contact: str | None = None
    """An e-mail address or a page, for reports and complaints."""
    imprint: str | None = None
    """Who is responsible by law: lines of text, or a page."""
    verifier_url: str | None = None
    """Where people reach the verifier; None names it only on a laptop."""
    log_days: int | None = None
    """For how long whoever runs the site keeps its access log; the privacy notice says it."""
    receipt_key: str | None = field(default=None, repr=False)
    """What signs the verifier's receipts: a key file, or the key itself. None: it signs none."""
    receipt_issuer: str | None = None
    """Whom receipts name as the judge, such as the verifier's URL; None names the key."""
    rate_limit: str | None = None
    """`REQUESTS/SECONDS` for each client of the programming interface, or `off`; None for the usual one."""
    rate_limit_store: str | None = None
    """A file in which all processes of this machine count together; None: by themselves when there are several."""
    workers: int = 1
    """Processes of each server."""
    threads: int = 4
    """Requests that each of them takes at a time."""
    webhook_loopback: bool = False
    """For development: webhooks may go to this machine, if the issuer itself is on loopback."""
    secrets: Mapping[str, str] = field(repr=False)
    """The passphrase variables that are set; shown nowhere."""

    @property
    def passphrase_given(self) -> bool:
        return bool(self.secrets)

    @property
    def database_file(self) -> Path | None:
        """The file of an embedded database; None for a server's."""
        scheme, _, path = self.database_url.partition(":///")
        return Path(path.partition("?")[0]) if scheme in ("sqlite", "sqlite+pysqlite") else None

    @property
    def keys_folder(self) -> Path:
        return self.home / "keys"

    @property
    def passphrase_file(self) -> Path:
        """Where `init` leaves a generated passphrase; found by later commands."""
        return self.home / "keys" / "passphrase"

    @property
    def high_water_file(self) -> Path:
        """The newest journal head ever published, kept outside the database."""
        return self.home / "highwater.json"

    @property
    def known_file(self) -> Path:
        """Who the issuer is, for serving what is published while the database is away."""
        return self.home / "issuer.json"

    @property
    def restoring_file(self) -> Path:
        """There while a backup is being restored; nobody works in a home whose restore was cut short."""
        return self.home / "restoring"

    def shown(self) -> dict[str, str]:
        """Every setting by its environment name, secrets never; what `doctor` prints."""
        return {
            "LCERT_HOME": str(self.home),
            "LCERT_DATABASE_URL": _without_password(self.database_url),
            "LCERT_STORAGE_URL": _without_password(self.storage_url),
            "LCERT_BASE_URL": self.base_url or "(fixed by init)",
            "LCERT_BIND": self.bind,
            "LCERT_PUBLIC_PORT": str(self.public_port),
            "LCERT_VERIFIER_PORT": str(self.verifier_port),
            "LCERT_CONSOLE_PORT": str(self.console_port),
            "LCERT_TRUST": ",".join(self.trust) or "(the issuer's own base URL)",
            "LCERT_VERIFIER_URL": self.verifier_url or "(not set)",
            "LCERT_CONTACT": self.contact or "(not set: pages name no contact)",
            "LCERT_IMPRINT": self.imprint or "(not set: pages carry no imprint)",
            "LCERT_LOG_DAYS": "(not set)" if self.log_days is None else str(self.log_days),
            "LCERT_RECEIPT_KEY": "(set)" if self.receipt_key else "(not set: no receipts)",
            "LCERT_RECEIPT_ISSUER": self.receipt_issuer or "(not set: receipts name their key)",
            "LCERT_RATE_LIMIT": self.rate_limit or "(not set: 1200/60 for each client)",
            "LCERT_RATE_LIMIT_STORE": self.rate_limit_store
            or "(not set: shared by the processes of a server)",
            "LCERT_WORKERS": str(self.workers),
            "LCERT_THREADS": str(self.threads),
            "LCERT_WEBHOOK_LOOPBACK": "1" if self.webhook_loopback else "(not set: public addresses only)",
            "LCERT_KEY_PASSPHRASE": "(set)" if "LCERT_KEY_PASSPHRASE" in self.secrets else "(not set)",
            "LCERT_KEY_PASSPHRASE_FILE": self.secrets.get(
                "LCERT_KEY_PASSPHRASE_FILE", f"(not set: {self.passphrase_file}, if it is there)"
            ),
        }


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Settings from `LCERT_*` variables, with the defaults of a laptop. Raises SettingsError."""
    home = Path(environment.get("LCERT_HOME") or "var").absolute()
    base_url = environment.get("LCERT_BASE_URL") or None
    return Settings(
        home=home,
        database_url=_url(environment, "LCERT_DATABASE_URL", _DATABASES)
        or f"sqlite:///{home}/registry.sqlite3",
        storage_url=_url(environment, "LCERT_STORAGE_URL", _STORAGES) or (home / "public").as_uri(),
        base_url=check_base_url(base_url, name="LCERT_BASE_URL") if base_url else None,
        bind=environment.get("LCERT_BIND") or "127.0.0.1",
        public_port=_port(environment, "LCERT_PUBLIC_PORT", 8080),
        verifier_port=_port(environment, "LCERT_VERIFIER_PORT", 8081),
        console_port=_port(environment, "LCERT_CONSOLE_PORT", 8082),
        trust=_trust(environment.get("LCERT_TRUST", "")),
        contact=_contact(environment.get("LCERT_CONTACT", "").strip()),
        imprint=environment.get("LCERT_IMPRINT", "").strip()[:2000] or None,
        verifier_url=check_base_url(environment["LCERT_VERIFIER_URL"], name="LCERT_VERIFIER_URL")
        if environment.get("LCERT_VERIFIER_URL")
        else None,
        log_days=_days(environment, "LCERT_LOG_DAYS"),
        receipt_key=environment.get("LCERT_RECEIPT_KEY") or None,
        receipt_issuer=environment.get("LCERT_RECEIPT_ISSUER", "").strip()[:300] or None,
        rate_limit=environment.get("LCERT_RATE_LIMIT", "").strip() or None,
        rate_limit_store=environment.get("LCERT_RATE_LIMIT_STORE", "").strip() or None,
        workers=_count(environment, "LCERT_WORKERS", _processors()),
        threads=_count(environment, "LCERT_THREADS", 4),
        webhook_loopback=_switch(environment, "LCERT_WEBHOOK_LOOPBACK"),
        secrets={name: environment[name] for name in _SECRETS if environment.get(name)},
    )


def check_base_url(value: str, *, name: str = "base URL") -> str:
    """The origin in its one spelling, or raises SettingsError: https, or http on a loopback host, no path."""
    advice = f"{name} must be an origin such as https://certs.example, without a path; got {value!r}"
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as error:
        raise SettingsError(advice) from error
    host = parts.hostname
    if not host or parts.path not in ("", "/") or parts.query or parts.fragment or parts.username is not None:
        raise SettingsError(advice)
    if parts.scheme not in ("https", "http") or any(c.isspace() or ord(c) < 33 for c in value):
        raise SettingsError(advice)
    if parts.scheme == "http" and not _is_loopback(host):
        raise SettingsError(f"{name} may use http only for a loopback host; use https://{host}")
    if parts.scheme == "https" and _is_loopback(host):
        raise SettingsError(
            f"{name} on a loopback host must use http, because did:web says nothing of the scheme; use http://{host}"
        )
    if not host.isascii():
        raise SettingsError(f"{name} must be written in ASCII (punycode) form; got {value!r}")
    shown = f"[{host}]" if ":" in host else host
    default = {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{shown}" + (f":{port}" if port not in (None, default) else "")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _url(environment: Mapping[str, str], name: str, known: Mapping[str, str]) -> str | None:
    """A URL of one of the known schemes, each of which has something behind it."""
    value = environment.get(name)
    if not value:
        return None
    scheme, _, rest = value.partition(":")
    nameless = scheme == "s3" and rest.startswith("///")
    if scheme.partition("+")[0] not in known or not rest.strip("/") or nameless:
        raise SettingsError(f"{name} must be {' or '.join(known.values())}; what is set is not")
    return value


def _trust(value: str) -> tuple[str, ...]:
    """Bundle files, which may not be there yet, and origins in their one spelling."""
    if not value:
        return ()
    from lcert_verifier.links import is_link  # brings cryptography, which a help text can do without
    from lcert_verifier.urls import normal_origin

    try:
        return tuple(
            normal_origin(part) if is_link(part) else part
            for item in value.split(",")
            if (part := item.strip())
        )
    except ValueError as error:
        raise SettingsError(f"LCERT_TRUST takes bundle files and origins: {error}") from error


def _port(environment: Mapping[str, str], name: str, default: int) -> int:
    value = environment.get(name)
    if not value:
        return default
    if value.isascii() and value.isdigit() and 0 < int(value) < 65536:
        return int(value)
    raise SettingsError(f"{name} must be a port number from 1 to 65535; got {value!r}")


def _count(environment: Mapping[str, str], name: str, default: int) -> int:
    value = environment.get(name)
    if not value:
        return default
    if value.isascii() and value.isdigit() and len(value) <= 3 and 0 < int(value) <= 64:
        return int(value)
    raise SettingsError(f"{name} must be a number from 1 to 64; got {value!r}")


def _processors() -> int:
    """How many processors this process may use, and 8 at most: every process of a server takes memory."""
    known = hasattr(os, "sched_getaffinity")
    return min(len(os.sched_getaffinity(0)) if known else os.cpu_count() or 1, 8)


def _switch(environment: Mapping[str, str], name: str) -> bool:
    value = environment.get(name, "").strip()
    if value in ("", "0", "1"):
        return value == "1"
    raise SettingsError(f"{name} must be 1 or 0; got {value!r}")


def _contact(value: str) -> str | None:
    if not value:
        return None
    plain = len(value) <= 254 and value.isprintable() and not any(char in value for char in ' <>"')
    name, at, host = value.partition("@")
    if plain and (
        value.startswith(("https://", "http://")) or (name and at and "." in host and "/" not in value)
    ):
        return value
    raise SettingsError(
        f"LCERT_CONTACT must be an e-mail address or the https address of a page; got {value!r}"
    )


def _days(environment: Mapping[str, str], name: str) -> int | None:
    value = environment.get(name)
    if not value:
        return None
    if value.isascii() and value.isdigit() and len(value) <= 5:
        return int(value)
    raise SettingsError(f"{name} must be a number of days; got {value!r}")


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return url.replace(f":{parts.password}@", ":***@", 1)
