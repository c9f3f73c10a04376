"""Instants: validity, the time asked about, what was known when; and the hosts a badge may stand on."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from .making import DAY, NOW, Area, seconds, stamp
from .office import Office

__all__ = ["domains", "times"]

OFFICE = Office()
SECURINGS = ("vc+jwt", "openbadge", "compact")
FIRST = datetime(2026, 11, 20, tzinfo=UTC)
LAST = datetime(2027, 11, 19, 23, 59, 59, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MADE = NOW - 60 * SECOND
"""When the published list was signed."""


def _published_at(now: datetime, status: int = 0) -> dict[str, object]:
    """The same issuer with lists signed a minute before `now`, and keys that are still listed."""
    text = OFFICE.status_list(status, iat=seconds(now) - 60, exp=seconds(now + DAY))
    trust = OFFICE.trust(iat=seconds(now) - 60, exp=seconds(now + 300 * DAY))
    return OFFICE.published(trust=trust, status__token__1=text)


def times() -> Area:
    area = Area(
        "times", "Validity by the clock; the instant asked about; what was known then; states in between."
    )
    area.offer("good", OFFICE.published())
    token = OFFICE.token()
    scheduled = (
        ("two-minutes-before", FIRST - 120 * SECOND, "not_yet_valid"),
        ("before-leeway", FIRST - 61 * SECOND, "not_yet_valid"),
        ("at-leeway", FIRST - 60 * SECOND, "valid"),
        ("first-second", FIRST, "valid"),
        ("last-second", LAST, "valid"),
        ("after-last-second", LAST + SECOND, "expired"),
        ("year-later", LAST + 365 * DAY, "expired"),
    )
    for name, now, code in scheduled:
        area.offer(name, _published_at(now))
        for securing in SECURINGS:
            signed = OFFICE.token(securing, None if securing == "compact" else {"iat": 1_795_000_000})
            area.ask(
                f"clock-{name}-{securing}",
                f"The clock says {stamp(now)}",
                code,
                evidence=name,
                token=signed,
                now=now,
            )
    for status, name in ((1, "withdrawn"), (2, "suspended"), (3, "replaced")):
        for when, now, code in (
            ("scheduled", FIRST - DAY, "not_yet_valid"),
            ("expired", LAST + DAY, "expired"),
        ):
            evidence = area.offer(f"{when}-{name}", _published_at(now, status))
            area.ask(
                f"{when}-and-{name}", f"{when} comes before {name}", code, evidence=evidence, now=now,
                token=OFFICE.token(changes={"iat": 1_795_000_000}),
            )  # fmt: skip
    record = json.dumps({"number": "LC-2026-0001", "currentEdition": 2})
    after = _published_at(LAST + DAY)
    after["files"]["c/LC-2026-0001.json"] = record  # type: ignore[index]
    area.offer("expired-named", after)
    area.ask(
        "expired-named", "Expired, and renewed since", "expired", evidence="expired-named", now=LAST + DAY, token=token,
        current_edition="https://certs.example/c/LC-2026-0001/2",
    )  # fmt: skip
    for name, ends, newer in (("has-begun", LAST + SECOND, 2), ("is-to-come", LAST + 2 * DAY, None)):
        editions = [{"edition": 1, "supersededFrom": stamp(ends)}, {"edition": 2}]
        told = json.dumps({"number": "LC-2026-0001", "currentEdition": 1, "editions": editions})
        waiting = _published_at(LAST + DAY)
        waiting["files"]["c/LC-2026-0001.json"] = told  # type: ignore[index]
        area.ask(
            f"renewal-{name}", "Expired, and the record was made before the renewal took over", "expired",
            evidence=area.offer(f"renewal-{name}", waiting), now=LAST + DAY, token=token,
            current_edition=f"https://certs.example/c/LC-2026-0001/{newer}" if newer else None,
        )  # fmt: skip
    odd = [{"edition": 1, "supersededFrom": {}}, {"edition": 2}]
    after = _published_at(LAST + DAY)
    after["files"]["c/LC-2026-0001.json"] = json.dumps({"number": "LC-2026-0001", "editions": odd})  # type: ignore[index]
    area.offer("renewal-at-no-time", after)
    area.ask(
        "renewal-at-no-time", "Expired, and what the record says of its end is no time", "expired",
        evidence="renewal-at-no-time", now=LAST + DAY, token=token, current_edition=None,
    )  # fmt: skip
    for name, moment, code in (
        ("future", seconds(NOW) + 61, "not_yet_valid"),
        ("leeway", seconds(NOW) + 60, "valid"),
        ("zero", 0, "valid"),
        ("beyond", 2**33, "not_yet_valid"),
    ):
        area.ask(f"iat-{name}", f"Signed at {moment}", code, token=OFFICE.token(changes={"iat": moment}))
    asked = (
        ("now", stamp(NOW), "valid"),
        ("list", stamp(MADE), "valid"),
        ("before-list", stamp(MADE - SECOND), "status_history_unavailable"),
        ("long-before-list", "2026-11-21T00:00:00Z", "status_history_unavailable"),
        ("before-validity", "2026-11-01T00:00:00Z", "not_yet_valid"),
        ("after-validity", "2027-11-20T00:00:00Z", "expired"),
        ("soon", stamp(NOW + 60 * SECOND), "valid"),
        ("future", stamp(NOW + 61 * SECOND), "status_stale"),
        ("next-year", "2027-06-01T00:00:00Z", "status_stale"),
        ("offset", "2026-11-23T17:30:00+05:30", "valid"),
    )
    for name, at, code in asked:
        area.ask(f"at-{name}", f"Asked about {at}", code, token=token, at=at)
    for status, name in ((1, "revoked"), (2, "suspended"), (3, "superseded")):
        evidence = area.offer(name, OFFICE.published(status))
        for when, at, code in (
            ("now", stamp(NOW), name),
            ("future", stamp(NOW + DAY), "status_stale" if name == "suspended" else name),
            ("past", "2026-11-21T00:00:00Z", "status_history_unavailable"),
        ):
            area.ask(
                f"at-{when}-{name}", f"{name}, asked about {at}", code, evidence=evidence, token=token, at=at
            )
    for name, known_at, code in (
        ("now", stamp(NOW), "valid"),
        ("list", stamp(MADE), "valid"),
        ("before-list", stamp(MADE - SECOND), "status_history_unavailable"),
        ("future", stamp(NOW + DAY), "valid"),
    ):
        area.ask(f"known-at-{name}", f"As known at {known_at}", code, token=token, known_at=known_at)
    area.ask(
        "at-and-known-at", "Both before the list", "status_history_unavailable", token=token,
        at="2026-11-21T00:00:00Z", known_at="2026-11-22T00:00:00Z",
    )  # fmt: skip
    area.ask(
        "at-now-known-before", "Now, as known before the list", "status_history_unavailable", token=token,
        at=stamp(NOW), known_at="2026-11-22T00:00:00Z",
    )  # fmt: skip
    return area


def domains() -> Area:
    area = Area(
        "domains", "Where a badge may stand: on a licensed domain or below one, compared as host names."
    )
    area.offer("good", OFFICE.published())
    hosts = {
        "exact": ("quillwater.example", True),
        "second": ("xn--bcher-kva.example", True),
        "unicode": ("b\u00fccher.example", True),
        "unicode-upper-case": ("B\u00dcCHER.example", True),
        "unicode-decomposed": ("bu\u0308cher.example", True),
        "upper-case": ("QuillWater.Example", True),
        "below": ("www.quillwater.example", True),
        "far-below": ("a.b.c.quillwater.example", True),
        "port": ("quillwater.example:8443", True),
        "dot": ("quillwater.example.", True),
        "dot-and-port": ("quillwater.example.:443", True),
        "other": ("grimsbybeats.example", False),
        "above": ("example", False),
        "longer": ("notquillwater.example", False),
        "as-prefix": ("quillwater.example.evil.example", False),
        "hyphen": ("www-quillwater.example", False),
        "two-dots": ("quillwater.example..", False),
        "leading-dot": (".quillwater.example", False),
        "empty-label": ("www..quillwater.example", False),
        "url": ("https://quillwater.example/", False),
        "path": ("quillwater.example/x", False),
        "user": ("evil.example@quillwater.example", False),
        "space": (" quillwater.example", False),
        "newline": ("quillwater.example\n", False),
        "nul": ("quillwater.example\0", False),
        "address": ("192.0.2.1", False),
        "address-v6": ("[2001:db8::1]", False),
        "empty": ("", False),
        "long": ("a" * 300 + ".quillwater.example", False),
        "underscore": ("_dmarc.quillwater.example", False),
        "homoglyph": ("quillw\u0430ter.example", False),
        "fullwidth": ("\uff51uillwater.example", False),
        "ideographic-dot": ("www\u3002quillwater\u3002example", False),
        "zero-width": ("quill\u200bwater.example", False),
        "emoji-below": ("\U0001f3b5.quillwater.example", False),
        "bad-a-label": ("xn--a.quillwater.example", False),
        "six-digit-port": ("quillwater.example:123456", False),
    }
    for name, (host, fits) in hosts.items():
        area.ask(
            name,
            f"On {host[:60]!r}",
            "valid" if fits else "domain_mismatch",
            token=OFFICE.token(),
            domain=host,
        )
    for securing in ("openbadge", "compact"):
        for name, host, code in (
            ("fits", "quillwater.example", "valid"),
            ("other", "grimsbybeats.example", "domain_mismatch"),
        ):
            area.ask(
                f"{securing}-{name}", f"{securing} on {host}", code, token=OFFICE.token(securing), domain=host
            )
    area.offer("revoked", OFFICE.published(1))
    area.ask(
        "revoked-first", "What is withdrawn is withdrawn everywhere", "revoked", evidence="revoked",
        token=OFFICE.token(), domain="grimsbybeats.example",
    )  # fmt: skip
    return area
