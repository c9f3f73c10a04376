"""Names that are compared as strings have one spelling each, and every other is refused."""

from __future__ import annotations

import pytest

from lcert_verifier.errors import Malformed
from lcert_verifier.identity import (
    base_url_of,
    certificate_url,
    credential_id,
    did_of,
    host_of,
    is_domain,
    is_loopback,
    parse_credential_id,
)


def a_label(text: str) -> str:
    return "xn--" + text.encode("punycode").decode("ascii")


@pytest.mark.parametrize("text", ["bücher", "日本", "नमस्ते", "a-ü", "ü1"])
def test_an_a_label_of_letters_marks_and_digits_is_a_domain(text: str) -> None:
    assert is_domain(f"{a_label(text)}.example")


@pytest.mark.parametrize(
    "name",
    [
        "localhost",
        "Shop.example",
        "shop.example.",
        "shop..example",
        "-shop.example",
        "shop.123",
        "127.0.0.1",
        f"{'a' * 64}.example",
        ".".join(["a" * 49] * 6),
        "ab--cd.example",
        "xn--a.example",
        "xn--99999999999.example",
        f"{a_label('Bücher')}.example",
        f"{a_label('bu' + chr(0x308) + 'cher')}.example",
        f"{a_label('☃')}.example",
        f"{a_label('a.ü')}.example",
    ],
)
def test_another_spelling_of_a_name_is_no_domain(name: str) -> None:
    assert not is_domain(name)


@pytest.mark.parametrize(
    ("base_url", "did"),
    [
        ("https://certs.example", "did:web:certs.example"),
        ("https://certs.example:8443", "did:web:certs.example%3A8443"),
        ("http://localhost", "did:web:localhost"),
        ("http://127.0.0.1:8080", "did:web:127.0.0.1%3A8080"),
        ("http://[::1]:8080", "did:web:%5B%3A%3A1%5D%3A8080"),
        ("https://192.0.2.7", "did:web:192.0.2.7"),
    ],
)
def test_a_base_url_and_its_did_lead_to_each_other(base_url: str, did: str) -> None:
    assert did_of(base_url) == did
    assert base_url_of(did) == base_url


@pytest.mark.parametrize(
    "base_url",
    [
        "certs.example",
        "https://certs.example/",
        "https://Certs.example",
        "https://certs.example:443",
        "http://127.0.0.1:80",
        "https://certs.example:0443",
        "https://certs.example:65536",
        "http://certs.example",
        "http://192.0.2.7",
        "https://localhost",
        "https://127.0.0.1",
        "https://[::1]",
        "https://[192.0.2.7]",
        "https://[2001:db8:0::1]",
        "https://[:::1]",
        "https://192.0.2.777",
        "https://certs",
        "https://" + ".".join(["a" * 60] * 5),
    ],
)
def test_another_spelling_of_a_base_url_is_malformed(base_url: str) -> None:
    with pytest.raises(Malformed):
        host_of(base_url)


@pytest.mark.parametrize(
    "did",
    [
        "did:key:z6Mk",
        "did:web:",
        "did:web:certs.example:issuer",
        "did:web:certs.example:8443",
        "did:web:certs.example%3a8443",
        "did:web:certs.example%3A443",
        "did:web:CERTS.example",
        "did:web:[%3A%3A1]",
    ],
)
def test_another_spelling_of_a_did_is_malformed(did: str) -> None:
    with pytest.raises(Malformed):
        base_url_of(did)


def test_loopback_is_told_by_form_alone() -> None:
    assert all(map(is_loopback, ("localhost", "127.0.0.1", "127.9.9.9", "[::1]", "::1")))
    assert not any(map(is_loopback, ("localhost.example", "10.0.0.1", "[::2]", "[::ffff:127.0.0.1]", "")))


def test_a_credential_id_tells_number_and_edition() -> None:
    base_url = "https://certs.example"
    name = credential_id(base_url, "LC-2026-0001", 12)
    assert parse_credential_id(name, base_url) == ("LC-2026-0001", 12)
    assert name.startswith(certificate_url(base_url, "LC-2026-0001"))
    for other in (
        f"{name}/",
        f"{name}x",
        name.replace("/12", "/012"),
        name.replace("/12", "/0"),
        name.upper(),
    ):
        with pytest.raises(Malformed):
            parse_credential_id(other, base_url)
    with pytest.raises(Malformed):
        parse_credential_id(name, "https://other.example")


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        (".".join(["a" * 63] * 3 + ["a" * 61]), True),
        (".".join(["a" * 63] * 3 + ["a" * 62]), False),
        ("xn--bcher-kva.example", True),
        ("ab--bcher-kva.example", False),
        ("xn--example.example", False),
        (f"{a_label('bÜcher')}.example", False),
        (f"{a_label('e' + chr(0x301))}.example", False),
        (f"{a_label('☃')}.example", False),
        ("xn--bcher-kv.example", False),
        ("xn--999999999.example", False),
        ("a.1", False),
        ("a", False),
        ("", False),
    ],
)
def test_a_domain_is_one_or_not(name: str, taken: bool) -> None:
    assert is_domain(name) is taken


@pytest.mark.parametrize(
    ("did", "words"),
    [
        ("did:key:certs.example", "did:web:HOST"),
        ("certs.example", "did:web:HOST"),
        ("did:web:certs.example:8443", "did:web:HOST"),
        ("did:web::8443", "did:web:HOST"),
        ("did:web:certs.example%3a8443", "an origin"),
        ("did:web:[::1]", "did:web:HOST"),
        ("did:web:certs.example%3A443", "the port"),
        ("did:web:certs.example%3A65536", "the port"),
    ],
)
def test_what_is_wrong_with_a_did_is_told(did: str, words: str) -> None:
    with pytest.raises(Malformed, match=words):
        base_url_of(did)


def test_a_host_is_loopback_or_not() -> None:
    for host in ("X::1", "a", "::2", "10.0.0.1"):
        assert is_loopback(host) is False
    assert (is_loopback("localhost"), is_loopback("[::1]"), is_loopback("127.0.0.2")) == (True,) * 3
    assert host_of("https://certs.example:65535") == "certs.example:65535"
    assert base_url_of("did:web:certs.example%3A65535") == "https://certs.example:65535"
