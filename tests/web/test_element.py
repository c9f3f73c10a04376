"""The element's files: the same bytes for ever under their number, for any page, made from the sources beside them."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
import shutil
import subprocess

import pytest
from flask.testing import FlaskClient
from tests.support.shelf import publish
from tests.support.system import ROOT

from lcert_issuer.badge.embeds import ELEMENT_INTEGRITY, ELEMENT_PATH
from lcert_web.assets import integrity_of
from lcert_web.public import create_public_app

BADGE, VERIFIER = "element/l-cert-badge-1.js", "element/l-cert-verifier-1.js"


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    published = publish()
    app = create_public_app(
        storage=published.storage,
        base_url=published.base_url,
        issuer_name="Office",
        clock=published.world.clock,
    )
    return app.test_client()


@pytest.mark.parametrize("path", [BADGE, VERIFIER])
def test_any_page_may_load_a_script_and_keep_it(client: FlaskClient, path: str) -> None:
    reply = client.get(f"/static/{path}")
    assert reply.mimetype == "text/javascript"
    assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert reply.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    digest = hashlib.sha384(reply.data).digest()
    assert integrity_of(path) == f"sha384-{base64.b64encode(digest).decode()}"


@pytest.mark.parametrize("name", ["l-cert-badge-2.js", "l-cert-badge-1.js.map", "L-CERT-BADGE-1.js"])
def test_other_names_are_not_there(client: FlaskClient, name: str) -> None:
    assert client.get(f"/static/element/{name}").status_code == 404


def test_the_element_holds_the_verifier_to_its_hash(client: FlaskClient) -> None:
    assert integrity_of(VERIFIER) in client.get(f"/static/{BADGE}").text


def test_what_is_pasted_names_the_hash_and_the_address(client: FlaskClient) -> None:
    assert integrity_of(BADGE) == ELEMENT_INTEGRITY
    assert client.get(ELEMENT_PATH).status_code == 200


def test_the_element_is_small(client: FlaskClient) -> None:
    assert len(gzip.compress(client.get(f"/static/{BADGE}").data)) < 6_000


@pytest.mark.parametrize("path", [BADGE, VERIFIER])
def test_nothing_in_it_stores_or_writes_markup(client: FlaskClient, path: str) -> None:
    text = client.get(f"/static/{path}").text
    found = re.findall(
        r"localStorage|sessionStorage|indexedDB|document\.cookie|innerHTML|\beval\b|new Function|\.style\b",
        text,
    )
    assert found == []


def test_the_files_are_made_from_their_sources() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed: install the system package `nodejs`")
    done = subprocess.run(
        [node, "web/js/build.mjs", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
