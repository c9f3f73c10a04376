"""A memory of what was made before, bounded by the bytes it keeps rather than by how many things they are."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

__all__ = ["Bounded"]

_T = TypeVar("_T")


class Bounded(Generic[_T]):
    """Keeps at most `limit` bytes of values, each of `size(value)` bytes; those not asked for longest leave first.

    A value larger than `limit` is made and not kept. Threads may share one; two that ask for the same missing key
    at the same moment both make it.
    """

    def __init__(self, limit: int, size: Callable[[_T], int]) -> None:
        self._limit, self._size = limit, size
        self._kept: OrderedDict[Hashable, _T] = OrderedDict()
        self._held = 0
        self._lock = Lock()

    @property
    def held(self) -> int:
        """Bytes that are kept now."""
        return self._held

    def get(self, key: Hashable) -> _T | None:
        """What is kept for `key`, or None."""
        with self._lock:
            value = self._kept.get(key)
            if value is not None:
                self._kept.move_to_end(key)
            return value

    def put(self, key: Hashable, value: _T) -> _T:
        """Keeps `value` for `key` in place of what was there, and gives it back."""
        size = self._size(value)
        with self._lock:
            before = self._kept.pop(key, None)
            if before is not None:
                self._held -= self._size(before)
            if size <= self._limit:
                self._kept[key] = value
                self._held += size
                while self._held > self._limit:
                    self._held -= self._size(self._kept.popitem(last=False)[1])
        return value

    def clear(self) -> None:
        """Forgets all."""
        with self._lock:
            self._kept.clear()
            self._held = 0
