"""Badges that are damaged, ambiguous or active."""

from __future__ import annotations

import struct
import zlib

from tests.support.images import END, MAGIC, NS, OB, PIXELS, chunk, credential, header, png, svg

from .cases import Book
from .issuer import SECURINGS, Issuer
from .states import baked_png, baked_svg

__all__ = ["pictures"]


def pictures(book: Book) -> None:
    _pngs(book, book.issuer)
    _svgs(book, book.issuer)
    _securings(book, book.issuer)


def _text(kind: bytes, body: bytes) -> bytes:
    return chunk(kind, body)


def _pngs(book: Book, issuer: Issuer) -> None:
    token = issuer.token(securing="openbadge").encode()
    other = issuer.token("suspended", "openbadge").encode()
    good = credential(token)
    whole = png(good)
    bomb = zlib.compress(bytes(8 * 1024 * 1024), 9)
    keyword = b"openbadgecredential"
    pictures: dict[str, tuple[str, bytes]] = {
        "two-credentials": ("png.several", png(good, credential(other))),
        "same-twice": ("png.several", png(good, good)),
        "itxt-and-text": ("png.several", png(good, _text(b"tEXt", keyword + b"\0" + token))),
        "text-chunk": ("png.several", png(_text(b"tEXt", keyword + b"\0" + token))),
        "keyword-upper-case": ("png.several", png(credential(token, keyword=b"OpenBadgeCredential"))),
        "two-keywords": ("png.several", png(good, credential(other, keyword=b"OPENBADGECREDENTIAL"))),
        "compressed-itxt": ("png.compressed", png(credential(zlib.compress(token), flags=b"\1\0"))),
        "compressed-bomb": ("png.compressed", png(credential(bomb, flags=b"\1\0"))),
        "ztxt": ("png.compressed", png(_text(b"zTXt", keyword + b"\0\0" + zlib.compress(token)))),
        "ztxt-bomb": ("png.compressed", png(_text(b"zTXt", keyword + b"\0\0" + bomb))),
        "compression-method": ("png.compressed", png(credential(token, flags=b"\0\1"))),
        "crc-of-credential": ("png.crc", png(chunk(b"iTXt", good[8:-4], crc=1))),
        "crc-of-header": ("png.crc", MAGIC + header()[:-1] + b"\0" + good + PIXELS + END),
        "crc-of-pixels": ("png.crc", MAGIC + header() + good + PIXELS[:-4] + b"\0\0\0\0" + END),
        "cut-in-token": ("png.truncated", whole[:200]),
        "without-end": ("png.truncated", whole[: -len(END)]),
        "cut-in-end": ("png.truncated", whole[:-1]),
        "signature-only": ("png.truncated", MAGIC),
        "length-beyond": ("png.truncated", MAGIC + header() + chunk(b"iTXt", good[8:-4], length=2**31) + END),
        "length-maximal": ("png.size", MAGIC + header() + struct.pack(">I", 0xFFFFFFFF) + b"iTXt"),
        "huge-width": ("png.size", MAGIC + header(width=2**31 - 1) + good + PIXELS + END),
        "huge-height": ("png.size", MAGIC + header(height=2**32 - 1) + good + PIXELS + END),
        "zero-width": ("png.size", MAGIC + header(width=0) + good + PIXELS + END),
        "many-chunks": ("png.size", png(*[chunk(b"tEXt", b"a\0b")] * 10_001, good)),
        "trailing-byte": ("png.trailing", whole + b"\0"),
        "trailing-zip": ("png.trailing", whole + b"PK\5\6" + bytes(18)),
        "trailing-svg": ("png.trailing", whole + svg()),
        "two-pictures": ("png.trailing", whole + whole),
        "end-with-data": ("png.trailing", MAGIC + header() + good + PIXELS + chunk(b"IEND", b"x")),
        "after-the-end": ("png.trailing", MAGIC + header() + PIXELS + END + good),
        "no-header": ("png.truncated", MAGIC + good + PIXELS + END),
        "two-headers": ("png.several", MAGIC + header() + header() + good + PIXELS + END),
        "no-pixels": ("png.truncated", MAGIC + header() + good + END),
        "no-credential": ("image.none", png()),
        "empty-credential": ("image.none", png(credential(b""))),
        "newline-after-token": ("image.none", png(credential(token + b"\n"))),
        "nul-in-token": ("image.none", png(credential(token + b"\0"))),
        "utf-16-token": ("image.none", png(credential(token.decode().encode("utf-16")))),
        "json-credential": ("image.none", png(credential(b'{"@context":[]}'))),
        "chunk-without-type": ("png.crc", png(chunk(b"1234", b""), good)),
        "apng": ("image.none", png(chunk(b"acTL", bytes(8)))),
        "token-not-ascii": ("image.none", png(credential(token + "é".encode()))),
    }  # fmt: skip
    for slug, (row, data) in pictures.items():
        about = f"A PNG with something wrong: {slug.replace('-', ' ')}."
        if len(data) > 20_000:
            book.add(f"png-{slug}", "malformed", about, row, make=f"png-{slug}.png")
        else:
            book.add(f"png-{slug}", "malformed", about, row, png=data)
    about = "A PNG with comments beside its credential."
    data = png(chunk(b"tEXt", b"Comment\0hello"), good, chunk(b"zTXt", b"Note\0\0" + zlib.compress(b"x")))
    book.add("png-with-comments", "valid", about, "png.several", png=data)
    for kind, start in (
        ("jpeg", b"\xff\xd8\xff\xe0"),
        ("gif", b"GIF89a"),
        ("webp", b"RIFF\0\0\0\0WEBP"),
        ("pdf", b"%PDF-1.7"),
        ("empty", b""),
    ):
        about = f"A file that is no PNG: {kind}."
        book.add(f"image-{kind}", "malformed", about, "image.none", png=start + bytes(20 if start else 0))


