"""Edges of links: which certificate a URL names, from where it is read, and how the answer is judged."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from tests.cases.book.issuer import NOW, Issuer

from lcert_verifier import Report, Verifier
from lcert_verifier.errors import EvidenceUnavailable, Malformed
from lcert_verifier.links import Link, is_link, judge_link, parse_link
from lcert_verifier.published import NotPublished
from lcert_verifier.report import Code, Outcome, Verdict
from lcert_verifier.source import PublishedSource

ORIGIN = "https://certs.example"


@pytest.mark.parametrize(
    ("url", "link"),
    [
        (f"{ORIGIN}/c/LC-2026-0001", Link(origin=ORIGIN, number="LC-2026-0001")),
        ("HTTPS://CERTS.EXAMPLE/C/LC-2026-0001/", Link(origin=ORIGIN, number="LC-2026-0001")),
        (
            f"{ORIGIN}/c/LC-2026-0001/999999.jwt?x",
            Link(origin=ORIGIN, number="LC-2026-0001", edition=999_999),
        ),
        (f"{ORIGIN}/c/LC-2026-0001/1000000", None),
        (f"{ORIGIN}/c/LC-2026-0001/0", None),
        (f"{ORIGIN}/c/lc-2026-0001/1#part", Link(origin=ORIGIN, number="LC-2026-0001", edition=1)),
        (f"{ORIGIN}/v#t", Link(origin=ORIGIN, token="t")),
        (f"{ORIGIN}/V/?x=/#t#u", Link(origin=ORIGIN, token="t#u")),
        (f"{ORIGIN}/v#", Link(origin=ORIGIN, token="")),
        (f"{ORIGIN}/v", None),
        (f"{ORIGIN}/vx#t", None),
        (f"{ORIGIN}/v#" + "t" * (70_000 - 24), Link(origin=ORIGIN, token="t" * (70_000 - 24))),
        (f"{ORIGIN}/v#" + "t" * (70_001 - 24), None),
        ("http://certs.example/c/LC-2026-0001", None),
    ],
)
def test_a_link_names_a_certificate_or_none(url: str, link: Link | None) -> None:
    assert len(f"{ORIGIN}/v#") == 24
    assert is_link(url)
    if link is None:
        with pytest.raises(Malformed):
            parse_link(url)
    else:
        assert parse_link(url) == link


def test_a_link_leads_to_a_token() -> None:
    assert not any(map(is_link, ("", "https:/x", "ftp://x", "xhttps://", "eyJ")))
    assert Link(origin=ORIGIN, number="N").path == "c/N.jwt"
    assert Link(origin=ORIGIN, number="N", edition=2).path == "c/N/2.jwt"


ISSUER = Issuer()
NUMBER = ISSUER.issued["active"].number
FILES = {
    "trust.json": ISSUER.sign_statement(),
    "status/token/1": ISSUER.sign_list(ISSUER.status_claims()),
    f"c/{NUMBER}.jwt": ISSUER.token().encode(),
    f"c/{NUMBER}/1.jwt": ISSUER.token().encode(),
    "c/LC-2026-9999.jwt": ISSUER.token().encode(),
    f"c/{NUMBER}/2.jwt": ISSUER.token().encode(),
}


def reader(files: dict[str, bytes]) -> Callable[[str], bytes]:
    def read(path: str) -> bytes:
        if path not in files:
            raise NotPublished(path)
        return files[path]

    return read


def judge(url: str, files: dict[str, bytes] | None = None, *, at: datetime | None = None) -> Report:
    read = reader(FILES | (files or {}))
    verifier = Verifier([PublishedSource(read, base_url=ORIGIN, clock=lambda: NOW)], clock=lambda: NOW)
    return judge_link(url, {ORIGIN: read}, verifier.verify, at=at)


@pytest.mark.parametrize(
    ("url", "code", "failed", "detail"),
    [
        (f"{ORIGIN}/c/{NUMBER}", Code.VALID, None, ""),
        (f"{ORIGIN}/c/{NUMBER}/1", Code.VALID, None, ""),
        (f"{ORIGIN}/v#{ISSUER.token()}", Code.VALID, None, ""),
        (f"{ORIGIN}/c/{NUMBER}/2", Code.MALFORMED, "form", f"{ORIGIN} answered with another certificate, "),
        (f"{ORIGIN}/c/LC-2026-9999", Code.MALFORMED, "form", f"{ORIGIN} answered with another certificate, "),
        (
            f"{ORIGIN}/c/LC-2026-9998",
            Code.MALFORMED,
            "form",
            f"{ORIGIN} publishes no certificate LC-2026-9998",
        ),
        (f"{ORIGIN}/x", Code.MALFORMED, "form", "the URL is not that of a certificate"),
        ("https://o.example/c/LC-1", Code.MALFORMED, "form", "the URL is not that of a certificate"),
        (
            f"https://o.example/c/{NUMBER}",
            Code.UNTRUSTED_ISSUER,
            "issuer",
            "https://o.example is not trusted, and was not asked",
        ),
    ],
)
def test_a_link_is_judged(url: str, code: Code, failed: str | None, detail: str) -> None:
    report = judge(url)
    assert report.code is code
    wrong = {check.name: check for check in report.checks if check.outcome is Outcome.FAILED}
    assert [*wrong] == ([] if failed is None else [failed])
    if failed is not None:
        assert report.verdict is Verdict.REJECTED
        assert wrong[failed].detail.startswith(detail)
        others = {check.outcome for check in report.checks if check.name != failed}
        assert others == {Outcome.SKIPPED}


def test_bytes_that_are_no_text_are_no_token() -> None:
    assert judge(f"{ORIGIN}/c/{NUMBER}", {f"c/{NUMBER}.jwt": b"\xff"}).code is Code.MALFORMED


def test_a_link_to_an_origin_that_does_not_answer_is_undecided() -> None:
    def read(path: str) -> bytes:
        raise EvidenceUnavailable("down")

    report = judge_link(f"{ORIGIN}/c/{NUMBER}", {ORIGIN: read}, lambda _: pytest.fail("nothing to judge"))
    assert (report.verdict, report.code) == (Verdict.INDETERMINATE, Code.TRUST_UNAVAILABLE)
    assert [(check.name, check.detail) for check in report.checks if check.outcome is Outcome.UNKNOWN] == [
        ("trust", "down")
    ]


@pytest.mark.parametrize(
    ("record", "edition"),
    [
        ({"editions": [{"edition": 2}, {"edition": 3}]}, 2),
        ({"editions": [{"edition": 1, "supersededFrom": "2026-01-01T00:00:00Z"}, {"edition": 2}]}, 2),
        ({"editions": [{"edition": 1}]}, 1),
        ({"editions": [{"edition": 0}]}, None),
        ({"editions": [{"edition": "2"}]}, None),
        ({"editions": [{"edition": True}]}, None),
        ({"editions": []}, None),
        ({"editions": 7}, None),
        ({}, None),
        ([], None),
        (None, None),
    ],
)
def test_the_edition_of_an_instant_is_found_in_the_record(record: Any, edition: int | None) -> None:
    files = {} if record is None else {f"c/{NUMBER}.json": json.dumps(record).encode()}
    asked: list[str] = []
    read = reader(FILES | files)

    def note(path: str) -> bytes:
        asked.append(path)
        return read(path)

    verifier = Verifier([PublishedSource(read, base_url=ORIGIN, clock=lambda: NOW)], clock=lambda: NOW)
    judge_link(f"{ORIGIN}/c/{NUMBER}", {ORIGIN: note}, verifier.verify, at=NOW)
    assert asked == [
        f"c/{NUMBER}.json",
        f"c/{NUMBER}.jwt" if edition is None else f"c/{NUMBER}/{edition}.jwt",
    ]
    asked.clear()
    judge_link(f"{ORIGIN}/c/{NUMBER}/1", {ORIGIN: note}, verifier.verify, at=NOW)
    assert asked == [f"c/{NUMBER}/1.jwt"]


@pytest.mark.parametrize("body", [b"[]", b"5", b"{}", b'"history"', b"no JSON"])
def test_a_record_of_another_form_leaves_the_edition_open_by_what_was_known_too(body: bytes) -> None:
    read = reader(FILES | {f"c/{NUMBER}.json": body})
    verifier = Verifier([PublishedSource(read, base_url=ORIGIN, clock=lambda: NOW)], clock=lambda: NOW)
    report = judge_link(f"{ORIGIN}/c/{NUMBER}", {ORIGIN: read}, verifier.verify, at=NOW, known_at=NOW)
    assert report.code is Code.VALID
