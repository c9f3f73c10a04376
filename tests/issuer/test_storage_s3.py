"""A bucket as storage: the folder's promises, over a real connection, and a lease that only conditional writes move."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from tests.support.bucket import CREDENTIALS, Bucket, serve_buckets
from tests.support.press import BASE_URL, Press, press, press_template

from lcert_issuer.places import open_storage
from lcert_issuer.registry.events import Kind
from lcert_issuer.settings import SettingsError
from lcert_issuer.storage import StorageError
from lcert_issuer.storage.s3 import S3Storage
from lcert_verifier.report import Code, Verdict
from lcert_web.public import create_public_app

__all__ = ["press", "press_template"]


@pytest.fixture(scope="module")
def make_bucket() -> Iterator[Callable[[], Bucket]]:
    with serve_buckets() as make:
        yield make


@pytest.fixture
def bucket(make_bucket: Callable[[], Bucket]) -> Bucket:
    return make_bucket()


@pytest.fixture
def storage(bucket: Bucket) -> S3Storage:
    return bucket.storage()


# the folder's promises


@pytest.mark.parametrize("held", [False, True], ids=["free", "held"])
def test_what_is_put_is_there_and_can_be_replaced_and_removed(storage: S3Storage, held: bool) -> None:
    def walk() -> None:
        assert storage.get("c/LC-2026-0001.json") is None
        assert not storage.exists("c/LC-2026-0001.json")
        storage.put("c/LC-2026-0001.json", b"one")
        storage.put("c/LC-2026-0001.json", b"two")
        assert storage.get("c/LC-2026-0001.json") == b"two"
        assert storage.exists("c/LC-2026-0001.json")
        storage.delete("c/LC-2026-0001.json")
        storage.delete("c/LC-2026-0001.json")
        assert storage.get("c/LC-2026-0001.json") is None
        storage.put("c/LC-2026-0001.json", b"three")

    if held:
        with storage.exclusive():
            walk()
    else:
        walk()
    assert storage.get("c/LC-2026-0001.json") == b"three"


def test_listing_gives_sorted_paths_below_a_prefix_and_nothing_of_its_own(storage: S3Storage) -> None:
    with storage.exclusive():
        for path in ("log/tile/0/000.p/2", "log/tile/0/000.p/10", "log/checkpoint", "trust.json"):
            storage.put(path, b"x")
        assert list(storage.list()) == [
            "log/checkpoint",
            "log/tile/0/000.p/10",
            "log/tile/0/000.p/2",
            "trust.json",
        ]
        assert list(storage.list("log/tile/0/000.p/")) == ["log/tile/0/000.p/10", "log/tile/0/000.p/2"]
        assert list(storage.list("nothing/")) == []


def test_two_prefixes_of_a_bucket_know_nothing_of_each_other(bucket: Bucket) -> None:
    one, other = bucket.storage("one"), bucket.storage("other/deep")
    one.put("x", b"1")
    assert other.get("x") is None
    assert list(other.list()) == []
    with one.exclusive(), other.exclusive():
        other.put("x", b"2")
    assert one.get("x") == b"1"


@pytest.mark.parametrize("path", ["", "../x", "c/../x", "/x", ".lock", "c/.hidden", "x\0", "é"])
def test_no_path_leads_out_of_the_prefix_or_to_the_lease(storage: S3Storage, path: str) -> None:
    for act in (storage.get, storage.exists, storage.delete, lambda p: storage.put(p, b"x")):
        with pytest.raises(ValueError, match="not a path"):
            act(path)


@pytest.mark.parametrize("held", [False, True], ids=["free", "held"])
def test_many_objects_at_once_are_all_there_and_only_those_that_differ_are_named(
    storage: S3Storage, held: bool
) -> None:
    def walk() -> None:
        objects = [(f"c/{n}.json", str(n).encode()) for n in range(90)]
        assert list(storage.differing(objects)) == objects
        storage.put_many(objects)
        changed = [(path, b"new" if n in (3, 80) else data) for n, (path, data) in enumerate(objects)]
        assert list(storage.differing(changed)) == [("c/3.json", b"new"), ("c/80.json", b"new")]
        storage.put_many(storage.differing(changed))
        assert [storage.get(f"c/{n}.json") for n in (0, 3, 80, 89)] == [b"0", b"new", b"new", b"89"]

    if held:
        with storage.exclusive():
            walk()
    else:
        walk()


def test_an_object_carries_its_media_type(bucket: Bucket, storage: S3Storage) -> None:
    storage.put("status/token/1", b"x")
    found = bucket.client.head_object(Bucket=bucket.name, Key="site/status/token/1")
    assert found["ContentType"] == "application/statuslist+jwt"


def test_a_bucket_that_is_not_there_is_a_fault_and_not_an_empty_storage(bucket: Bucket) -> None:
    lost = S3Storage(bucket.client, "nobody-made-this", "site")
    with pytest.raises(StorageError, match="cannot be written: NoSuchBucket"):
        lost.put("x", b"1")
    with pytest.raises(StorageError, match="cannot be read: NoSuchBucket"):
        lost.get("x")
    with pytest.raises(StorageError, match="cannot be locked"), lost.exclusive():
        pass


def test_a_server_that_is_away_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    away = open_storage("s3://bucket/site?endpoint=http://127.0.0.1:9")
    with pytest.raises(StorageError, match="s3://bucket/site/ cannot be read"):
        away.get("x")


# one publisher at a time


def test_two_publishers_never_work_at_once(bucket: Bucket) -> None:
    inside, most = 0, 0
    lock = threading.Lock()

    def work() -> None:
        nonlocal inside, most
        with bucket.storage().exclusive():
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.02)
            with lock:
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert inside == 0


def test_a_lease_that_is_renewed_outlives_its_term(bucket: Bucket) -> None:
    other: list[float] = []
    with bucket.storage(lease_seconds=0.4).exclusive():

        def wait() -> None:
            with bucket.storage(lease_seconds=0.4).exclusive():
                other.append(time.monotonic())

        waiting = threading.Thread(target=wait)
        waiting.start()
        time.sleep(3)
        released = time.monotonic()
        assert other == []
    waiting.join(20)
    assert other
    assert other[0] >= released


def test_a_killed_publishers_lease_runs_out(bucket: Bucket) -> None:
    bucket.client.put_object(Bucket=bucket.name, Key="site/.lock", Body=b'{"holder": "killed"}')
    start = time.monotonic()
    with bucket.storage(lease_seconds=0.5).exclusive():
        assert time.monotonic() - start > 0.4


def test_a_publisher_that_lost_its_lease_overwrites_nothing_newer(bucket: Bucket) -> None:
    paused, next_one = bucket.storage(), bucket.storage()
    paused.put("status/token/1", b"first")
    with paused.exclusive():
        assert paused.get("status/token/1") == b"first"
        next_one.put("status/token/1", b"newer")  # as by whoever took over the lease meanwhile
        next_one.put("trust.json", b"new")
        with pytest.raises(StorageError, match="another publisher"):
            paused.put("status/token/1", b"stale")
        assert paused.get("c/x.json") is None
        next_one.put("c/x.json", b"newer")
        with pytest.raises(StorageError, match="another publisher"):
            paused.put("c/x.json", b"stale")
    assert next_one.get("status/token/1") == b"newer"
    assert next_one.get("c/x.json") == b"newer"


def test_a_publisher_whose_lease_was_taken_writes_nothing_more(bucket: Bucket) -> None:
    paused = bucket.storage(lease_seconds=0.2)
    with paused.exclusive():
        bucket.client.put_object(Bucket=bucket.name, Key="site/.lock", Body=b'{"holder": "another"}')
        time.sleep(0.5)
        with pytest.raises(StorageError, match="ran out"):
            paused.put("x", b"1")
        with pytest.raises(StorageError, match="ran out"):
            paused.delete("x")
    assert bucket.storage().get("x") is None


def test_a_write_whose_answer_got_lost_is_found_to_have_happened(bucket: Bucket) -> None:
    storage = bucket.storage()
    with storage.exclusive():
        assert storage.get("x") is None
        bucket.storage().put("x", b"1")  # our own write, as far as the bytes tell
        storage.put("x", b"1")
        storage.put("x", b"2")
    assert storage.get("x") == b"2"


# the issuer and the site on a bucket


def test_a_publication_to_a_bucket_verifies_and_a_change_writes_only_what_it_touches(
    press: Press, bucket: Bucket
) -> None:
    storage = bucket.storage()
    press.storage = storage  # type: ignore[assignment]
    press.publisher = press.make_publisher(storage=storage)
    first, second = press.issue(2)
    done = press.publisher.publish(bundle=True)
    assert sorted(bucket.written()) == sorted(done.paths)
    assert press.judge(first).verdict is Verdict.ACCEPTED

    press.decide(second.number, Kind.WITHDRAWN, "withdrawn")
    done = press.publisher.publish()
    assert bucket.written() == list(done.paths)
    assert not [path for path in done.paths if first.number in path]
    assert press.judge(second).code is Code.REVOKED
    assert press.publisher.publish().paths == ()
    assert bucket.written() == []

    site = create_public_app(
        storage=storage, base_url=BASE_URL, issuer_name="L", clock=lambda: press.now
    ).test_client()
    page = site.get(f"/c/{first.number}.jwt", base_url=BASE_URL)
    assert page.status_code == 200
    assert page.text == press.read(f"c/{first.number}.jwt").decode()
    assert site.get(f"/c/{second.number}.json", base_url=BASE_URL).json["state"] == "withdrawn"


# its address


def test_the_setting_names_bucket_prefix_and_endpoint(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    bucket.storage().put("x", b"1")
    assert open_storage(bucket.url).get("x") == b"1"
    whole = open_storage(f"s3://{bucket.name}?endpoint={bucket.endpoint}")
    assert whole.get("site/x") == b"1"


@pytest.mark.parametrize(
    "url",
    [
        "s3:///prefix",
        "s3://bucket/../x",
        "s3://bucket/a//b",
        "s3://bucket/x?endpoint=http://key:secret@127.0.0.1:1",
        "s3://key@bucket/x",
        "s3://bucket/x?secret=1",
        "s3://bucket/x?endpoint=nonsense",
        "s3://bucket/x#part",
    ],
)
def test_an_address_that_names_no_bucket_or_carries_secrets_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="LCERT_STORAGE_URL"):
        open_storage(url)
