"""The verifier service: any string is a token, every answer is the one verifier's, input is never markup."""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.support.shelf import NUMBERS, Published, publish

from lcert_issuer.badge.artwork import render_svg
from lcert_issuer.badge.bake import bake_png, bake_svg
from lcert_issuer.badge.face import BadgeState, Face
from lcert_issuer.badge.png import render_png
from lcert_verifier.errors import EvidenceUnavailable
from lcert_verifier.published import NotPublished
from lcert_verifier.vocabulary import Securing
from lcert_web.verifier import create_verifier_app

ORIGIN = "https://certs.example"


class FolderFetcher:
    """Reads one origin from a published folder; `down` is an origin that does not answer."""

    def __init__(self, published: Published) -> None:
        self.published = published
        self.down = False
        self.asked: list[str] = []

    def reader(self, origin: str) -> Callable[[str], bytes]:
        def read(path: str) -> bytes:
            self.asked.append(f"{origin}/{path}")
            if self.down or origin != ORIGIN:
                raise EvidenceUnavailable(f"{origin} cannot be reached")
            data = self.published.storage.get(path)
            if data is None:
                raise NotPublished(path)
            return data

        return read


@pytest.fixture(scope="module")
def published() -> Published:
    return publish()


@pytest.fixture
def fetcher(published: Published) -> FolderFetcher:
    return FolderFetcher(published)


@pytest.fixture
def client(published: Published, fetcher: FolderFetcher) -> FlaskClient:
    app = create_verifier_app(trust=ORIGIN, clock=published.world.clock, fetcher=fetcher)  # type: ignore[arg-type]
    return app.test_client()


def ask(client: FlaskClient, **body: Any) -> Any:
    reply = client.post("/v1/verify", json=body)
    assert reply.status_code == 200, reply.text
    return reply.get_json()


@pytest.mark.parametrize(
    ("state", "verdict", "code"),
    [
        ("active", "accepted", "valid"),
        ("suspended", "rejected", "suspended"),
        ("withdrawn", "rejected", "revoked"),
        ("expired", "rejected", "expired"),
        ("scheduled", "rejected", "not_yet_valid"),
        ("replaced", "rejected", "superseded"),
    ],
)
@pytest.mark.parametrize("securing", list(Securing))
def test_a_token_of_each_state_and_securing(
    published: Published, client: FlaskClient, state: str, verdict: str, code: str, securing: Securing
) -> None:
    report = ask(client, token=published.token(state, securing))
    assert (report["verdict"], report["code"]) == (verdict, code)
    assert set(report) >= {"verdict", "code", "sentence", "checks", "credential", "as_of"}
    assert [check["outcome"] for check in report["checks"]][:7] == ["passed"] * 7
    assert report["credential"]["number"] == NUMBERS[state]


@pytest.mark.parametrize(
    "token",
    [
        "",
        " ",
        "x",
        "a.b.c",
        "eyJ",
        "\0",
        "\ud800",
        "é",
        "." * 70_000,
        "a" * 1_000_000,
        "null",
        '{"a":1}',
        "🪪",
    ],
)
def test_every_string_is_a_token_and_gets_a_report(client: FlaskClient, token: str) -> None:
    report = ask(client, token=token)
    assert (report["verdict"], report["code"]) == ("rejected", "malformed")
    assert report["credential"] is None


def test_a_token_is_taken_as_it_is_with_nothing_stripped(published: Published, client: FlaskClient) -> None:
    assert ask(client, token=published.token("active") + "\n")["code"] == "malformed"


def test_a_domain_and_a_time_may_be_asked_for(published: Published, client: FlaskClient) -> None:
    token = published.token("active")
    assert ask(client, token=token, domain="www.active.example")["code"] == "valid"
    assert ask(client, token=token, domain="grimsby.example")["code"] == "domain_mismatch"
    assert ask(client, token=token, at="2026-01-01")["code"] == "not_yet_valid"
    assert ask(client, token=token, at="2029-01-01T00:00:00Z")["code"] == "expired"


