"""schema.org data and the tags of shared links follow the verifier's Report and stay data, whatever a name holds."""

from __future__ import annotations

import json
import re
from typing import Any

import extruct
import pytest
from flask.testing import FlaskClient
from tests.support.shelf import HOSTILE, NUMBERS, Published, publish

from lcert_web.public import create_public_app

BASE = "https://certs.example"
INACTIVE = ("suspended", "withdrawn", "terminated", "expired", "scheduled")


@pytest.fixture(scope="module")
def published() -> Published:
    return publish()


@pytest.fixture
def client(published: Published) -> FlaskClient:
    app = create_public_app(
        storage=published.storage,
        base_url=published.base_url,
        issuer_name="L Certification Office",
        clock=published.world.clock,
    )
    return app.test_client()


def found(client: FlaskClient, state: str) -> dict[str, Any]:
    """What an independent reader takes out of a certificate's page."""
    html = client.get(f"/c/{NUMBERS[state]}").text
    seen: dict[str, Any] = extruct.extract(html, syntaxes=["json-ld", "opengraph"], uniform=True)
    return seen


def test_the_page_carries_the_certification(client: FlaskClient) -> None:
    (data,) = found(client, "active")["json-ld"]
    assert data == client.get(f"/c/{NUMBERS['active']}.jsonld").get_json(force=True)
    assert data["@type"] == "Certification"
    assert data["@id"] == data["url"] == f"{BASE}/c/{NUMBERS['active']}"
    assert data["certificationIdentification"] == NUMBERS["active"]
    assert data["certificationStatus"] == "https://schema.org/CertificationActive"
    assert data["issuedBy"]["url"] == BASE
    assert {"validFrom", "expires", "auditDate", "logo", "about"} <= data.keys()


@pytest.mark.parametrize("state", INACTIVE)
def test_only_what_verifies_now_is_active(client: FlaskClient, state: str) -> None:
    (data,) = found(client, state)["json-ld"]
    assert data["certificationStatus"] == "https://schema.org/CertificationInactive"


def test_what_cannot_be_confirmed_is_not_active() -> None:
    own = publish()
    del own.storage.files["status/token/1"]
    app = create_public_app(
        storage=own.storage, base_url=own.base_url, issuer_name="Office", clock=own.world.clock
    )
    body = app.test_client().get(f"/c/{NUMBERS['active']}.jsonld").get_json(force=True)
    assert body["certificationStatus"].endswith("Inactive")


def test_a_shared_link_has_its_card(client: FlaskClient) -> None:
    html = client.get(f"/c/{NUMBERS['active']}").text
    tags = dict(re.findall(r'<meta (?:property|name)="((?:og|twitter):[^"]+)" content="([^"]*)"', html))
    assert tags["og:image"] == tags["twitter:image"] == f"{BASE}/card/{NUMBERS['active']}.png"
    assert (tags["og:image:width"], tags["og:image:height"]) == ("1200", "630")
    assert tags["twitter:card"] == "summary_large_image"
    assert tags["og:url"] == f"{BASE}/c/{NUMBERS['active']}"
    assert tags["og:title"].startswith("Active: ")
    assert all(tags.values())
    assert client.get(f"/card/{NUMBERS['active']}.png").status_code == 200


def test_a_hostile_name_is_data(client: FlaskClient) -> None:
    html = client.get(f"/c/{NUMBERS['hostile']}").text
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert "<" not in block
    assert json.loads(block)["about"][-1]["name"] == HOSTILE
