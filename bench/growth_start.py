"""Opens the issuer of LCERT_HOME and publishes; says how long that took and how much memory, as JSON."""

from __future__ import annotations

import json
import os
import resource
import time

from lcert_issuer.assembly import open_house
from lcert_issuer.settings import read_settings

from .programmes import now


def main() -> None:
    start = time.perf_counter()
    with open_house(read_settings(os.environ), clock=now) as house:
        assert house.desk
        house.publisher.publish()
        seconds = time.perf_counter() - start
    print(
        json.dumps({"seconds": seconds, "bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024})
    )


if __name__ == "__main__":
    main()