@pytest.mark.parametrize(
    ("body", "content_type", "status", "slug"),
    [
        (b"", "application/json", 400, "invalid-json"),
        (b"{", "application/json", 400, "invalid-json"),
        (b"[]", "application/json", 400, "invalid-json"),
        (b'{"token": "a", "token": "b"}', "application/json", 400, "invalid-json"),
        (b"{}", "application/json", 400, "invalid-parameter"),
        (b'{"token": 1}', "application/json", 400, "invalid-parameter"),
        (b'{"token": null}', "application/json", 400, "invalid-parameter"),
        (b'{"token": "a", "url": "b"}', "application/json", 400, "invalid-parameter"),
        (b'{"token": "a", "at": "soon"}', "application/json", 400, "invalid-parameter"),
        (b'{"token": "a", "domain": 7}', "application/json", 400, "invalid-parameter"),
        (b"token=a", "application/x-www-form-urlencoded", 415, "unsupported-media-type"),
        (b"--x--", "multipart/form-data; boundary=x", 400, "invalid-parameter"),
        (b"garbage", "multipart/form-data", 400, None),
    ],
)
def test_what_is_not_a_request_is_a_problem(
    client: FlaskClient, body: bytes, content_type: str, status: int, slug: str | None
) -> None:
    reply = client.post("/v1/verify", data=body, content_type=content_type)
    assert reply.status_code == status
    assert reply.mimetype == "application/problem+json"
    if slug:
        assert reply.get_json(force=True)["type"] == f"urn:lcert:problem:{slug}"


def test_a_body_over_eight_megabytes_is_413(client: FlaskClient) -> None:
    reply = client.post("/v1/verify", data=b"x" * (8 * 1024 * 1024 + 1), content_type="application/json")
    assert reply.status_code == 413
    assert reply.get_json(force=True)["type"] == "urn:lcert:problem:too-large"


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/v1/verify", "application/json"),
        ("/v1/verify/batch", "application/json"),
        ("/v1/verify/batch", "application/x-ndjson"),
        ("/credentials/verify", "application/json"),
        ("/", "application/x-www-form-urlencoded"),
    ],
)
def test_a_compressed_body_is_refused_and_not_judged(
    client: FlaskClient, published: Published, path: str, media_type: str
) -> None:
    """Every line of a compressed batch would be no token, and every certificate in it called not valid."""
    body = gzip.compress(published.token("active").encode())
    for coding in ("gzip", "GZIP", "br", "gzip, identity"):
        reply = client.post(path, data=body, headers={"Content-Encoding": coding, "Content-Type": media_type})
        assert (reply.status_code, reply.mimetype) == (415, "application/problem+json")
        assert "Content-Encoding" in reply.get_json(force=True)["detail"]
    plain = {"json": {"token": published.token("active")}}
    assert client.post("/v1/verify", **plain, headers={"Content-Encoding": "gzip"}).status_code == 415
    assert client.post("/v1/verify", **plain, headers={"Content-Encoding": "identity"}).status_code == 200


def test_a_certificate_s_address_on_the_trusted_origin(client: FlaskClient, published: Published) -> None:
    assert ask(client, url=f"{ORIGIN}/c/{NUMBERS['active']}")["code"] == "valid"
    assert ask(client, url=f"HTTPS://CERTS.EXAMPLE/C/{NUMBERS['withdrawn']}")["code"] == "revoked"
    assert ask(client, url=f"{ORIGIN}/c/{NUMBERS['replaced']}/1")["code"] == "superseded"
    assert ask(client, url=f"{ORIGIN}/v#{published.token('active', Securing.COMPACT)}")["code"] == "valid"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/c/LC-2026-0001",
        "https://certs.example.evil.example/c/LC-2026-0001",
        "https://certs.example@evil.example/c/LC-2026-0001",
        "http://169.254.169.254/c/LC-2026-0001",
        "http://127.0.0.1:22/c/LC-2026-0001",
        "https://certs.example/trust.json",
        "https://certs.example/c/../trust.json",
        "file:///etc/passwd",
        "gopher://certs.example/c/LC-2026-0001",
        "",
        "x" * 100_000,
    ],
)
def test_no_other_address_is_ever_asked(client: FlaskClient, fetcher: FolderFetcher, url: str) -> None:
    report = ask(client, url=url)
    assert report["verdict"] == "rejected"
    assert report["code"] in ("untrusted_issuer", "malformed")
    assert all(asked.startswith(f"{ORIGIN}/") and "trust.json/" not in asked for asked in fetcher.asked)
    assert not fetcher.asked


