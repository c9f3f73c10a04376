"""Draws the pictures of the documentation (`python -m scripts.docs_images`): real badges, by the code that ships."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from lcert_issuer.badge.artwork import pixel_size, render_svg
from lcert_issuer.badge.face import BadgeState, Face

__all__ = ["BADGE", "main"]

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "images"
BADGE = Face(
    state=BadgeState.ACTIVE,
    number="LC-2024-0001",
    covered="Quillwater Compose 3",
    domain="quillwater.example",
    level="model",
    since=date(2027, 1, 17),
    valid_from=date(2027, 1, 17),
    valid_through=date(2028, 1, 16),
    current_edition=2,
)


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "badge.svg").write_bytes(render_svg(BADGE))
    print("docs/images/badge.svg", *pixel_size(BADGE))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
