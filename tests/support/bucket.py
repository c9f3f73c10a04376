"""A bucket on moto's server, spoken to over a real connection, that counts what it is asked."""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from tests.support.loopback import serving

from lcert_issuer.storage.s3 import S3Storage

__all__ = ["CREDENTIALS", "Bucket", "serve_buckets"]

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
"""For code that makes its own client."""


@dataclass
class Bucket:
    """One bucket of its own. `asked` is every request as (method, path of the object)."""

    endpoint: str
    name: str
    client: Any
    """A boto3 client, shared: making one takes half a second."""
    asked: list[tuple[str, str]] = field(default_factory=list)

    def storage(self, prefix: str = "site", *, lease_seconds: float = 30) -> S3Storage:
        """One that knows nothing of the others, as in another process."""
        return S3Storage(self.client, self.name, prefix, lease_seconds=lease_seconds)

    @property
    def url(self) -> str:
        return f"s3://{self.name}/site?endpoint={self.endpoint}"

    def written(self) -> list[str]:
        """Objects written since the last call, without the publisher's lease."""
        paths = [path for method, path in self.asked if method == "PUT" and path != ".lock"]
        self.asked.clear()
        return paths

    def note(self, request: Any, **_: object) -> None:
        if f"/{self.name}/site/" in request.url:
            path = request.url.partition("?")[0].partition(f"/{self.name}/site/")[2]
            self.asked.append((request.method, path))


@contextlib.contextmanager
def serve_buckets() -> Iterator[Callable[[], Bucket]]:
    """`make()` gives a new bucket on one server in this process."""
    with serving(_in_turn(DomainDispatcherApplication(create_backend_app))) as port:
        endpoint = f"http://127.0.0.1:{port}"
        client = boto3.session.Session().client(
            "s3",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(
                s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, max_pool_connections=32
            ),
        )

        def make() -> Bucket:
            bucket = Bucket(endpoint=endpoint, name=f"b{secrets.token_hex(6)}", client=client)
            client.create_bucket(Bucket=bucket.name)
            client.meta.events.register("before-send.s3", bucket.note)
            return bucket

        with contextlib.closing(client):
            yield make


def _in_turn(app: Any) -> Any:
    """One request at a time: moto looks at a condition, then writes, and a bucket does both at once."""
    lock = threading.Lock()

    def answer(environ: dict[str, Any], start: Any) -> list[bytes]:
        with lock:
            return [b"".join(app(environ, start))]

    return answer
