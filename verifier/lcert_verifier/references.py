"""Where a credential's status is kept: the references in its claims, read strictly (pure).

All of them lie on the issuer's own origin, and all name the same list number and index.
"""

from __future__ import annotations

import re
from typing import Final

from .fields import Fields
from .parts import BitstringReference, StatusReference
from .vcdm import check_url, is_type
from .vocabulary import BITSTRING_ENTRY, LIST_ENTRIES

__all__ = ["read_references"]

_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,8}")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,5}")
_PURPOSES: Final = ("revocation", "suspension")


def read_references(
    fields: Fields, base_url: str
) -> tuple[StatusReference | None, tuple[BitstringReference, ...], tuple[str, ...]]:
    """The status references, and the mechanisms that are none of ours."""
    reference: StatusReference | None = None
    unknown: list[str] = []
    if "status" in fields:
        status = fields.object("status")
        if not status.raw:
            fields.fail("status", "names no mechanism")
        unknown += [f"status.{name}"[:100] for name in status.raw if name != "status_list"]
        if "status_list" in status:
            entry = status.object("status_list")
            uri = entry.text("uri", 400)
            number = _list_number(uri, f"{base_url}/status/token/")
            if number is None:
                entry.fail("uri", "is not a status list of the issuer")
            reference = StatusReference(uri=uri, index=entry.integer("idx", 0, LIST_ENTRIES - 1))
    bitstrings: list[BitstringReference] = []
    if "credentialStatus" in fields:
        value = fields.raw["credentialStatus"]
        if value == []:
            fields.fail("credentialStatus", "names no mechanism")
        for position, item in enumerate(value if isinstance(value, list) else [value]):
            path = f"credentialStatus[{position}]" if isinstance(value, list) else "credentialStatus"
            entry = Fields(item, path)
            if not is_type(entry.raw.get("type")):
                entry.fail("type", "is missing")
            if "id" in entry:
                check_url(entry, "id")
            if entry.raw["type"] not in (BITSTRING_ENTRY, [BITSTRING_ENTRY]):
                unknown.append(str(entry.raw["type"])[:100])
                continue
            bitstrings.append(_bitstring(entry, base_url))
    if len({item.purpose for item in bitstrings}) != len(bitstrings):
        fields.fail("credentialStatus", "has two entries of one purpose")
    if reference is not None:
        number = _list_number(reference.uri, f"{base_url}/status/token/")
        for item in bitstrings:
            if (item.uri.rsplit("/", 1)[1], item.index) != (str(number), reference.index):
                fields.fail("credentialStatus", "points at another place than the status claim")
    if reference is None and not bitstrings and not unknown:
        fields.fail("status", "is missing")
    return reference, tuple(bitstrings), tuple(unknown)


def _bitstring(entry: Fields, base_url: str) -> BitstringReference:
    purpose = entry.word("statusPurpose", _PURPOSES)
    uri = entry.text("statusListCredential", 400)
    if _list_number(uri, f"{base_url}/status/bitstring/{purpose}/") is None:
        entry.fail("statusListCredential", "is not a list of the issuer for this purpose")
    index = int(entry.pattern("statusListIndex", _INDEX, "a decimal string"))
    if index >= LIST_ENTRIES:
        entry.fail("statusListIndex", "is beyond the end of every list")
    if "statusSize" in entry:
        entry.integer("statusSize", 1, 1)  # an index among wider entries would be another place
    if entry.raw.get("id") == uri:
        entry.fail("id", "must not be the list's own URL")
    return BitstringReference(purpose=purpose, uri=uri, index=index)


def _list_number(uri: str, prefix: str) -> int | None:
    number = uri[len(prefix) :] if uri.startswith(prefix) else ""
    return int(number) if _NUMBER.fullmatch(number) else None
