"""`lcert-verify page URL`: what is fetched, from whom, and how it ends when something cannot be had."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.support.edges import Reads, ec_key
from tests.support.evidence import make_world
from tests.support.images import credential, png

from lcert_verifier import command
from lcert_verifier.errors import EvidenceUnavailable
from lcert_verifier.fetch import Fetcher
from lcert_verifier.html_tags import MAX_PAGE_BYTES
from lcert_verifier.linkage import CONFIGURATION_PATH, DID_PATH, did_configuration, did_document, make_linkage
from lcert_verifier.vocabulary import Securing

WORLD = make_world()
HOST = "quillwater.example"
SITE = f"https://{HOST}"
LINK = f'<a href="{WORLD.base_url}/c/LC-2026-0001">certified</a>'
KEY = ec_key("holder")


class Web:
    """A fetcher of pages by URL, and of what origins publish; it notes what was asked."""

    def __init__(self, pages: dict[str, bytes], linked: dict[str, bytes] | None = None) -> None:
        self.pages = pages
        self.asked: list[str] = []
        issuer = {
            "trust.json": WORLD.trust_bytes(),
            "status/token/1": WORLD.status_token().encode(),
            "c/LC-2026-0001.jwt": WORLD.token().encode(),
        }
        self._published = {WORLD.base_url: Reads(issuer), SITE: Reads(linked or {})}

    def get(self, url: str, **_: Any) -> SimpleNamespace:
        self.asked.append(url)
        if url not in self.pages:
            raise EvidenceUnavailable(f"{url} cannot be reached")
        return SimpleNamespace(body=self.pages[url])

    def reader(self, origin: str) -> Callable[[str], bytes]:
        return self._published[origin]


def linked() -> dict[str, bytes]:
    kid = f"did:web:{HOST}#{KEY.thumbprint}"
    token = make_linkage(
        SITE, kid=kid, alg="ES256", sign=KEY.sign, now=WORLD.now, lifetime=timedelta(days=90)
    )
    documents = {DID_PATH: did_document(SITE, KEY.public), CONFIGURATION_PATH: did_configuration(token)}
    return {path: json.dumps(document).encode() for path, document in documents.items()}


def run(web: Web, *words: str) -> int:
    arguments = ["page", *words, "--trust", WORLD.base_url]
    return command.main(arguments, clock=WORLD.clock, fetcher=cast(Fetcher, web))


def test_a_page_is_judged_for_its_own_domain(capsys: pytest.CaptureFixture[str]) -> None:
    web = Web({f"{SITE}/about?x=1": LINK.encode()})
    assert run(web, f"{SITE}/about?x=1#team") == 0
    assert f"1 of 1 badges are genuine for {HOST}" in capsys.readouterr().out
    assert run(web, f"{SITE}/about?x=1", "--host", "grimsbybeats.example", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["host"], told["badges"][0]["code"]) == ("grimsbybeats.example", "domain_mismatch")
    assert "linkage" not in told, "the domain publishes none"


def test_only_pictures_of_the_page_s_own_origin_are_fetched(capsys: pytest.CaptureFixture[str]) -> None:
    baked = png(credential(WORLD.token(Securing.OPENBADGE).encode()))
    html = '<img src="/b.png#x"><img src="/gone.png"><img src="https://elsewhere.example/c.png">'
    web = Web({f"{SITE}/": html.encode(), f"{SITE}/b.png": baked})
    assert run(web, SITE, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [badge["kind"] for badge in told["badges"]] == ["baked"]
    assert told["problems"] == [f"{SITE}/gone.png cannot be reached"]
    assert web.asked == [f"{SITE}/", f"{SITE}/b.png", f"{SITE}/gone.png"]


def test_a_file_is_as_long_as_a_page_may_be_and_no_longer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "page.html"
    file.write_bytes(b" " * (MAX_PAGE_BYTES - len(LINK)) + LINK.encode())
    assert run(Web({}), str(file), "--host", HOST) == 0
    file.write_bytes(b" " * (MAX_PAGE_BYTES - len(LINK) + 1) + LINK.encode())
    assert run(Web({}), str(file), "--host", HOST) == 1
    assert capsys.readouterr().err.startswith("lcert-verify: ")


def test_a_page_cannot_be_asked_for_offline(capsys: pytest.CaptureFixture[str]) -> None:
    web = Web({f"{SITE}/": LINK.encode()})
    assert run(web, SITE, "--offline") == 64
    assert "unrecognized arguments: --offline" in capsys.readouterr().err
    assert web.asked == []


def test_what_the_domain_proves_of_its_did_is_told_beside_the_badges(
    capsys: pytest.CaptureFixture[str],
) -> None:
    web = Web({f"{SITE}/": LINK.encode()}, linked())
    assert run(web, SITE) == 0
    assert f"domain: LINKED  did:web:{HOST}" in capsys.readouterr().out
    assert run(web, SITE, "--json") == 0
    assert json.loads(capsys.readouterr().out)["linkage"]["dids"] == [f"did:web:{HOST}"]


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]"])
def test_a_broken_did_configuration_costs_no_verdict(body: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    web = Web({f"{SITE}/": LINK.encode()}, {CONFIGURATION_PATH: body})
    assert run(web, SITE, "--json") == 0
    assert "linkage" not in json.loads(capsys.readouterr().out)


def test_a_linkage_makes_no_badge_genuine(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(Web({f"{SITE}/": b"<p>certified</p>"}, linked()), SITE) == 2
    assert "no badge was found" in capsys.readouterr().out


def test_what_cannot_be_read_is_never_green(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    web = Web({f"{SITE}/": b"<p>" * MAX_PAGE_BYTES})
    assert run(web, f"{SITE}/gone") == 2
    assert "not reached" in capsys.readouterr().err
    assert run(web, SITE) == 1, "a page over the bounds"
    assert run(web, "https://[x") == 64
    assert run(web, str(tmp_path)) == 64, "a folder is no page"
    captured = capsys.readouterr()
    assert not captured.out
    assert "cannot be read" in captured.err
