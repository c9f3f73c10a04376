"""Badges on pages: found in whatever way they are embedded, and believed only from their issuer, for their domain."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.edges import Reads
from tests.support.evidence import make_world
from tests.support.images import CREDENTIAL, TOKEN, credential, png, svg

from lcert_verifier.errors import EvidenceUnavailable, Malformed
from lcert_verifier.html_tags import MAX_PAGE_BYTES, start_tags
from lcert_verifier.page import PageReport, find_mentions, judge_page
from lcert_verifier.report import Code, Verdict
from lcert_verifier.vocabulary import Securing

WORLD = make_world()
BADGE = WORLD.token(Securing.OPENBADGE)
COMPACT = WORLD.token(Securing.COMPACT)
ORIGIN = WORLD.base_url
PAGE = "https://quillwater.example/products/compose"
SITE = Reads({"c/LC-2026-0001.jwt": WORLD.token().encode()})
DATA = "data:image/png;base64," + base64.b64encode(png(credential(BADGE.encode()))).decode()
DRAWING = svg(CREDENTIAL.replace(TOKEN, BADGE))
OTHER = png()
PICTURE = f"{ORIGIN}/badge/LC-2026-0001"


def images(url: str) -> bytes:
    found = {
        "https://quillwater.example/baked.png": png(credential(BADGE.encode())),
        "https://quillwater.example/baked.svg": DRAWING,
        "https://quillwater.example/cat.png": OTHER,
    }
    if url not in found:
        raise EvidenceUnavailable(f"{url} is not there")
    return found[url]


def judge(html: str, host: str = "quillwater.example", url: str | None = PAGE) -> PageReport:
    return judge_page(
        html.encode(),
        WORLD.verifier(),
        readers={ORIGIN: SITE},
        page_url=url,
        host=host,
        read_image=images if url else None,
    )


EMBEDS = {
    "picture in a link": f'<a href="{ORIGIN}/c/LC-2026-0001"><img src="{PICTURE}.svg?size=s" alt="a > b"></a>',
    "link": f"<p><A HREF='{ORIGIN}/c/lc-2026-0001'>certified</A>",
    "code": f"<a href={ORIGIN.upper()}/C/LC-2026-0001>x</a>",
    "dark picture": f'<picture><source srcset="{PICTURE}.svg?theme=dark 1x, {PICTURE}.png 2x"></picture>',
    "frame": f'<iframe src="{ORIGIN}/embed/LC-2026-0001/frame?size=s" title="t"></iframe>',
    "escaped": f'<img src="{ORIGIN}/badge/LC-2026-0001.png?size=l&amp;lang=de">',
    "offline code": f'<a href="{ORIGIN}/v#{COMPACT}">scan</a>',
    "baked picture": '<img src="/baked.png">',
    "baked drawing": '<img src="../baked.svg">',
    "picture in the page": f'<img src="{DATA}">',
    "drawing in the page": f"<body>{DRAWING.decode()}</body>",
}  # fmt: skip


@pytest.mark.parametrize("html", EMBEDS.values(), ids=EMBEDS.keys())
def test_every_way_of_embedding_is_found_and_judged_once(html: str) -> None:
    found = judge(f"<!doctype html><html><body>{html}</body></html>")
    assert [report.code for _, report in found.badges] == [Code.VALID], found.to_json()
    assert found.verdict is Verdict.ACCEPTED
    copied = judge(f"<!doctype html><html><body>{html}</body></html>", "grimsbybeats.example")
    assert [report.code for _, report in copied.badges] == [Code.DOMAIN_MISMATCH]
    assert copied.verdict is Verdict.REJECTED


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<p>nothing here</p>",
        '<img src="/cat.png">',
        '<img src="/missing.png">',
        '<img src="https://elsewhere.example/baked.png">',
        '<img src="data:image/png;base64,AAAA">',
        '<a href="mailto:a@b.example">x</a>',
        '<a href="javascript:alert(1)">x</a>',
        f"<!-- {EMBEDS['link']} -->",
        f"<script>var x = '{EMBEDS['link']}'</script>",
        f"<textarea>{EMBEDS['link']}</textarea>",
        '<a href="http://[::1/c/LC-2026-0001">x</a>',
        '<a href="https://certs.example/c/">x</a>',
        "<a href='https://certs.example/c/LC-2026-0001",
        '<a title="href=https://certs.example/c/LC-2026-0001">x</a>',
        f"<plaintext>{EMBEDS['link']}</plaintext>{EMBEDS['link']}",
        '<img src="data:text/html,x"><img src="data:image/png;base64"><img src="data:image/png,%89PNG">',
        '<img srcset=", ,"><img src=" ">',
    ],
)
def test_what_is_no_badge_is_none(html: str) -> None:
    found = judge(html)
    assert found.badges == ()
    assert found.verdict is Verdict.INDETERMINATE


def test_an_issuer_that_is_not_trusted_is_not_asked() -> None:
    found = judge('<img src="https://certs.evil.example/badge/LC-2026-0001.svg">')
    assert [report.code for _, report in found.badges] == [Code.UNTRUSTED_ISSUER]
    lookalike = judge('<a href="https://certs.example.evil.example/c/LC-2026-0001">x</a>')
    assert [report.code for _, report in lookalike.badges] == [Code.UNTRUSTED_ISSUER]
    assert judge('<a href="https://certs.example@evil.example/c/LC-2026-0001">x</a>').badges == ()


def test_one_bad_badge_makes_the_page_bad() -> None:
    found = judge(EMBEDS["link"] + f'<a href="{ORIGIN}/c/LC-2026-0999">x</a>')
    assert [report.code for _, report in found.badges] == [Code.VALID, Code.MALFORMED]
    assert found.verdict is Verdict.REJECTED


def test_a_file_is_judged_without_fetching_and_relative_addresses_are_passed_over() -> None:
    found = judge(EMBEDS["baked picture"] + EMBEDS["picture in the page"], url=None)
    assert [mention.kind for mention, _ in found.badges] == ["baked"]


def test_how_much_is_looked_at_has_bounds() -> None:
    many = "".join(f'<a href="{ORIGIN}/c/LC-2026-{n:04d}"></a>' for n in range(1, 300))
    found = judge(many)
    assert len(found.badges) == 100
    assert found.problems == ("only 100 badges were looked at",)
    pictures = judge("".join(f'<img src="/{n}.png">' for n in range(100)))
    assert pictures.problems[-1] == "only 30 images were looked at"
    with pytest.raises(Malformed):
        judge("x" * (MAX_PAGE_BYTES + 1))
    with pytest.raises(Malformed, match="too many tags"):
        judge("<b>" * 200_001)


def test_what_was_not_looked_at_is_never_taken_for_genuine() -> None:
    crowd = "".join(f'<img src="/{n}.png">' for n in range(40))
    assert judge(EMBEDS["link"] + crowd).verdict is Verdict.INDETERMINATE
    forged = f'<a href="{ORIGIN}/c/LC-2026-0999">x</a>'
    assert judge(EMBEDS["link"] + crowd + forged).verdict is Verdict.REJECTED
    assert judge(EMBEDS["link"] + crowd[: crowd.index("/29.png") - 10]).verdict is Verdict.ACCEPTED


HOSTILE: dict[str, Callable[[int], str]] = {
    "open tags": lambda n: "<a " * n,
    "open quotes": lambda n: '<a href="' * n,
    "comments": lambda n: "<!--" * n,
    "declarations": lambda n: "<!" * n,
    "scripts": lambda n: "<script>" * n,
    "script ends": lambda n: "<script>" + "</scrip" * n,
    "attributes": lambda n: "<a" + " b=c" * n,
    "equals": lambda n: "<a " + "=" * n,
    "references": lambda n: '<a href="' + "&" * n + '">',
    "spaces": lambda n: "<a" + " " * n,
    "slashes": lambda n: "<a" + "/ " * n,
    "names": lambda n: "<a " + "b" * n,
    "srcset": lambda n: '<img srcset="' + "a," * n + '">',
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_page_costs_no_more_than_its_length(make: Callable[[int], str]) -> None:
    page = make(400_000)[:1_000_000].encode()
    begun = time.process_time()
    try:
        for _ in find_mentions(page, page_url=PAGE):
            pass
    except Malformed:
        pass
    assert time.process_time() - begun < 3


@given(st.text(alphabet="<>!-=/\"' &;abscripthref:#\n", max_size=200))
def test_no_page_makes_the_reader_fall(text: str) -> None:
    for tag in start_tags(text.encode()):
        assert tag.name == tag.name.lower()
    list(find_mentions(text.encode(), page_url=PAGE))


def test_tags_tell_their_line_and_the_first_of_two_attributes() -> None:
    tags = list(start_tags(b"<p>\n\n<a href=1 HREF=2 x='a&amp;b' y>\n<br/>"))
    assert [(tag.name, tag.line) for tag in tags] == [("p", 1), ("a", 3), ("br", 4)]
    assert tags[1].attributes == {"href": "1", "x": "a&b", "y": ""}
