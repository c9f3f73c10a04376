"""Badges: PNG and SVG pictures with a token baked in, and every way to hide a second one."""

from __future__ import annotations

import struct
import zlib

from .making import Area, zlibbed
from .office import Office

__all__ = ["images"]

OFFICE = Office()
TOKEN = OFFICE.token("openbadge")
OTHER = OFFICE.token("openbadge", {"iat": 1_795_300_000})

MAGIC = b"\x89PNG\r\n\x1a\n"
NS = 'xmlns="http://www.w3.org/2000/svg"'
OB = 'xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0"'
CREDENTIAL = f'<openbadges:credential verify="{TOKEN}"></openbadges:credential>'


def chunk(kind: bytes, body: bytes = b"", *, crc: int | None = None, length: int | None = None) -> bytes:
    check = zlib.crc32(kind + body) if crc is None else crc
    return struct.pack(">I", len(body) if length is None else length) + kind + body + struct.pack(">I", check)


def header(width: int = 2, height: int = 2) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


def baked(
    text: str | bytes = TOKEN,
    *,
    keyword: bytes = b"openbadgecredential",
    flags: bytes = b"\0\0",
    names: bytes = b"\0\0",
) -> bytes:
    return chunk(
        b"iTXt", keyword + b"\0" + flags + names + (text.encode() if isinstance(text, str) else text)
    )


PIXELS = chunk(b"IDAT", zlibbed(b"\0" * 14))
END = chunk(b"IEND")


def png(*chunks: bytes) -> bytes:
    return MAGIC + header() + b"".join(chunks) + PIXELS + END


def svg(
    inside: str = CREDENTIAL + '<path d="M0 0"/>',
    *,
    before: str = "",
    attributes: str = f"{NS} {OB}",
    after: str = "",
) -> bytes:
    return f"{before}<svg {attributes}>{inside}</svg>{after}".encode()


FLIPPED = bytearray(png(baked()))
FLIPPED[70] ^= 1

GOOD: dict[str, bytes] = {
    "png": png(baked()),
    "png-named": png(baked(names=b"en\0Badge\0")),
    "png-among-others": png(chunk(b"tEXt", b"Software\0x"), chunk(b"pHYs", b"\0" * 9), baked()),
    "png-after-pixels": MAGIC + header() + PIXELS + baked() + END,
    "png-other-compressed-text": png(chunk(b"zTXt", b"Comment\0\0" + zlibbed(b"\0" * 1000)), baked()),
    "svg": svg(),
    "svg-empty-element": svg(f'<openbadges:credential verify="{TOKEN}"/>'),
    "svg-single-quotes": svg(f"<openbadges:credential verify = '{TOKEN}' />"),
    "svg-white-space-inside": svg(
        f'<openbadges:credential verify="{TOKEN}">\n </openbadges:credential><title>T</title>'
    ),
    "svg-declaration": svg(before='<?xml version="1.0" encoding="UTF-8"?>\n<!-- badge -->\n'),
    "svg-standalone": svg(before="<?xml version='1.0' encoding='utf-8' standalone='yes' ?>"),
    "svg-byte-order-mark": svg(before="\ufeff"),
    "svg-line-ends": svg(before="\r\n<!-- a\r\nb -->\r\n", after="\n<!-- end -->\n"),
    "svg-other-prefix": svg(
        f'<ob:credential xmlns:ob="https://purl.imsglobal.org/ob/v3p0" verify="{TOKEN}"/>', attributes=NS
    ),
    "svg-references": svg(
        f'<openbadges:credential verify="&#{ord(TOKEN[0])};&#x{ord(TOKEN[1]):x};{TOKEN[2:]}"/>'
    ),
    "svg-full": svg(
        f"<g id='\u00e9'><g/></g>{CREDENTIAL}<a href='https://certs.example/c/LC-2026-0001'>"
        "<text>\u65e5\u672c &amp; \u05e9\u05dc\u05d5\u05dd &#x1F3B5; <![CDATA[<b> & ]]></text></a>"
        "<style>.a{fill:#fff}</style>"
    ),
    "svg-instruction": svg(CREDENTIAL + "<?editor x='y'?>"),
    "svg-long-path": svg(CREDENTIAL + '<path d="' + "M0 0" * 2_000 + '"/>'),
}

