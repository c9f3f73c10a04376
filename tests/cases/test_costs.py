"""A refusal costs little time and little memory, on the largest input that is taken, however it is made."""

from __future__ import annotations

import io
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from tests.cases.book.bundles import _members
from tests.cases.book.issuer import NOW, Issuer
from tests.cases.book.large import make
from tests.support.images import chunk, credential, png, svg

from lcert_verifier.bundle import read_bundle
from lcert_verifier.errors import LcertError
from lcert_verifier.source import PublishedSource
from lcert_verifier.verify import Verifier

MILLISECONDS = 50
MEGABYTES = 64
_MIB = 1024 * 1024
_ISSUER = Issuer()
_SITE = _ISSUER.site()
_VERIFIER = Verifier(
    [PublishedSource(_SITE.__getitem__, base_url=_ISSUER.base_url, clock=lambda: NOW)], clock=lambda: NOW
)


def _signed(payload: bytes) -> str:
    return _ISSUER.token(claims=payload)


def _many_domains() -> str:
    claims = _ISSUER.claims()
    entry = {"method": "dns-txt", "checkedOn": "2026-01-01"}
    names = [{"name": f"xn--bcher-kva.d{number}.example", **entry} for number in range(500)]
    claims["credentialSubject"]["holder"]["domains"] = names
    return _ISSUER.token(claims=claims)


TOKENS: dict[str, Callable[[], str]] = {
    "nested arrays": lambda: _signed(b"[" * 23_000 + b"]" * 23_000),
    "brackets in a string": lambda: _signed(b'{"a":"' + b"[{" * 23_000 + b'"}'),
    "escaped quotes and brackets": lambda: _signed(b'{"a":"' + b'\\"[' * 15_000 + b'"}'),
    "backslashes": lambda: _signed(b'{"a":"' + b"\\\\" * 23_000 + b'"}'),
    "a string without end": lambda: _signed(b'{"a":"' + b'\\"' * 23_000),
    "escaped strings": lambda: _signed(b'{"a":[' + b",".join([b'"\\u0041"'] * 4700) + b"]}"),
    "names": lambda: _signed(("{" + ",".join(f'"{n}":1' for n in range(4500)) + "}").encode()),
    "floats": lambda: _signed(b'{"a":[' + b"1e308," * 7800 + b"1]}"),
    "a long number": lambda: make("token-long-number").decode(),
    "dots": lambda: "." * 65_536,
    "one segment": lambda: "A" * 65_536,
    "megabytes": lambda: "A" * 8 * _MIB,
    "domains": _many_domains,
}
_BADGE = _ISSUER.token(securing="openbadge")
_GOOD = f'<openbadges:credential verify="{_BADGE}"></openbadges:credential>'
IMAGES: dict[str, Callable[[], bytes]] = {
    "png: a token of 8 MiB": lambda: png(credential(b"a" * (8 * _MIB - 2000))),
    "png: many credentials": lambda: png(*[credential(b"a" * 1000)] * 7900),
    "png: many chunks": lambda: png(*[chunk(b"tEXt", b"a\0" + b"b" * 800)] * 9990),
    "png: data after 7 MiB": lambda: make("png-of-8-mib.png"),
    "svg: 8 MiB": lambda: make("svg-of-8-mib.svg"),
    "svg: newlines": lambda: svg("<desc>" + "\n" * 2_090_000 + "</desc>"),
    "svg: references": lambda: svg("<desc>" + "&#10;" * 418_000 + "</desc>"),
    "svg: elements": lambda: svg("<g/>" * 500_000),
    "svg: instructions": lambda: svg("<?a b?>" * 290_000),
    "svg: comments": lambda: svg("<!---->" * 290_000),
    "svg: attributes of one tag": lambda: svg("<g " + " ".join(f'b{n}="1"' for n in range(180_000)) + "/>"),
    "svg: the same attribute": lambda: svg("<g " + 'b="1" ' * 340_000 + "/>"),
    "svg: namespaces": lambda: svg("".join(f'<g xmlns:n{n}="u{n}"/>' for n in range(9990))),
    "svg: blanks in links": lambda: svg(f'<a href="{" " * 1_000_000}"/>' * 2),
    "svg: a tag without end": lambda: svg(_GOOD + "<" + "x" * 2_080_000),
    "svg: long names": lambda: svg(f"<{'g' * 8000}/>" * 260),
}


def _zip(names: int, size: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in _members(_ISSUER.bundle()):
            archive.writestr(name, data)
        for number in range(names):
            archive.writestr(f"f{number}", bytes(size))
    return out.getvalue()


BUNDLES: dict[str, Callable[[], bytes]] = {
    "bundle: a bomb of 128 MiB": lambda: _zip(1, 128 * _MIB),
    "bundle: 20,000 files": lambda: _zip(20_000, 0),
    "bundle: 60 MiB of noise": lambda: b"PK\x03\x04" + bytes(60 * _MIB),
}


def _cost(refuse: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds of this process (the best of five: other programs share the machine), megabytes at the peak."""
    times = []
    for _ in range(5):
        start = time.process_time()
        refuse()
        times.append(time.process_time() - start)
    tracemalloc.start()
    try:
        refuse()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return min(times) * 1000, peak / 1e6


def _check(name: str, refuse: Callable[[], Any]) -> None:
    milliseconds, megabytes = _cost(refuse)
    print(f"\n{name}: {milliseconds:.1f} ms, {megabytes:.1f} MB")
    assert milliseconds < MILLISECONDS, name
    assert megabytes < MEGABYTES, name


@pytest.mark.parametrize("name", TOKENS)
def test_no_token_costs_much(name: str) -> None:
    token = TOKENS[name]()
    assert _VERIFIER.verify(token).verdict.value == "rejected"
    _check(name, lambda: _VERIFIER.verify(token))


@pytest.mark.parametrize("name", IMAGES)
def test_no_image_costs_much(name: str) -> None:
    image = IMAGES[name]()
    assert len(image) <= 8 * _MIB
    assert _VERIFIER.verify_badge(image).verdict.value == "rejected"
    _check(name, lambda: _VERIFIER.verify_badge(image))


@pytest.mark.parametrize("name", BUNDLES)
def test_no_bundle_that_nobody_signed_costs_much(name: str) -> None:
    data = BUNDLES[name]()

    def refuse() -> None:
        with pytest.raises(LcertError):
            read_bundle(data, now=NOW)

    _check(name, refuse)
