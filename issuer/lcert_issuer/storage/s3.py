"""An S3-compatible bucket as storage: `s3://BUCKET/PREFIX?endpoint=URL&region=NAME` (extra `lcert[s3]`).

Whoever publishes holds a lease, an object of its own that changes hands by conditional writes alone. While it is held
every write says which bytes it replaces (`If-Match`, `If-None-Match`), so that a publisher that was paused and lost its
lease meanwhile is refused by the bucket and overwrites nothing newer. Credentials come from where boto3 looks for them
(environment, profile, role of the machine), never from the URL.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import random
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, NoReturn
from urllib.parse import parse_qs, urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from lcert_verifier.published import media_type

from . import StorageError, check_path

__all__ = ["LEASE_SECONDS", "S3Storage", "open_s3"]

LEASE_SECONDS: Final = 30.0
"""A publisher that did not renew its lease for so long, by the bucket's clock, is taken for dead."""
_LOCK: Final = ".lock"
_FEW: Final = 64
_AT_ONCE: Final = 16
_ABSENT: Final = frozenset({"404", "NoSuchKey", "NotFound"})
_REFUSED: Final = frozenset({"412", "PreconditionFailed"})
_CONTENDED: Final = frozenset({"409", "ConditionalRequestConflict"})


class _OvertakenError(Exception):
    """A conditional write found something else than what it was to replace."""


@dataclass(slots=True)
class _Hold:
    """The lease of the publisher that works in this thread, and what it knows to be in the bucket."""

    etag: str
    seconds: float
    renewed: float
    etags: dict[str, str | None] = field(default_factory=dict)

    def check(self) -> None:
        if time.monotonic() - self.renewed >= self.seconds:
            raise StorageError(
                "the lease of this publisher ran out: another one may be at work; publish again"
            )


