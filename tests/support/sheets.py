"""Issue forms as rows of a spreadsheet, the way `lcert issue --csv` reads them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

__all__ = ["row_of", "sheet_of"]


def row_of(value: Any, path: str = "") -> dict[str, str]:
    """A form as cells by path: dots and positions, lists of plain words joined by `;`."""
    if isinstance(value, dict):
        pairs = [(f"{path}.{name}" if path else name, member) for name, member in value.items()]
        return {cell: text for name, member in pairs for cell, text in row_of(member, name).items()}
    if isinstance(value, list) and (not value or isinstance(value[0], (dict, list))):
        return {
            cell: text for at, item in enumerate(value) for cell, text in row_of(item, f"{path}.{at}").items()
        }
    return {path: ";".join(value) if isinstance(value, list) else str(value)}


def sheet_of(rows: Sequence[dict[str, str]]) -> str:
    """CSV with the first row's paths as header."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
