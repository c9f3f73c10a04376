"""Edges of finding the token in an image: the last that is read, and the first that is refused, for its own fault."""

from __future__ import annotations

import pytest
from tests.support.images import (
    CREDENTIAL,
    END,
    MAGIC,
    NS,
    OB,
    PIXELS,
    TOKEN,
    chunk,
    credential,
    header,
    png,
    svg,
)

from lcert_verifier.badges import MAX_BADGE_BYTES, extract_token, png_chunks
from lcert_verifier.errors import Malformed


def refused(image: bytes, words: str) -> None:
    with pytest.raises(Malformed, match=words):
        extract_token(image)


def test_an_image_is_as_large_as_it_may_be_and_no_larger() -> None:
    free = MAX_BADGE_BYTES - len(png(credential())) - 12
    assert extract_token(png(chunk(b"tEXt", bytes(free)), credential())) == TOKEN
    refused(png(chunk(b"tEXt", bytes(free + 1)), credential()), "over 8 MiB")
    free = 2 * 1024 * 1024 - len(svg(CREDENTIAL + "<!---->"))
    assert extract_token(svg(CREDENTIAL + f"<!--{' ' * free}-->")) == TOKEN
    refused(svg(CREDENTIAL + f"<!--{' ' * (free + 1)}-->"), "over 2 MiB")


@pytest.mark.parametrize(("size", "fits"), [(65_536, True), (65_537, False)])
def test_a_token_is_as_long_as_it_may_be_and_no_longer(size: int, fits: bool) -> None:
    token = "a" * size
    body = b"openbadgecredential\0\0\0\0\0" + token.encode()
    for image in (
        png(chunk(b"iTXt", body)),
        svg(f'<openbadges:credential verify="{token}"/>'),
    ):
        if fits:
            assert extract_token(image) == token
        else:
            refused(image, "over 64 KiB")


@pytest.mark.parametrize(
    ("width", "height", "fits"),
    [
        (1, 1, True),
        (32_767, 1, True),
        (1, 32_767, True),
        (32_768, 1, False),
        (1, 32_768, False),
        (2**24 + 1, 1, False),
        (1, 2**24 + 1, False),
        (0, 1, False),
        (1, 0, False),
    ],
)
def test_a_picture_has_a_possible_size(width: int, height: int, fits: bool) -> None:
    image = MAGIC + header(width, height) + credential() + PIXELS + END
    if fits:
        assert extract_token(image) == TOKEN
    else:
        refused(image, "impossible size")


