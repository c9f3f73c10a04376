"""Inputs too large to keep in a repository; a case names them, and they are made when they are needed."""

from __future__ import annotations

import random

from tests.support.images import chunk, credential, png, svg

from .issuer import Issuer

__all__ = ["make"]

_MIB = 1024 * 1024
_LONGEST = 65_536


def make(name: str) -> bytes:
    """The input called `name`."""
    issuer = Issuer()
    badge = issuer.token(securing="openbadge")
    good = f'<openbadges:credential verify="{badge}"></openbadges:credential>'
    if name == "token-too-long":
        claims = issuer.claims() | {"x": "x" * 50_000}
        return issuer.token(claims=claims).encode()
    if name == "token-nested-deep":
        return issuer.token(claims=b"[" * 24_000 + b"]" * 24_000).encode()
    if name == "token-many-names":
        return issuer.token(
            claims=("{" + ",".join(f'"{n}":1' for n in range(5500)) + ',"1":1}').encode()
        ).encode()
    if name == "token-long-number":
        return issuer.token(claims=b'{"x":' + b"9" * 45_000 + b"}").encode()
    if name == "token-of-dots":
        return b"." * _LONGEST
    if name == "png-many-chunks.png":
        return png(*[chunk(b"tEXt", b"a\0b")] * 10_001, credential(badge.encode()))
    if name == "png-of-8-mib.png":
        noise = random.Random(1).randbytes(7 * _MIB)
        return png(credential(badge.encode()), chunk(b"tEXt", b"Comment\0" + noise)) + b"\0"
    if name == "png-token-of-70-kib.png":
        return png(credential(b"a" * 70_000))
    if name == "svg-of-8-mib.svg":
        return svg(good + "<desc>" + "a&#10;" * 1_100_000 + "</desc>")[:-1]
    if name == "svg-huge-attribute.svg":
        return svg(good + f'<path d="{"M0 0" * 300_000}"/>')
    if name == "svg-many-elements.svg":
        return svg(good + "<g/>" * 50_001)
    raise ValueError(f"nobody makes {name}")
