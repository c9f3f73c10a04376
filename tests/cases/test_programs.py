"""The installed programs, by the machine's own clock, on cases made for today: the same answers as everywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.cases.book.cases import Book, Case
from tests.cases.book.issuer import Issuer
from tests.cases.book.pictures import pictures
from tests.cases.book.states import states
from tests.cases.book.tokens import tokens
from tests.support.programs import fetch, free_port, run, serving

_BY_THE_DAY = ("last-day", "one-day", "first-day", "signed-tomorrow")
_ONLINE_ONLY = ("by-bitstrings", "revocation-bit-alone")


@dataclass(frozen=True)
class Desk:
    """A bundle of today and the cases that it can judge, with their answers offline."""

    folder: Path
    bundle: Path
    cases: dict[str, Case]

    def path(self, slug: str) -> Path:
        return self.folder / slug / self.cases[slug].input_name

    def wanted(self, slug: str) -> tuple[str, str]:
        case = self.cases[slug]
        known = slug in ("kid-missing", "kid-status-key", "kid-log-key")  # no newer keys could change these
        unsure = case.code == "unknown_key" and not known
        return ("indeterminate" if unsure else case.verdict), case.code


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("today")
    now = datetime.now(UTC) - timedelta(seconds=5)
    issuer = Issuer(now=now)
    bundle = folder / "l.zip"
    bundle.write_bytes(issuer.bundle())
    found: dict[str, Case] = {}
    for chapter in (states, tokens, pictures):
        book = Book(issuer)
        chapter(book)
        for case in book.cases:
            plain = case.trust in (("certs",), ("certs.zip",)) and not (
                case.site or case.gone or case.ask or case.make
            )
            if (
                plain
                and case.clock.hour != 0
                and not case.slug.startswith(_BY_THE_DAY)
                and not case.slug.endswith(_ONLINE_ONLY)
            ):
                found[case.slug] = case
    for slug, case in found.items():
        (folder / slug).mkdir()
        (folder / slug / case.input_name).write_bytes(case.files()[case.input_name])
    assert len(found) > 250
    return Desk(folder, bundle, found)


def test_lcert_verify_judges_files_in_one_run(desk: Desk) -> None:
    paths = {str(desk.path(slug)): slug for slug in desk.cases}
    done = run("lcert-verify", *paths, "--trust", str(desk.bundle), "--offline", "--json")
    assert done.code == 1, done.err
    wrong = [
        f"{paths[line['input']]}: {line['code']}"
        for line in done.lines
        if (line["verdict"], line["code"]) != desk.wanted(paths[line["input"]])
    ]
    assert wrong == []
    assert len(done.lines) == len(paths)


def test_lcert_verify_judges_lines_of_standard_input(desk: Desk) -> None:
    tokens = {
        slug: desk.path(slug).read_bytes() for slug, case in desk.cases.items() if case.token is not None
    }
    lines = {
        slug: token
        for slug, token in tokens.items()
        if not {b"\n", b"\r"} & {token[i : i + 1] for i in range(len(token))}
    }
    done = run(
        "lcert-verify", "-", "--trust", str(desk.bundle), "--json", stdin=b"\n".join(lines.values()) + b"\n"
    )
    answers = [(line["verdict"], line["code"]) for line in done.lines]
    wrong = [slug for slug, answer in zip(lines, answers, strict=True) if answer != desk.wanted(slug)]
    assert wrong == []


@pytest.mark.parametrize(("slug", "code"), [("active-vc-jwt", 0), ("withdrawn-png", 1), ("kid-unknown", 2)])
def test_lcert_verify_exits_as_the_verdict_is(desk: Desk, slug: str, code: int) -> None:
    done = run("lcert-verify", str(desk.path(slug)), "--trust", str(desk.bundle), "--json")
    assert done.code == code, done.out + done.err


@pytest.fixture(scope="module")
def service(desk: Desk) -> Iterator[str]:
    port = free_port()
    env = {
        "LCERT_HOME": str(desk.folder / "home"),
        "LCERT_VERIFIER_PORT": str(port),
        "LCERT_TRUST": str(desk.bundle),
    }
    url = f"http://127.0.0.1:{port}"
    with serving(["serve", "verifier"], env=env, ready=[f"{url}/readyz"]):
        yield url


def test_the_served_verifier_answers_the_same(desk: Desk, service: str) -> None:
    slugs = [slug for slug, case in desk.cases.items() if case.token is not None]
    texts = [desk.path(slug).read_bytes().decode("utf-8", "replace") for slug in slugs]
    kind = {"Content-Type": "application/json"}
    reply = fetch(
        f"{service}/v1/verify/batch", method="POST", body=json.dumps({"tokens": texts}).encode(), headers=kind
    )
    answers = [(report["verdict"], report["code"]) for report in reply.json["reports"]]
    wrong = [slug for slug, answer in zip(slugs, answers, strict=True) if answer != desk.wanted(slug)]
    assert wrong == []
    for slug, text in list(zip(slugs, texts, strict=True))[::10]:
        body = json.dumps({"token": text}).encode()
        one = fetch(f"{service}/v1/verify", method="POST", body=body, headers=kind)
        assert (one.status, one.json["verdict"], one.json["code"]) == (200, *desk.wanted(slug)), slug
