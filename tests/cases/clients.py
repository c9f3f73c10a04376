"""Every way to ask about a case: library, service, command. Each gives a verdict and a code, from the folder alone."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from tests.cases.book.cases import ISSUERS, Stored
from tests.cases.book.large import make

from lcert_verifier.command import main
from lcert_verifier.errors import EvidenceUnavailable, LcertError
from lcert_verifier.published import NotPublished
from lcert_verifier.report import Report
from lcert_verifier.source import PublishedSource
from lcert_verifier.verify import Verifier
from lcert_web.verifier import create_verifier_app

__all__ = [
    "Answer",
    "Clients",
    "Evidence",
    "by_command",
    "disagreements",
    "input_of",
    "is_badge",
    "request_of",
]

Answer = tuple[str, str]
_ORIGINS = {"certs": "https://certs.example", "other": "https://other.example"}
_MIB = 1024 * 1024


@cache
def _published(name: str) -> Mapping[str, bytes]:
    folder = ISSUERS / name
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@dataclass
class Evidence:
    """What the world publishes in one case, in place of the fetcher: no socket is opened."""

    case: Stored
    sites: dict[str, dict[str, bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.case.settings["trust"]:
            if name in _ORIGINS:
                self.sites[_ORIGINS[name]] = dict(_published(name))
        changed = self.case.folder / "site"
        first = next(iter(self.sites.values()), {})
        first.update(
            {
                str(path.relative_to(changed)): path.read_bytes()
                for path in changed.rglob("*")
                if path.is_file()
            }
        )

    @property
    def trust(self) -> list[str]:
        """As LCERT_TRUST names it: origins and bundle files."""
        names = self.case.settings["trust"]
        return [_ORIGINS.get(name) or str(self._bundle(name)) for name in names]

    def _bundle(self, name: str) -> Path:
        own = self.case.folder / name
        return own if own.exists() else ISSUERS / name.removesuffix(".zip") / "bundle.zip"

    def reader(self, origin: str) -> Callable[[str], bytes]:
        site = self.sites.get(origin, {})
        first = next(iter(self.sites), None)

        def read(path: str) -> bytes:
            if origin == first and path in self.case.settings.get("gone", ()):
                raise EvidenceUnavailable(f"{origin} cannot be reached")
            if path not in site:
                raise NotPublished(path)
            return site[path]

        return read


@cache
def _made(name: str) -> bytes:
    return make(name)


def input_of(case: Stored) -> bytes:
    return _made(case.settings["input"]) if case.made else case.input.read_bytes()


def _clock(case: Stored) -> Callable[[], datetime]:
    moment = datetime.fromisoformat(case.settings["clock"])
    return lambda: moment


def is_badge(case: Stored) -> bool:
    return str(case.settings["input"]).endswith((".png", ".svg"))


def _key(case: Stored) -> str:
    """What tells the evidence of two cases apart; most share the plain one."""
    own = case.name if len(list(case.folder.iterdir())) > 3 else ""
    return json.dumps([own, *(case.settings.get(name) for name in ("trust", "clock", "gone"))])


class Clients:
    """Verifiers and services, one for all cases of the same evidence: what was judged before must change nothing."""

    def __init__(self) -> None:
        self._verifiers: dict[str, Verifier] = {}
        self._services: dict[str, FlaskClient] = {}

    def verifier(self, case: Stored) -> Verifier:
        """The library's verifier for a case. A bundle that cannot be opened raises LcertError."""
        key = _key(case)
        if key not in self._verifiers:
            self._verifiers[key] = self._open(case)
        return self._verifiers[key]

    def _open(self, case: Stored) -> Verifier:
        evidence, clock = Evidence(case), _clock(case)
        sources: list[Any] = []
        for given in evidence.trust:
            if given.startswith("https://"):
                sources.append(PublishedSource(evidence.reader(given), base_url=given, clock=clock))
            else:
                sources.extend(Verifier.from_bundle(given, clock=clock).sources)
        return Verifier(sources, clock=clock)

    def by_library(self, case: Stored) -> Answer:
        """A bundle that cannot be opened is trust that cannot be had: the other clients say so in a Report."""
        report = self.report(case)
        return (
            ("indeterminate", "trust_unavailable")
            if report is None
            else (report.verdict.value, report.code.value)
        )

    def report(self, case: Stored) -> Report | None:
        """The library's whole Report; None when a bundle cannot be opened."""
        ask: dict[str, Any] = {
            name: datetime.fromisoformat(case.settings[name])
            for name in ("at", "known_at")
            if name in case.settings
        }
        data = input_of(case)
        try:
            verifier = self.verifier(case)
        except LcertError:
            return None
        judge = verifier.verify_badge if is_badge(case) else verifier.verify
        return judge(data, domain=case.settings.get("domain"), **ask)

    def by_service(self, case: Stored) -> Answer:
        """`POST /v1/verify` of the service's app."""
        key = _key(case)
        if key not in self._services:
            evidence = Evidence(case)
            app = create_verifier_app(trust=evidence.trust, clock=_clock(case), fetcher=evidence)  # type: ignore[arg-type]
            self._services[key] = app.test_client()
        reply = self._services[key].post("/v1/verify", **request_of(case))
        body = reply.get_json()
        assert reply.status_code == 200, f"{case.name}: {body}"
        return body["verdict"], body["code"]