class S3Storage:
    """Objects below `prefix` in a bucket. Threads may share it; one at a time holds the lease.

    A `put` is atomic because S3 is, and durable when it answers. What it stores carries its media type, so that a
    CDN can serve the bucket as it is.
    """

    def __init__(
        self, client: Any, bucket: str, prefix: str = "", *, lease_seconds: float = LEASE_SECONDS
    ) -> None:
        """`client` is a boto3 S3 client. `prefix` has no slash at either end."""
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._lease = lease_seconds
        self._mine = threading.local()

    def __repr__(self) -> str:
        return f"<S3Storage s3://{self._bucket}/{self._prefix}>"

    def get(self, path: str) -> bytes | None:
        hold = self._hold
        with self._faults("read"):
            found = self._read(self._key(path))
            if hold is not None:
                hold.etags[path] = found[1] if found else None
            return found[0] if found else None

    def version(self, path: str) -> str | None:
        with self._faults("read"):
            return self._etag(self._key(path))

    def exists(self, path: str) -> bool:
        with self._faults("read"):
            return self._etag(self._key(path)) is not None

    def put(self, path: str, data: bytes) -> None:
        self._put(self._hold, path, data)

    def put_many(self, objects: Iterable[tuple[str, bytes]]) -> None:
        """A few one after the other; of many, `_AT_ONCE` at a time."""
        hold, rest = self._hold, iter(objects)
        while batch := list(itertools.islice(rest, 1024)):
            if len(batch) <= _FEW:
                for path, data in batch:
                    self._put(hold, path, data)
            else:
                with ThreadPoolExecutor(_AT_ONCE) as pool:
                    list(pool.map(lambda item: self._put(hold, *item), batch))

    def begin(
        self, objects: Iterable[tuple[str, bytes]], *, before: Callable[[], None]
    ) -> Callable[[], None]:
        """A bucket keeps what it has confirmed: nothing is left to wait for."""
        before()
        self.put_many(objects)
        return lambda: None

    def differing(self, objects: Sequence[tuple[str, bytes]]) -> Sequence[tuple[str, bytes]]:
        """Asked for side by side: each question waits for the network."""
        if len(objects) < 2:
            return [item for item in objects if self.get(item[0]) != item[1]]
        hold = self._hold

        def differs(item: tuple[str, bytes]) -> bool:
            self._mine.hold = hold
            return self.get(item[0]) != item[1]

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return [item for item, other in zip(objects, pool.map(differs, objects), strict=True) if other]

    def delete(self, path: str) -> None:
        if self._hold is not None:
            self._hold.check()
            self._hold.etags[path] = None
        with self._faults("written"):
            self._client.delete_object(Bucket=self._bucket, Key=self._key(path))

    def list(self, prefix: str = "") -> Iterator[str]:
        with self._faults("read"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix + prefix
            )
            for page in pages:
                for item in page.get("Contents", ()):
                    path = item["Key"][len(self._prefix) :]
                    if path != _LOCK:
                        yield path

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """Takes the lease, waiting for whoever holds it, and renews it in the background.

        Of a holder that was killed the lease runs out after `lease_seconds`.
        """
        hold = self._acquire()
        done = threading.Event()
        renewing = threading.Thread(target=self._renew, args=(hold, done), daemon=True)
        renewing.start()
        self._mine.hold = hold
        try:
            yield
        finally:
            self._mine.hold = None
            done.set()
            renewing.join()
            with contextlib.suppress(_OvertakenError, StorageError), self._faults("locked"):
                self._write(self._prefix + _LOCK, _note(None), "application/json", hold.etag)

    @property
    def _hold(self) -> _Hold | None:
        return getattr(self._mine, "hold", None)

    def _acquire(self) -> _Hold:
        key, wait = self._prefix + _LOCK, 0.05
        while True:
            started = time.monotonic()
            with self._faults("locked"):
                there = self._read(key)
                if (
                    there is None or _is_free(there[0]) or there[2] > self._lease + 1
                ):  # written times are whole seconds
                    with contextlib.suppress(_OvertakenError):
                        holder = _note(secrets.token_hex(16))
                        etag = self._write(key, holder, "application/json", there and there[1])
                        return _Hold(etag=etag, seconds=self._lease, renewed=started)
            time.sleep(wait * random.uniform(0.5, 1))
            wait = min(wait * 1.5, 1.0)

    def _renew(self, hold: _Hold, done: threading.Event) -> None:
        """A renewal that fails is tried again until the lease is over; `check` then stops the publisher."""
        while not done.wait(self._lease / 4):
            started = time.monotonic()
            try:
                with self._faults("locked"):
                    note = _note(secrets.token_hex(16))
                    hold.etag = self._write(self._prefix + _LOCK, note, "application/json", hold.etag)
                hold.renewed = started
            except _OvertakenError:
                hold.renewed = float("-inf")
                return
            except StorageError:
                continue

    def _put(self, hold: _Hold | None, path: str, data: bytes) -> None:
        key = self._key(path)
        with self._faults("written"):
            if hold is None:
                self._write(key, data, media_type(path))
                return
            hold.check()
            if path not in hold.etags:
                hold.etags[path] = self._etag(key)
            try:
                hold.etags[path] = self._write(key, data, media_type(path), hold.etags[path])
            except _OvertakenError:
                raise StorageError(
                    f"{path} was written by another publisher meanwhile; publish again"
                ) from None

    def _write(self, key: str, data: bytes, kind: str, *expected: str | None) -> str:
        """The new ETag. `expected` is the ETag to replace, or None for an object that must not be there.

        A write that was repeated because its answer got lost finds itself: that is no contradiction.
        """
        condition = (
            {} if not expected else {"IfNoneMatch": "*"} if expected[0] is None else {"IfMatch": expected[0]}
        )
        try:
            answer = self._client.put_object(
                Bucket=self._bucket, Key=key, Body=data, ContentType=kind, **condition
            )
        except ClientError as fault:
            if _code(fault) not in _REFUSED | _CONTENDED | (_ABSENT if condition else frozenset()):
                raise
            there = self._read(key)
            if there is None or there[0] != data:
                raise _OvertakenError from fault
            return there[1]
        return str(answer["ETag"])

    def _read(self, key: str) -> tuple[bytes, str, float] | None:
        """Bytes, ETag and age in seconds by the bucket's own clock."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
            data: bytes = answer["Body"].read()
        except ClientError as fault:
            if _code(fault) in _ABSENT:
                return None
            raise
        return data, str(answer["ETag"]), _age(answer)

    def _etag(self, key: str) -> str | None:
        try:
            return str(self._client.head_object(Bucket=self._bucket, Key=key)["ETag"])
        except ClientError as fault:
            if _code(fault) in _ABSENT:
                return None
            raise

    def _key(self, path: str) -> str:
        return self._prefix + check_path(path)

    @contextlib.contextmanager
    def _faults(self, verb: str) -> Iterator[None]:
        try:
            yield
        except (ClientError, BotoCoreError) as fault:
            self._fail(verb, fault)

    def _fail(self, verb: str, fault: Exception) -> NoReturn:
        reason = _code(fault) if isinstance(fault, ClientError) else str(fault).splitlines()[0]
        raise StorageError(
            f"the storage s3://{self._bucket}/{self._prefix} cannot be {verb}: {reason}"
        ) from fault


def open_s3(url: str) -> S3Storage:
    """The storage at `s3://BUCKET/PREFIX?endpoint=URL&region=NAME`. ValueError for a URL that is not of this form.

    A named endpoint is spoken to with the bucket in the path, as servers other than Amazon's expect it.
    """
    parts = urlsplit(url)
    query = parse_qs(parts.query, strict_parsing=bool(parts.query))
    prefix = parts.path.strip("/")
    if parts.scheme != "s3" or not parts.netloc or not set(query) <= {"endpoint", "region"} or parts.fragment:
        raise ValueError("not s3://BUCKET/PREFIX?endpoint=URL&region=NAME")
    if "@" in parts.netloc or any("@" in value for values in query.values() for value in values):
        raise ValueError("credentials belong into the environment, not into the URL")
    if prefix:
        check_path(prefix)
    endpoint = query["endpoint"][-1] if "endpoint" in query else None
    if endpoint is not None and not endpoint.startswith(("https://", "http://")):
        raise ValueError("the endpoint of a bucket is the http or https address of a server")
    client = boto3.session.Session().client(
        "s3",
        endpoint_url=endpoint,
        region_name=query["region"][-1] if "region" in query else "us-east-1" if endpoint else None,
        config=Config(
            connect_timeout=5,
            read_timeout=30,
            retries={"mode": "standard", "max_attempts": 4},
            max_pool_connections=2 * _AT_ONCE,
            request_checksum_calculation="when_required",  # servers other than Amazon's do not know the newer ones
            response_checksum_validation="when_required",
            s3={"addressing_style": "path" if endpoint else "auto"},
        ),
    )
    return S3Storage(client, parts.netloc, prefix)


def _note(holder: str | None) -> bytes:
    return json.dumps({"holder": holder, "written": secrets.token_hex(8)}).encode()


def _is_free(note: bytes) -> bool:
    try:
        return json.loads(note)["holder"] is None
    except (ValueError, KeyError, TypeError):
        return False  # damaged: it runs out like any other


def _age(answer: dict[str, Any]) -> float:
    """Seconds since the object was written, by the clock of whoever answers."""
    told = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    now = parsedate_to_datetime(told) if told else datetime.now(UTC)
    written: datetime = answer["LastModified"]
    return (now - written).total_seconds()


def _code(fault: ClientError) -> str:
    return str(fault.response.get("Error", {}).get("Code") or "no answer")
