"""Measures what refusing costs, on the largest inputs that are taken and on every case of the corpus.

Milliseconds of this process (the best of five), megabytes at the peak beyond what was there before. Exit code 1 when a
refusal took 50 ms or 64 MB.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.cases.book.cases import stored_cases  # noqa: E402 - the path comes first
from tests.cases.book.issuer import NOW  # noqa: E402
from tests.cases.clients import Clients, input_of, is_badge  # noqa: E402
from tests.cases.test_costs import (  # noqa: E402
    _VERIFIER,
    BUNDLES,
    IMAGES,
    MEGABYTES,
    MILLISECONDS,
    TOKENS,
    _cost,
)

from lcert_verifier.bundle import read_bundle  # noqa: E402
from lcert_verifier.errors import LcertError  # noqa: E402

Cost = tuple[str, float, float]


def large() -> list[Cost]:
    """The inputs of tests/cases/test_costs.py."""
    found = []
    for name, make_token in TOKENS.items():
        token = make_token()
        found.append((f"token: {name}", *_cost(lambda token=token: _VERIFIER.verify(token))))  # type: ignore[misc]
    for name, make_image in IMAGES.items():
        image = make_image()
        found.append((name, *_cost(lambda image=image: _VERIFIER.verify_badge(image))))  # type: ignore[misc]
    for name, make_bundle in BUNDLES.items():
        found.append((name, *_cost(_opening(make_bundle()))))
    return found


def _opening(data: bytes) -> Callable[[], None]:
    def refuse() -> None:
        with contextlib.suppress(LcertError):
            read_bundle(data, now=NOW)

    return refuse


def cases() -> list[Cost]:
    """Every case that is not accepted, but those whose bundle does not open."""
    clients, found = Clients(), []
    for case in stored_cases():
        if case.verdict == "accepted":
            continue
        try:
            verifier = clients.verifier(case)
        except LcertError:
            continue
        judge = verifier.verify_badge if is_badge(case) else verifier.verify
        data = input_of(case)
        found.append((case.name, *_cost(lambda judge=judge, data=data: judge(data))))  # type: ignore[misc]
    return found


def main() -> int:
    over = 0
    for title, costs in (("largest inputs", large()), ("cases", cases())):
        slowest, widest = max(costs, key=lambda cost: cost[1]), max(costs, key=lambda cost: cost[2])
        print(f"{title}: {len(costs)} refusals")
        print(f"  slowest {slowest[1]:.1f} ms: {slowest[0]}")
        print(f"  most memory {widest[2]:.1f} MB: {widest[0]}")
        over += sum(cost[1] >= MILLISECONDS or cost[2] >= MEGABYTES for cost in costs)
    print(f"{over} over {MILLISECONDS} ms or {MEGABYTES} MB")
    return 1 if over else 0


if __name__ == "__main__":
    raise SystemExit(main())
