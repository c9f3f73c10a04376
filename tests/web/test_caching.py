"""Strong ETags, 304 answers, gzip as another representation, lifetimes that end at a date."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta

from flask import Flask, Response

from lcert_web.caching import IMMUTABLE, cache_for, install_caching, seconds_until


def make_app() -> Flask:
    app = Flask("lcert_web.test")
    install_caching(app)

    @app.get("/text")
    def text() -> Response:
        return cache_for(Response("word " * 1000, mimetype="text/plain"), 300)

    @app.get("/image")
    def image() -> Response:
        return Response(b"\x89PNG" * 1000, mimetype="image/png", headers={"Cache-Control": IMMUTABLE})

    @app.get("/secret")
    def secret() -> Response:
        return Response("x" * 2000, headers={"Cache-Control": "no-store"}, mimetype="text/plain")

    return app


def test_the_same_bytes_have_the_same_strong_tag_and_are_not_sent_twice() -> None:
    client = make_app().test_client()
    first = client.get("/text")
    tag = first.headers["ETag"]
    assert tag.startswith('"')
    again = client.get("/text", headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert again.data == b""
    assert again.headers["ETag"] == tag
    assert again.headers["Cache-Control"] == "public, max-age=300, s-maxage=300"
    assert client.get("/text", headers={"If-None-Match": '"other"'}).status_code == 200


def test_gzip_is_another_representation_with_its_own_tag() -> None:
    client = make_app().test_client()
    plain = client.get("/text")
    packed = client.get("/text", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert int(packed.headers["Content-Length"]) == len(packed.data)
    headers = {"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]}
    assert client.get("/text", headers=headers).status_code == 304


def test_gzip_is_not_forced_on_those_who_refuse_it_or_on_images() -> None:
    client = make_app().test_client()
    assert "Content-Encoding" not in client.get("/text", headers={"Accept-Encoding": "gzip;q=0"}).headers
    assert "Content-Encoding" not in client.get("/text", headers={"Accept-Encoding": "identity"}).headers
    assert "Content-Encoding" not in client.get("/image", headers={"Accept-Encoding": "gzip"}).headers


def test_what_must_not_be_stored_gets_no_tag() -> None:
    assert "ETag" not in make_app().test_client().get("/secret").headers


def test_a_lifetime_ends_at_the_date_that_changes_the_answer() -> None:
    now = datetime(2026, 1, 31, 23, 59, 0, tzinfo=UTC)
    assert seconds_until(now + timedelta(seconds=60), now, 300) == 60
    assert seconds_until(now + timedelta(days=3), now, 300) == 300
    assert seconds_until(None, now, 300) == 300
    assert cache_for(Response(""), 0).headers["Cache-Control"] == "no-cache"
