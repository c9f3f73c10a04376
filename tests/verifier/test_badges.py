"""Finding the token in a badge, and refusing every image that could hold two answers."""

from __future__ import annotations

import time
import zlib
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.images import (
    CREDENTIAL,
    END,
    MAGIC,
    NS,
    OB,
    OTHER,
    PIXELS,
    TOKEN,
    chunk,
    credential,
    header,
    png,
    svg,
)

from lcert_verifier.badges import MAX_BADGE_BYTES, extract_token
from lcert_verifier.errors import Malformed


@pytest.mark.parametrize(
    "image",
    [
        png(credential()),
        png(credential(names=b"en\0Badge\0")),
        png(chunk(b"tEXt", b"Software\0x"), chunk(b"pHYs", b"\0" * 9), credential()),
        MAGIC + header() + PIXELS + credential() + END,
        MAGIC + header(32_767, 32_767) + credential() + PIXELS + PIXELS + END,
        png(chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"\0" * 10_000_000)), credential()),
    ],
    ids=count(),
)
def test_the_token_of_a_baked_png_is_found(image: bytes) -> None:
    assert extract_token(image) == TOKEN


@pytest.mark.parametrize(
    "image",
    [
        svg(),
        svg(f'<openbadges:credential verify="{TOKEN}"/>'),
        svg(f'<openbadges:credential verify="{TOKEN}">\n </openbadges:credential><title>T</title>'),
        svg(before='<?xml version="1.0" encoding="UTF-8"?>\n<!-- badge -->\n'),
        svg(before="\ufeff"),
        svg(before='<?xml version="1.0" encoding="utf-8" standalone="yes"?>'),
        svg(
            f'<ob:credential xmlns:ob="https://purl.imsglobal.org/ob/v3p0" verify="{TOKEN}"/>', attributes=NS
        ),
        svg(
            f"<g><g/></g>{CREDENTIAL}<a href='https://certs.example/c/LC-2026-0001'><text>日本 &amp; שלום</text></a>"
        ),
        svg(CREDENTIAL + "<style>.a{fill:#fff}</style>"),
        svg(CREDENTIAL + '<path d="' + "M0 0" * 100_000 + '"/>'),
    ],
    ids=count(),
)
def test_the_token_of_a_baked_svg_is_found(image: bytes) -> None:
    assert extract_token(image) == TOKEN


FLIPPED = bytearray(png(credential()))
FLIPPED[60] ^= 1

HOSTILE_PNGS = {
    "no credential": png(),
    "only the magic": MAGIC,
    "empty credential": png(credential(b"")),
    "two credentials": png(credential(), credential(OTHER.encode())),
    "the same credential twice": png(credential(), credential()),
    "a credential before and after the pixels": MAGIC
    + header()
    + credential()
    + PIXELS
    + credential(OTHER.encode())
    + END,
    "a second one in tEXt": png(credential(), chunk(b"tEXt", b"openbadgecredential\0" + OTHER.encode())),
    "a second one in zTXt": png(
        credential(), chunk(b"zTXt", b"openbadgecredential\0\0" + zlib.compress(OTHER.encode()))
    ),
    "only in tEXt": png(chunk(b"tEXt", b"openbadgecredential\0" + TOKEN.encode())),
    "only in zTXt": png(chunk(b"zTXt", b"openbadgecredential\0\0" + zlib.compress(TOKEN.encode()))),
    "a keyword in another case": png(credential(keyword=b"OpenBadgeCredential")),
    "a second one in another case": png(
        credential(), credential(OTHER.encode(), keyword=b"OPENBADGECREDENTIAL")
    ),
    "compressed": png(credential(zlib.compress(TOKEN.encode()), flags=b"\1\0")),
    "a bomb": png(credential(zlib.compress(b"\0" * 50_000_000, 9), flags=b"\1\0")),
    "an unknown compression": png(credential(flags=b"\0\1")),
    "an unknown flag": png(credential(flags=b"\2\0")),
    "no keyword end": png(chunk(b"iTXt", b"openbadgecredential")),
    "no language": png(chunk(b"iTXt", b"openbadgecredential\0\0\0" + TOKEN.encode())),
    "a NUL in the text": png(credential(TOKEN.encode() + b"\0" + OTHER.encode())),
    "a token that is not text": png(credential(b"\xff\xfe")),
    "a token of other letters": png(credential("é.é.é".encode())),
    "a huge token": png(credential(b"a" * 65_537)),
    "a bad checksum": MAGIC + header() + chunk(b"iTXt", b"x", crc=1) + credential() + PIXELS + END,
    "a bad checksum of the credential": bytes(FLIPPED),
    "a bad checksum of the end": MAGIC + header() + credential() + PIXELS + chunk(b"IEND", crc=1),
    "truncated in a chunk": png(credential())[:60],
    "truncated before the end": png(credential())[: -len(END)],
    "truncated in the end": png(credential())[:-1],
    "a chunk longer than the file": MAGIC + header() + chunk(b"iTXt", b"x", length=2**31 - 1),
    "a chunk longer than any": MAGIC + header() + chunk(b"iTXt", b"x", length=2**32 - 1),
    "a length that runs into the next": MAGIC
    + header()
    + chunk(b"tEXt", b"x", length=20)
    + credential()
    + PIXELS
    + END,
    "data after the end": png(credential()) + b"x",
    "a zip after the end": png(credential()) + b"PK\x03\x04" + b"\0" * 30,
    "a PNG after the end": png(credential()) + png(credential(OTHER.encode())),
    "an svg after the end": png() + svg(),
    "an end with a body": MAGIC + header() + credential() + PIXELS + chunk(b"IEND", b"x"),
    "no header": MAGIC + credential() + PIXELS + END,
    "two headers": MAGIC + header() + header() + credential() + PIXELS + END,
    "a header that comes late": MAGIC + credential() + header() + PIXELS + END,
    "a short header": MAGIC + chunk(b"IHDR", b"\0" * 12) + credential() + PIXELS + END,
    "a long header": MAGIC + chunk(b"IHDR", b"\0\0\0\1" * 4) + credential() + PIXELS + END,
    "no width": MAGIC + header(0, 2) + credential() + PIXELS + END,
    "a huge declared size": MAGIC + header(2**31 - 1, 2**31 - 1) + credential() + PIXELS + END,
    "no pixels": MAGIC + header() + credential() + END,
    "a chunk type that is none": png(chunk(b"\0\0\0\0"), credential()),
    "a chunk type with digits": png(chunk(b"iTX1"), credential()),
    "too many chunks": png(chunk(b"tEXt", b"a\0b") * 10_001, credential()),
    "a broken magic": b"\x89PNG\n\n\x1a\n" + png(credential())[8:],
    "something before the magic": b"x" + png(credential()),
}