PNGS: dict[str, bytes] = {
    "no-credential": png(),
    "magic-alone": MAGIC,
    "empty-credential": png(baked("")),
    "two": png(baked(), baked(OTHER)),
    "same-twice": png(baked(), baked()),
    "before-and-after": MAGIC + header() + baked() + PIXELS + baked(OTHER) + END,
    "second-in-text": png(baked(), chunk(b"tEXt", b"openbadgecredential\0" + OTHER.encode())),
    "second-in-compressed-text": png(
        baked(), chunk(b"zTXt", b"openbadgecredential\0\0" + zlibbed(OTHER.encode()))
    ),
    "only-in-text": png(chunk(b"tEXt", b"openbadgecredential\0" + TOKEN.encode())),
    "only-in-compressed-text": png(chunk(b"zTXt", b"openbadgecredential\0\0" + zlibbed(TOKEN.encode()))),
    "keyword-in-another-case": png(baked(keyword=b"OpenBadgeCredential")),
    "second-in-another-case": png(baked(), baked(OTHER, keyword=b"OPENBADGECREDENTIAL")),
    "older-keyword": png(baked(keyword=b"openbadges")),
    "compressed": png(baked(zlibbed(TOKEN.encode()), flags=b"\1\0")),
    "bomb": png(baked(zlibbed(b"\0" * 100_000), flags=b"\1\0")),
    "unknown-compression": png(baked(flags=b"\0\1")),
    "unknown-flag": png(baked(flags=b"\2\0")),
    "no-end-of-keyword": png(chunk(b"iTXt", b"openbadgecredential")),
    "no-language": png(chunk(b"iTXt", b"openbadgecredential\0\0\0" + TOKEN.encode())),
    "nul-in-token": png(baked(TOKEN + "\0" + OTHER)),
    "not-utf-8": png(baked(b"\xff\xfe")),
    "other-letters": png(baked("\u00e9.\u00e9.\u00e9")),
    "token-and-newline": png(baked(TOKEN + "\n")),
    "huge-token": png(baked("a" * 65_537)),
    "checksum": MAGIC + header() + chunk(b"iTXt", b"x", crc=1) + baked() + PIXELS + END,
    "checksum-of-credential": bytes(FLIPPED),
    "checksum-of-end": MAGIC + header() + baked() + PIXELS + chunk(b"IEND", crc=1),
    "truncated": png(baked())[:60],
    "no-end": png(baked())[: -len(END)],
    "truncated-end": png(baked())[:-1],
    "chunk-beyond-file": MAGIC + header() + chunk(b"iTXt", b"x", length=2**31 - 1),
    "chunk-beyond-all": MAGIC + header() + chunk(b"iTXt", b"x", length=2**32 - 1),
    "length-into-next": MAGIC + header() + chunk(b"tEXt", b"x", length=20) + baked() + PIXELS + END,
    "data-after": png(baked()) + b"x",
    "zip-after": png(baked()) + b"PK\x03\x04" + b"\0" * 30,
    "png-after": png(baked()) + png(baked(OTHER)),
    "svg-after": png() + svg(),
    "end-with-body": MAGIC + header() + baked() + PIXELS + chunk(b"IEND", b"x"),
    "no-header": MAGIC + baked() + PIXELS + END,
    "two-headers": MAGIC + header() + header() + baked() + PIXELS + END,
    "late-header": MAGIC + baked() + header() + PIXELS + END,
    "short-header": MAGIC + chunk(b"IHDR", b"\0" * 12) + baked() + PIXELS + END,
    "no-width": MAGIC + header(0, 2) + baked() + PIXELS + END,
    "huge-size": MAGIC + header(2**31 - 1, 2**31 - 1) + baked() + PIXELS + END,
    "no-pixels": MAGIC + header() + baked() + END,
    "chunk-type": png(chunk(b"iTX1"), baked()),
    "magic-of-text-mode": b"\x89PNG\n\n\x1a\n" + png(baked())[8:],
    "something-before": b"x" + png(baked()),
    "jpeg": b"\xff\xd8\xff\xe0" + TOKEN.encode(),
    "webp": b"RIFF\0\0\0\0WEBPVP8 " + TOKEN.encode(),
    "token-alone": TOKEN.encode(),
    "nothing": b"",
}

