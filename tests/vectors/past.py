"""The past, replayed from the journal: what was in effect at one instant, by what was known at another."""

from __future__ import annotations

import base64
import struct
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from .bundles import bundle, contents, evidence, note
from .lists import _leaf, _tree
from .making import ABSENT, DAY, HOUR, NOW, Area, compact_json, stamp
from .office import NUMBER, Office

__all__ = ["past"]

SECURINGS = ("vc+jwt", "openbadge", "compact")
ONE, TWO = Office(), Office(edition=2)
MADE = NOW - timedelta(seconds=60)


def tokens(office: Office, edition: int) -> dict[str, str]:
    office = replace(office, edition=edition)
    return {name: office.digest(office.token(name)) for name in SECURINGS}


def entry(kind: str, effective: str, recorded: str | None = None, **more: Any) -> dict[str, Any]:
    """One journal entry about the certificate; times without their date's year and seconds: `11-20T09:30`."""
    found = {
        "v": 1,
        "kind": kind,
        "number": NUMBER,
        "effectiveAt": f"2026-{effective}:00Z",
        "recordedAt": f"2026-{recorded or effective}:00.123456Z",
        **more,
    }
    return {name: value for name, value in found.items() if value is not ABSENT}


STAGED = entry("key_staged", "11-10T08:00", number=ABSENT, kid="did:web:certs.example#k")
ISSUED = entry("issued", "11-20T00:00", "11-19T09:30", edition=1, tokens=tokens(ONE, 1))
OTHER = entry(
    "issued", "11-21T00:00", "11-22T00:00", edition=1, number="LC-2026-0002", tokens={"vc+jwt": "0" * 64}
)
RESCOPED = entry("rescoped", "11-22T09:00", edition=2, tokens=tokens(ONE, 2), reason="holder-request")


@dataclass(frozen=True)
class Journal:
    """Entries, and what an issuer publishes that has them."""

    entries: tuple[dict[str, Any] | bytes, ...]
    status: int = 0

    @property
    def rows(self) -> list[bytes]:
        return [each if isinstance(each, bytes) else compact_json(each) for each in self.entries]

    @property
    def office(self) -> Office:
        rows = self.rows
        return Office(journal=(len(rows), _tree([_leaf(row) for row in rows])))

    @property
    def tiles(self) -> dict[str, bytes]:
        found = {}
        rows = self.rows
        for first in range(0, len(rows), 256):
            some = rows[first : first + 256]
            path = f"log/tile/entries/{first // 256:03d}" + ("" if len(some) == 256 else f".p/{len(some)}")
            found[path] = b"".join(struct.pack(">H", len(row)) + row for row in some)
        return found

    def published(self, **more: Any) -> dict[str, Any]:
        office = self.office
        size, root = office.journal
        found = office.published(self.status, **more)
        tiles = {path: {"base64": base64.b64encode(body).decode()} for path, body in self.tiles.items()}
        found["files"] = {**tiles, "log/checkpoint": note(office, size=size, root=root), **found["files"]}
        return found

    def bundled(self) -> dict[str, Any]:
        office = self.office
        size, root = office.journal
        files = {**contents(office, self.status, checkpoint=note(office, size=size, root=root)), **self.tiles}
        return evidence(bundle(files, office))


LIFE = Journal(
    (
        STAGED,
        ISSUED,
        entry("activated", "11-20T00:00", edition=1),
        entry("suspended", "11-21T10:00", "11-21T10:05", reason="reevaluation-overdue"),
        OTHER,
        entry("reinstated", "11-22T10:00", reason="remedied"),
    )
)
AB_INITIO = Journal(
    (STAGED, ISSUED, OTHER, entry("withdrawn", "11-20T00:00", "11-23T08:00", reason="unlicensed-data")), 1
)
REPLACED = Journal((STAGED, ISSUED, RESCOPED, entry("superseded", "11-22T09:00", edition=1)), 3)
APPEALED = Journal(
    (
        ISSUED,
        entry("suspended", "11-21T08:00"),
        entry("withdrawn", "11-21T10:00"),
        entry("appealed", "11-22T10:00", edition=2, tokens=tokens(ONE, 2), reason="appeal-upheld"),
    ),
    1,
)


