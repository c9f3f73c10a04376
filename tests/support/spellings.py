"""Payloads as the issuer spells them, and small changes to them that keep, bend or break the rules."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Final

from tests.support.forms import form

from lcert_issuer.claims import EditionClaims
from lcert_issuer.intake import parse_form
from lcert_verifier.vocabulary import Securing

__all__ = ["BASE_URL", "ISSUER", "SECURINGS", "payload", "payloads", "varied", "vary"]

BASE_URL: Final = "https://certs.example"
ISSUER: Final = "did:web:certs.example"
SECURINGS: Final = (Securing.VC_JWT, Securing.OPENBADGE)
TODAY: Final = date(2026, 11, 20)
_SIGNED: Final = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
_DIGEST: Final = "sha256-n12ZONCDvTS92YvtwVjis_zxtgR_OBwd1KwXRmqcmcw"


def payload(securing: Securing = Securing.VC_JWT, edition: int = 1, **changes: Any) -> str:
    """What the issuer signs for a form with `changes`, as text."""
    draft = parse_form(form(TODAY, **changes))
    claims = EditionClaims(
        base_url=BASE_URL,
        issuer_name="L Certification",
        content=draft.content,
        criteria_digest=_DIGEST,
        number="LC-2026-0001",
        edition=edition,
        supersedes=edition - 1 or None,
        first_granted_on=draft.content.granted_on,
        valid_from=draft.valid_from,
        valid_through=draft.valid_through,
        list_number=1,
        list_index=4711,
    ).payload(securing, _SIGNED)
    return json.dumps(claims, ensure_ascii=False, separators=(",", ":"))


_FORMS: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"holder__legalName": "Søndergård & Töchter 株式会社", "holder__tradingNames": ["Ärger", "Öl"]},
    {"holder__lei": "5493001KJTIIGC8Y1R12"},
    {
        "holder__domains": [
            {"name": name, "method": "dns-txt", "checkedOn": "2026-11-02"}
            for name in ("a.example", "b-2.example", "c.co.example")
        ]
    },
    {
        "scope__level": "company",
        "scope__modalities": ["text", "3d"],
        "scope__covered": [
            {"kind": "company", "name": "All of it", "modality": "text"},
            {"kind": "model", "name": "M", "versions": "1", "modality": "3d", "dataCutoff": "2026-01-31"},
        ],
        "scope__notCovered": [],
    },
    {
        "scope__covered__0__ids": [
            {"type": "sha256", "value": "0123456789abcdef" * 4},
            {"type": "hf", "value": "solo", "revision": "main"},
        ],
        "scope__upstream": [],
    },
    {
        "dataBasis": [
            {"basis": "open-license", "share": "33", "licenses": ["CC-BY-4.0", "MIT OR Apache-2.0"]},
            {"basis": "public-domain", "licensorTypes": ["archive", "museum"]},
        ],
        "evidence": [
            {"id": f"ev-{n}", "type": "submission", "digest": _DIGEST, "held": "issuer"} for n in range(1, 5)
        ],
    },
    {"dataBasis": [{"basis": "owned", "share": "100"}], "decision__separation": "same-person"},
)


@cache
def payloads() -> tuple[tuple[Securing, str], ...]:
    """The issuer's payloads of all kinds of forms, both full securings, first and second editions."""
    return tuple(
        (securing, payload(securing, edition, **changes))
        for securing in SECURINGS
        for edition in (1, 2)
        for changes in _FORMS
    )


_VALUE: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[0-9]+')
_WORDS: Final = (
    '""', '" x"', '"x "', '"x"', '"a\\u0301"', '"a\u0301"', '"\u00a0x"', '"\u200bx"', '"\u202ex"', '"\\n"',
    '"é"', "null", "true", "0", "1", "01", "-1", "1.0", "1e3", "131072", "8589934593", "[]", "{}",
    '"2026-02-30"', '"2026-11-20"', '"2027-11-20"', '"1026-11-20"', '"100"', '"101"', '"0-100"', '"90-10"',
    '"company"', '"product"', '"owned"', '"text"', '"hf"', '"XX"', '"DE"', '"999900QUILLWATER0156"',
    '"quillwater.example"', '"xn--a.example"', '"a..b"', '"same-person"', '"independent"', '"ev-1"',
    '"rv-02"', '"dm-01"', '"MIT AND"', '"' + "x" * 301 + '"',
)  # fmt: skip


def vary(text: str, chance: random.Random) -> str:
    """`text` with one to three small changes: values exchanged, members doubled, moved or left out, odd characters."""
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        text = chance.choice(_CHANGES)(text, chance)
    return text


def _values(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _VALUE.finditer(text)] or [(0, len(text))]


def _other_word(text: str, chance: random.Random) -> str:
    start, end = chance.choice(_values(text))
    return text[:start] + chance.choice(_WORDS) + text[end:]


def _word_from_here(text: str, chance: random.Random) -> str:
    (a, b), (c, d) = chance.choice(_values(text)), chance.choice(_values(text))
    return text[:a] + text[c:d] + text[b:]


def _character(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text) or 1)
    letter = chance.choice(' \t\n"\\,:{}[]/0129azAZ-_.\x7f\x00é\u00a0\u3000\u0301')
    return text[:place] + letter + text[place + chance.randrange(2) :]


def _digit(text: str, chance: random.Random) -> str:
    places = [match.start() for match in re.finditer("[0-9]", text)]
    place = chance.choice(places or [0])
    return text[:place] + str(chance.randrange(10)) + text[place + 1 :]


def _twice(text: str, chance: random.Random) -> str:
    """A member or item once more, or gone."""
    spans = [
        match.span() for match in re.finditer(r',(?:"\w+":)?(?:"[^"]*"|\d+|\{[^{}]*\}|\[[^][]*\])', text)
    ]
    start, end = chance.choice(spans or [(0, len(text))])
    return text[:start] + (text[start:end] * chance.choice((0, 2))) + text[end:]


def _swap(text: str, chance: random.Random) -> str:
    found = [match.span() for match in re.finditer(r'"\w+":"[^"]*",(?="\w+":"[^"]*")', text)]
    if not found:
        return text
    start, end = chance.choice(found)
    follows = re.compile(r'"\w+":"[^"]*"').match(text, end)
    assert follows is not None
    return text[:start] + follows.group() + "," + text[start : end - 1] + text[follows.end() :]


def _spelt_anew(text: str, chance: random.Random) -> str:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return json.dumps(value, ensure_ascii=chance.random() < 0.5, sort_keys=chance.random() < 0.5)


_CHANGES: Final[tuple[Callable[[str, random.Random], str], ...]] = (
    _other_word,
    _other_word,
    _word_from_here,
    _word_from_here,
    _character,
    _digit,
    _digit,
    _twice,
    _swap,
    _spelt_anew,
)


def varied(chance: random.Random) -> Iterator[tuple[Securing, str]]:
    """Without end."""
    known = payloads()
    while True:
        securing, text = chance.choice(known)
        yield securing, vary(text, chance)
