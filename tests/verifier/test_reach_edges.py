"""Edges of hosts, addresses, URLs and published paths: the last that is read, the first that is refused."""

from __future__ import annotations

import socket
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from lcert_verifier.addresses import is_loopback_address, is_public_address, normal_host
from lcert_verifier.errors import EvidenceUnavailable
from lcert_verifier.hosts import is_licensed_host
from lcert_verifier.hosts import normal_host as badge_host
from lcert_verifier.published import (
    bitstring_path,
    dated_bundle_path,
    is_published_path,
    log_name,
    media_type,
    most_bytes,
    path_below,
    proof_path,
    record_path,
    shard_path,
    token_list_path,
    token_path,
)
from lcert_verifier.urls import is_loopback_url, normal_origin, origin_of, parse_url
from lcert_verifier.wire import Stream, Wire

ORIGIN = "https://certs.example"
LONG = ".".join(["a" * 63] * 3)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("Holder.Example", "holder.example"),
        ("holder.example.", "holder.example"),
        ("holder.example:1", "holder.example"),
        ("holder.example:65535", "holder.example"),
        ("holder.example.:80", "holder.example"),
        ("holder.example:123456", None),
        ("holder.example:", None),
        ("holder.example..", None),
        ("bücher.example", "xn--bcher-kva.example"),
        ("bu\u0308cher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("नमस्ते.example", "xn--h2bhs4b8d8a.example"),
        ("ä-1.example", "xn---1-uia.example"),
        ("ﬁ.example", None),
        ("ä_b.example", None),
        ("ä/b.example", None),
        ("☃.example", None),
        ("holder example", None),
        ("user@holder.example", None),
        ("https://holder.example", None),
        ("127.0.0.1", None),
        ("", None),
        ("é" * 301, None),
        (None, None),
        (b"holder.example", None),
    ],
)
def test_a_host_is_read_in_one_way(text: Any, host: str | None) -> None:
    assert badge_host(text) == host
    assert is_licensed_host(text, [str(host)]) is (host is not None)


def test_a_host_is_bounded_as_it_is_written() -> None:
    name = f"{LONG}.{'a' * 40}.example"
    assert badge_host(name) == name
    accents = ".".join(["e\u0301" * 12] * 11)  # each pair is one letter in the end
    last = "x" * (299 - len(accents))
    fits = f"{accents}.{last}"
    assert len(fits) == 300
    assert str(badge_host(fits)).endswith(f".{last}")
    assert badge_host(fits + "x") is None


@pytest.mark.parametrize(
    ("host", "licensed"),
    [
        ("holder.example", True),
        ("www.holder.example", True),
        ("a.b.holder.example:443", True),
        ("notholder.example", False),
        ("example", False),
        ("holder.example.other", False),
        ("second.example", True),
    ],
)
def test_a_badge_may_stand_on_the_holders_hosts(host: str, licensed: bool) -> None:
    assert is_licensed_host(host, ["holder.example", "second.example"]) is licensed


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://certs.example:443/", ("https", "certs.example", 443, "/", ORIGIN)),
        ("https://certs.example:80", ("https", "certs.example", 80, "/", ORIGIN + ":80")),
        ("http://certs.example", ("http", "certs.example", 80, "/", "http://certs.example")),
        ("http://certs.example:443/a?b", ("http", "certs.example", 443, "/a?b", "http://certs.example:443")),
        ("HTTP://A_B.example:1/", ("http", "a_b.example", 1, "/", "http://a_b.example:1")),
        ("https://h:65535/", ("https", "h", 65_535, "/", "https://h:65535")),
        ("https://h:65536/", None),
        ("https://h:0/", None),
        ("https://[0:0::1]/x", ("https", "[::1]", 443, "/x", "https://[::1]")),
        ("https://127.0.0.1/", ("https", "127.0.0.1", 443, "/", "https://127.0.0.1")),
        ("https://127.1/", None),
        ("https://h/" + "x" * (2_048 - 10), ("https", "h", 443, "/" + "x" * 2_038, "https://h")),
        ("https://h/" + "x" * (2_049 - 10), None),
        ("https://h/a#b", None),
    ],
)
def test_a_url_is_taken_apart_in_one_way(url: str, taken: tuple[Any, ...] | None) -> None:
    if taken is None:
        with pytest.raises(ValueError, match=r"is not a plain|no usable port"):
            parse_url(url)
        return
    found = parse_url(url)
    assert (found.scheme, found.host, found.port, found.path, found.origin) == taken