def request_of(case: Stored) -> dict[str, Any]:
    """The keyword arguments of a test client's post."""
    ask = {name: case.settings[name] for name in ("at", "known_at", "domain") if name in case.settings}
    data = input_of(case)
    if is_badge(case):
        # Written out here: the test client would spool a large upload to a file and leave it open.
        fields = b"".join(_part(f'name="{name}"', value.encode()) for name, value in ask.items())
        badge = _part(f'name="badge"; filename="{case.settings["input"]}"', data)
        kind = f"multipart/form-data; boundary={_BOUNDARY}"
        return {"data": fields + badge + f"--{_BOUNDARY}--\r\n".encode(), "content_type": kind}
    return {"json": {"token": data.decode("utf-8", "replace"), **ask}}


_BOUNDARY = "----case-of-the-corpus"


def _part(disposition: str, data: bytes) -> bytes:
    head = f"--{_BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n"
    return head.encode() + data + b"\r\n"


def arguments_of(case: Stored, where: Path) -> list[str]:
    """The command line of `lcert-verify` for a case; an input made on the fly is written to `where`."""
    path = case.input
    if case.made:
        path = where / case.settings["input"]
        path.write_bytes(input_of(case))
    arguments = [str(path), "--json"]
    for name, option in (("at", "--at"), ("known_at", "--known-at"), ("domain", "--domain")):
        if name in case.settings:
            arguments.append(f"{option}={case.settings[name]}")
    for given in Evidence(case).trust:
        arguments += ["--trust", given]
    return arguments


_EXITS = {"accepted": 0, "rejected": 1, "indeterminate": 2}


def by_command(case: Stored, where: Path) -> Answer:
    """`lcert-verify`, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(arguments_of(case, where), clock=_clock(case), fetcher=Evidence(case))  # type: ignore[arg-type]
    line = json.loads(out.getvalue())
    assert _EXITS[line["verdict"]] == code, f"{case.name}: exit {code} for {line['verdict']}"
    return line["verdict"], line["code"]


def disagreements(cases: Iterable[Stored], ask: Callable[[Stored], Answer]) -> list[str]:
    """The cases whose answer is not the right one, and what it was."""
    found = []
    for case in cases:
        try:
            answer: Answer | str = ask(case)
        except Exception as error:  # nothing may escape: a fault is a wrong answer too
            answer = f"{type(error).__name__}: {error}"
        if answer != (case.verdict, case.code):
            found.append(f"{case.name}: {answer}")
    return found
