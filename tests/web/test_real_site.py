"""The public site on a really issued and published programme: the demo's eleven certificates."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from lcert_issuer.assembly import open_house
from lcert_issuer.badge import modules
from lcert_issuer.demo.story import found_demo
from lcert_issuer.places import open_storage
from lcert_issuer.refusals import NotAllowed
from lcert_issuer.registry.session import Registry, open_registry
from lcert_issuer.settings import Settings, read_settings
from lcert_verifier.badges import extract_token
from lcert_verifier.vocabulary import Securing
from lcert_web.public import create_public_app
from lcert_web.verifier import create_verifier_app

pytestmark = pytest.mark.xdist_group("demo_site")  # the demo is made once, by one worker

STATES = {
    "LC-2024-0001": "active",
    "LC-2024-0002": "active",
    "LC-2024-0003": "suspended",
    "LC-2024-0004": "expired",
    "LC-2024-0005": "withdrawn",
    "LC-2024-0006": "active",
    "LC-2025-0007": "active",
    "LC-2025-0008": "active",
    "LC-2025-0009": "scheduled",
    "LC-2025-0010": "active",
    "LC-2025-0011": "terminated",
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    made = read_settings({"LCERT_HOME": str(tmp_path_factory.mktemp("demo") / "var")})
    found_demo(made, say=lambda _: None)
    return made


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[FlaskClient]:
    with open_house(settings, clock=lambda: datetime.now(UTC)) as house:
        identity, pin = house.identity, house.root_thumbprint
    registry = open_registry(settings.database_url)
    yield _client(settings, identity.base_url, registry, pin)
    registry.close()


def _client(settings: Settings, base_url: str, registry: Registry, pin: str | None = None) -> FlaskClient:
    app = create_public_app(
        storage=open_storage(settings.storage_url),
        base_url=base_url,
        issuer_name="The L Programme",
        registry=registry,
        pin=pin,
    )
    return app.test_client()


def test_the_directory_and_each_page_tell_the_same_state(client: FlaskClient) -> None:
    listed = client.get("/directory.json").get_json()
    assert {entry["number"]: entry["state"] for entry in listed["certificates"]} == STATES
    for number, state in STATES.items():
        html = client.get(f"/c/{number}").text
        assert ("tone-active" in html) == (state == "active")
        assert html.count('<li class="check ') == 10


@pytest.mark.parametrize("state", sorted(set(STATES.values())))
def test_the_filter_finds_what_the_verifier_says(client: FlaskClient, state: str) -> None:
    found = client.get(f"/directory.json?state={state}").get_json()
    assert {entry["number"] for entry in found["certificates"]} == {
        n for n, s in STATES.items() if s == state
    }
    assert {entry["state"] for entry in found["certificates"]} == {state}


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("quillwater", "LC-2024-0001"),
        ("QUILLWATER COMPOSE", "LC-2024-0001"),
        ("copperfen.example", "LC-2025-0010"),
        ("LC-2025-0008", "LC-2025-0008"),
        ("tallowpike/archive-7b", "LC-2024-0004"),
    ],
)
def test_a_search_finds_names_domains_numbers_and_models(
    client: FlaskClient, query: str, number: str
) -> None:
    found = client.get("/directory.json", query_string={"q": query}).get_json()
    assert [entry["number"] for entry in found["certificates"]] == [number]


@pytest.mark.parametrize(
    "query", ["", "q=%25", "q=_", "q=%00", "q='; drop table certificate; --", "q=" + "a " * 99]
)
@pytest.mark.parametrize("sort", ["newest", "holder", "number", "expires"])
def test_odd_searches_are_only_searches(client: FlaskClient, query: str, sort: str) -> None:
    assert client.get(f"/directory?{query}&sort={sort}").status_code == 200


def test_every_document_named_by_a_record_is_there(client: FlaskClient) -> None:
    for number in STATES:
        record = client.get(f"/c/{number}.json").get_json()
        for edition in record["editions"]:
            for url in edition["tokens"].values():
                path = re.sub(r"^https?://[^/]+", "", url)
                assert client.get(path).status_code == 200, path
    for path in (
        "/log/checkpoint",
        "/bundle.zip",
        "/contexts/l/v1",
        "/criteria/L-2026.1",
        "/.well-known/did.json",
    ):
        assert client.get(path).status_code == 200, path


def test_a_bundle_from_the_site_answers_like_the_site(client: FlaskClient, tmp_path: Path) -> None:
    bundle = tmp_path / "l.zip"
    bundle.write_bytes(client.get("/bundle.zip").data)
    verifier = create_verifier_app(trust=str(bundle)).test_client()
    assert verifier.get("/readyz").status_code == 200
    codes = {"active": "valid", "withdrawn": "revoked", "terminated": "revoked", "scheduled": "not_yet_valid"}
    for number, state in STATES.items():
        token = client.get(f"/c/{number}.jwt").text
        report = verifier.post("/v1/verify", json={"token": token}).get_json()
        assert report["code"] == codes.get(state, state), number


def test_a_baked_badge_from_the_site_is_what_a_shop_would_hold(client: FlaskClient) -> None:
    for kind in ("png", "svg"):
        data = client.get(f"/badge/LC-2024-0001/baked.{kind}").data
        record = client.get("/c/LC-2024-0001.json").get_json()
        token = client.get(f"/c/LC-2024-0001/{record['currentEdition']}.openbadge.jwt").text
        assert extract_token(data) == token


def test_a_lost_database_takes_only_the_search_with_it(settings: Settings, tmp_path: Path) -> None:
    broken = tmp_path / "broken.sqlite3"
    broken.write_bytes(b"this is no database" * 1000)
    for url in (f"sqlite:///{tmp_path}/empty.sqlite3", f"sqlite:///{broken}"):
        registry = open_registry(url)
        client = _client(settings, "http://127.0.0.1:8080", registry)
        assert client.get("/directory").status_code == 503
        assert client.get("/directory").status_code == 503
        assert json.loads(client.get("/readyz").data)["checks"]["database"] != "ok"
        assert "tone-active" in client.get("/c/LC-2024-0001").text
        assert client.get("/badge/LC-2024-0001.svg").status_code == 200
        registry.close()


def test_a_kit_whose_code_holds_too_much_says_what_to_do(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_house(settings, clock=lambda: datetime.now(UTC)) as house:
        code = f"{house.base_url}/v#{house.token('LC-2024-0001', securing=Securing.COMPACT)}"
        monkeypatch.setattr(modules, "MOST_CHARACTERS", len(code))
        assert "offline-qr.svg" in house.badge_kit("LC-2024-0001")
        monkeypatch.setattr(modules, "MOST_CHARACTERS", len(code) - 1)
        with pytest.raises(NotAllowed, match=r"shorter scope\.statement"):
            house.badge_kit("LC-2024-0001")
