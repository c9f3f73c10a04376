"""Readers beside an issuer, in a process of their own, one thread a number: `python -m bench.reading HOME NUMBERS`."""

from __future__ import annotations

import os
import sys
import threading
import time

from lcert_issuer.assembly import House, open_house
from lcert_issuer.settings import read_settings

from .programmes import now

PAUSE = 0.02


def main(home: str, *numbers: str) -> None:
    """Reads until it is ended, or its parent is."""
    with open_house(read_settings({"LCERT_HOME": home, "LCERT_KEY_PASSPHRASE": "bench"}), clock=now) as house:
        for number in numbers:
            threading.Thread(target=_read, args=(house, number), daemon=True).start()
        print("reading", flush=True)
        parent = os.getppid()
        while os.getppid() == parent:
            time.sleep(0.5)


def _read(house: House, number: str) -> None:
    while True:
        time.sleep(PAUSE)
        house.record(number)
        house.storage.get(f"c/{number}.json")


if __name__ == "__main__":
    main(*sys.argv[1:])
