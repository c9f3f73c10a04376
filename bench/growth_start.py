"""Opens the issuer of LCERT_HOME and publishes; says how long that took and how much memory, as JSON.

`python -m bench.growth_start full` derives everything again, `bundle` makes the bundle; else only what is new.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from lcert_issuer.assembly import House, open_house
from lcert_issuer.office import load_keyring
from lcert_issuer.publish import Issuer, Publisher
from lcert_issuer.settings import read_settings

from .programmes import now

__all__ = ["publisher_of"]


def main(words: list[str]) -> None:
    start = time.perf_counter()
    with open_house(read_settings(os.environ), clock=now) as house:
        assert house.desk
        publisher_of(house).publish(full="full" in words, bundle="bundle" in words)
        seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "bytes": _peak()}))


def publisher_of(house: House) -> Publisher:
    """One that makes no badges."""
    return Publisher(
        registry=house.registry,
        storage=house.storage,
        load_keyring=load_keyring,
        issuer=Issuer(base_url=house.base_url, open_signer=house.desk.office.signer),
        high_water=house.settings.high_water_file,
        clock=now,
    )


def _peak() -> int:
    """Bytes of memory at the most. `getrusage` would count what the parent had when it began this process."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


if __name__ == "__main__":
    main(sys.argv[1:])