def past() -> Area:
    area = Area("past", "The past, replayed from the whole journal: never by leaving something out.")
    for name, journal in (
        ("life", LIFE),
        ("ab-initio", AB_INITIO),
        ("replaced", REPLACED),
        ("appealed", APPEALED),
    ):
        area.offer(name, journal.published())
        area.offer(f"{name}-bundle", journal.bundled())
    _stories(area)
    _hidden(area)
    _old(area)
    return area


def _stories(area: Area) -> None:
    one, two = ONE.token(), TWO.token()
    unborn = {"check": "status"}
    stories: list[tuple[str, str, str, str | None, str | None, str, str, dict[str, Any]]] = [
        # name, evidence, token, at, known_at, code, description, more
        ("begin", "life", one, "11-20T12:00", None, "valid", "On the first day", {}),
        ("leeway", "life", one, "11-19T23:59:30", None, "valid", "Half a minute before it begins", {}),
        ("suspended", "life", one, "11-21T12:00", None, "suspended", "While suspended", {}),
        ("suspended-at-once", "life", one, "11-21T10:00", None, "suspended", "When the suspension begins", {}),
        ("before-suspension", "life", one, "11-21T09:59", None, "valid", "Just before", {}),
        ("reinstated", "life", one, "11-22T10:00", None, "valid", "When it was reinstated", {}),
        ("not-known-yet", "life", one, "11-21T10:02", "11-21T10:03", "valid", "In effect, not yet recorded", {}),
        ("known-later", "life", one, "11-21T10:02", "11-21T10:06", "suspended", "Recorded since", {}),
        ("known-then", "life", one, "11-21T12:00", "11-21T12:00", "suspended", "As known then", {}),
        ("known-before-issue", "life", one, "11-20T12:00", "11-18T12:00", "not_yet_valid", "Not recorded yet", unborn),
        ("known-now", "life", one, "11-21T12:00", "11-23T11:59", "suspended", "As known when the list was made", {}),
        ("now-as-known-then", "life", one, None, "11-21T12:00", "suspended", "Now, by what was known then", {}),
        ("future-as-known-then", "life", one, "11-25T12:00", "11-22T12:00", "status_stale", "Still to come", {}),
        ("ab-initio-now", "ab-initio", one, "11-21T12:00", None, "revoked", "Withdrawn from the start", {}),
        ("ab-initio-then", "ab-initio", one, "11-21T12:00", "11-21T12:00", "valid", "Nobody knew", {}),
        ("ab-initio-known", "ab-initio", one, "11-21T12:00", "11-23T09:00", "revoked", "Known on the last day", {}),
        ("replaced-before", "replaced", one, "11-21T12:00", None, "valid", "Before it was replaced", {}),
        ("replaced-after", "replaced", one, "11-22T12:00", None, "superseded", "After", {}),
        ("replacing-before", "replaced", two, "11-21T12:00", None, "not_yet_valid", "The new edition, early", unborn),
        ("replacing-after", "replaced", two, "11-22T12:00", None, "valid", "The new edition, in time", {}),
        ("appealed-suspended", "appealed", one, "11-21T09:00", None, "suspended", "Before the withdrawal", {}),
        ("appealed-withdrawn", "appealed", one, "11-21T12:00", None, "revoked", "After the withdrawal", {}),
        ("appealed-old", "appealed", one, "11-22T12:00", None, "revoked", "The old edition stays withdrawn", {}),
        ("appealed-new", "appealed", two, "11-22T12:00", None, "valid", "The new one begins anew", {}),
    ]  # fmt: skip
    for name, where, token, at, known_at, code, about, more in stories:
        for suffix in ("", "-bundle"):
            area.ask(
                f"{name}{suffix}", about, code, evidence=where + suffix, token=token, at=_full(at),
                known_at=_full(known_at), **more,
            )  # fmt: skip
    for securing in ("openbadge", "compact"):
        for name, at, code in (("valid", "11-20T12:00", "valid"), ("suspended", "11-21T12:00", "suspended")):
            area.ask(
                f"{securing}-{name}",
                f"{securing}, {name}",
                code,
                evidence="life",
                token=ONE.token(securing),
                at=_full(at),
            )
    only = ONE.token(changes={"status": ABSENT})
    digest = {**ISSUED, "tokens": {"vc+jwt": ONE.digest(only)}}
    area.offer("bitstrings", Journal((digest, entry("suspended", "11-21T10:00")), 2).published())
    for name, at, code in (("valid", "11-20T12:00", "valid"), ("suspended", "11-21T12:00", "suspended")):
        area.ask(
            f"bitstrings-{name}", "By bitstrings alone", code, evidence="bitstrings", token=only, at=_full(at)
        )


