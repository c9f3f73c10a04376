from __future__ import annotations

import struct
import zlib

import pytest
from openbadgeslib import baking

from lcert_issuer.badge.artwork import render_svg
from lcert_issuer.badge.bake import BakeError, bake_png, bake_svg
from lcert_issuer.badge.face import BadgeState, Face
from lcert_issuer.badge.png import render_png
from lcert_verifier.badges import extract_token

TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJpZCI6IngifQ." + "A" * 86
OTHER = "eyJhbGciOiJFUzI1NiJ9.eyJpZCI6InkifQ." + "B" * 86
FACE = Face(
    state=BadgeState.ACTIVE,
    number="LC-2026-0001",
    covered="<Compose> & “friends”",
    domain="quillwater.example",
)
SVG, PNG = render_svg(FACE), render_png(FACE, scale=2)


def text_chunks(png: bytes) -> list[bytes]:
    found, at = [], 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] in {b"iTXt", b"tEXt", b"zTXt"}:
            found.append(png[at + 4 : at + 8 + length])
        at += 12 + length
    return found


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.mark.parametrize("bake", [bake_png, bake_svg])
def test_a_baked_token_is_found_again(bake: object) -> None:
    baked = bake_png(PNG, TOKEN) if bake is bake_png else bake_svg(SVG, TOKEN)
    assert extract_token(baked) == TOKEN


def test_independent_software_finds_the_token_too() -> None:
    assert baking.extract_png(bake_png(PNG, TOKEN), keyword=baking.ITXT_KEYWORD_OB3) == TOKEN
    assert baking.extract_svg(bake_svg(SVG, TOKEN), element=baking.SVG_ELEMENT_OB3) == TOKEN


def test_the_png_gets_exactly_one_uncompressed_chunk() -> None:
    assert text_chunks(bake_png(PNG, TOKEN)) == [b"iTXtopenbadgecredential\0\0\0\0\0" + TOKEN.encode()]
    assert text_chunks(PNG) == []


def test_the_svg_has_the_literal_prefix_directly_after_its_opening_tag() -> None:
    head, _, rest = bake_svg(SVG, TOKEN).decode().partition(">")
    assert 'xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0"' in head
    assert rest.startswith(f'<openbadges:credential verify="{TOKEN}"></openbadges:credential><title')


def test_nothing_else_in_the_picture_changes() -> None:
    assert (
        bake_svg(SVG, TOKEN)
        .decode()
        .replace(f'<openbadges:credential verify="{TOKEN}"></openbadges:credential>', "")
        .replace(' xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0"', "")
        == SVG.decode()
    )
    baked = bake_png(PNG, TOKEN)
    assert baked.startswith(PNG[:-12])
    assert baked.endswith(PNG[-12:])


def test_a_baked_picture_is_refused_unless_it_is_to_be_replaced() -> None:
    png, svg = bake_png(PNG, TOKEN), bake_svg(SVG, TOKEN)
    with pytest.raises(BakeError, match="already"):
        bake_png(png, OTHER)
    with pytest.raises(BakeError, match="already"):
        bake_svg(svg, OTHER)
    assert bake_png(png, OTHER, replace=True) == bake_png(PNG, OTHER)
    assert bake_svg(svg, OTHER, replace=True) == bake_svg(SVG, OTHER)


@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt", b"iTXt"])
@pytest.mark.parametrize("keyword", [b"openbadgecredential", b"OpenBadgeCredential"])
def test_a_credential_in_any_text_chunk_counts_as_baked(kind: bytes, keyword: bytes) -> None:
    carried = PNG[:33] + chunk(kind, keyword + b"\0\0\0\0\0x.y.z") + PNG[33:]
    with pytest.raises(BakeError, match="already"):
        bake_png(carried, TOKEN)
    assert extract_token(bake_png(carried, TOKEN, replace=True)) == TOKEN


@pytest.mark.parametrize(
    "png",
    [
        b"",
        b"GIF89a",
        PNG[:8],
        PNG[:-1],
        PNG[:-12],
        PNG + b"x",
        PNG + PNG,
        PNG[:40] + b"\xff" + PNG[41:],
        PNG[:33] + b"\x7f\xff\xff\xffIDAT" + PNG[41:],
    ],
)
def test_a_damaged_png_is_refused(png: bytes) -> None:
    with pytest.raises(BakeError):
        bake_png(png, TOKEN)


@pytest.mark.parametrize(
    "svg",
    [
        b"",
        b"<html></html>",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b'<!DOCTYPE svg [<!ENTITY x "y">]><svg xmlns="http://www.w3.org/2000/svg"></svg>',
        b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="urn:x"></svg>',
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>',
        b'<svg xmlns="http://www.w3.org/2000/svg"><g></svg>',
        b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:o="https://purl.imsglobal.org/ob/v3p0">'
        b'<o:credential verify="a.b.c"/></svg>',
        "<svg></svg>".encode("utf-16"),
    ],
)
def test_an_odd_svg_is_refused(svg: bytes) -> None:
    with pytest.raises(BakeError):
        bake_svg(svg, TOKEN)


def test_a_declaration_and_comments_before_the_svg_are_kept() -> None:
    odd = b'<?xml version="1.0" encoding="UTF-8"?>\n<!-- a > b -->\n<svg a=">" xmlns="http://www.w3.org/2000/svg"></svg>'
    assert extract_token(bake_svg(odd, TOKEN)) == TOKEN


@pytest.mark.parametrize(
    "token", ["", "a.b", 'a.b."/><script>', "a.b.c\n", "a.b.c d", "é.b.c", "a" * 70_000 + ".b.c"]
)
def test_what_is_no_compact_jws_is_not_baked(token: str) -> None:
    with pytest.raises(BakeError):
        bake_png(PNG, token)
    with pytest.raises(BakeError):
        bake_svg(SVG, token)
