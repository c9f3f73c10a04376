"""What is told of each badge on a page, and how many are looked at."""

from __future__ import annotations

import base64

import pytest
from tests.support.evidence import make_world
from tests.support.images import credential, png

from lcert_verifier.errors import EvidenceUnavailable
from lcert_verifier.page import PageReport, find_mentions, judge_page
from lcert_verifier.report import Verdict
from lcert_verifier.vocabulary import Securing

WORLD = make_world()
BADGE = WORLD.token(Securing.OPENBADGE)
ORIGIN = WORLD.base_url
HOST = "quillwater.example"
PAGE = f"https://{HOST}/products/"
NUMBER = "LC-2026-0001"
URL = f"{ORIGIN}/c/{NUMBER}"
BAKED = png(credential(BADGE.encode()))


def found(html: str, url: str | None = PAGE) -> list[tuple[str, str | None]]:
    return [
        (each.kind, each.url or each.image or each.token)
        for each in find_mentions(html.encode(), page_url=url)
    ]


@pytest.mark.parametrize(
    ("html", "kind"),
    [
        (f'<a href="{URL}">', "link"),
        (f'<area href="{URL}/">', "link"),
        (f'<a href="{URL}/2">', "link"),
        (f'<a href="{URL}.jwt?x#y">', "link"),
        (f'<a href=" {URL} ">', "link"),
        (f'<iframe src="{ORIGIN}/embed/{NUMBER}">', "frame"),
        (f'<embed src="{ORIGIN}/embed/{NUMBER}">', "picture"),
        (f'<object data="{ORIGIN}/badge/{NUMBER}.svg">', "picture"),
        (f'<img src="{ORIGIN}/badge/{NUMBER}.svg">', "picture"),
        (f'<img srcset="{ORIGIN}/badge/{NUMBER}.svg 2x">', "picture"),
        (f'<source src="{ORIGIN}/badge/{NUMBER}.png">', "picture"),
        (f'<image href="{ORIGIN}/badge/{NUMBER}.png">', "picture"),
        (f'<image xlink:href="{ORIGIN}/badge/{NUMBER}.png">', "picture"),
    ],
)
def test_every_element_that_shows_a_badge_tells_its_kind(html: str, kind: str) -> None:
    assert found(html) == [(kind, URL)]
    assert found(html, None) == [(kind, URL)], "an absolute address needs no page"


@pytest.mark.parametrize(
    "html",
    [
        f'<a href="/c/{NUMBER}x">',
        f'<a href="{ORIGIN}/x/c/{NUMBER}">',
        f'<a href="{ORIGIN}?/c/{NUMBER}">',
        f'<a src="{URL}">',
        f'<p href="{URL}">',
        f'<a href="{PAGE}baked.png">',
        f'<img src="{PAGE}baked.png.html">',
        f'<img src="{PAGE}x#baked.png">',
        "<openbadges:credential>",
        '<img src="">',
    ],
)
def test_what_only_looks_like_one_is_none(html: str) -> None:
    assert found(html) == []


def test_addresses_of_the_page_are_resolved_against_it() -> None:
    assert found('<img src="a.png?v=1"><img src="/b.SVG">') == [
        ("picture", f"{PAGE}a.png?v=1"),
        ("picture", f"https://{HOST}/b.SVG"),
    ]
    assert found('<img src="a.png">', None) == []
    twenty = ", ".join(f"{n}.png {n}w" for n in range(1, 30))
    assert [url for _, url in found(f'<img srcset="{twenty}">')] == [f"{PAGE}{n}.png" for n in range(1, 21)]


def data(body: bytes, head: str = "data:image/png;base64", code: bool = True) -> str:
    return f'<img src="{head},{base64.b64encode(body).decode() if code else body.decode()}">'


def test_an_image_in_the_page_is_looked_into() -> None:
    for head in ("data:image/png;base64", "DATA:IMAGE/PNG;BASE64"):
        assert found(data(BAKED, head)) == [("baked", BADGE)]
    assert found(data(BAKED, "data:text/plain;base64")) == []
    assert found(data(BAKED, "data:image/png")) == []
    assert found(data(BAKED).replace("base64,", "base64,****")) == []