def _full(text: str | None) -> str | None:
    if text is None:
        return None
    return f"2026-{text}Z" if text.count(":") == 2 else f"2026-{text}:00Z"


def _hidden(area: Area) -> None:
    """Journals that leave something out, do not fit their heads, or say what nobody understands."""
    token = ONE.token()
    ask = {"token": token, "at": "2026-11-21T12:00:00Z"}
    whole = LIFE.published()
    tile = next(iter(LIFE.tiles))
    body = LIFE.tiles[tile]
    shorter = Journal(LIFE.entries[:5])
    size, root = shorter.office.journal

    def spoilt(changes: dict[str, Any]) -> dict[str, Any]:
        files = {path: value for path, value in whole["files"].items() if changes.get(path, 1) is not ABSENT}
        return {**whole, "files": {**files, **{p: v for p, v in changes.items() if v is not ABSENT}}}

    def tiled(data: bytes) -> dict[str, Any]:
        return spoilt({tile: {"base64": base64.b64encode(data).decode()}})

    before = {path: {"base64": base64.b64encode(data).decode()} for path, data in shorter.tiles.items()}
    other = note(LIFE.office, size=6, root=bytes(32))
    older = note(LIFE.office, size=size, root=root)
    stranger = note(LIFE.office, size=6, root=LIFE.office.journal[1], signer="stranger")
    hidden: dict[str, tuple[str, dict[str, Any]]] = {
        "no-checkpoint": ("No signed head", spoilt({"log/checkpoint": ABSENT})),
        "checkpoint-stranger": ("A stranger's head", spoilt({"log/checkpoint": stranger})),
        "checkpoint-form": ("No head at all", spoilt({"log/checkpoint": "x"})),
        "checkpoint-other-root": ("Another root", spoilt({"log/checkpoint": other})),
        "checkpoint-older": ("A head from before the list", spoilt({"log/checkpoint": older, **before})),
        "no-tile": ("No entries", spoilt({tile: ABSENT})),
        "tile-unreachable": ("Entries that do not answer", spoilt({tile: None})),
        "tile-truncated": ("Entries cut off", tiled(body[:-5])),
        "tile-changed": ("A suspension taken out", tiled(body.replace(b"suspended", b"activated"))),
        "tile-empty": ("Nothing in it", tiled(b"")),
    }  # fmt: skip
    for name, (about, found) in hidden.items():
        area.offer(name, found)
        area.ask(f"hidden-{name}", about, "status_history_unavailable", evidence=name, **ask)
    area.offer("tile-longer", tiled(body + struct.pack(">H", 2) + b"{}"))
    area.ask("tile-longer", "A tile that has grown since", "suspended", evidence="tile-longer", **ask)
    wide = Journal(
        (
            *LIFE.entries,
            *(entry("activated", "11-22T10:00", number=f"LC-2026-{n}") for n in range(1000, 1300)),
        )
    )
    grown = wide.published()
    area.offer("wide", grown)
    area.ask("wide", "Two tiles", "suspended", evidence="wide", **ask)
    cut = Journal(wide.entries[:100]).published()
    del cut["files"]["log/tile/entries/000.p/100"]
    cut["files"]["log/tile/entries/000"] = grown["files"]["log/tile/entries/000"]
    area.offer("cut", cut)
    area.ask("cut", "The whole tile in place of the partial one", "suspended", evidence="cut", **ask)
    beside = Journal((*LIFE.entries[:5], entry("activated", "11-22T10:00")))
    split = beside.published()
    for path, value in whole["files"].items():
        if path.startswith("status/"):
            split["files"][path] = value
    area.offer("split", split)
    area.ask(
        "hidden-split",
        "A journal beside that of the list",
        "status_history_unavailable",
        evidence="split",
        **ask,
    )
    area.ask(
        "checkpoint-older-known", "It tells what was known before it ends", "suspended", evidence="checkpoint-older",
        known_at="2026-11-21T12:00:00Z", **ask,
    )  # fmt: skip
    offset = entry("suspended", "11-21T10:00", effectiveAt="2026-11-21T10:00:00+00:00")
    odd: dict[str, tuple[str, tuple[Any, ...], str]] = {
        "kind": ("A kind nobody knows may have ended it", (ISSUED, entry("paused", "11-21T10:00")), ""),
        "kind-after": ("Whenever it was", (ISSUED, entry("paused", "11-23T10:00")), ""),
        "version": ("An entry of another version", (ISSUED, entry("suspended", "11-21T10:00", v=2)), ""),
        "edition": ("Issued as another edition", ({**ISSUED, "edition": 2},), ""),
        "edition-text": ("An edition that is none", ({**ISSUED, "edition": "1"},), ""),
        "no-time": ("An entry without its time", (ISSUED, entry("suspended", "11-21T10:00", effectiveAt=ABSENT)), ""),
        "local-time": ("A time without Z", (ISSUED, offset), ""),
        "reason": ("A reason that is no text", (ISSUED, entry("suspended", "11-21T10:00", reason=5)), ""),
        "tokens": ("Tokens that are no digests", ({**ISSUED, "tokens": {"vc+jwt": 5}},), ""),
        "not-json": ("An entry that is not JSON", (ISSUED, b"\xff"), ""),
        "not-issued": ("The journal has no such token", (STAGED, OTHER), "status_invalid"),
        "abandoned": ("Given up before release", (STAGED, entry("abandoned", "11-19T10:00", edition=1)), "revoked"),
        "terminated": ("Ended at the holder's request", (ISSUED, entry("terminated", "11-21T10:00")), "revoked"),
        "key-entries": ("Entries about keys count for nothing here", (STAGED, ISSUED), "valid"),
        "escaped-number": (
            "A certificate's number spelt with escapes",
            (ISSUED, compact_json(entry("suspended", "11-21T10:00")).replace(b"LC-2026", b"\\u004cC-2026")),
            "suspended",
        ),
    }  # fmt: skip
    for name, (about, entries, code) in odd.items():
        area.offer(f"odd-{name}", Journal(entries).published())
        area.ask(f"odd-{name}", about, code or "status_history_unavailable", evidence=f"odd-{name}", **ask)
    area.ask(
        "odd-not-issued-compact", "A token without a time of signing may be newer than the journal",
        "status_history_unavailable", evidence="odd-not-issued", token=ONE.token("compact"), at=ask["at"],
    )  # fmt: skip