def _svgs(book: Book, issuer: Issuer) -> None:
    token = issuer.token(securing="openbadge")
    other = issuer.token("suspended", "openbadge")
    good = f'<openbadges:credential verify="{token}"></openbadges:credential>'
    entity = '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    pictures: dict[str, tuple[str, bytes]] = {
        "doctype": ("svg.doctype", svg(good, before="<!DOCTYPE svg>")),
        "doctype-public": (
            "svg.doctype",
            svg(good, before='<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd">'),
        ),
        "doctype-file": ("svg.doctype", svg(good, before='<!DOCTYPE svg SYSTEM "file:///etc/passwd">')),
        "entities": ("svg.doctype", svg(good + "<text>&b;</text>", before=entity)),
        "entity-in-token": ("svg.doctype", svg(good.replace(token, "&b;"), before=entity)),
        "undeclared-entity": ("svg.doctype", svg(good + "&nbsp;")),
        "xinclude": ("svg.xinclude", svg(good + '<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="/x"/>')),
        "stylesheet": ("svg.xinclude", svg(good, before='<?xml-stylesheet href="https://evil.example/x.xsl"?>')),
        "script": ("svg.script", svg(good + "<script>alert(1)</script>")),
        "script-upper-case": ("svg.script", svg(good + "<SCRIPT>alert(1)</SCRIPT>")),
        "script-prefixed": ("svg.script", svg(good + '<s:script xmlns:s="http://www.w3.org/2000/svg"/>')),
        "onload": ("svg.script", svg(good, attributes=f'{NS} {OB} onload="alert(1)"')),
        "onclick-inside": ("svg.script", svg(good + '<path onclick="alert(1)"/>')),
        "javascript-link": ("svg.script", svg(good + '<a href="java&#10;script:alert(1)"/>')),
        "javascript-xlink": (
            "svg.script",
            svg(good + '<a xmlns:l="http://www.w3.org/1999/xlink" l:href=" javascript:alert(1)"/>'),
        ),
        "data-html": ("svg.script", svg(good + '<a href="data:text/html,x"/>')),
        "set-to-script": ("svg.script", svg(good + '<set attributeName="href" to="javascript:alert(1)"/>')),
        "foreign-object": ("svg.script", svg(good + "<foreignObject/>")),
        "iframe": ("svg.script", svg(good + '<iframe xmlns="http://www.w3.org/1999/xhtml"/>')),
        "huge-attribute": ("svg.huge", svg(good + f'<path d="{"M0 0" * 300_000}"/>')),
        "deep": ("svg.huge", svg(good + "<g>" * 70 + "</g>" * 70)),
        "many-elements": ("svg.huge", svg(good + "<g/>" * 50_001)),
        "many-attributes": ("svg.huge", svg(good + "<g " + " ".join(f'a{n}="1"' for n in range(65)) + "/>")),
        "two-credentials": ("svg.several", svg(good + good.replace(token, other))),
        "same-twice": ("svg.several", svg(good + good)),
        "nested": ("svg.several", svg(f"<g>{good}</g>")),
        "inside-itself": ("svg.several", svg(good.replace("></", f">{good}</", 1))),
        "with-content": ("svg.several", svg(f'<openbadges:credential verify="{token}">{{}}</openbadges:credential>')),
        "wrong-namespace": ("svg.several", svg(good, attributes=f'{NS} xmlns:openbadges="https://openbadges.org"')),
        "no-namespace": ("svg.several", svg(f'<credential verify="{token}"/>')),
        "two-namespaces": ("svg.several", svg(good + f'<credential verify="{other}"/>')),
        "more-attributes": ("svg.several", svg(good.replace("verify=", 'id="x" verify='))),
        "verify-missing": ("svg.several", svg("<openbadges:credential/>")),
        "prefix-undeclared": ("svg.several", svg(good, attributes=NS)),
        "root-is-html": ("image.none", f"<html {OB}>{good}</html>".encode()),
        "root-without-namespace": ("image.none", f"<svg {OB}>{good}</svg>".encode()),
        "no-credential": ("image.none", svg("<path/>")),
        "empty-credential": ("image.none", svg('<openbadges:credential verify=""/>')),
        "commented-out": ("image.none", svg(f"<!-- {good} -->")),
        "in-cdata": ("image.none", svg(f"<desc><![CDATA[{good}]]></desc>")),
        "not-closed": ("image.none", svg(good)[:-6]),
        "utf-16": ("svg.encoding", svg(good).decode().encode("utf-16")),
        "utf-7": ("svg.encoding", svg(good, before='<?xml version="1.0" encoding="utf-7"?>')),
        "latin-1": ("svg.encoding", svg(good + "<desc>é</desc>").decode().encode("latin-1")),
        "declared-utf-16": ("svg.encoding", svg(good, before='<?xml version="1.0" encoding="utf-16"?>')),
        "xml-1.1": ("svg.encoding", svg(good, before='<?xml version="1.1"?>')),
        "nul": ("svg.encoding", svg(good + "\0")),
        "text": ("image.none", b"hello"),
        "json": ("image.none", b'{"svg": 1}'),
    }  # fmt: skip
    for slug, (row, data) in pictures.items():
        about = f"An SVG with something wrong: {slug.replace('-', ' ')}."
        if len(data) > 20_000:
            book.add(f"svg-{slug}", "malformed", about, row, make=f"svg-{slug}.svg")
        else:
            book.add(f"svg-{slug}", "malformed", about, row, svg=data)
    fine = {
        "declaration": svg(good, before='<?xml version="1.0" encoding="UTF-8"?>\n'),
        "byte-order-mark": b"\xef\xbb\xbf" + svg(good),
        "self-closed": svg(good.replace("></openbadges:credential>", "/>")),
        "other-prefix": svg(
            good.replace("openbadges:", "b:"), attributes=f"{NS} {OB.replace('openbadges', 'b')}"
        ),
        "comments": svg(f"<!-- badge -->{good}<desc>Certified &amp; fine</desc>"),
    }
    for slug, data in fine.items():
        book.add(
            f"svg-fine-{slug}", "valid", f"A whole badge: {slug.replace('-', ' ')}.", "svg.encoding", svg=data
        )


