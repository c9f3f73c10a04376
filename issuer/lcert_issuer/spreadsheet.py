"""Drafts from a spreadsheet saved as CSV: a row a certificate, the header cells are the JSON form's paths.

`holder.legalName`, `holder.domains.0.name`; lists of plain words are joined by `;`. An empty cell is an absent
member. A sheet cannot show an empty list, so that no column of `scope.notCovered` or `scope.upstream` means `[]`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from typing import Any, Final

from .intake import Draft, parse_form
from .refusals import InvalidInput, Problem

__all__ = ["MAX_ROWS", "parse_csv"]

MAX_ROWS: Final = 100_000
_MAX_COLUMNS: Final = 1_000
_MAX_BYTES: Final = 256 * 1024 * 1024
_MAX_PROBLEMS: Final = 1_000
_WORD_LISTS: Final = re.compile(
    r"holder\.tradingNames|scope\.modalities|dataBasis\.[0-9]+\.(?:licensorTypes|licenses)"
)
_PATH: Final = re.compile(r"[A-Za-z]+(?:\.(?:[A-Za-z]+|0|[1-9][0-9]{0,2}))*")

Path = tuple[str | int, ...]


def parse_csv(data: bytes) -> list[Draft]:
    """One draft a row; raises InvalidInput with the problems of all rows. The header is row 1."""
    rows = _rows(data)
    header, problems = _header(rows[0]), []
    drafts: list[Draft] = []
    numbers: dict[str, int] = {}
    for index, cells in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header):
            problems.append(Problem(path=f"row {index}", message="has more cells than the header"))
            continue
        try:
            draft = parse_form(_form(header, cells), row=index)
        except InvalidInput as refusal:
            problems.extend(refusal.problems)
            if len(problems) >= _MAX_PROBLEMS:
                break
            continue
        if draft.number is not None and (first := numbers.setdefault(draft.number, index)) != index:
            problems.append(draft.problem("number", f"is the number of row {first} too"))
        drafts.append(draft)
    if problems:
        raise InvalidInput(problems)
    if not drafts:
        raise InvalidInput([Problem(path="", message="the sheet has a header and no rows")])
    return drafts


def _rows(data: bytes) -> list[list[str]]:
    if len(data) > _MAX_BYTES:
        raise InvalidInput([Problem(path="", message=f"the sheet is larger than {_MAX_BYTES} bytes")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            [Problem(path="", message="the sheet is not UTF-8: save it as `CSV UTF-8`")]
        ) from error
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), strict=True):
            rows.append(row)
            if len(rows) > MAX_ROWS + 1:
                raise InvalidInput([Problem(path="", message=f"the sheet has more than {MAX_ROWS} rows")])
    except csv.Error as error:
        raise InvalidInput([Problem(path=f"row {len(rows) + 1}", message=f"is not CSV: {error}")]) from error
    if not rows:
        raise InvalidInput([Problem(path="", message="the sheet is empty")])
    return rows


def _header(cells: Sequence[str]) -> list[Path]:
    problems: list[Problem] = []
    names = [cell.strip() for cell in cells]
    if len(names) > _MAX_COLUMNS:
        raise InvalidInput([Problem(path="row 1", message=f"has more than {_MAX_COLUMNS} columns")])
    for name in names:
        if not _PATH.fullmatch(name):
            problems.append(
                Problem(path="row 1", message=f"{name[:80]!r} is not a path such as holder.domains.0.name")
            )
        elif names.count(name) > 1:
            problems.append(Problem(path="row 1", message=f"{name} is there twice"))
        elif any(other.startswith(f"{name}.") for other in names):
            problems.append(Problem(path="row 1", message=f"{name} is a column and has columns below it"))
    if problems:
        raise InvalidInput(dict.fromkeys(problems))
    return [tuple(int(part) if part.isdigit() else part for part in name.split(".")) for name in names]


def _form(header: Sequence[Path], cells: Sequence[str]) -> Any:
    """The JSON form of one row."""
    form: dict[str, Any] = {}
    for path, cell in zip(header, cells, strict=False):
        text = cell.strip()
        if not text:
            continue
        name = ".".join(str(part) for part in path)
        value: Any = (
            [w for word in text.split(";") if (w := word.strip())] if _WORD_LISTS.fullmatch(name) else text
        )
        _put(form, path, value)
    scope = form.get("scope")
    if isinstance(scope, dict):
        scope.setdefault("notCovered", {})
        scope.setdefault("upstream", {})
    return _lists(form)


def _put(form: dict[Any, Any], path: Path, value: Any) -> None:
    for part in path[:-1]:
        form = form.setdefault(part, {})
    form[path[-1]] = value


def _lists(value: Any) -> Any:
    """Objects whose names are positions become arrays; a position left out is an empty object, and found faulty."""
    if not isinstance(value, dict):
        return value
    if not all(isinstance(name, int) for name in value):
        return {str(name): _lists(item) for name, item in value.items()}
    return [_lists(value[i]) if i in value else {} for i in range(max(value, default=-1) + 1)]