def test_the_walk_over_a_png_tells_each_chunk() -> None:
    image = png(credential())
    found = list(png_chunks(image))
    assert [kind for kind, _, _ in found][::3] in ([b"IHDR", b"IEND"], [b"IHDR"])
    assert found[0][1] == 8
    assert [end for _, _, end in found[:-1]] == [start for _, start, _ in found[1:]]
    assert found[-1][2] == len(image)
    with pytest.raises(Malformed, match="not a PNG"):
        next(png_chunks(b"x" + image))


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (MAGIC, "truncated"),
        (MAGIC + header() + credential() + PIXELS + END[:-1], "longer|truncated"),
        (MAGIC + header() + credential() + PIXELS + END[:11], "truncated"),
        (MAGIC + header() + credential() + PIXELS, "truncated"),
        (MAGIC + header() + b"\0\0\0\1" + credential()[4:8] + b"\0\0\0\0", "longer than the file"),
        (MAGIC + header() + chunk(b"a1cd", b""), "no type"),
        (MAGIC + header() + chunk("é".encode() * 2, b""), "no type"),
        (MAGIC + header()[:-1] + b"\0", "wrong checksum"),
        (MAGIC + credential() + header() + PIXELS + END, "one header"),
        (MAGIC + header() + header() + PIXELS + END, "one header"),
        (MAGIC + chunk(b"IHDR", bytes(12)) + PIXELS + END, "impossible size"),
        (MAGIC + chunk(b"IHDR", b"\0\0\0\1" * 3) + PIXELS + END, "impossible size"),
        (MAGIC + chunk(b"IHDR", b"\0\0\0\1" * 3 + b"\0\0") + PIXELS + END, "impossible size"),
        (MAGIC + header() + credential() + PIXELS + END + b"\0", "data follows"),
        (MAGIC + header() + credential() + PIXELS + chunk(b"IEND", b"x"), "data follows"),
        (MAGIC + header() + credential() + END, "no picture"),
        (png(), "holds no credential"),
        (png(credential(), credential()), "several credentials"),
        (png(chunk(b"tEXt", b"openbadgecredential\0" + TOKEN.encode())), "not in an iTXt chunk"),
        (png(chunk(b"iTXt", b"OpenBadgeCredential\0\0\0\0\0" + TOKEN.encode())), "not in an iTXt chunk"),
        (png(chunk(b"iTXt", b"openbadgecredential\0\1\0\0\0" + TOKEN.encode())), "compressed"),
        (png(chunk(b"iTXt", b"openbadgecredential\0\0\1\0\0" + TOKEN.encode())), "compressed"),
        (png(chunk(b"iTXt", b"openbadgecredential\0\0\0\0" + TOKEN.encode())), "chunk is malformed"),
        (png(chunk(b"iTXt", b"openbadgecredential\0\0\0\0\0\0" + TOKEN.encode())), "chunk is malformed"),
        (png(chunk(b"iTXt", b"openbadgecredential\0\0\0\0\0")), "empty credential"),
        (png(chunk(b"iTXt", b"openbadgecredential\0\0\0\0\0" + "é".encode())), "not a token"),
        (png(chunk(b"iTXt", b"openbadgecredential\0\0\0\0\0\xff")), "not a token"),
        (png(chunk(b"iTXt", b"openbadgecredentials\0\0\0\0\0x")), "holds no credential"),
        (png(chunk(b"eXIf", b"openbadgecredential\0\0\0\0\0x")), "holds no credential"),
    ],
)
def test_a_png_is_refused_for_its_own_fault(image: bytes, words: str) -> None:
    refused(image, words)


def test_a_png_has_as_many_chunks_as_it_may_and_no_more() -> None:
    small = chunk(b"tEXt", b"") * 9_996
    assert extract_token(png(small, credential())) == TOKEN
    refused(png(small, chunk(b"tEXt", b""), credential()), "too many chunks")


def deep(levels: int) -> bytes:
    return svg(CREDENTIAL + "<g>" * (levels - 1) + "</g>" * (levels - 1))


