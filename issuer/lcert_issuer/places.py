"""Where an issuer's things lie: its storage, its database, and who it is while that database is away."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lcert_verifier.errors import Malformed
from lcert_verifier.jose import parse_json

from .durable import replace_file
from .refusals import RegistryUnavailable
from .settings import Settings, SettingsError
from .storage import Storage
from .storage.folder import FolderStorage

__all__ = ["Known", "check_origin", "check_there", "open_storage", "recall", "remember"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Who an issuer is. `root`: thumbprint of the key that its trust statement must be signed by."""

    base_url: str
    name: str
    root: str


def remember(settings: Settings, known: Known) -> None:
    """Notes who the issuer is beside its database, for `recall`. OSError when the home cannot be written."""
    if recall(settings) != known:
        replace_file(settings.known_file, json.dumps(asdict(known)).encode() + b"\n")


def recall(settings: Settings) -> Known | None:
    """Who published last; None when nobody did, or the note is damaged."""
    try:
        value = parse_json(settings.known_file.read_bytes(), max_bytes=8192)
        known = Known(**value)
    except (OSError, Malformed, TypeError):
        return None
    return known if all(isinstance(item, str) and item for item in asdict(known).values()) else None


def check_origin(settings: Settings, base_url: str) -> None:
    """SettingsError when the settings are those of another issuer than `base_url`."""
    if settings.base_url not in (None, base_url):
        raise SettingsError(
            f"this issuer was founded as {base_url}, but LCERT_BASE_URL is {settings.base_url}: "
            "unset it, or set LCERT_HOME to the other issuer's folder"
        )


def check_there(settings: Settings) -> None:
    """RegistryUnavailable when the embedded database is missing: looking for an issuer must not make one."""
    if settings.restoring_file.exists():
        raise RegistryUnavailable(
            f"a restore of {settings.home} was cut short: run `lcert restore` with --force again",
            code="restoring",
        )
    file = settings.database_file
    if file is not None and not file.exists():
        if settings.high_water_file.exists():  # another `init` here would be another issuer
            raise RegistryUnavailable(
                f"the database {file} is missing, and this issuer has published: put it back, or run `lcert restore`"
            )
        raise RegistryUnavailable(
            f"there is no issuer in {settings.home}: run `lcert init`, or set LCERT_HOME to the folder of one",
            code="not_initialised",
        )


def open_storage(url: str) -> Storage:
    """The storage at `file:///FOLDER` or `s3://BUCKET/PREFIX`. Raises SettingsError for a scheme that is not served."""
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.netloc in ("", "localhost") and parts.path:
        return FolderStorage(Path(unquote(parts.path)))
    if parts.scheme == "s3":
        try:
            from .storage.s3 import open_s3
        except ModuleNotFoundError as missing:
            raise SettingsError(
                "LCERT_STORAGE_URL names a bucket: install the client with pip install 'lcert[s3]'"
            ) from missing
        try:
            return open_s3(url)
        except ValueError as fault:
            raise SettingsError(f"LCERT_STORAGE_URL: {fault}") from fault
    raise SettingsError(
        f"LCERT_STORAGE_URL must be file:///FOLDER or s3://BUCKET/PREFIX?endpoint=URL; got {url!r}"
    )
