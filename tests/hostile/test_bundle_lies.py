"""Getting a bundle from an issuer that lies: nothing goes back, forks or is forged, and the bundle at hand stays."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.cases.book.bundles import _members, _zip
from tests.cases.book.issuer import Issuer, seconds
from tests.cases.book.keys import key
from tests.hostile.liar import Impatient, Liar, reply
from tests.hostile.lies import _WIRE

from lcert_verifier.command import main
from lcert_verifier.jose import b64u_encode
from lcert_verifier.verify import Verifier

REFUSED, NOT_REACHED = 1, 2
BUNDLE = "bundle.zip"
Told = Callable[[Liar], None]


@pytest.fixture
def liar() -> Iterator[Liar]:
    liar = Liar()
    yield liar
    liar.close()


def _run(liar: Liar, *arguments: str) -> tuple[int, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["bundle", *arguments], clock=liar.clock, fetcher=Impatient(liar))
    return code, out.getvalue() + err.getvalue()


def _grow(liar: Liar, count: int = 3) -> None:
    """The journal goes on, honestly."""
    liar.issuer.entries += [json.dumps({"v": 1, "n": number}).encode() for number in range(count)]
    liar.publish()


def _signed(liar: Liar, **changes: bytes) -> bytes:
    files = {name.replace("__", "/").replace("_dot_", "."): data for name, data in changes.items()}
    return liar.issuer.bundle(liar.issuer.bundle_files() | files)


def _older(liar: Liar) -> None:
    liar.issuer.entries = liar.issuer.entries[:-4]
    liar.publish()


def _forked(liar: Liar) -> None:
    liar.issuer.entries[-1] = b'{"v":1,"another":true}'
    liar.publish()


def _forked_and_grown(liar: Liar) -> None:
    liar.issuer.entries[0] = b'{"v":1,"another":true}'
    _grow(liar)


def _changed(name: str, change: Callable[[bytes], bytes]) -> Told:
    """The bundle with one file changed behind its manifest's back."""

    def tell(liar: Liar) -> None:
        _grow(liar)
        members = [
            (each, change(data) if each == name else data) for each, data in _members(liar.site[BUNDLE])
        ]
        liar.lie(BUNDLE, _zip(members))

    return tell


def _swapped(liar: Liar) -> None:
    _grow(liar)
    members = dict(_members(liar.site[BUNDLE]))
    members["records.jsonl"], members["proofs.jsonl"] = members["proofs.jsonl"], members["records.jsonl"]
    liar.lie(BUNDLE, _zip(list(members.items())))


def _statement(**changes: object) -> Told:
    def tell(liar: Liar) -> None:
        _grow(liar)
        statement = liar.issuer.sign_statement(liar.statement(**changes))
        liar.lie(BUNDLE, _signed(liar, trust_dot_json=statement))

    return tell


def _other_root(liar: Liar) -> None:
    _grow(liar)
    new = key("evil root")
    statement = liar.issuer.sign_statement(liar.statement(version=9, roots=[new.jwk]), new)
    liar.lie(BUNDLE, _signed(liar, trust_dot_json=statement))


def _stranger(liar: Liar) -> None:
    liar.publish(Issuer(base_url=liar.origin, family="evil "))


def _another_issuer(liar: Liar) -> None:
    liar.lie(BUNDLE, Issuer(base_url="https://evil.example").bundle())


def _tile(change: Callable[[bytes], bytes]) -> Told:
    def tell(liar: Liar) -> None:
        _grow(liar)
        for path in [path for path in liar.site if path.startswith("log/tile/0")]:
            liar.site[path] = change(liar.site[path])

    return tell


def _without_tiles(liar: Liar) -> None:
    _grow(liar)
    liar.site = {path: data for path, data in liar.site.items() if not path.startswith("log/")}


def _checkpoint(data: bytes) -> Told:
    def tell(liar: Liar) -> None:
        _grow(liar)
        liar.lie("log/checkpoint", data)

    return tell


def _bomb(liar: Liar) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in _members(liar.site[BUNDLE]):
            archive.writestr(name, data)
        archive.writestr("bomb", bytes(100_000_000))
    liar.lie(BUNDLE, out.getvalue())


def _wire(name: str, path: str = BUNDLE) -> Told:
    def tell(liar: Liar) -> None:
        _grow(liar)
        liar.site["status/token/1"] = liar.site[path]  # the behaviours answer with what lies there
        liar.lie(path, _WIRE[name](liar))

    return tell


