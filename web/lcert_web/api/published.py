"""What an edition of a published certificate says: from the record for the current one, else from its token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lcert_verifier.errors import Malformed
from lcert_verifier.jose import split

from ..problems import Kind, Problem
from ..shelf import CONTENTS, Shelf

__all__ = ["CONTENTS", "contents_of"]


def contents_of(shelf: Shelf, record: Mapping[str, Any], edition: int) -> dict[str, Any]:
    """Holder, scope and the other contents of an edition. Problem when its token cannot be read."""
    if edition == record.get("currentEdition"):
        return {name: record[name] for name in CONTENTS if name in record}
    data = shelf.token(str(record.get("number")), edition)
    try:
        subject = split(data.decode("ascii") if data else "").payload["credentialSubject"]
        return {name: subject[name] for name in CONTENTS}
    except (Malformed, UnicodeDecodeError, KeyError, TypeError) as error:
        raise Problem(Kind.UNAVAILABLE, "The token of that edition cannot be read.") from error
