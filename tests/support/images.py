"""Baked badges built by hand, chunk by chunk and tag by tag, so that tests can break each part."""

from __future__ import annotations

import struct
import zlib

TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ.c2ln"
OTHER = "eyJhbGciOiJFUzI1NiJ9.eyJhIjoyfQ.c2ln"
MAGIC = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, body: bytes = b"", *, crc: int | None = None, length: int | None = None) -> bytes:
    check = zlib.crc32(kind + body) if crc is None else crc
    return struct.pack(">I", len(body) if length is None else length) + kind + body + struct.pack(">I", check)


def header(width: int = 2, height: int = 2) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


def credential(
    text: bytes = TOKEN.encode(),
    *,
    keyword: bytes = b"openbadgecredential",
    flags: bytes = b"\0\0",
    names: bytes = b"\0\0",
) -> bytes:
    return chunk(b"iTXt", keyword + b"\0" + flags + names + text)


PIXELS = chunk(b"IDAT", zlib.compress(b"\0" * 14))
END = chunk(b"IEND")


def png(*chunks: bytes) -> bytes:
    return MAGIC + header() + b"".join(chunks) + PIXELS + END


NS = 'xmlns="http://www.w3.org/2000/svg"'
OB = 'xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0"'
CREDENTIAL = f'<openbadges:credential verify="{TOKEN}"></openbadges:credential>'


def svg(
    inside: str = CREDENTIAL + '<path d="M0 0"/>', *, before: str = "", attributes: str = f"{NS} {OB}"
) -> bytes:
    return f"{before}<svg {attributes}>{inside}</svg>".encode()
