"""Whether claims are those of a valid certification, decided apart from the verifier: plainly, and without its code."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from typing import Any

__all__ = ["why_not"]

_BASIS = {"explicit-license", "open-license", "public-domain", "owned"}
_MODALITIES = {"text", "code", "image", "video", "music", "voice", "sfx", "3d"}
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?:\.(?!-)[a-z0-9-]{1,63})+")


def why_not(claims: dict[str, Any], securing: str, base_url: str, did: str, now: datetime) -> str | None:
    """A reason why nobody may accept these claims at `now`; None if there is none."""
    try:
        for member in ("aud", "vc", "vp"):
            assert member not in claims, member
        for member in ("iat", "nbf", "exp"):
            if member in claims:
                assert type(claims[member]) is int, member
                assert 0 <= claims[member] <= 2**33, member
        json.dumps(claims, ensure_ascii=False).encode()  # half a surrogate pair cannot be written
        (_compact if securing == "compact" else _full)(claims, securing, base_url, did, now)
    except (AssertionError, KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        return f"{type(error).__name__}: {error}"
    return None


def _window(first: date, last: date, now: datetime) -> None:
    assert first <= last <= first + timedelta(days=365), "term"
    assert first - timedelta(days=1) <= now.date() <= last, "window"


def _text(value: Any, limit: int = 300) -> None:
    assert type(value) is str, "no text"
    assert 0 < len(value) <= limit, "length"
    assert value.strip() == value, "blank"
    assert not re.search("[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", value), "control"


def _compact(claims: dict[str, Any], _: str, base_url: str, did: str, now: datetime) -> None:
    assert claims["iss"] == base_url.partition("://")[2], "iss"
    assert re.fullmatch(r"LC-\d{4}-\d{4,9}/[1-9]\d{0,5}", claims["jti"], re.ASCII), "jti"
    _text(claims["sub"])
    _text(claims["scp"])
    names = claims["dom"].split(" ")
    assert all(_HOST.fullmatch(name) for name in names), "dom"
    first = datetime.fromtimestamp(claims["nbf"], now.tzinfo)
    last = datetime.fromtimestamp(claims["exp"], now.tzinfo)
    assert (first.hour, first.minute, first.second) == (0, 0, 0), "nbf"
    assert (last.hour, last.minute, last.second) == (23, 59, 59), "exp"
    _window(first.date(), last.date(), now)
    number, index = claims["st"]
    assert type(number) is int, "list"
    assert type(index) is int, "index"
    assert 0 <= index < 131_072, "index"


def _full(claims: dict[str, Any], securing: str, base_url: str, did: str, now: datetime) -> None:
    subject = claims["credentialSubject"]
    facts = subject["certificate"]
    assert claims["issuer"]["id"] == did, "issuer"
    assert claims.get("iss", did) == did, "iss"
    assert {"VerifiableCredential", "OpenBadgeCredential", "LCertification"} <= set(claims["type"]), "type"
    assert claims["@context"][0] == "https://www.w3.org/ns/credentials/v2", "context"
    assert f"{base_url}/contexts/l/v1" in claims["@context"], "context"
    assert all(type(item) is str for item in claims["@context"]), "context"
    assert re.fullmatch(r"LC-\d{4}-\d{4,9}", facts["number"], re.ASCII), "number"
    assert type(facts["edition"]) is int, "edition"
    assert facts["edition"] >= 1, "edition"
    assert (facts["edition"] == 1) == ("supersedes" not in facts), "supersedes"
    assert claims["id"] == f"{base_url}/c/{facts['number']}/{facts['edition']}", "id"
    assert facts["programme"] == "L", "programme"
    first, last = date.fromisoformat(facts["validFrom"]), date.fromisoformat(facts["validThrough"])
    _window(first, last, now)
    assert date.fromisoformat(facts["grantedOn"]) >= date.fromisoformat(facts["assessedOn"]), "granted"
    begin, end = datetime.fromisoformat(claims["validFrom"]), datetime.fromisoformat(claims["validUntil"])
    assert begin.timestamp() == datetime(first.year, first.month, first.day, tzinfo=now.tzinfo).timestamp(), (
        "validFrom"
    )
    assert end - begin == last - first + timedelta(hours=23, minutes=59, seconds=59), "validUntil"
    if securing == "openbadge":
        assert (claims["iss"], claims["sub"], claims["jti"]) == (did, subject["id"], claims["id"]), (
            "registered"
        )
        assert (claims["nbf"], claims["exp"]) == (begin.timestamp(), end.timestamp()), "registered"
    _holder(subject)
    _scope(subject["scope"])
    _grounds(subject)
    _status(claims, base_url)


def _holder(subject: dict[str, Any]) -> None:
    holder = subject["holder"]
    _text(holder["legalName"])
    assert re.fullmatch(r"[A-Z]{2}", holder["country"]), "country"
    assert holder["domains"], "domains"
    assert all(_HOST.fullmatch(item["name"]) for item in holder["domains"]), "domains"
    assert subject["id"] == f"https://{holder['domains'][0]['name']}/", "subject"
    if "lei" in holder:
        assert int("".join(str(int(char, 36)) for char in holder["lei"])) % 97 == 1, "lei"
        assert len(holder["lei"]) == 20, "lei"


def _scope(scope: dict[str, Any]) -> None:
    _text(scope["statement"])
    assert scope["level"] in {"company", "product", "model"}, "level"
    assert set(scope["modalities"]) <= _MODALITIES, "modalities"
    assert scope["modalities"], "modalities"
    assert type(scope["covered"]) is list, "covered"
    assert scope["covered"], "covered"
    wide = {"company": 3, "product": 2, "model": 1}
    for item in scope["covered"]:
        assert wide[item["kind"]] <= wide[scope["level"]], "kind"
        assert item["modality"] in scope["modalities"], "modality"
    assert type(scope["notCovered"]) is list, "notCovered"
    assert type(scope["upstream"]) is list, "upstream"
    assert not (scope["level"] == "company" and scope["notCovered"]), "notCovered"


def _grounds(subject: dict[str, Any]) -> None:
    assert subject["dataBasis"], "dataBasis"
    low = high = 0
    for item in subject["dataBasis"]:
        assert item["basis"] in _BASIS, "basis"
        parts = [int(part) for part in item["share"].split("-")] if "share" in item else [0, 100]
        low, high = low + parts[0], high + parts[-1]
    assert low <= 100 <= high, "shares"
    assert subject["evidence"], "evidence"
    assert all(re.fullmatch(r"sha256-[A-Za-z0-9_-]{43}", item["digest"]) for item in subject["evidence"]), (
        "digest"
    )
    decision = subject["decision"]
    assert decision["separation"] in {"independent", "same-person"}, "separation"
    same = decision["reviewer"] == decision["decider"]
    assert not (same and decision["separation"] == "independent"), "separation"


def _status(claims: dict[str, Any], base_url: str) -> None:
    """Some status that can be checked, all of it in one place on the issuer's origin."""
    places = set()
    if "status" in claims:
        entry = claims["status"]["status_list"]
        assert type(entry["idx"]) is int, "idx"
        places.add((entry["uri"].removeprefix(f"{base_url}/status/token/"), entry["idx"]))
    entries = claims.get("credentialStatus", [])
    for item in entries if isinstance(entries, list) else [entries]:
        uri = item["statusListCredential"]
        prefix = f"{base_url}/status/bitstring/{item['statusPurpose']}/"
        assert uri.startswith(prefix), "list"
        places.add((uri.removeprefix(prefix), int(item["statusListIndex"])))
    assert len(places) == 1, "places"
    assert all(
        re.fullmatch(r"[1-9]\d*", number, re.ASCII) and 0 <= index < 131_072 for number, index in places
    ), "place"
