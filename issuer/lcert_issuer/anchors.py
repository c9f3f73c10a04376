"""What must never go back: the journal state that was shown to others, kept outside the database.

Before anything is published, the journal is proven to extend both the published checkpoint and the high-water mark.
A database restored from an old backup fails this, and so never un-revokes silently.

The mark also keeps where the audit log ended, which is in no tree of hashes that others see: rows are committed before
the mark moves, so a mark that is behind is in order, and one that the log does not go on from means rewritten rows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lcert_verifier.checkpoint import parse_checkpoint
from lcert_verifier.errors import Malformed
from lcert_verifier.jose import b64u_decode, b64u_encode, parse_json
from lcert_verifier.merkle import Node, consistency_proof, verify_consistency

from .durable import replace_file
from .refusals import Refused
from .registry.auditing import LogEnd
from .registry.journal import TreeHead

__all__ = ["Anchor", "HighWaterMark", "PublishRefused", "prove_extension", "published_checkpoint"]


class PublishRefused(Refused):
    """Publishing now would take back what was published before. Nothing was published."""

    code = "publish_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A journal state that was shown to others. `where` names its witness for messages."""

    size: int
    root: bytes
    where: str


class HighWaterMark:
    """A small file beside, not in, database and storage, with the newest journal state ever published."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Anchor | None:
        """None before the first publication. PublishRefused for a file that cannot be understood."""
        try:
            value = parse_json(self._path.read_bytes(), max_bytes=4096)
            return Anchor(size=int(value["size"]), root=b64u_decode(value["root"]), where=str(self._path))
        except FileNotFoundError:
            return None
        except (Malformed, KeyError, TypeError, ValueError):
            raise self._damaged() from None

    def log_end(self) -> LogEnd | None:
        """Where the audit log ended at the newest publication; None when that was not noted."""
        try:
            value = parse_json(self._path.read_bytes(), max_bytes=4096).get("audit")
            if value is None:
                return None
            return LogEnd(size=int(value["size"]), last_id=int(value["lastId"]), digest=str(value["digest"]))
        except FileNotFoundError:
            return None
        except (Malformed, AttributeError, KeyError, TypeError, ValueError):
            raise self._damaged() from None

    def advance(self, head: TreeHead, log: LogEnd | None = None) -> None:
        """Make `head` the mark, and `log` where the audit log ended; durable before this returns."""
        self._write(size=head.size, root=head.root, log=log)

    def forget_log(self) -> None:
        """For a database that is put back in time on purpose: its audit log ends earlier from now on, and says so."""
        mark = self.read()
        if mark is not None and self.log_end() is not None:
            self._write(size=mark.size, root=mark.root, log=None)

    def _write(self, *, size: int, root: bytes, log: LogEnd | None) -> None:
        value: dict[str, Any] = {"size": size, "root": b64u_encode(root)}
        if log is not None:
            value["audit"] = {"size": log.size, "lastId": log.last_id, "digest": log.digest}
        replace_file(self._path, json.dumps(value).encode() + b"\n")

    def _damaged(self) -> PublishRefused:
        return PublishRefused(
            f"the high-water mark {self._path} is damaged: restore it, or remove it if you are sure that the "
            "database is the newest there is"
        )


def published_checkpoint(note: bytes | None, origin: str) -> Anchor | None:
    """The journal state of the published checkpoint; None when there is none or it is damaged.

    Its signature is not checked: it is this issuer's own file. PublishRefused when it is another issuer's.
    """
    if note is None:
        return None
    try:
        text = note.decode().rpartition("\n\n")[0] + "\n"
        found = parse_checkpoint(text)
    except (Malformed, UnicodeDecodeError):
        return None
    if found.origin != origin:
        raise PublishRefused(
            f"the storage holds the publication of {found.origin}, not of {origin}: "
            "set LCERT_STORAGE_URL to this issuer's storage"
        )
    return Anchor(size=found.size, root=found.root, where="the published checkpoint")


def prove_extension(head: TreeHead, anchor: Anchor, node: Node) -> None:
    """PublishRefused unless the journal begins with exactly the entries that `anchor` stands for."""
    if anchor.size > head.size:
        raise PublishRefused(
            f"the journal has {head.size} entries, but {anchor.size} were published ({anchor.where}): this database "
            "is older than what others have seen. Restore the newest backup, or replay the published log; nothing "
            "is published until then"
        )
    proof = consistency_proof(anchor.size, head.size, node)
    if not verify_consistency(anchor.size, head.size, anchor.root, head.root, proof):
        raise PublishRefused(
            f"the journal does not extend the one of {anchor.size} entries that was published ({anchor.where}): it "
            "is another journal, or one that went another way after a restore. Restore the newest backup of the "
            "database that was published from; nothing is published until then"
        )