def _securings(book: Book, issuer: Issuer) -> None:
    for securing in SECURINGS:
        if securing != "openbadge":
            token, slug = issuer.token(securing=securing), securing.replace("+", "-")
            about = f"An image that carries the {securing} token."
            book.add(f"png-{slug}-inside", "wrong_type", about, "image.securing", png=baked_png(token))
            book.add(f"svg-{slug}-inside", "wrong_type", about, "image.securing", svg=baked_svg(token))
    about = "An image that carries a status list."
    lists = issuer.sign_list(issuer.status_claims()).decode()
    book.add("png-status-list-inside", "wrong_type", about, "image.securing", png=baked_png(lists))
    token = issuer.token(securing="openbadge")
    forged = token.rpartition(".")[0] + "." + "A" * 86
    about = "An image with a forged token."
    book.add("png-forged", "bad_signature", about, "image.securing", png=baked_png(forged))
    book.add("svg-forged", "bad_signature", about, "image.securing", svg=baked_svg(forged))
    about = "A genuine badge on another host."
    ask = {"domain": "grimsbybeats.example"}
    book.add(
        "png-on-another-host", "domain_mismatch", about, "question.domain", png=baked_png(token), ask=ask
    )
    for slug in ("png-of-8-mib.png", "svg-of-8-mib.svg", "png-token-of-70-kib.png"):
        about = f"{slug.partition('.')[0].replace('-', ' ')}, made on the fly."
        book.add(slug.partition(".")[0], "malformed", about, "png.size", make=slug)