LIES: dict[str, tuple[int, Told]] = {
    "older bundle": (REFUSED, _older),
    "forked journal of the same size": (REFUSED, _forked),
    "forked journal that grew": (REFUSED, _forked_and_grown),
    "manifest hash mismatch: trust": (REFUSED, _changed("trust.json", lambda data: data + b" ")),
    "manifest hash mismatch: list": (
        REFUSED,
        _changed("status/token/1", lambda data: data[:-8] + b"AAAAAAAA"),
    ),
    "manifest hash mismatch: records": (REFUSED, _changed("records.jsonl", lambda data: data[::-1])),
    "manifest forged": (REFUSED, _changed("manifest.jws", lambda data: data[:-8] + b"AAAAAAAA")),
    "records swapped": (REFUSED, _swapped),
    "lower trust version": (REFUSED, _statement(version=2)),
    "same trust version, other keys": (REFUSED, _statement(keys=[])),
    "same trust version, other name": (REFUSED, _statement(name="Somebody Else")),
    "expired trust": (REFUSED, _statement(version=4, exp=seconds(Issuer().now))),
    "trust without keys": (REFUSED, _statement(version=4, keys=[])),
    "another root": (REFUSED, _other_root),
    "everything a stranger's": (REFUSED, _stranger),
    "another issuer's bundle": (REFUSED, _another_issuer),
    "tile forged": (REFUSED, _tile(lambda data: bytes(len(data)))),
    "tiles exchanged": (REFUSED, _tile(lambda data: data[32:] + data[:32])),
    "tile cut": (NOT_REACHED, _tile(lambda data: data[:-1])),
    "tiles missing": (NOT_REACHED, _without_tiles),
    "checkpoint a page": (NOT_REACHED, _checkpoint(b"<html></html>")),
    "checkpoint of a huge log": (
        NOT_REACHED,
        _checkpoint(b"x\n999999999999999\n" + b"A" * 43 + b"=\n\n\xe2\x80\x94 x AAAA\n"),
    ),
    "bomb": (REFUSED, _bomb),
    "a page": (NOT_REACHED, lambda liar: liar.lie(BUNDLE, reply(b"<html></html>", kind="text/html"))),
    "a page as zip": (REFUSED, lambda liar: liar.lie(BUNDLE, b"<html></html>")),
    "empty zip": (REFUSED, lambda liar: liar.lie(BUNDLE, b"PK\5\6" + bytes(18))),
    **{
        f"bundle: {name}": (NOT_REACHED, _wire(name))
        for name in (
            "hangs up",
            "404",
            "500",
            "list redirects",
            "dripping body",
            "announced as huge",
            "gzip bomb",
        )
    },
    **{
        f"checkpoint: {name}": (NOT_REACHED, _wire(name, "log/checkpoint"))
        for name in ("500", "endless body")
    },
}


@pytest.mark.parametrize("name", LIES)
def test_no_update_goes_back_forks_or_is_forged(liar: Liar, tmp_path: Path, name: str) -> None:
    code, tell = LIES[name]
    bundle = tmp_path / "l.zip"
    assert _run(liar, "fetch", liar.origin, "--out", str(bundle))[0] == 0
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    token = liar.issuer.token()
    tell(liar)
    for action in (("update", str(bundle)), ("fetch", liar.origin, "--out", str(bundle))):
        found, said = _run(liar, *action)
        assert found == code, f"{action[0]}: {said}"
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert Verifier.from_bundle(bundle, clock=liar.clock).verify(token).code.value == "valid"


def test_an_honest_update_is_taken(liar: Liar, tmp_path: Path) -> None:
    bundle = tmp_path / "l.zip"
    assert _run(liar, "fetch", liar.origin, "--out", str(bundle))[0] == 0
    _grow(liar, 300)
    code, said = _run(liar, "update", str(bundle))
    assert code == 0, said
    new = key("new root")
    statement = liar.issuer.sign_statement(liar.statement(version=5, roots=[new.jwk]), liar.issuer.root, new)
    _grow(liar)
    liar.lie(BUNDLE, _signed(liar, trust_dot_json=statement))
    code, said = _run(liar, "update", str(bundle))
    assert code == 0, said


def test_an_old_bundle_put_back_by_hand_is_refused(liar: Liar, tmp_path: Path) -> None:
    bundle = tmp_path / "l.zip"
    _run(liar, "fetch", liar.origin, "--out", str(bundle))
    old = bundle.read_bytes()
    _grow(liar)
    assert _run(liar, "update", str(bundle))[0] == 0
    bundle.write_bytes(old)
    code, said = _run(liar, "show", str(bundle))
    assert (code, "already seen" in said) == (REFUSED, True), said


@pytest.mark.parametrize(
    ("about", "path", "code"),
    [
        ("another certificate", "c/LC-2026-4711.jwt", "malformed"),
        ("a page", "c/LC-2026-4711.jwt", "malformed"),
        ("a forged token", "c/LC-2026-4711.jwt", "bad_signature"),
    ],
)
def test_an_address_that_answers_with_something_else(liar: Liar, about: str, path: str, code: str) -> None:
    token = liar.issuer.token()
    data = {
        "another certificate": liar.issuer.token("product").encode(),
        "a page": b"<html></html>",
        "a forged token": (token.rpartition(".")[0] + "." + b64u_encode(bytes(63) + b"\1")).encode(),
    }[about]
    liar.lie(path, data)
    out = io.StringIO()
    arguments = [f"{liar.origin}/c/LC-2026-4711", "--trust", liar.origin, "--json"]
    with contextlib.redirect_stdout(out):
        main(arguments, clock=liar.clock, fetcher=Impatient(liar))
    assert json.loads(out.getvalue())["code"] == code