BILLION = '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
WRONG = "https://purl.imsglobal.org/ob/v2p0"

HOSTILE_SVGS = {
    "no credential": svg("<path/>"),
    "a credential without verify": svg("<openbadges:credential/>"),
    "an empty verify": svg('<openbadges:credential verify=""/>'),
    "another attribute": svg(f'<openbadges:credential verify="{TOKEN}" id="x"/>'),
    "a namespaced verify": svg(f'<openbadges:credential openbadges:verify="{TOKEN}"/>'),
    "two credentials": svg(CREDENTIAL + CREDENTIAL.replace(TOKEN, OTHER)),
    "the same credential twice": svg(CREDENTIAL * 2),
    "a nested credential": svg(CREDENTIAL.replace("></", f'><openbadges:credential verify="{OTHER}"/></')),
    "a second one deeper": svg(f"{CREDENTIAL}<g>{CREDENTIAL}</g>"),
    "only deeper": svg(f"<g>{CREDENTIAL}</g>"),
    "content": svg(f'<openbadges:credential verify="{TOKEN}">{OTHER}</openbadges:credential>'),
    "content in CDATA": svg(
        f'<openbadges:credential verify="{TOKEN}"><![CDATA[{{}}]]></openbadges:credential>'
    ),
    "only content": svg("<openbadges:credential><![CDATA[{}]]></openbadges:credential>"),
    "an element inside": svg(f'<openbadges:credential verify="{TOKEN}"><g/></openbadges:credential>'),
    "an old namespace": svg(attributes=f'{NS} xmlns:openbadges="{WRONG}"'),
    "no namespace": svg(f'<credential xmlns="" verify="{TOKEN}"/>'),
    "the svg namespace": svg(f'<credential verify="{TOKEN}"/>'),
    "a second one of a wrong namespace": svg(CREDENTIAL + f'<credential verify="{OTHER}"/>'),
    "a second one in another case": svg(CREDENTIAL + f'<openbadges:Credential verify="{OTHER}"/>'),
    "an undeclared prefix": svg(attributes=NS),
    "a root that is no svg": f"<g {NS} {OB}>{CREDENTIAL}</g>".encode(),
    "an svg of no namespace": svg(attributes=OB),
    "an html page": f"<html><svg {NS} {OB}>{CREDENTIAL}</svg></html>".encode(),
    "a credential as root": f'<openbadges:credential {OB} verify="{TOKEN}"/>'.encode(),
    "an internal document type": svg(before="<!DOCTYPE svg []>"),
    "an external document type": svg(before='<!DOCTYPE svg SYSTEM "http://127.0.0.1/x.dtd">'),
    "a public document type": svg(
        before='<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    ),
    "entities": svg('<openbadges:credential verify="&b;"/>', before=BILLION),
    "an external entity": svg(
        "<text>&x;</text>" + CREDENTIAL, before='<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    ),
    "a parameter entity": svg(before='<!DOCTYPE svg [<!ENTITY % x SYSTEM "http://127.0.0.1/">%x;]>'),
    "an undeclared entity": svg(CREDENTIAL + "<text>&nbsp;</text>"),
    "XInclude": svg(
        CREDENTIAL + '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'
    ),
    "a script": svg(CREDENTIAL + "<script>alert(1)</script>"),
    "a script in another case": svg(CREDENTIAL + "<SCRIPT/>"),
    "an html script": svg(CREDENTIAL + '<script xmlns="http://www.w3.org/1999/xhtml"/>'),
    "a foreign object": svg(CREDENTIAL + "<foreignObject/>"),
    "a frame": svg(CREDENTIAL + '<iframe xmlns="http://www.w3.org/1999/xhtml" src="x"/>'),
    "an event handler": svg(CREDENTIAL + '<path onload="alert(1)"/>'),
    "an event handler on the root": svg(attributes=f'{NS} {OB} onload="x"'),
    "an event handler in another case": svg(CREDENTIAL + '<path OnClick="x"/>'),
    "a script address": svg(CREDENTIAL + '<a href="javascript:alert(1)"/>'),
    "a disguised script address": svg(CREDENTIAL + '<a href=" &#x9;JaVa&#10;Script:alert(1)"/>'),
    "a script address by xlink": svg(
        CREDENTIAL + '<a xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="javascript:x"/>'
    ),
    "an animated script address": svg(CREDENTIAL + '<animate attributeName="href" values="javascript:x"/>'),
    "html in an address": svg(CREDENTIAL + '<a href="data:text/html,x"/>'),
    "a stylesheet instruction": svg(before='<?xml-stylesheet href="x.xsl" type="text/xsl"?>'),
    "a huge attribute": svg(CREDENTIAL + '<path d="' + "M" * 1_100_000 + '"/>'),
    "a huge token": svg(f'<openbadges:credential verify="{"a" * 65_537}"/>'),
    "a token of other letters": svg('<openbadges:credential verify="é.é.é"/>'),
    "too many attributes": svg(CREDENTIAL + "<path " + " ".join(f'a{n}="1"' for n in range(65)) + "/>"),
    "too many equals signs in one element": svg(CREDENTIAL + f'<path d="{"=" * 4_097}"/>'),
    "too many instructions": svg(CREDENTIAL + "<?a?>" * 1_001),
    "too many elements": svg(CREDENTIAL + "<g/>" * 50_001),
    "too deep": svg(CREDENTIAL + "<g>" * 100 + "</g>" * 100),
    "endlessly deep": svg(CREDENTIAL + "<g>" * 200_000),
    "truncated": svg()[:-3],
    "trailing text": svg() + b"x",
    "two roots": svg() + svg(),
    "a zip after the end": svg() + b"PK\x03\x04\0\0",
    "UTF-16": svg().decode().encode("utf-16"),
    "UTF-16 declared": svg(before='<?xml version="1.0" encoding="UTF-16"?>').decode().encode("utf-16-le"),
    "UTF-32": svg().decode().encode("utf-32"),
    "UTF-7 declared": svg(before='<?xml version="1.0" encoding="UTF-7"?>'),
    "Latin-1 declared": svg(before='<?xml version="1.0" encoding="ISO-8859-1"?>'),
    "Latin-1": svg(CREDENTIAL + "<text>é</text>").decode().encode("latin-1"),
    "EBCDIC": svg().decode().encode("cp037"),
    "XML 1.1": svg(before='<?xml version="1.1"?>'),
    "a NUL": svg(CREDENTIAL + "\0"),
    "a control character": svg(CREDENTIAL + "<text>\x01</text>"),
    "a space before the declaration": svg(before=' <?xml version="1.0"?>'),
}

OTHERS = {
    "nothing": b"",
    "text": TOKEN.encode(),
    "a JPEG": b"\xff\xd8\xff\xe0" + b"\0" * 100,
    "a WebP": b"RIFF\0\0\0\0WEBPVP8 ",
    "a GIF": b"GIF89a" + b"\0" * 20,
    "a zip": b"PK\x03\x04" + b"\0" * 30,
    "a gzipped svg": zlib.compress(svg(), wbits=31),
    "JSON": b'{"a":1}',
    "random": bytes(range(256)),
    "too large": MAGIC + b"\0" * MAX_BADGE_BYTES,
    "a large nothing": b" " * MAX_BADGE_BYTES,
}
HOSTILE = {
    **{f"png: {name}": data for name, data in HOSTILE_PNGS.items()},
    **{f"svg: {name}": data for name, data in HOSTILE_SVGS.items()},
    **{f"other: {name}": data for name, data in OTHERS.items()},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_an_odd_image_is_refused_quickly(name: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(Malformed):
        extract_token(HOSTILE[name])
    assert time.perf_counter() - begun < 1


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_changed_byte_yields_another_token(data: st.DataObject) -> None:
    image = bytearray(data.draw(st.sampled_from([png(credential()), svg()])))
    position = data.draw(st.integers(0, len(image) - 1))
    image[position] ^= data.draw(st.integers(1, 255))
    try:
        found = extract_token(bytes(image))
    except Malformed:
        return
    assert image.startswith(
        b"<"
    )  # a PNG's checksums catch every change; an SVG has none, its token's signature has
    assert found == TOKEN or TOKEN.encode() not in image


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", MAGIC, MAGIC + header(), b"<svg ", b"<"]))
def test_random_input_is_only_ever_malformed(data: bytes, start: bytes) -> None:
    with pytest.raises(Malformed):
        extract_token(start + data)