def test_http_is_for_loopback() -> None:
    assert normal_origin("http://localhost") == "http://localhost"
    assert (is_loopback_url("https://[::1]:8/x"), is_loopback_url(ORIGIN)) == (True, False)
    for bad in ("http://certs.example", "https://certs.example/x", "https://certs.example?x"):
        with pytest.raises(ValueError, match=r"loopback only|more than an origin|not a plain"):
            normal_origin(bad)
    assert origin_of("https://certs.example:443/x?y") == ORIGIN
    with pytest.raises(ValueError, match="loopback only"):
        origin_of("http://certs.example/x")


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("CERTS.example", "certs.example"),
        (f"{LONG}.{'a' * 61}", f"{LONG}.{'a' * 61}"),
        (f"{LONG}.{'a' * 62}", None),
        ("a" * 63, "a" * 63),
        ("a" * 64, None),
        ("a.0x", None),
        ("a.0x1f", None),
        ("a.0xg", "a.0xg"),
        ("1.2.3.4", "1.2.3.4"),
        ("1.2.3", None),
        ("1.2.3.256", None),
        ("[::1]", "[::1]"),
        ("[0::1]", "[::1]"),
        ("[::1", None),
        ("[fe80::1%1]", None),
        ("[x]", None),
        ("", None),
        ("a..b", None),
        ("-a", None),
    ],
)
def test_a_name_is_plain_or_none(text: str, host: str | None) -> None:
    assert normal_host(text) == host


@pytest.mark.parametrize(
    ("address", "public", "loopback"),
    [
        ("8.8.8.8", True, False),
        ("127.0.0.1", False, True),
        ("127.255.255.255", False, True),
        ("128.0.0.1", True, False),
        ("::1", False, True),
        ("::2", False, False),
        ("::1%1", False, False),
        ("2a00::1", True, False),
        ("2a00::1%1", False, False),
        ("2a00::5efe:808:808", False, False),
        ("2a00::200:5efe:808:808", False, False),
        ("2a00::1:5efe:808:808", True, False),
        ("4000::1", False, False),
        ("2002::1", False, False),
        ("223.255.255.255", True, False),
        ("224.0.0.0", False, False),
        ("x", False, False),
    ],
)
def test_an_address_is_public_or_loopback_or_neither(address: str, public: bool, loopback: bool) -> None:
    assert (is_public_address(address), is_loopback_address(address)) == (public, loopback)


def test_a_published_path_is_plain() -> None:
    assert is_published_path("a/b.c~d_e-f")
    for bad in ("", "/a", "a/", "a//b", "a/../b", "a/.", "...", "a?b", "a b"):
        assert not is_published_path(bad)
    assert path_below(ORIGIN, f"{ORIGIN}/a/b") == "a/b"
    for url in (ORIGIN, f"{ORIGIN}/", f"{ORIGIN}.x/a", f"{ORIGIN}/../a", "a"):
        assert path_below(ORIGIN, url) is None
    assert is_published_path("X/.X.")
    assert (token_list_path(1), bitstring_path("p", 1)) == ("status/token/1", "status/bitstring/p/1")
    assert (proof_path("d"), record_path("N"), token_path("N")) == ("log/proof/d", "c/N.json", "c/N.jwt")
    assert dated_bundle_path(date(2027, 1, 2)) == "bundles/2027-01-02.zip"
    assert (shard_path(0), log_name("http://h:1")) == ("bundles/history/0.zip", "h:1/log")
    assert (media_type("trust.json"), most_bytes("trust.json")) == ("application/json", 4_194_304)
    assert (media_type("c/x.jwt"), most_bytes("c/x.jwt")) == ("application/vc+jwt", 65_536)


def test_a_stream_keeps_to_its_deadline_and_its_bytes() -> None:
    ours, theirs = socket.socketpair()
    time = [0.0]
    with theirs, Stream(ours, 5.0, lambda: time[0], 4) as stream:
        reader = Wire(stream).makefile("rb")
        assert reader.readable()
        assert reader.detach() is stream
        theirs.sendall(b"abcdef")
        buffer = bytearray(4)
        assert (stream.readinto(buffer), bytes(buffer)) == (4, b"abcd")
        assert ours.gettimeout() == 5.0
        time[0] = 4.5
        stream.sendall(b"x")
        assert (theirs.recv(9), ours.gettimeout()) == (b"x", 0.5)
        with pytest.raises(EvidenceUnavailable, match="too long"):
            stream.readinto(bytearray(1))
        time[0] = 5.0
        for late in (lambda: stream.readinto(bytearray(1)), lambda: stream.sendall(b"x")):
            with pytest.raises(TimeoutError):
                late()
    assert (ours.fileno(), stream.closed) == (-1, True)
    stream.close()


def test_time_is_told_with_its_zone() -> None:
    from lcert_verifier.source import utc_now

    assert abs(utc_now() - datetime.now(UTC)) < timedelta(minutes=5)