SVGS: dict[str, bytes] = {
    "no-credential": svg("<path/>"),
    "no-verify": svg("<openbadges:credential/>"),
    "empty-verify": svg('<openbadges:credential verify=""/>'),
    "another-attribute": svg(f'<openbadges:credential verify="{TOKEN}" id="x"/>'),
    "verify-in-namespace": svg(f'<openbadges:credential openbadges:verify="{TOKEN}"/>'),
    "two": svg(CREDENTIAL + CREDENTIAL.replace(TOKEN, OTHER)),
    "same-twice": svg(CREDENTIAL * 2),
    "nested": svg(CREDENTIAL.replace("></", f'><openbadges:credential verify="{OTHER}"/></')),
    "second-deeper": svg(f"{CREDENTIAL}<g>{CREDENTIAL}</g>"),
    "only-deeper": svg(f"<g>{CREDENTIAL}</g>"),
    "content": svg(f'<openbadges:credential verify="{TOKEN}">{OTHER}</openbadges:credential>'),
    "content-in-cdata": svg(f'<openbadges:credential verify="{TOKEN}"><![CDATA[{{}}]]></openbadges:credential>'),
    "element-inside": svg(f'<openbadges:credential verify="{TOKEN}"><g/></openbadges:credential>'),
    "older-namespace": svg(attributes=f'{NS} xmlns:openbadges="https://purl.imsglobal.org/ob/v2p0"'),
    "no-namespace": svg(f'<credential xmlns="" verify="{TOKEN}"/>'),
    "svg-namespace": svg(f'<credential verify="{TOKEN}"/>'),
    "second-of-wrong-namespace": svg(CREDENTIAL + f'<credential verify="{OTHER}"/>'),
    "second-in-another-case": svg(CREDENTIAL + f'<openbadges:Credential verify="{OTHER}"/>'),
    "undeclared-prefix": svg(attributes=NS),
    "root-is-no-svg": f"<g {NS} {OB}>{CREDENTIAL}</g>".encode(),
    "svg-of-no-namespace": svg(attributes=OB),
    "html": f"<html><svg {NS} {OB}>{CREDENTIAL}</svg></html>".encode(),
    "credential-as-root": f'<openbadges:credential {OB} verify="{TOKEN}"/>'.encode(),
    "doctype": svg(before="<!DOCTYPE svg []>"),
    "doctype-external": svg(before='<!DOCTYPE svg SYSTEM "http://127.0.0.1/x.dtd">'),
    "doctype-entities": svg(
        '<openbadges:credential verify="&b;"/>', before='<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    ),
    "doctype-parameter-entity": svg(before='<!DOCTYPE svg [<!ENTITY % x SYSTEM "http://127.0.0.1/">%x;]>'),
    "undeclared-entity": svg(CREDENTIAL + "<text>&nbsp;</text>"),
    "bare-ampersand": svg(CREDENTIAL + "<text>a & b</text>"),
    "reference-to-nul": svg(CREDENTIAL + "<text>&#0;</text>"),
    "reference-to-surrogate": svg(CREDENTIAL + "<text>&#xD800;</text>"),
    "xinclude": svg(CREDENTIAL + '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'),
    "script": svg(CREDENTIAL + "<script>alert(1)</script>"),
    "foreign-object": svg(CREDENTIAL + "<foreignObject/>"),
    "handler": svg(CREDENTIAL + '<g onclick="alert(1)"/>'),
    "javascript-link": svg(CREDENTIAL + '<a href="java\tscript:alert(1)"/>'),
    "javascript-link-hidden": svg(CREDENTIAL + '<a href="&#x200b;JavaScript&#58;alert(1)"/>'),
    "data-link": svg(CREDENTIAL + '<a href="data:text/html,x"/>'),
    "stylesheet": svg(before='<?xml-stylesheet href="x.xsl"?>'),
    "encoding": svg(before='<?xml version="1.0" encoding="iso-8859-1"?>'),
    "xml-1-1": svg(before='<?xml version="1.1"?>'),
    "late-declaration": svg(before='<!-- --><?xml version="1.0"?>'),
    "space-before-declaration": svg(before=' <?xml version="1.0"?>'),
    "utf-16": svg().decode().encode("utf-16"),
    "latin-1": svg(CREDENTIAL + "<title>x</title>").replace(b">x<", b">\xe9<"),
    "control-character": svg(CREDENTIAL + "<title>\x01</title>"),
    "truncated": svg()[:-6],
    "two-roots": svg() + svg(),
    "text-after": svg() + b"x",
    "text-before": b"x" + svg(),
    "mismatched-tags": svg("<g></svg>" + CREDENTIAL),
    "attribute-twice": svg(CREDENTIAL + '<g a="1" a="2"/>'),
    "attribute-twice-by-namespace": svg(CREDENTIAL + '<g xmlns:a="u:x" xmlns:b="u:x" a:c="1" b:c="2"/>'),
    "attribute-unquoted": svg(CREDENTIAL + "<g a=1/>"),
    "attribute-with-tag": svg(CREDENTIAL + '<g a="<"/>'),
    "attributes-unparted": svg(CREDENTIAL + '<g a="1"b="2"/>'),
    "comment-with-dashes": svg(CREDENTIAL + "<!-- a -- b -->"),
    "comment-unended": svg(CREDENTIAL + "<!-- "),
    "cdata-end-in-text": svg(CREDENTIAL + "<text>]]></text>"),
    "cdata-outside": svg(after="<![CDATA[ ]]>"),
    "name-with-two-colons": svg(CREDENTIAL + "<openbadges:a:b/>"),
    "name-with-digit": svg(CREDENTIAL + "<1a/>"),
    "xmlns-prefix": svg(CREDENTIAL + '<g xmlns:xmlns="u:x"/>'),
    "xml-prefix-elsewhere": svg(CREDENTIAL + '<g xmlns:xml="u:x"/>'),
    "empty-prefix": svg(CREDENTIAL + '<g xmlns:a=""/>'),
    "deep": svg(CREDENTIAL + "<g>" * 64 + "</g>" * 64),
    "many-attributes": svg(CREDENTIAL + "<g " + " ".join(f'a{n}="x"' for n in range(65)) + "/>"),
    "many-elements": svg(CREDENTIAL + "<g/>" * 50_001),
}  # fmt: skip


def images() -> Area:
    area = Area("images", "Baked badges: one credential, found without decoding a pixel, or none at all.")
    area.offer("good", OFFICE.published())
    area.offer("revoked", OFFICE.published(1))
    for name, image in GOOD.items():
        area.ask(f"good-{name}", f"A baked badge: {name}", "valid", badge=image)
    for name, image in PNGS.items():
        area.ask(f"png-{name}", f"PNG: {name}", "malformed", badge=image)
    for name, image in SVGS.items():
        area.ask(f"svg-{name}", f"SVG: {name}", "malformed", badge=image)
    for securing in ("vc+jwt", "compact"):
        image = png(baked(OFFICE.token(securing)))
        area.ask(f"securing-{securing}", "Images carry Open Badges only", "wrong_type", badge=image)
    forged = TOKEN.rpartition(".")[0] + "." + "A" * 86
    area.ask(
        "forged",
        "A forged token in a whole picture",
        "bad_signature",
        badge=svg(CREDENTIAL.replace(TOKEN, forged)),
    )
    area.ask("revoked", "A withdrawn certificate's badge", "revoked", badge=png(baked()), evidence="revoked")
    area.ask(
        "elsewhere",
        "A badge copied to another site",
        "domain_mismatch",
        badge=svg(),
        domain="grimsbybeats.example",
    )
    return area