def test_tokens_in_the_page_are_told_as_what_they_are() -> None:
    assert found('<openbadges:credential verify="a.b.c">') == [("baked", "a.b.c")]
    for path in ("/v#a.b.c", "/v/#a.b.c"):
        assert found(f'<a href="{ORIGIN}{path}">') == [("link", "a.b.c")]


def judged(html: str, **images: bytes) -> PageReport:
    return judge_page(
        html.encode(),
        WORLD.verifier(),
        readers={ORIGIN: lambda path: WORLD.token().encode()},
        page_url=PAGE,
        host=HOST,
        read_image=lambda url: images[url.rpartition("/")[2].partition(".")[0]],
    )


def test_a_report_tells_each_badge_with_its_line() -> None:
    told = judged(f'\n<a href="{URL}">\n\n<img src="x.png">', x=BAKED).to_json()
    assert (told["host"], told["verdict"], told["problems"]) == (HOST, "accepted", [])
    assert "linkage" not in told
    assert [(each["kind"], each["line"], each["url"], each["code"]) for each in told["badges"]] == [
        ("link", 2, URL, "valid"),
        ("baked", 4, f"{PAGE}x.png", "valid"),
    ]


def test_a_badge_is_told_once_and_an_image_read_once() -> None:
    both = f'<a href="{URL}"><img src="{ORIGIN}/badge/{NUMBER}.svg">' + '<img src="x.png">' * 2 + data(BAKED)
    assert [mention.kind for mention, _ in judged(both, x=BAKED).badges] == ["link", "baked"]
    broken = '<openbadges:credential verify="x"><openbadges:credential verify="x">'
    report = judged(broken)
    assert [each.code.value for _, each in report.badges] == ["malformed"]
    assert report.verdict is Verdict.REJECTED
    assert len(judged(broken + '<openbadges:credential verify="y">').badges) == 2


def test_a_hundred_badges_and_thirty_images_are_looked_at() -> None:
    hundred = "".join(f'<a href="{ORIGIN}/c/LC-2026-{n:04d}">' for n in range(1, 101))
    full = judged(hundred + f'<a href="{URL}">')
    assert (len(full.badges), full.problems) == (100, ())
    assert full.whole
    more = judged(hundred + "".join(f'<a href="{ORIGIN}/c/LC-2026-{n:04d}">' for n in (101, 102)))
    assert (more.whole, more.problems) == (False, ("only 100 badges were looked at",))
    images = {f"i{n}": png() for n in range(31)}
    thirty = "".join(f'<img src="i{n}.png">' for n in range(30))
    all_of_them = judged(thirty + f'<a href="{URL}">', **images)
    assert (all_of_them.verdict, all_of_them.problems) == (Verdict.ACCEPTED, ())
    more = judged(thirty + '<img src="i30.png">' + f'<a href="{URL}">', **images)
    assert (len(more.badges), more.problems) == (1, ("only 30 images were looked at",))
    assert more.verdict is Verdict.INDETERMINATE, "the image that was not looked at may be a forgery"


def test_an_image_that_cannot_be_had_is_told_and_the_rest_is_judged() -> None:
    def gone(url: str) -> bytes:
        raise EvidenceUnavailable(f"{url} cannot be had")

    report = judge_page(
        f'<img src="x.png"><a href="{URL}">'.encode(),
        WORLD.verifier(),
        readers={ORIGIN: lambda path: WORLD.token().encode()},
        page_url=PAGE,
        host=HOST,
        read_image=gone,
    )
    assert report.problems == (f"{PAGE}x.png cannot be had",)
    assert [(mention.kind, each.verdict) for mention, each in report.badges] == [("link", Verdict.ACCEPTED)]


def test_only_images_of_the_page_s_own_origin_are_asked_for_and_each_once() -> None:
    seen: list[str] = []

    def read(url: str) -> bytes:
        seen.append(url)
        return png()

    html = f'<img src="https://else.example/x.png"><img src="x.png"><img src="x.png"><a href="{URL}">'
    for url, asked in ((PAGE, [f"{PAGE}x.png"]), (None, [])):
        seen.clear()
        report = judge_page(
            html.encode(),
            WORLD.verifier(),
            readers={ORIGIN: lambda path: WORLD.token().encode()},
            page_url=url,
            host=HOST,
            read_image=read,
        )
        assert (seen, report.verdict) == (asked, Verdict.ACCEPTED)


def test_an_empty_address_names_nothing() -> None:
    assert found('<a href=" ">', url=URL) == []