def test_an_issuer_that_does_not_answer_leaves_it_undecided(
    published: Published, client: FlaskClient, fetcher: FolderFetcher
) -> None:
    fetcher.down = True
    for body in ({"token": published.token("active")}, {"url": f"{ORIGIN}/c/{NUMBERS['active']}"}):
        report = ask(client, **body)
        assert (report["verdict"], report["code"]) == ("indeterminate", "trust_unavailable")
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_trust_is_tried_again_until_it_is_there(published: Published, fetcher: FolderFetcher) -> None:
    fetcher.down = True
    app = create_verifier_app(trust=[ORIGIN], clock=published.world.clock, fetcher=fetcher)  # type: ignore[arg-type]
    client = app.test_client()
    assert client.get("/readyz").status_code == 503
    fetcher.down = False
    deadline = 50
    while client.get("/readyz").status_code != 200 and deadline:
        deadline -= 1
    assert client.get("/readyz").get_json() == {"ready": True, "checks": {"trust": "ok"}}
    assert ask(client, token=published.token("active"))["code"] == "valid"


def test_without_trust_nothing_is_accepted(published: Published) -> None:
    client = create_verifier_app(trust="", clock=published.world.clock).test_client()
    assert client.get("/readyz").status_code == 503
    assert ask(client, token=published.token("active"))["verdict"] != "accepted"


def test_a_bundle_that_is_missing_or_broken_is_tried_again(published: Published, tmp_path: Path) -> None:
    path = tmp_path / "l.zip"
    client = create_verifier_app(trust=str(path), clock=published.world.clock).test_client()
    assert client.get("/readyz").status_code == 503
    assert ask(client, token=published.token("active"))["code"] == "trust_unavailable"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.jws", "x")
    assert client.get("/readyz").status_code == 503
    assert ask(client, token=published.token("active"))["code"] == "trust_unavailable"


FACE = Face(state=BadgeState.ACTIVE, number=NUMBERS["active"], covered="Compose", domain="active.example")


def baked(published: Published, kind: str, securing: Securing = Securing.OPENBADGE) -> bytes:
    token = published.token("active", securing)
    return bake_svg(render_svg(FACE), token) if kind == "svg" else bake_png(render_png(FACE), token)


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_an_uploaded_badge_is_judged(published: Published, client: FlaskClient, kind: str) -> None:
    form = {"badge": (io.BytesIO(baked(published, kind)), f"badge.{kind}"), "domain": "active.example"}
    reply = client.post("/v1/verify", data=form)
    assert reply.status_code == 200
    assert reply.get_json()["code"] == "valid"
    elsewhere = {"badge": (io.BytesIO(baked(published, kind)), "b"), "domain": "grimsby.example"}
    assert client.post("/v1/verify", data=elsewhere).get_json()["code"] == "domain_mismatch"


@pytest.mark.parametrize("data", [b"", b"x", b"\x89PNG\r\n\x1a\n", b"<svg/>", b"\0" * 999])
def test_an_upload_without_a_credential_is_malformed(client: FlaskClient, data: bytes) -> None:
    reply = client.post("/v1/verify", data={"badge": (io.BytesIO(data), "badge.png")})
    assert reply.status_code == 200
    assert reply.get_json()["code"] == "malformed"


def test_a_picture_with_another_securing_is_refused(published: Published, client: FlaskClient) -> None:
    form = {"badge": (io.BytesIO(baked(published, "png", Securing.VC_JWT)), "badge.png")}
    assert client.post("/v1/verify", data=form).get_json()["code"] == "wrong_type"


def test_a_batch_answers_in_order(published: Published, client: FlaskClient) -> None:
    states = ["active", "withdrawn", "suspended", "active"]
    reply = client.post("/v1/verify/batch", json={"tokens": [*map(published.token, states), "junk", ""]})
    assert reply.status_code == 200
    codes = [report["code"] for report in reply.get_json()["reports"]]
    assert codes == ["valid", "revoked", "suspended", "valid", "malformed", "malformed"]
    assert client.post("/v1/verify/batch", json={"tokens": []}).get_json() == {"reports": []}


@pytest.mark.parametrize("body", [{}, {"tokens": "a"}, {"tokens": [1]}, {"tokens": ["a"], "at": "x"}])
def test_a_batch_that_is_none_is_a_problem(client: FlaskClient, body: dict[str, Any]) -> None:
    assert client.post("/v1/verify/batch", json=body).status_code == 400