@pytest.mark.parametrize(
    ("fits", "beyond", "words"),
    [
        (deep(64), deep(65), "too many elements, levels or attributes"),
        (svg(CREDENTIAL + "<g/>" * 9_998), svg(CREDENTIAL + "<g/>" * 9_999), "too many elements"),
        (
            svg(CREDENTIAL + "<g " + " ".join(f'a{n}="1"' for n in range(64)) + "/>"),
            svg(CREDENTIAL + "<g " + " ".join(f'a{n}="1"' for n in range(65)) + "/>"),
            "too many elements",
        ),
        (svg(CREDENTIAL + "<?a?>" * 1_000), svg(CREDENTIAL + "<?a?>" * 1_001), "too many instructions"),
        (
            svg(CREDENTIAL + f'<g d="{"=" * 4_095}"/>'),
            svg(CREDENTIAL + f'<g d="{"=" * 4_096}"/>'),
            "too many elements",
        ),
        (
            svg(f"<!--{'<' * 40_000}{'=<' * 4_080}-->" + CREDENTIAL),
            svg(f"<!--{'<' * 40_000}{'=<' * 4_097}-->" + CREDENTIAL),
            "too many elements",
        ),
        (
            svg(CREDENTIAL + f'<g d="{"M" * 1_048_576}"/>'),
            svg(CREDENTIAL + f'<g d="{"M" * 1_048_577}"/>'),
            "huge attribute",
        ),
        (svg(CREDENTIAL + "<?axml?>"), svg(CREDENTIAL + "<?xmlx?>"), "stylesheet"),
        (svg(CREDENTIAL), svg(CREDENTIAL + "<g/><g>" + CREDENTIAL + "</g>"), "several credentials"),
        (svg(CREDENTIAL), svg("<g>" + CREDENTIAL + "</g>"), "directly below its root"),
        (svg(CREDENTIAL + "x"), svg(CREDENTIAL.replace("></", ">x</")), "has content"),
        (svg(CREDENTIAL + "<g>x</g>"), svg(CREDENTIAL.replace("></", "><g/></")), "has content"),
        (svg(CREDENTIAL.replace("></", "> \n</")), svg("<g/>"), "holds no credential"),
        (svg(), svg().replace(b"<", b"", 1), "neither a PNG nor an SVG"),
        (svg(before="\t\r\n "), b"", "neither a PNG nor an SVG"),
        (svg(), svg(CREDENTIAL + "<g>"), "not well-formed"),
        (svg(), svg()[:-1], "not well-formed"),
        (svg(), svg() + b"\xff", "in UTF-8"),
        (svg(before='<?xml version="1.0"?>'), svg(before='<?xml version="1.1"?>'), "XML 1.0|well-formed"),
        (
            svg(before='<?xml version="1.0" encoding="Utf-8"?>'),
            svg(before='<?xml version="1.0" encoding="us-ascii"?>'),
            "XML 1.0 in UTF-8",
        ),
        (svg(), f"<svgs {NS} {OB}>{CREDENTIAL}</svgs>".encode(), "not an SVG"),
        (svg(), svg(before="<!DOCTYPE svg>"), "document type"),
        (svg(), svg(f'<credential verify="{TOKEN}"/>'), "wrong namespace"),
        (svg(), svg(f'<openbadges:credential verify="{TOKEN}" id="x"/>'), "holds no token"),
    ],
)
def test_an_svg_is_read_up_to_here_and_refused_beyond_for_its_fault(
    fits: bytes, beyond: bytes, words: str
) -> None:
    assert extract_token(fits) == TOKEN
    refused(beyond, words)


@pytest.mark.parametrize("attribute", ["href", "src", "to", "from", "values", "HREF"])
@pytest.mark.parametrize(
    "scheme", ["javascript:", "vbscript:", "data:text/html", "data:image/svg", " &#9;JaVa&#10;script:"]
)
def test_what_browsers_run_is_refused_where_they_would(attribute: str, scheme: str) -> None:
    refused(svg(CREDENTIAL + f'<a {attribute}="{scheme}x"/>'), "active content")
    xlink = 'xmlns:x="http://www.w3.org/1999/xlink"'
    refused(svg(CREDENTIAL + f'<a {xlink} x:{attribute}="{scheme}x"/>'), "active content")
    assert extract_token(svg(CREDENTIAL + f'<a {attribute}="https://x.example/{scheme}"/>')) == TOKEN
    assert extract_token(svg(CREDENTIAL + f'<a title="{scheme}x"/>')) == TOKEN


@pytest.mark.parametrize(
    "name", ["script", "handler", "listener", "foreignObject", "iframe", "object", "embed", "Script"]
)
def test_active_elements_are_refused_in_every_namespace(name: str) -> None:
    refused(svg(CREDENTIAL + f"<{name}/>"), "active content")
    refused(svg(CREDENTIAL + f'<{name} xmlns="http://www.w3.org/1999/xhtml"/>'), "active content")
    refused(svg(CREDENTIAL + f'<g on{name}="x"/>'), "active content")
    refused(svg(CREDENTIAL + '<x:y xmlns:x="http://www.w3.org/2001/XInclude"/>'), "active content")
    assert extract_token(svg(CREDENTIAL + f"<{name}s/>")) == TOKEN
