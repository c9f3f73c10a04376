"""One verdict, whoever asks: every sample certificate and every fraud through the library (online and by bundle),
`lcert-verify`, the verifier's endpoints, the certificate page and the badge.

What each must be is written here by hand, from the programme's description of its samples.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.support.forking import QuickHome, Starter
from tests.support.programs import Reply, fetch, serving

from lcert_issuer.badge.bake import bake_png, bake_svg
from lcert_issuer.demo.frauds import forge
from lcert_verifier import Report, Verifier
from lcert_verifier.jose import b64u_decode, b64u_encode

pytestmark = pytest.mark.xdist_group("demo")

SECURINGS = ("vc+jwt", "openbadge", "compact")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A certificate of the sample programme, on its anchor day."""

    number: str
    state: str
    word: str
    """On the certificate page and on the badge."""
    editions: tuple[str, ...]
    """The code of each edition's tokens, from edition 1 on."""
    domain: str


SAMPLES = (
    Sample(
        number="LC-2024-0001",
        state="active",
        word="L Certified",
        editions=("expired", "valid"),
        domain="quillwater.example",
    ),
    Sample(
        number="LC-2024-0002",
        state="active",
        word="L Certified",
        editions=("expired", "superseded", "valid"),
        domain="fernglass.example",
    ),
    Sample(
        number="LC-2024-0003",
        state="suspended",
        word="Suspended",
        editions=("suspended",),
        domain="nightjar.example",
    ),
    Sample(
        number="LC-2024-0004",
        state="expired",
        word="Expired",
        editions=("expired",),
        domain="tallowpike.example",
    ),
    Sample(
        number="LC-2024-0005",
        state="withdrawn",
        word="Withdrawn",
        editions=("revoked",),
        domain="brackenfold.example",
    ),
    Sample(
        number="LC-2024-0006",
        state="active",
        word="L Certified",
        editions=("superseded", "valid"),
        domain="ostrobeat.example",
    ),
    Sample(
        number="LC-2025-0007",
        state="active",
        word="L Certified",
        editions=("superseded", "valid"),
        domain="marrowlight.example",
    ),
    Sample(
        number="LC-2025-0008",
        state="active",
        word="L Certified",
        editions=("valid",),
        domain="pellucid.example",
    ),
    Sample(
        number="LC-2025-0009",
        state="scheduled",
        word="Not started",
        editions=("not_yet_valid",),
        domain="hollowreed.example",
    ),
    Sample(
        number="LC-2025-0010",
        state="active",
        word="L Certified",
        editions=("valid",),
        domain="copperfen.example",
    ),
    Sample(
        number="LC-2025-0011",
        state="terminated",
        word="Ended",
        editions=("revoked",),
        domain="saltmeadow.example",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Something to judge, and the code it must get from everybody. A badge is a file, else it is a token."""

    name: str
    code: str
    token: str = ""
    badge: bytes | None = None
    domain: str | None = None

    @property
    def verdict(self) -> str:
        return "accepted" if self.code == "valid" else "rejected"


class Demo:
    """The served demo, and every way to ask about it."""

    def __init__(self, home: QuickHome, folder: Path) -> None:
        self.home = home
        self.folder = folder
        self.online = Verifier.online(home.base_url)
        (folder / "bundle.zip").write_bytes(fetch(f"{home.base_url}/bundle.zip").body)
        self.bundle = Verifier.from_bundle(folder / "bundle.zip")

    def get(self, path: str, **headers: str) -> Reply:
        return fetch(self.home.base_url + path, headers=headers)

    def token(self, number: str, edition: int, securing: str) -> str:
        suffix = {"vc+jwt": "jwt", "openbadge": "openbadge.jwt", "compact": "compact.jwt"}[securing]
        reply = self.get(f"/c/{number}/{edition}.{suffix}")
        assert reply.status == 200, reply.text
        return reply.text

    def post(self, path: str, body: Any) -> Any:
        reply = fetch(
            self.home.verifier_url + path,
            method="POST",
            body=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        assert reply.status == 200, reply.text
        return reply.json

    def upload(self, badge: bytes, domain: str | None) -> Any:
        limit = "----a-boundary-of-ours"
        parts = [b'name="badge"; filename="badge"\r\nContent-Type: application/octet-stream\r\n\r\n' + badge]
        if domain:
            parts.append(b'name="domain"\r\n\r\n' + domain.encode())
        body = b"".join(
            f"--{limit}\r\nContent-Disposition: form-data; ".encode() + part + b"\r\n" for part in parts
        )
        reply = fetch(
            self.home.verifier_url + "/v1/verify",
            method="POST",
            body=body + f"--{limit}--\r\n".encode(),
            headers={"Content-Type": f"multipart/form-data; boundary={limit}"},
        )
        assert reply.status == 200, reply.text
        return reply.json

    def commanded(self, cases: Sequence[Case], trust: str) -> list[dict[str, Any]]:
        """`lcert-verify --json`, all at once: tokens on standard input, badges as files."""
        found: list[dict[str, Any]] = []
        for domain in {case.domain for case in cases}:
            chosen = [case for case in cases if case.domain == domain]
            tokens = [case.token for case in chosen if case.badge is None]
            badges = [case.badge for case in chosen if case.badge is not None]
            files = []
            for number, badge in enumerate(badges):
                suffix = "png" if badge.startswith(b"\x89PNG") else "svg"
                files.append(self.folder / f"badge-{number}.{suffix}")
                files[-1].write_bytes(badge)
            inputs = [*(["-"] if tokens else []), *map(str, files)]
            asked = ["--domain", domain] if domain else []
            said = self.home.verify(*inputs, *asked, "--json", trust=trust, stdin="\n".join(tokens) + "\n")
            rejected = any(case.verdict == "rejected" for case in chosen)
            assert said.code == (1 if rejected else 0), said.err
            order = [c for c in chosen if c.badge is None] + [c for c in chosen if c.badge is not None]
            assert len(said.lines) == len(order)
            found += zip_names(order, said.lines)
        return found


def zip_names(cases: Sequence[Case], lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"case": case.name, **line} for case, line in zip(cases, lines, strict=True)]


@pytest.fixture(scope="module")
def demo(starter: Starter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    home = QuickHome(folder=folder / "var", starter=starter)
    ready = [f"{home.base_url}/readyz", f"{home.verifier_url}/readyz"]
    with serving(["demo"], env=home.env, ready=ready):
        yield Demo(home, folder)


@pytest.fixture(scope="module")
def cases(demo: Demo, template: QuickHome) -> list[Case]:
    return [*_samples(demo), *_frauds(demo, template)]


def _samples(demo: Demo) -> Iterator[Case]:
    for sample in SAMPLES:
        for edition, code in enumerate(sample.editions, start=1):
            for securing in SECURINGS:
                token = demo.token(sample.number, edition, securing)
                yield Case(name=f"{sample.number}/{edition} {securing}", code=code, token=token)
        for kind in ("png", "svg"):
            badge = demo.get(f"/badge/{sample.number}/baked.{kind}").body
            yield Case(name=f"{sample.number} {kind}", code=sample.editions[-1], badge=badge)
        at_home = demo.token(sample.number, len(sample.editions), "compact")
        yield Case(
            name=f"{sample.number} at home", code=sample.editions[-1], token=at_home, domain=sample.domain
        )


def _frauds(demo: Demo, stranger: QuickHome) -> Iterator[Case]:
    files = demo.home.folder / "samples"
    canonical, badge = (demo.token("LC-2024-0001", 2, securing) for securing in SECURINGS[:2])
    picture = (files / "LC-2024-0001.png").read_bytes()
    forged = (files / "forged-LC-2024-0002.jwt").read_text()
    yield Case(name="forged", code="bad_signature", token=forged)
    superseded = (files / "superseded-LC-2025-0007.jwt").read_text()
    yield Case(name="an edition that was replaced", code="superseded", token=superseded)
    for name, given in (("token", {"token": canonical}), ("badge", {"badge": picture})):
        yield Case(
            name=f"{name} on another domain", code="domain_mismatch", domain="grimsbybeats.example", **given
        )
    header, payload, signature = canonical.split(".")
    lie = b64u_encode(b64u_decode(payload).replace(b"Quillwater Audio", b"Quillwaler Audio", 1))
    yield Case(name="one letter of the name", code="bad_signature", token=f"{header}.{lie}.{signature}")
    spoiled = signature[:40] + ("A" if signature[40] != "A" else "B") + signature[41:]
    yield Case(
        name="one character of the signature", code="bad_signature", token=f"{header}.{payload}.{spoiled}"
    )
    yield Case(name="one character less", code="malformed", token=canonical[:-1])
    yield Case(
        name="another's signature", code="bad_signature", token=f"{header}.{payload}.{badge.split('.')[2]}"
    )
    for path in ("status/token/1", "status/bitstring/revocation/1"):
        listed = demo.get(f"/{path}").text
        yield Case(name=path, code="wrong_type", token=listed)
    number = stranger.lcert("list", "--json").object["number"]
    for securing in SECURINGS:
        foreign = stranger.lcert("token", number, "--securing", securing).out.strip()
        yield Case(name=f"another issuer's {securing}", code="untrusted_issuer", token=foreign)
    unsigned = b64u_encode(json.dumps({**json.loads(b64u_decode(header)), "alg": "none"}).encode())
    yield Case(name="alg none", code="bad_signature", token=f"{unsigned}.{payload}.")
    yield Case(name="no token", code="malformed", token="LC-2024-0001")
    for kind, bake in (("png", bake_png), ("svg", bake_svg)):
        plain = demo.get(f"/badge/LC-2024-0001.{kind}").body
        yield Case(name=f"{kind} with a forged badge", code="bad_signature", badge=bake(plain, forge(badge)))
        yield Case(name=f"{kind} with another securing", code="wrong_type", badge=bake(plain, canonical))
        yield Case(name=f"{kind} with nothing in it", code="malformed", badge=plain)


def _said(report: Report | dict[str, Any]) -> dict[str, Any]:
    """What a report says, but for when its evidence was fetched."""
    body = report.to_json() if isinstance(report, Report) else report
    return {name: body[name] for name in ("verdict", "code", "sentence", "credential")} | {
        "outcomes": [(check["name"], check["outcome"]) for check in body["checks"]]
    }


def _judge(verifier: Verifier, case: Case) -> Report:
    if case.badge is not None:
        return verifier.verify_badge(case.badge, domain=case.domain)
    return verifier.verify(case.token, domain=case.domain)


def test_the_library_gives_what_the_programme_says(demo: Demo, cases: list[Case]) -> None:
    found = {case.name: _judge(demo.online, case) for case in cases}
    assert {name: report.code.value for name, report in found.items()} == {c.name: c.code for c in cases}
    assert {name: report.verdict.value for name, report in found.items()} == {
        c.name: c.verdict for c in cases
    }
    for case in cases:
        assert _said(_judge(demo.bundle, case)) == _said(found[case.name]), f"{case.name}, by bundle"


def test_the_command_says_the_same(demo: Demo, cases: list[Case]) -> None:
    by_name = {case.name: case for case in cases}
    for trust in (demo.home.base_url, str(demo.folder / "bundle.zip")):
        for line in demo.commanded(cases, trust):
            case = by_name[line["case"]]
            assert _said(line) == _said(_judge(demo.online, case)), (case.name, trust)


def test_the_endpoint_says_the_same(demo: Demo, cases: list[Case]) -> None:
    for case in cases:
        if case.badge is not None:
            said = demo.upload(case.badge, case.domain)
        else:
            asked = {"domain": case.domain} if case.domain else {}
            said = demo.post("/v1/verify", {"token": case.token, **asked})
        assert _said(said) == _said(_judge(demo.online, case)), case.name


def test_the_vc_api_says_the_same(demo: Demo, cases: list[Case]) -> None:
    for case in [case for case in cases if case.name.endswith("vc+jwt") or "signature" in case.name]:
        enveloped = {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "id": f"data:application/vc+jwt,{case.token}",
            "type": "EnvelopedVerifiableCredential",
        }
        reply = fetch(
            demo.home.verifier_url + "/credentials/verify",
            method="POST",
            body=json.dumps({"verifiableCredential": enveloped}).encode(),
            headers={"Content-Type": "application/json"},
        )
        assert reply.status == (200 if case.code == "valid" else 400), case.name
        assert reply.json["verified"] is (case.code == "valid")
        assert _said(reply.json["report"]) == _said(_judge(demo.online, case)), case.name


def test_the_batch_says_the_same_in_order(demo: Demo, cases: list[Case]) -> None:
    tokens = [case for case in cases if case.badge is None and case.domain is None]
    reports = demo.post("/v1/verify/batch", {"tokens": [case.token for case in tokens]})["reports"]
    assert [report["code"] for report in reports] == [case.code for case in tokens]
    lines = "".join(f"{case.token}\n" for case in tokens).encode()
    reply = fetch(
        demo.home.verifier_url + "/v1/verify/batch",
        method="POST",
        body=lines,
        headers={"Content-Type": "application/x-ndjson"},
    )
    assert [json.loads(line)["code"] for line in reply.body.splitlines()] == [case.code for case in tokens]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.number)
def test_page_record_badge_and_address_show_the_state(demo: Demo, sample: Sample) -> None:
    number, code = sample.number, sample.editions[-1]
    assert demo.get(f"/c/{number}.json").json["state"] == sample.state
    page = demo.get(f"/c/{number}").text
    badge = demo.get(f"/badge/{number}.svg").text
    green = sample.state == "active"
    for text, where in ((page, "page"), (badge, "badge")):
        assert ("L CERTIFIED" in text.upper()) is green, where
    assert sample.word.lower() in badge.lower()
    assert ("tone-active" in page) is green
    shields = demo.get(f"/badge/{number}/shields.json").json
    assert ("certified" in shields["message"].lower()) is green
    listed = [c for c in demo.get("/directory.json").json["certificates"] if c["number"] == number]
    assert [each["state"] for each in listed] == [sample.state]

    url = f"{demo.home.base_url}/c/{number}"
    assert demo.post("/v1/verify", {"url": url})["code"] == code
    said = demo.home.verify(url.upper().replace("HTTP://", "http://"), "--json")
    assert said.object["code"] == code
    canonical = demo.get(f"/c/{number}", Accept="application/vc+jwt").text
    assert canonical == demo.token(number, len(sample.editions), "vc+jwt")
    assert demo.home.lcert("show", number, "--json").object["state"] == sample.state


def test_every_certificate_is_in_the_table(demo: Demo) -> None:
    assert [line["number"] for line in demo.home.lcert("list", "--json").lines] == [s.number for s in SAMPLES]
    for sample in SAMPLES:
        record = demo.get(f"/c/{sample.number}.json").json
        assert len(record["editions"]) == len(sample.editions)


def test_the_copied_badge_leads_to_the_holders_page(demo: Demo) -> None:
    """The page of the shop shows a true badge: only the domain tells, and the page names it first."""
    shop = (demo.home.folder / "samples" / "grimsbybeats.example.html").read_text()
    assert f'href="{demo.home.base_url}/c/LC-2024-0001"' in shop
    assert "quillwater.example" in demo.get("/c/LC-2024-0001").text


def test_a_second_demo_keeps_the_data_and_minds_the_port(demo: Demo) -> None:
    before = (demo.home.folder / "highwater.json").read_bytes()
    other = demo.home.lcert("demo", more={"LCERT_PUBLIC_PORT": "1"})
    assert other.code == 1
    assert f"LCERT_PUBLIC_PORT={demo.home.public_port}" in other.err
    assert str(demo.home.folder) in other.err
    assert (demo.home.folder / "highwater.json").read_bytes() == before