def _old(area: Area) -> None:
    """Evidence that has become old: what was known then stays, what is known now is not."""
    token = ONE.token()
    life = LIFE.published()
    gone = {**life, "files": {**life["files"], "status/token/1": None}}
    area.offer("gone", gone)
    later = NOW + 2 * HOUR
    for name, at, known_at, code in (
        ("now", "2026-11-20T12:00:00Z", None, "status_stale"),
        ("then", "2026-11-20T12:00:00Z", "2026-11-20T12:00:00Z", "valid"),
        ("suspended-then", "2026-11-21T12:00:00Z", "2026-11-21T12:00:00Z", "suspended"),
        ("after", "2026-11-20T12:00:00Z", stamp(NOW + HOUR), "status_stale"),
    ):
        area.ask(
            f"old-{name}", f"The list is two hours old; asked about {at}, known {known_at}", code, evidence="gone",
            token=token, before=(("life", NOW),), now=later, at=at, known_at=known_at,
        )  # fmt: skip
        area.ask(
            f"old-bundle-{name}", "The same by a bundle that has expired", code, evidence="life-bundle", token=token,
            now=NOW + 8 * DAY, at=at, known_at=known_at,
        )  # fmt: skip
    area.ask(
        "old-bundle-revoked", "Withdrawn stays withdrawn", "revoked", evidence="ab-initio-bundle", token=token,
        now=NOW + 8 * DAY, at="2026-11-21T12:00:00Z",
    )  # fmt: skip
    bare = evidence(bundle(contents()))
    area.offer("bare-bundle", bare)
    area.ask(
        "bare-bundle", "A bundle without history", "status_history_unavailable", evidence="bare-bundle", token=token,
        at="2026-11-21T12:00:00Z",
    )  # fmt: skip
