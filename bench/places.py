"""`python -m bench.places`: what one change writes, and how long that takes, in a folder and in a bucket.

The bucket is moto's server in this process, over loopback: its objects count, its time is that of a server in Python.
"""

from __future__ import annotations

import os
import statistics
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from urllib.parse import unquote

from tests.support.bucket import CREDENTIALS, Bucket, serve_buckets

from lcert_issuer.assembly import House
from lcert_issuer.storage.s3 import S3Storage

from .programmes import MEMORY, a_house, drafts

ROUNDS = 11
BEFORE = 50


def main() -> None:
    with ExitStack() as stack:
        os.environ.update(CREDENTIALS)
        bucket = stack.enter_context(serve_buckets())()
        folder = stack.enter_context(a_house(within=MEMORY))
        remote = stack.enter_context(a_house(within=MEMORY, storage_url=bucket.url))
        assert isinstance(remote.storage, S3Storage)
        remote.storage._client.meta.events.register("before-send.s3", bucket.note)
        for house in (folder, remote):
            house.desk.issue_many(drafts(BEFORE))
            house.publisher.publish()
        places = (("folder", folder, None), ("bucket", remote, bucket))
        for what, change in (
            ("issue", _issue),
            ("suspend", _suspend),
            ("nothing new", lambda _house, _n: None),
        ):
            seen: dict[str, list[tuple[float, int, str]]] = {"folder": [], "bucket": []}
            for n in range(ROUNDS):
                for name, house, asked in places:
                    seen[name].append(_round(house, asked, change, n))
            for name, rounds in seen.items():
                print(
                    f"| {what} | {name} | {statistics.median(r[0] for r in rounds) * 1000:.0f} ms | "
                    f"{statistics.median(r[1] for r in rounds):.0f} | {rounds[-1][2]} |",
                    flush=True,
                )
    print("load:", *(f"{load:.1f}" for load in os.getloadavg()))


def _round(
    house: House, bucket: Bucket | None, change: Callable[[House, int], object], n: int
) -> tuple[float, int, str]:
    """Seconds of the publication, objects it wrote, and requests by method."""
    change(house, n)
    if bucket is not None:
        bucket.asked.clear()
    start = time.perf_counter()
    publication = house.publisher.publish()
    seconds = time.perf_counter() - start
    if bucket is None:
        return seconds, len(publication.paths), ""
    asked = Counter(method for method, path in bucket.asked if path != ".lock")
    written = [unquote(path) for path in bucket.written()]
    assert sorted(written) == sorted(publication.paths), "only what changed is written"
    return seconds, len(written), ", ".join(f"{count} {method}" for method, count in sorted(asked.items()))


def _issue(house: House, n: int) -> None:
    house.desk.issue(drafts(1, 1_000 + n)[0])


def _suspend(house: House, n: int) -> None:
    house.desk.suspend(f"LC-{house.clock().year}-{n + 1:04d}", reason="fee-unpaid")


if __name__ == "__main__":
    main()