def test_lines_in_lines_out(published: Published, client: FlaskClient) -> None:
    token = published.token("active")
    lines = [
        token,
        json.dumps(token),
        json.dumps({"token": token, "domain": "grimsby.example"}),
        "junk",
        "a" * 3_000_000,
        '{"token": 5}',
        token + "\r",
        published.token("withdrawn"),
    ]
    reply = client.post(
        "/v1/verify/batch", data="\n".join(lines).encode(), content_type="application/x-ndjson"
    )
    assert reply.mimetype == "application/x-ndjson"
    codes = [json.loads(line)["code"] for line in reply.text.splitlines()]
    assert codes == [
        "valid",
        "valid",
        "domain_mismatch",
        "malformed",
        "malformed",
        "malformed",
        "valid",
        "revoked",
    ]


def test_a_line_s_own_time_takes_no_domain_away_from_a_batch(
    published: Published, client: FlaskClient
) -> None:
    token, now = published.token("active"), published.world.clock().isoformat()
    lines = [
        {"token": token, "at": now},
        {"token": token, "at": now, "domain": "active.example"},
        {"token": token, "domain": None},
        {"token": token, "at": "2026-01-01"},
    ]
    reply = client.post(
        "/v1/verify/batch?domain=grimsby.example",
        data="\n".join(map(json.dumps, lines)),
        content_type="application/x-ndjson",
    )
    codes = [json.loads(line)["code"] for line in reply.text.splitlines()]
    assert codes == ["domain_mismatch", "valid", "domain_mismatch", "not_yet_valid"]


def test_a_domain_that_is_empty_is_no_host_a_badge_may_stand_on(
    published: Published, client: FlaskClient
) -> None:
    """A program that could not tell the host must not get a yes, whichever way it asks; the library says the same."""
    token = published.token("active")
    assert published.world.verifier().verify(token, domain="").code.value == "domain_mismatch"
    assert ask(client, token=token, domain="")["code"] == "domain_mismatch"
    assert client.post("/v1/verify?domain=", json={"token": token}).get_json()["code"] == "domain_mismatch"
    upload = {"badge": (io.BytesIO(baked(published, "png")), "b.png"), "domain": ""}
    assert client.post("/v1/verify", data=upload).get_json()["code"] == "domain_mismatch"
    lines = client.post(
        "/v1/verify/batch",
        data=json.dumps({"token": token, "domain": ""}),
        content_type="application/x-ndjson",
    )
    assert json.loads(lines.text)["code"] == "domain_mismatch"
    enveloped = client.post("/credentials/verify", json={"verifiableCredential": token, "domain": ""})
    assert enveloped.get_json()["report"]["code"] == "domain_mismatch"


def test_lines_may_be_asked_for_as_one_document_and_the_reverse(
    published: Published, client: FlaskClient
) -> None:
    token = published.token("active")
    reply = client.post(
        "/v1/verify/batch",
        data=f"{token}\n{token}",
        content_type="application/x-ndjson",
        headers={"Accept": "application/json"},
    )
    assert [report["code"] for report in reply.get_json()["reports"]] == ["valid", "valid"]
    headers = {"Accept": "application/x-ndjson"}
    lines = client.post("/v1/verify/batch", json={"tokens": [token]}, headers=headers)
    assert json.loads(lines.text)["code"] == "valid"


def test_the_vc_api_form(published: Published, client: FlaskClient) -> None:
    def envelope(state: str) -> dict[str, Any]:
        return {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "id": f"data:application/vc+jwt,{published.token(state)}",
            "type": "EnvelopedVerifiableCredential",
        }

    good = client.post(
        "/credentials/verify", json={"verifiableCredential": envelope("active"), "options": {}}
    )
    assert (good.status_code, good.get_json()["verified"]) == (200, True)
    bad = client.post("/credentials/verify", json={"verifiableCredential": envelope("withdrawn")})
    assert (bad.status_code, bad.get_json()["verified"]) == (400, False)
    assert bad.get_json()["report"]["code"] == "revoked"
    for odd in (None, {}, {"id": "data:text/plain,x", "type": "EnvelopedVerifiableCredential"}, [], 1):
        assert client.post("/credentials/verify", json={"verifiableCredential": odd}).status_code == 400


