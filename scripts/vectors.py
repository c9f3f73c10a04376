"""Writes the shared test vectors, `tests/vectors/*.json`; with `--check` says whether they are up to date.

Python and JavaScript verifiers are held to the same files. What they must answer is written by hand in the tables of
`tests/vectors/*.py`; this never asks a verifier.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.vectors import bundles, claims, images, lists, past, times, tokens, trust
from tests.vectors.making import Area

AREAS: Final[tuple[Callable[[], Area], ...]] = (
    tokens.forms,
    tokens.signatures,
    claims.claims,
    trust.trust,
    trust.keys,
    lists.lists,
    lists.compromise,
    times.times,
    past.past,
    times.domains,
    images.images,
    bundles.bundles,
)
FOLDER: Final = Path(__file__).resolve().parent.parent / "tests" / "vectors"


def files() -> dict[Path, str]:
    """Every file and what must be in it."""
    return {FOLDER / f"{area.name}.json": area.text() for area in (make() for make in AREAS)}


def main() -> int:
    wanted = files()
    stale = [
        path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    stale += [path for path in FOLDER.glob("*.json") if path not in wanted]
    for path in stale:
        if "--check" in sys.argv:
            print(f"{path.name} is not up to date: run python -m scripts.vectors", file=sys.stderr)
        elif path in wanted:
            path.write_text(wanted[path], encoding="utf-8")
            print(f"{path.name}: {len(wanted[path])} characters")
        else:
            path.unlink()
            print(f"{path.name} removed")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
