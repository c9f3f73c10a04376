"""Webhooks beside the worker's rounds."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .output import Output

if TYPE_CHECKING:
    from ..assembly import House
    from ..watching.postroom import PostRoom

__all__ = ["post_once", "posting"]


def post_once(house: House) -> tuple[dict[str, Any], str]:
    """Sends what is due, once; what to say of it, for programs and for people."""
    with contextlib.closing(_post_room(house)) as room:
        delivered, failed = room.once()
    told = f", {delivered} webhooks taken, {failed} not" if delivered or failed else ""
    return {"delivered": delivered, "failed": failed}, told


@contextlib.contextmanager
def posting(house: House, output: Output) -> Iterator[None]:
    """Sends what is due until the block ends, in a thread: a long publication holds no message up."""
    stop = threading.Event()
    thread = threading.Thread(target=_post_room(house).run, args=(stop, output.warn), name="lcert-webhooks")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _post_room(house: House) -> PostRoom:
    from ..watching.postroom import PostRoom

    return PostRoom.of(house.settings, house.registry, base_url=house.base_url, clock=house.clock)
