"""What is remembered is bounded by its bytes, whoever asks for whatever."""

from __future__ import annotations

import threading

from lcert_issuer.badge.face import BadgeState, Face
from lcert_web.bounded import Bounded
from lcert_web.routes import badges


def _memory(limit: int) -> Bounded[bytes]:
    return Bounded(limit, len)


def test_what_was_put_is_kept() -> None:
    memory = _memory(10)
    assert memory.get("a") is None
    assert memory.put("a", b"12345") == b"12345"
    assert memory.get("a") == b"12345"
    assert memory.held == 5


def test_those_not_asked_for_longest_leave_first() -> None:
    memory = _memory(10)
    for key in "abc":
        memory.put(key, b"123")
    memory.get("a")
    memory.put("d", b"123")
    assert [memory.get(key) for key in "abcd"] == [b"123", None, b"123", b"123"]
    assert memory.held == 9


def test_as_many_leave_as_the_new_one_needs() -> None:
    memory = _memory(10)
    for key in "abc":
        memory.put(key, b"123")
    memory.put("d", b"1234567890")
    assert [memory.get(key) for key in "abcd"] == [None, None, None, b"1234567890"]


def test_one_that_would_fill_it_alone_is_not_kept() -> None:
    memory = _memory(10)
    memory.put("a", b"123")
    assert memory.put("b", b"12345678901") == b"12345678901"
    assert memory.get("b") is None
    assert memory.get("a") == b"123"
    assert memory.held == 3


def test_a_key_put_again_counts_once() -> None:
    memory = _memory(10)
    memory.put("a", b"123456")
    memory.put("a", b"1234567")
    assert memory.get("a") == b"1234567"
    assert memory.held == 7
    memory.put("a", b"12345678901")
    assert memory.get("a") is None
    assert memory.held == 0


def test_clear_forgets() -> None:
    memory = _memory(10)
    memory.put("a", b"123456")
    memory.clear()
    assert memory.get("a") is None
    assert memory.held == 0


def test_threads_never_lose_count() -> None:
    memory = _memory(500)

    def use(start: int) -> None:
        for n in range(2_000):
            key = (start + n) % 97
            if memory.get(key) is None:
                memory.put(key, bytes(key + 1))

    threads = [threading.Thread(target=use, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = [memory.get(key) for key in range(97)]
    assert memory.held == sum(len(value) for value in kept if value is not None) <= 500


def test_pictures_do_not_fill_the_memory_of_a_public_site() -> None:
    """A site is asked for the badges of all its certificates, one after the other, again and again."""
    badges._PICTURES.clear()
    for serial in range(700):
        face = Face(state=BadgeState.UNKNOWN, number=f"LC-2026-{serial:08}", since=None)
        badges.draw_badge(face, badges.Variant(), "svg")
        assert badges._PICTURES.held <= 8 * 2**20
    assert badges._PICTURES.held > 7 * 2**20
    badges._PICTURES.clear()