def scripts(html: str) -> list[str]:
    """The scripts of a page, each a file of ours; None for one that would stand in the page itself."""
    return [
        match[1] if (match := re.search(r'src="([^"?]*)', tag)) else "inline"
        for tag in re.findall(r"<script[^>]*>", html)
    ]


def test_other_pages_may_ask(client: FlaskClient) -> None:
    reply = client.options("/v1/verify", headers={"Origin": "https://shop.example"})
    assert reply.status_code == 204
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert "Content-Type" in reply.headers["Access-Control-Allow-Headers"]
    assert ask(client, token="x")
    assert "Access-Control-Allow-Credentials" not in reply.headers


def test_the_page_checks_a_pasted_token_without_script(published: Published, client: FlaskClient) -> None:
    form = client.get("/")
    assert scripts(form.text) == ["/static/dropping.js"]
    assert 'method="post"' in form.text
    token = published.token("active")
    wrapped = "\n".join(token[i : i + 64] for i in range(0, len(token), 64))
    reply = client.post("/", data={"token": wrapped, "domain": "https://www.active.example/about"})
    assert reply.status_code == 200
    assert re.search(r'<h1 class="verdict-word"[^>]*>Active\s*</h1>', reply.text)
    assert "tone-active" in reply.text
    assert f'href="{ORIGIN}/c/{NUMBERS["active"]}"' in reply.text
    assert reply.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("kind", "state"), [("png", "active"), ("svg", "active")])
def test_the_page_checks_an_uploaded_badge(
    published: Published, client: FlaskClient, kind: str, state: str
) -> None:
    reply = client.post("/", data={"badge": (io.BytesIO(baked(published, kind)), f"x.{kind}"), "token": ""})
    assert reply.status_code == 200
    assert "tone-active" in reply.text


def test_the_page_checks_an_address_and_a_token_file(published: Published, client: FlaskClient) -> None:
    assert "tone-suspended" in client.post("/", data={"token": f"{ORIGIN}/c/{NUMBERS['suspended']}"}).text
    upload = {"badge": (io.BytesIO(published.token("withdrawn").encode() + b"\n"), "x.jwt")}
    assert "tone-withdrawn" in client.post("/", data=upload).text


def test_the_page_asks_again_when_it_got_nothing(client: FlaskClient) -> None:
    reply = client.post("/", data={"token": " "})
    assert reply.status_code == 400
    assert "first" in reply.text


def test_nothing_sent_comes_back_as_markup(published: Published, client: FlaskClient) -> None:
    evil = '"><script>alert(1)</script>'
    for data in ({"token": evil}, {"token": published.token("hostile"), "domain": evil}):
        html = client.post("/", data=data).text
        assert scripts(html) == ["/static/dropping.js"]
        assert " style=" not in html
    reply = client.post("/v1/verify", json={"token": evil, "domain": evil})
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.mimetype == "application/json"


def test_no_green_for_a_badge_on_a_foreign_site(published: Published, client: FlaskClient) -> None:
    html = client.post("/", data={"token": published.token("active"), "domain": "grimsby.example"}).text
    assert "tone-active" not in html
    assert "active.example" in html


def test_verifications_are_counted(published: Published, client: FlaskClient) -> None:
    ask(client, token=published.token("active"))
    assert (
        'lcert_verifications_total{app="verifier",code="valid",verdict="accepted"}'
        in client.get("/metrics").text
    )


def test_a_batch_may_be_larger_than_a_single_question_but_not_endless(client: FlaskClient) -> None:
    large = json.dumps({"tokens": ["a" * 1_000_000] * 9}).encode()
    reply = client.post("/v1/verify/batch", data=large, content_type="application/json")
    assert [report["code"] for report in reply.get_json()["reports"]] == ["malformed"] * 9
    for media_type in ("application/json", "application/x-ndjson"):
        reply = client.post(
            "/v1/verify/batch",
            content_type=media_type,
            environ_overrides={"CONTENT_LENGTH": str(64 * 1024 * 1024 + 1)},
        )
        assert reply.status_code == 413


def test_a_batch_of_another_kind_is_told_both_that_are_read(client: FlaskClient) -> None:
    reply = client.post("/v1/verify/batch", data=b"x", content_type="text/plain")
    assert reply.status_code == 415
    assert reply.get_json(force=True)["detail"] == "Send application/json or application/x-ndjson."
