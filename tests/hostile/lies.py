"""Every lie an issuer, or somebody between, may tell, and the one answer that each must get.

A row says which certificate is asked about, what the verifier has seen before (`before`; None: it is fresh), how
much time passed since, and the code it must give. Lies about the same thing stand together.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.cases.book.issuer import Issuer, changed, seconds
from tests.cases.book.keys import key
from tests.hostile.liar import Liar, reply

from lcert_verifier.jose import b64u_encode, split

__all__ = ["LIES", "Lie"]

LIST = "status/token/1"
TRUST = "trust.json"
Told = Callable[[Liar], None]
_KIND = "Content-Type: application/statuslist+jwt\r\n"
_SOON = timedelta(seconds=40)
_HOURS = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lie:
    name: str
    code: str
    tell: Told
    state: str = "active"
    before: Told | None = None
    """The truth that the verifier sees first; None when it sees the lie at once."""
    passed: timedelta = _SOON
    pinned: bool = False
    truth: bool = False
    """The issuer itself says so, with its own keys: then `revoked` and `valid` may be said."""


def honest(_: Liar) -> None:
    """Nothing but the truth."""


def _head(more: str = "", status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\n{_KIND}{more}\r\n".encode()


def _raw(data: bytes) -> Callable[[Liar], Any]:
    return lambda liar: lambda connection: connection.sendall(data)


_WIRE: dict[str, Callable[[Liar], Any]] = {
    "hangs up": lambda liar: lambda connection: None,
    "never answers": lambda liar: liar.hang,
    "404": lambda liar: reply(status="404 Not Found"),
    "410": lambda liar: reply(status="410 Gone"),
    "500": lambda liar: reply(b"oops", status="500 Internal Server Error", kind="text/plain"),
    "503 with the list": lambda liar: reply(liar.site[LIST], status="503 Service Unavailable"),
    "204": lambda liar: reply(status="204 No Content"),
    "206 with the list": lambda liar: reply(liar.site[LIST], status="206 Partial Content"),
    "list redirects": lambda liar: reply(status="302 Found", Location=f"{liar.origin}/status/token/2"),
    "redirects to itself": lambda liar: reply(
        status="301 Moved Permanently", Location=f"{liar.origin}/{LIST}"
    ),
    "redirects elsewhere": lambda liar: reply(
        status="307 Temporary Redirect", Location="http://169.254.169.254/"
    ),
    "list as text/html": lambda liar: reply(liar.site[LIST], kind="text/html"),
    "list as application/json": lambda liar: reply(liar.site[LIST], kind="application/json"),
    "list as a credential": lambda liar: reply(liar.site[LIST], kind="application/vc+jwt"),
    "no media type": lambda liar: reply(liar.site[LIST], kind=""),
    "empty body": lambda liar: reply(b""),
    "endless body": lambda liar: liar.drip(_head("Connection: close\r\n"), b"x" * 65_536, 0),
    "endless chunks": lambda liar: liar.drip(
        _head("Transfer-Encoding: chunked\r\n"), b"4000\r\n" + b"x" * 16_384 + b"\r\n", 0
    ),
    "dripping body": lambda liar: liar.drip(_head("Content-Length: 5000\r\n")),
    "dripping chunks": lambda liar: liar.drip(_head("Transfer-Encoding: chunked\r\n"), b"1\r\nx\r\n"),
    "dripping status line": lambda liar: liar.drip(b"HTTP/1.1 200 O", b"K"),
    "dripping headers": lambda liar: liar.drip(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
    "endless headers": lambda liar: liar.drip(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n" * 1000, 0),
    "endless header line": lambda liar: liar.drip(b"HTTP/1.1 200 OK\r\nX-A: ", b"x" * 65_536, 0),
    "endless continue": lambda liar: liar.drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100, 0),
    "oversized list": lambda liar: reply(liar.site[LIST] + b"A" * 70_000),
    "announced as huge": lambda liar: _raw(_head("Content-Length: 99999999999\r\n"))(liar),
    "length negative": lambda liar: _raw(_head("Content-Length: -1\r\n") + b"x")(liar),
    "length no number": lambda liar: _raw(_head("Content-Length: many\r\n") + b"x")(liar),
    "truncated": lambda liar: _raw(_head("Content-Length: 9999\r\n") + liar.site[LIST])(liar),
    "chunk truncated": lambda liar: _raw(_head("Transfer-Encoding: chunked\r\n") + b"ffff\r\nxx")(liar),
    "chunk size garbled": lambda liar: _raw(
        _head("Transfer-Encoding: chunked\r\n") + b"zz\r\nxx\r\n0\r\n\r\n"
    )(liar),
    "gzip": lambda liar: reply(zlib.compress(liar.site[LIST], wbits=31), Content_Encoding="gzip"),
    "gzip bomb": lambda liar: reply(zlib.compress(bytes(10_000_000), wbits=31), Content_Encoding="gzip"),
    "brotli by name": lambda liar: reply(liar.site[LIST], Content_Encoding="br"),
    "status line garbled": lambda liar: _raw(b"HTTP/9.9 maybe\r\n\r\n")(liar),
    "no http at all": lambda liar: _raw(b"\x16\x03\x01\x02\x00 hello")(liar),
    "only a newline": lambda liar: _raw(b"\r\n\r\n")(liar),
}


def _wire(name: str, path: str) -> Told:
    return lambda liar: liar.lie(path, _WIRE[name](liar))


def _listed(path: str, value: Any) -> Told:
    """A status list signed by the issuer, with one claim changed."""
    return lambda liar: liar.lie(
        LIST, liar.issuer.sign_list(changed(liar.issuer.status_claims(), path, value))
    )


def _stranger(liar: Liar) -> Issuer:
    """Somebody with keys of their own who says to be the issuer."""
    return Issuer(base_url=liar.origin, family="evil ")


def _old(liar: Liar) -> dict[str, bytes]:
    return dict(liar.__dict__.setdefault("kept", liar.site))


def _keep_and_withdraw(liar: Liar) -> None:
    liar.__dict__["kept"] = dict(liar.site)
    liar.set_status("active", 1)


def _retire_status_key(liar: Liar) -> None:
    statement = liar.statement(version=4)
    statement["keys"][1]["state"] = "retired"
    liar.lie(TRUST, liar.issuer.sign_statement(statement))


def _compromise(liar: Liar, **anchor: Any) -> None:
    statement = liar.statement(version=4)
    statement["keys"][0] |= {"state": "compromised", **anchor}
    liar.lie(TRUST, liar.issuer.sign_statement(statement))


def _anchored(liar: Liar) -> None:
    size, root = liar.issuer.head()
    _compromise(liar, since=10, size=size, root=b64u_encode(root))


def _proof(liar: Liar) -> tuple[str, dict[str, Any]]:
    return f"log/proof/{split(liar.issuer.token()).digest}", liar.issuer.proof(
        list(liar.issuer.issued).index("active")
    )


def _with_proof(change: Callable[[Liar, dict[str, Any]], dict[str, Any]]) -> Told:
    def tell(liar: Liar) -> None:
        _anchored(liar)
        path, proof = _proof(liar)
        liar.lie(path, json.dumps(change(liar, proof)).encode())

    return tell


def _proof_wire(name: str) -> Told:
    def tell(liar: Liar) -> None:
        _anchored(liar)
        liar.lie(_proof(liar)[0], _WIRE[name](liar))

    return tell


def _contradict(liar: Liar) -> None:
    """Another journal of the same size, in which nothing was withdrawn."""
    claims = Issuer(base_url=liar.origin).status_claims()
    size, _ = liar.issuer.head()
    liar.lie(
        LIST, liar.issuer.sign_list(claims | {"journal": {"size": size, "root": b64u_encode(bytes(32))}})
    )


def _statement_of(**changes: Any) -> Told:
    return lambda liar: liar.lie(TRUST, liar.issuer.sign_statement(liar.statement(**changes)))


def _other_root(liar: Liar) -> None:
    stranger = _stranger(liar)
    liar.publish(stranger)
    liar.lie(TRUST, stranger.sign_statement(stranger.statement() | {"version": 9}))


def _other_keys(liar: Liar) -> None:
    """Our keys, and one more, under a root of somebody else."""
    stranger = _stranger(liar)
    statement = liar.statement(version=9, roots=[stranger.root.jwk])
    statement["keys"].append(liar.issuer.trust_key(stranger.issuing, "issuer"))
    liar.lie(TRUST, stranger.sign_statement(statement))


def _record(value: bytes | str) -> Told:
    def tell(liar: Liar) -> None:
        path = f"c/{liar.issuer.issued['replaced'].number}.json"
        liar.lie(path, value if isinstance(value, bytes) else _WIRE[value](liar))

    return tell


def _foreign_list(liar: Liar) -> None:
    stranger = Issuer(base_url="https://evil.example", family="evil ")
    liar.lie(LIST, stranger.sign_list(stranger.status_claims()))


_SIGNED: tuple[tuple[str, str, Told], ...] = (
    ("list for a bundle", "status_unavailable", _listed("bundle", True)),
    ("list of another number", "status_unavailable", _listed("sub", "http://127.0.0.1:1/status/token/1")),
    ("list from the future", "status_unavailable", _listed("iat", seconds(Issuer().now) + 600)),
    ("list without a journal", "status_unavailable", _listed("journal", ...)),
    ("list of eight bits", "status_unavailable", _listed("status_list.bits", 8)),
    (
        "list that is a bomb",
        "status_unavailable",
        _listed("status_list.lst", b64u_encode(zlib.compress(bytes(30_000_000), 9))),
    ),
    (
        "list too short",
        "status_unavailable",
        _listed("status_list.lst", b64u_encode(zlib.compress(bytes(100)))),
    ),
    ("list expired", "status_stale", _listed("exp", seconds(Issuer().now) - 1)),
    ("list of another issuer", "status_unavailable", _foreign_list),
    (
        "list of a stranger",
        "status_unavailable",
        lambda liar: liar.forge({LIST: _stranger(liar).site()[LIST]}),
    ),
    ("certificate as list", "status_unavailable", lambda liar: liar.lie(LIST, liar.issuer.token().encode())),
    (
        "suspension list as list",
        "status_unavailable",
        lambda liar: liar.lie(LIST, liar.site["status/bitstring/suspension/1"]),
    ),
    ("list signed by a retired key", "status_unavailable", _retire_status_key),
    ("statement expired", "trust_unavailable", _statement_of(exp=seconds(Issuer().now))),
    ("statement from the future", "trust_unavailable", _statement_of(iat=seconds(Issuer().now) + 600)),
    ("statement without roots", "trust_unavailable", _statement_of(roots=[])),
    (
        "statement of another issuer",
        "trust_unavailable",
        lambda liar: liar.lie(TRUST, Issuer(family="evil ").sign_statement()),
    ),
    (
        "statement half signed",
        "trust_unavailable",
        lambda liar: liar.lie(TRUST, liar.issuer.sign_statement(None, key("nobody"))),
    ),
    ("statement is a page", "trust_unavailable", lambda liar: liar.lie(TRUST, b"<html></html>")),
    ("key compromised, proof missing", "status_history_unavailable", _anchored),
    ("key compromised, proof a page", "status_history_unavailable", _proof_wire("500")),
    ("key compromised, proof endless", "status_history_unavailable", _proof_wire("endless body")),
    ("key compromised, proof dripping", "status_history_unavailable", _proof_wire("dripping body")),
    (
        "key compromised, proof of another",
        "status_history_unavailable",
        _with_proof(lambda liar, proof: liar.issuer.proof(1)),
    ),
    (
        "key compromised, proof forged",
        "status_history_unavailable",
        _with_proof(lambda liar, proof: proof | {"entry": b64u_encode(b"{}")}),
    ),
    (
        "key compromised, position moved",
        "status_history_unavailable",
        _with_proof(lambda liar, proof: proof | {"position": 3}),
    ),
    (
        "key compromised, path cut",
        "status_history_unavailable",
        _with_proof(lambda liar, proof: proof | {"path": proof["path"][1:]}),
    ),
)


def _rows() -> list[Lie]:
    rows = [Lie(name="the truth", code="valid", tell=honest, truth=True)]
    for name in _WIRE:
        rows.append(Lie(name=f"list: {name}", code="status_unavailable", tell=_wire(name, LIST)))
    for name in (
        "hangs up",
        "404",
        "500",
        "list redirects",
        "endless body",
        "dripping body",
        "truncated",
        "gzip bomb",
        "list as text/html",
    ):
        rows.append(Lie(name=f"trust: {name}", code="trust_unavailable", tell=_wire(name, TRUST)))
    rows += [Lie(name=name, code=code, tell=tell) for name, code, tell in _SIGNED]
    good = _with_proof(lambda liar, proof: proof)
    rows += [
        Lie(name="key compromised, proven before", code="valid", tell=good, truth=True),
        Lie(name="key compromised", code="key_compromised", tell=_compromise),
        # What was seen once is not unseen.
        Lie(
            name="older list",
            code="revoked",
            tell=lambda liar: liar.forge({LIST: _old(liar)[LIST]}),
            before=_keep_and_withdraw,
        ),
        Lie(
            name="everything older",
            code="revoked",
            tell=lambda liar: liar.forge(_old(liar)),
            before=_keep_and_withdraw,
        ),
        Lie(name="two lists for one URL", code="revoked", tell=_contradict, before=_keep_and_withdraw),
        Lie(
            name="older list after hours",
            code="revoked",
            tell=lambda liar: liar.forge(_old(liar)),
            before=_keep_and_withdraw,
            passed=_HOURS,
        ),
        Lie(name="frozen list", code="status_stale", tell=honest, before=honest, passed=timedelta(hours=25)),
        Lie(name="list gone for a moment", code="valid", tell=_wire("500", LIST), before=honest, truth=True),
        Lie(
            name="list gone for hours",
            code="status_stale",
            tell=_wire("500", LIST),
            before=honest,
            passed=_HOURS,
        ),
        Lie(
            name="trust gone for a moment", code="valid", tell=_wire("500", TRUST), before=honest, truth=True
        ),
        Lie(
            name="trust gone for hours",
            code="trust_unavailable",
            tell=_wire("500", TRUST),
            before=honest,
            passed=_HOURS,
        ),
        Lie(
            name="clock moved back",
            code="not_yet_valid",
            tell=honest,
            before=honest,
            passed=timedelta(days=-1),
        ),
        Lie(
            name="clock moved years on",
            code="trust_unavailable",
            tell=honest,
            before=honest,
            passed=timedelta(days=500),
        ),
        Lie(
            name="lower trust version",
            code="key_compromised",
            tell=lambda liar: liar.lie(TRUST, liar.issuer.sign_statement()),
            before=_compromise,
        ),
        Lie(
            name="same version, other content",
            code="valid",
            tell=_statement_of(name="Somebody Else"),
            before=honest,
            truth=True,
        ),
        Lie(
            name="same version, key pardoned",
            code="key_compromised",
            tell=lambda liar: liar.lie(TRUST, liar.issuer.sign_statement(liar.statement(version=4))),
            before=_compromise,
        ),
        Lie(name="another root", code="valid", tell=_other_root, before=honest, truth=True),
        Lie(
            name="another root for hours",
            code="trust_unavailable",
            tell=_other_root,
            before=honest,
            passed=_HOURS,
        ),
        Lie(name="another root, pinned", code="trust_unavailable", tell=_other_root, pinned=True),
        Lie(
            name="key swapped under another root, pinned",
            code="trust_unavailable",
            tell=_other_keys,
            pinned=True,
        ),
        Lie(
            name="mix and match: old trust, new list",
            code="key_compromised",
            tell=lambda liar: liar.forge({TRUST: _old(liar)[TRUST]}),
            before=_compromise,
        ),
        Lie(
            name="record names nonsense",
            code="superseded",
            tell=_record(b'{"number":"LC-2026-0083","currentEdition":"javascript:"}'),
            state="replaced",
            truth=True,
        ),
        Lie(
            name="record is endless",
            code="superseded",
            tell=_record("endless body"),
            state="replaced",
            truth=True,
        ),
        Lie(
            name="record is another's",
            code="superseded",
            tell=_record(b'{"number":"LC-2026-4711","currentEdition":7}'),
            state="replaced",
            truth=True,
        ),
    ]
    return rows


LIES = _rows()
