"""The whole path between separate programs: issue, embed, scan, verify, withdraw, and what each reader then says."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image, ImageFilter
from tests.support.forms import form_file
from tests.support.programs import Home, fetch, run, serving, wait_until

from lcert_verifier import Verdict, Verifier
from lcert_verifier.badges import extract_token

DELAY = 60
"""Seconds within which a withdrawal must be seen by every reader."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = Home(folder=tmp_path_factory.mktemp("house") / "var")
    home.init()
    ready = [f"{home.base_url}/readyz", f"{home.verifier_url}/readyz"]
    with serving(["serve", "all"], env=home.env, ready=ready):
        yield home


def _photograph(png: bytes, *, degrees: float = 6, blur: float = 0.8) -> Image.Image:
    """The code as a camera might see it: on a larger sheet, turned a little, slightly out of focus."""
    code = Image.open(io.BytesIO(png)).convert("L")
    sheet = Image.new("L", (code.width + 120, code.height + 120), 255)
    sheet.paste(code, (60, 60))
    return sheet.rotate(degrees, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC).filter(
        ImageFilter.GaussianBlur(blur)
    )


def _scan(png: bytes) -> str:
    (found,) = zxingcpp.read_barcodes(_photograph(png))
    text: str = found.text
    return text


def test_a_certificate_is_issued_embedded_scanned_verified_and_withdrawn(house: Home, tmp_path: Path) -> None:
    # issue
    issued = house.lcert("issue", str(form_file(tmp_path)), "--json")
    assert issued.code == 0, issued.err
    certificate = issued.object
    number = certificate["number"]
    assert certificate["published"] is True
    assert certificate["url"] == f"{house.base_url}/c/{number}"

    # page
    page = fetch(certificate["url"])
    assert page.status == 200
    assert "L CERTIFIED" in page.text.upper()

    # badge downloaded and un-baked
    baked = fetch(f"{house.base_url}/badge/{number}/baked.png")
    assert baked.status == 200
    badge = tmp_path / "badge.png"
    badge.write_bytes(baked.body)
    assert extract_token(baked.body) == certificate["tokens"]["openbadge"]

    # both codes scanned from a photograph
    live = _scan(fetch(f"{house.base_url}/badge/{number}/qr.png").body)
    assert live == f"{house.base_url}/c/{number}".upper()
    scanned = fetch(live.replace("HTTP://", "http://"))
    assert scanned.status == 200
    assert number in scanned.text
    offline = _scan(fetch(f"{house.base_url}/badge/{number}/offline-qr.png").body)
    assert offline == f"{house.base_url}/v#{certificate['tokens']['compact']}"

    # verified: command, endpoint, compact token
    checked = house.verify(str(badge), "--json")
    assert checked.code == 0, checked.out + checked.err
    assert checked.object["code"] == "valid"
    assert house.verify("-", stdin=certificate["tokens"]["compact"] + "\n").code == 0
    assert house.verify(live).code == 0
    endpoint = fetch(
        f"{house.verifier_url}/v1/verify",
        method="POST",
        body=json.dumps({"token": certificate["tokens"]["vc+jwt"]}).encode(),
        headers={"Content-Type": "application/json"},
    )
    assert endpoint.json["verdict"] == "accepted"
    assert house.verify(str(badge), "--domain", "grimsbybeats.example").code == 1

    # a bundle, fetched while the certificate stands
    assert house.lcert("publish").code == 0
    bundle = tmp_path / "l.zip"
    fetched = run("lcert-verify", "bundle", "fetch", house.base_url, "--out", str(bundle))
    assert fetched.code == 0, fetched.err
    before = house.verify(str(badge), "--offline", "--json", trust=str(bundle))
    assert before.code == 0, before.out + before.err
    as_of = before.object["as_of"]["status"]

    def shared() -> tuple[bytes, str, str]:
        """What other sites show of the certificate: card, oEmbed answer, schema.org state."""
        card = fetch(f"{house.base_url}/card/{number}.png")
        oembed = fetch(f"{house.base_url}/oembed?url={certificate['url']}")
        data = fetch(f"{certificate['url']}.jsonld")
        assert (card.status, oembed.status, data.status) == (200, 200, 200)
        return card.body, oembed.text, data.text

    card, oembed, data = shared()
    assert "CertificationActive" in data

    # withdraw
    withdrawn = house.lcert("withdraw", number, "--reason", "unlicensed-data", "--json")
    assert withdrawn.code == 0, withdrawn.err
    assert withdrawn.object["published"] is True
    start = time.monotonic()

    def says_revoked() -> bool:
        reply = fetch(
            f"{house.verifier_url}/v1/verify",
            method="POST",
            body=json.dumps({"token": certificate["tokens"]["vc+jwt"]}).encode(),
            headers={"Content-Type": "application/json"},
        )
        return bool(reply.json["code"] == "revoked")

    def page_says_withdrawn() -> bool:
        text = fetch(certificate["url"]).text.upper()
        return "WITHDRAWN" in text and "L CERTIFIED" not in text

    def badge_says_withdrawn() -> bool:
        return "withdrawn" in fetch(f"{house.base_url}/badge/{number}.svg").text.lower()

    page_delay = wait_until(page_says_withdrawn, seconds=DELAY, what="the page says withdrawn")
    badge_delay = wait_until(badge_says_withdrawn, seconds=DELAY, what="the badge says withdrawn")
    wait_until(says_revoked, seconds=DELAY, what="the endpoint says revoked", every=0.5)
    endpoint_delay = time.monotonic() - start
    print(
        f"\nwithdrawal seen: page {page_delay:.1f} s, badge {badge_delay:.1f} s, endpoint {endpoint_delay:.1f} s"
    )
    after = house.verify(str(badge), "--json")
    assert (after.code, after.object["code"]) == (1, "revoked")

    card_then, oembed_then, data_then = shared()
    assert card_then != card
    assert oembed_then != oembed
    assert "withdrawn" in oembed_then.lower()
    assert "CertificationInactive" in data_then

    # the old bundle still answers for its own time, and no longer once it is stale
    then = house.verify(str(badge), "--offline", "--at", as_of, "--json", trust=str(bundle))
    assert (then.code, then.object["verdict"]) == (0, "accepted")
    assert then.object["as_of"]["status"] == as_of
    later = (datetime.now(UTC) + timedelta(days=8)).strftime("%Y-%m-%dT%H:%M:%SZ")
    stale = house.verify(str(badge), "--offline", "--at", later, "--json", trust=str(bundle))
    assert (stale.code, stale.object["code"]) == (2, "status_stale")
    in_eight_days = Verifier.from_bundle(bundle, clock=lambda: datetime.now(UTC) + timedelta(days=8))
    assert in_eight_days.verify_badge(baked.body).verdict is Verdict.INDETERMINATE

    # and a new bundle knows
    assert house.lcert("publish").code == 0
    updated = run("lcert-verify", "bundle", "update", str(bundle))
    assert updated.code == 0, updated.err
    assert house.verify(str(badge), "--offline", trust=str(bundle)).code == 1
