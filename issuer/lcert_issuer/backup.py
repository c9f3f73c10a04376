"""A backup is a folder: the whole database as one snapshot, a manifest, and the encrypted keys when asked for.

What is published is not in it, because it can be derived again (`lcert publish --full`). The high-water mark is not in
it either, and a restore leaves that of the home alone: it is the witness that a restored database is the newest one.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from sqlalchemy import select

from lcert_verifier.errors import Malformed
from lcert_verifier.jose import b64u_encode, parse_json
from lcert_verifier.report import format_time

from .anchors import HighWaterMark
from .dumps import DUMP_NAMES, BackupRefused, dump, is_empty, load
from .failpoints import failpoint
from .office import audit, load_identity
from .places import check_there
from .refusals import RegistryUnavailable
from .registry.auditing import extends
from .registry.locking import LOCK_SUFFIXES
from .registry.models import StatusListRow
from .registry.schema import migrate
from .registry.session import Registry, open_registry
from .registry.slots import burn
from .settings import Settings

__all__ = ["BackupRefused", "Made", "Restored", "make_backup", "restore_backup"]

_MANIFEST: Final = "manifest.json"
_FORMAT: Final = 1
_KEYS: Final = "keys"
_KEY_FILES: Final = ("*.pem", "*.pem.pub.json")
_OF_A_HOME: Final = frozenset(
    {
        "keys",
        "public",
        "highwater.json",
        "issuer.json",
        "lists.json",
        "restoring",
        "samples",
        *(f"registry.sqlite3{suffix}" for suffix in LOCK_SUFFIXES),
    }
)
"""What may lie in a home whose database is gone."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A backup that lies on disk. `keys` counts key files; none without `with_keys`."""

    folder: Path
    base_url: str
    size: int
    keys: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore brought. `mark` is the journal size published before, when the home still knows it."""

    home: Path
    base_url: str
    size: int
    keys: int
    mark: int | None
    kept: Path | None
    """Where the database lies that was replaced."""

    @property
    def is_older(self) -> bool:
        """Whether others have seen more than this database knows: then nothing will be published from it."""
        return self.mark is not None and self.mark > self.size


def make_backup(
    settings: Settings, folder: Path, *, with_keys: bool, now: datetime, progress: Progress
) -> Made:
    """Writes a backup to `folder`, which must be new or empty. Others may go on writing meanwhile.

    It is made beside and moved into place whole. The passphrase of the keys is never in it.
    """
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupRefused(f"{folder} is not empty: name a new folder, a backup never overwrites another")
    check_there(settings)
    registry = open_registry(settings.database_url)
    making = folder.with_name(f"{folder.name}.making-{secrets.token_hex(4)}")
    try:
        with registry.read() as session:
            identity = load_identity(session)
        folder.parent.mkdir(parents=True, exist_ok=True)
        making.mkdir(mode=0o700)
        name = DUMP_NAMES[registry.dialect]
        head = dump(registry, making / name, progress)
        keys = _copy_keys(settings.keys_folder, making / _KEYS) if with_keys else 0
        manifest = {
            "format": _FORMAT,
            "lcert": version("lcert"),
            "made": format_time(now),
            "base_url": identity.base_url,
            "name": identity.name,
            "database": registry.dialect,
            "journal": {"size": head.size, "root": b64u_encode(head.root)},
            "files": {str(path.relative_to(making)): _digest(path) for path in _files(making)},
        }
        (making / _MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        total = 0
        for path in _files(making):
            path.chmod(0o600)
            _sync(path)
            total += path.stat().st_size
        making.rename(folder)
        _sync(folder.parent)
        return Made(folder=folder, base_url=identity.base_url, size=head.size, keys=keys, bytes=total)
    finally:
        registry.close()
        shutil.rmtree(making, ignore_errors=True)


def restore_backup(
    settings: Settings, folder: Path, *, force: bool, now: datetime, actor: str = "operator"
) -> Restored:
    """Makes the backup in `folder` the issuer of `settings.home`, and publishes nothing.

    The home must be empty or have lost only its database; with `force` its database is put aside. Keys that are there
    stay, those that are missing are taken from the backup. The high-water mark stays, but for the end of an audit log
    that goes further than the restored one.
    """
    found = _read_manifest(folder)
    if settings.base_url not in (None, found.base_url):
        raise BackupRefused(f"the backup is of {found.base_url}, but LCERT_BASE_URL is {settings.base_url}")
    if found.dialect != ("sqlite" if settings.database_file is not None else "postgresql"):
        raise BackupRefused(
            f"the backup is of a {found.dialect} database: set LCERT_DATABASE_URL to one of that kind"
        )
    high_water = HighWaterMark(settings.high_water_file)
    mark = high_water.read()
    high_water.log_end()  # one that cannot be read is refused before anything is done
    _check_home(settings, found.base_url, force=force)
    new_keys = list(_missing_keys(settings.keys_folder, folder / _KEYS))
    if new_keys:
        settings.keys_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for source, target in new_keys:
        shutil.copyfile(source, target)
        target.chmod(0o600)
        _sync(target)
    if new_keys:
        _sync(settings.keys_folder)
    failpoint("restore.after_keys")
    settings.home.mkdir(parents=True, exist_ok=True)
    settings.restoring_file.touch()
    _sync(settings.home)
    kept = load(settings.database_url, folder / DUMP_NAMES[found.dialect], replace=force)
    failpoint("restore.after_database")
    _begin_again(settings, folder, actor=actor, now=now)
    settings.restoring_file.unlink()
    _sync(settings.home)
    return Restored(
        home=settings.home,
        base_url=found.base_url,
        size=found.size,
        keys=sum(1 for path in settings.keys_folder.glob(_KEY_FILES[0])),
        mark=mark.size if mark else None,
        kept=kept,
    )


def _begin_again(settings: Settings, folder: Path, *, actor: str, now: datetime) -> None:
    """The restored database is at another time than the world: lost issues keep their indices, and it is noted.

    A database of an older program is brought to this one's tables first.
    """
    registry = open_registry(settings.database_url)
    try:
        migrate(registry)
        _keep_log_end(registry, HighWaterMark(settings.high_water_file))
        with registry.write() as session:
            lists = list(session.execute(select(StatusListRow.number)).scalars())
            burnt = burn(session, lists, now=now)
            audit(
                session,
                at=now,
                actor=actor,
                action="restore",
                target=folder.name,
                outcome="done",
                detail=f"{burnt} status indices given up, which lost issues may have used",
            )
    finally:
        registry.close()


def _keep_log_end(registry: Registry, mark: HighWaterMark) -> None:
    """An audit log that ends before the one at the newest publication is put back on purpose: the mark forgets that.

    One that goes on from there, as that of the newest backup does, is held to it as before.
    """
    known = mark.log_end()
    if known is not None:
        with registry.read() as session:
            goes_on = extends(session, known)
        if not goes_on:
            mark.forget_log()


def _check_home(settings: Settings, base_url: str, *, force: bool) -> None:
    """BackupRefused where something would be overwritten or mixed up."""
    home, file = settings.home, settings.database_file
    if home.exists() and not home.is_dir():
        raise BackupRefused(f"{home} is not a folder")
    found = {path.name for path in home.iterdir()} if home.exists() else set()
    registry = open_registry(settings.database_url) if file is None or file.exists() else None
    if registry is not None:
        try:
            there = _issuer_of(registry)
            if there is not None and there != base_url:
                raise BackupRefused(f"{home} is the issuer {there}, and the backup is of {base_url}")
            if not force and (file is not None or not is_empty(registry)):
                raise BackupRefused(
                    f"there is a database of {there or 'no known issuer'} already: "
                    "stop its servers and worker, then use --force to put it aside"
                )
        finally:
            registry.close()
    elif not force and (strange := sorted(found - _OF_A_HOME)):
        raise BackupRefused(
            f"{home} is not empty, and {strange[0]} is nothing of an issuer: set LCERT_HOME to another folder, "
            "or use --force"
        )


def _issuer_of(registry: Registry) -> str | None:
    """The base URL of the issuer in a database; None when there is none or it cannot be read."""
    try:
        with registry.read() as session:
            return load_identity(session).base_url
    except RegistryUnavailable:
        return None
    except Exception:  # a damaged database is why one restores
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Manifest:
    base_url: str
    dialect: str
    size: int
    files: Mapping[str, str]
    """Hex SHA-256 by path in the backup."""


def _read_manifest(folder: Path) -> _Manifest:
    """The manifest of a backup that is whole: every file is there and as it was made. BackupRefused otherwise."""
    try:
        value = parse_json((folder / _MANIFEST).read_bytes(), max_bytes=2**20)
        if value["format"] != _FORMAT:
            raise BackupRefused(f"{folder} has format {value['format']}; this program reads {_FORMAT}")
        found = _Manifest(
            base_url=str(value["base_url"]),
            dialect=str(value["database"]),
            size=int(value["journal"]["size"]),
            files={str(name): str(digest) for name, digest in value["files"].items()},
        )
        wanted = {DUMP_NAMES[found.dialect], *found.files}
    except OSError as fault:
        raise BackupRefused(f"{folder} is not a backup: no {_MANIFEST} ({fault.strerror})") from None
    except (Malformed, KeyError, TypeError, ValueError, AttributeError):
        raise BackupRefused(f"{folder} is not a backup: its {_MANIFEST} is damaged") from None
    for name in sorted(wanted):
        path = folder / name
        if ".." in Path(name).parts or not path.is_file() or _digest(path) != found.files.get(name):
            raise BackupRefused(
                f"the backup is damaged: {path} is not the file that was made; use another backup"
            )
    return found


def _copy_keys(source: Path, target: Path) -> int:
    """The encrypted keys and their public halves, and never a passphrase; gives how many keys there are."""
    target.mkdir(mode=0o700)
    for pattern in _KEY_FILES:
        for path in source.glob(pattern):
            shutil.copyfile(path, target / path.name)
    return sum(1 for _ in target.glob(_KEY_FILES[0]))


def _missing_keys(home: Path, backup: Path) -> Iterator[tuple[Path, Path]]:
    """From the backup's keys to where they are missing. BackupRefused when another key has the name."""
    for pattern in _KEY_FILES:
        for path in sorted(backup.glob(pattern)):
            target = home / path.name
            if not target.exists():
                yield path, target
            elif target.read_bytes() != path.read_bytes():
                raise BackupRefused(f"{target} is another key than the backup's: keys are never overwritten")


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
