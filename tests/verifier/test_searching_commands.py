"""`lcert-verify find`, `changes`, `sbom`, `ci`, `receipt`, `page` from a bundle, and many inputs at once."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.support.chronicle import Chronicle, keep_chronicle
from tests.support.images import credential, png

from lcert_issuer import steps
from lcert_verifier import command
from lcert_verifier.fetch import Fetcher
from lcert_verifier.lookup import Lookup
from lcert_verifier.parts import Covered, DataBasis, Identifier
from lcert_verifier.report import Report, Verdict
from lcert_verifier.requirements import Answer, check_requirement, parse_requirements
from lcert_verifier.sbom import to_cyclonedx
from lcert_verifier.vocabulary import Securing
from lcert_verifier.wording import describe_found

GOOD, STOPPED = "LC-2026-0001", "LC-2026-0002"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chronicle]:
    with keep_chronicle(tmp_path_factory.mktemp("searching")) as chronicle:
        chronicle.to("2027-01-04")
        assert chronicle.bench.issue() == GOOD
        chronicle.bench.issue(
            holder__legalName="Nightjar Voiceworks Inc",
            holder__domains__0__name="nightjar.example",
            scope__covered__0__name="Nightjar Narrator",
            scope__covered__0__ids=[{"type": "sha256", "value": "ab" * 32}],
        )
        chronicle.to("2027-01-20")
        chronicle.bench.desk.suspend(STOPPED, reason="undisclosed-change")
        chronicle.publish()
        yield chronicle


class Desk:
    """A folder with a bundle, and the command run in it."""

    def __init__(self, kept: Chronicle, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
        self.kept, self.folder, self._capfd = kept, folder, capfd
        self.now = kept.now
        self.bundle = folder / "l.zip"
        self.bundle.write_bytes(kept.read("bundle.zip"))
        self.out = self.err = ""

    def __call__(self, *arguments: str | Path, trust: bool = True) -> int:
        words = [*map(str, arguments), *(["--trust", str(self.bundle)] if trust else [])]
        code = command.main(words, clock=lambda: self.now, fetcher=Fetcher(deadline=1))
        self.out, self.err = self._capfd.readouterr()
        return code

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    def write(self, name: str, data: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path


@pytest.fixture
def desk(kept: Chronicle, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Desk:
    return Desk(kept, tmp_path, capfd)


@pytest.mark.parametrize(
    ("words", "code", "numbers"),
    [
        ([], 0, [GOOD, STOPPED]),
        (["--number", GOOD], 0, [GOOD]),
        (["--domain", "www.nightjar.example"], 0, [STOPPED]),
        (["--lei", "999900QUILLWATER0155"], 0, [GOOD, STOPPED]),
        (["--registration", "GB-COH 99000001"], 0, [GOOD, STOPPED]),
        (["--holder", "nightjar"], 0, [STOPPED]),
        (["--hf", "quillwater/compose-3@4f1c2d9"], 0, [GOOD]),
        (["--hf", "quillwater/compose-4"], 1, []),
        (["--sha256", "ab" * 32], 0, [STOPPED]),
        (["--url", "https://quillwater.example/compose"], 0, [GOOD]),
        (["--covers", "Quillwater Compose@3.1"], 0, [GOOD]),
        (["--covers", "Quillwater Compose@4"], 1, [GOOD]),
        (["--covers", "Quillwater Compose@nightly"], 2, [GOOD]),
        (["--state", "suspended"], 0, [STOPPED]),
        (["--state", "withdrawn"], 1, []),
        (["--at", "2030-01-01", "--state", "expired"], 0, [GOOD, STOPPED]),
    ],
)
def test_find_answers_by_what_is_asked(desk: Desk, words: list[str], code: int, numbers: list[str]) -> None:
    assert desk("find", "--offline", "--json", *words) == code
    assert [line["number"] for line in desk.lines] == numbers
    assert desk("find", "--offline", *words) == code
    assert f"{len(numbers)} found" in desk.out


def test_find_tells_a_person_what_matters(desk: Desk) -> None:
    assert desk("find", "--covers", "Nightjar Narrator@3.5") == 0
    for text in (
        "LC-2026-0002  suspended, undisclosed-change",
        "covered: yes, Nightjar Narrator >=3.0,<4",
        "not covered: Prompt assistant",
        "data: explicit-license, 80-90 %",
        "criteria L-2026.1, assessed on 2026-12-24",
    ):
        assert text in desk.out


def test_an_expired_bundle_is_searched_with_a_warning(desk: Desk) -> None:
    desk.now += timedelta(days=8)
    assert desk("find", "--number", GOOD) == 0
    assert "the bundle has expired" in desk.err


def test_a_bundle_that_cannot_be_used_is_not_searched(desk: Desk) -> None:
    desk.bundle.write_bytes(b"PK")
    assert desk("find") == 2
    assert "cannot be used" in desk.err


def test_changes_follow_one_another(desk: Desk) -> None:
    assert desk("changes", "--since", "0", "--json") == 0
    *events, last = desk.lines
    assert [event["position"] for event in events] == list(range(last["next"]))
    assert desk("changes", "--since", str(last["next"] - 1)) == 0
    first, second = desk.out.splitlines()
    assert first.endswith("suspended  LC-2026-0002  undisclosed-change")
    assert second == f"next: {last['next']}"
    assert desk("changes", "--since", "-1") == 64


def test_the_cyclonedx_document_is_valid_by_its_strict_schema(desk: Desk) -> None:
    validation = pytest.importorskip("cyclonedx.validation.json")
    validator = validation.JsonStrictValidator(pytest.importorskip("cyclonedx.schema").SchemaVersion.V1_6)
    for number, state in ((GOOD, "active"), (STOPPED, "suspended")):
        assert desk("sbom", number) == 0
        assert validator.validate_str(desk.out) is None
        document = json.loads(desk.out)
        assert {"name": "lcert:state", "value": state} in document["metadata"]["properties"]
        references = _references(document)
        assert references["used"] <= references["made"], references["used"] - references["made"]
    assert desk("sbom", "LC-2026-9999") == 1
    out = desk.folder / "bom.json"
    assert desk("sbom", GOOD, "--out", out) == 0
    (component,) = json.loads(out.read_text(encoding="utf-8"))["components"]
    assert component["purl"] == "pkg:huggingface/quillwater/compose-3@4f1c2d9"


def test_what_a_certificate_does_not_tell_is_in_no_bom(kept: Chronicle) -> None:
    found = Lookup.from_bundle(kept.read("bundle.zip"), clock=lambda: kept.now).get(GOOD)
    assert found is not None
    covered = (
        Covered(kind="product", name="Studio", modality="music"),
        Covered(kind="model", name="Tiny", ids=(Identifier(type="url", value="https://x.example/m"),)),
        Covered(kind="model", name="Hub", modality="text", ids=(Identifier(type="hf", value="q/hub"),)),
    )
    basis = (DataBasis(basis="owned"), DataBasis(basis="open-license", licenses=("CC0-1.0",)))
    scope = replace(found.scope, covered=covered)
    bare = replace(found, scope=scope, data_basis=basis, token_url=None, criteria=None, state="withdrawn")
    document = to_cyclonedx(bare, issuer="did:web:x.example", issuer_name="X", made_at=kept.now)
    studio, tiny, hub = document["components"]
    assert set(studio) == {"type", "bom-ref", "name"}
    assert tiny["externalReferences"] == [{"type": "distribution", "url": "https://x.example/m"}]
    assert "modelCard" not in tiny
    assert hub["purl"] == "pkg:huggingface/q/hub"
    assert hub["modelCard"]["modelParameters"]["outputs"] == [{"format": "text"}]
    (report,) = document["metadata"]["component"]["externalReferences"]
    assert report["type"] == "certification-report"
    predicates = {claim["predicate"].partition("; ")[2] for claim in document["declarations"]["claims"]}
    assert predicates == {"", "CC0-1.0"}
    assert "criteria" not in describe_found(bare)


def test_an_origin_that_is_trusted_itself_is_asked_about_what_is_required(
    kept: Chronicle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the bundle says is not enough then: a withdrawal since would be in the status list."""
    found = Lookup.from_bundle(kept.read("bundle.zip"), clock=lambda: kept.now).get(GOOD)
    assert found is not None
    file = tmp_path / "lcert.toml"
    file.write_text(f'[[require]]\nnumber = "{GOOD}"\n\n[[require]]\nnumber = "{STOPPED}"\n')
    fetcher = cast(Fetcher, SimpleNamespace(reader=lambda _: kept.read))
    words = ["ci", str(file), "--trust", found.url.partition("/c/")[0], "--json"]
    assert command.main(words, clock=lambda: kept.now, fetcher=fetcher) == 1
    good, stopped = map(json.loads, capsys.readouterr().out.splitlines())
    assert (good["verdict"], stopped["verdict"]) == ("accepted", "rejected")


def test_positions_belong_to_one_issuer(desk: Desk) -> None:
    assert desk("changes", "--trust", desk.bundle) == 64
    assert "give one --trust" in desk.err


def test_without_a_history_changes_are_told_and_nothing_is_green(desk: Desk) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps, "MOST_HISTORY", 0)
        desk.kept.publish()
    desk.write("l.zip", desk.kept.read("bundle.zip"))
    desk.kept.publish()
    assert desk("changes") == 2
    assert "entries about keys are missing" in desk.err
    assert f"{STOPPED}/1" in desk.out


def test_what_cannot_be_written_or_reached_is_told(desk: Desk) -> None:
    assert desk("sbom", GOOD, "--out", desk.folder / "none" / "bom.json") == 64
    assert desk("receipt", "--new-key", desk.folder, trust=False) == 64
    token = desk.write("a.jwt", desk.kept.token(GOOD))
    assert desk("receipt", token, "--key", "http://127.0.0.1:9/jwks.json", trust=False) == 2
    assert "the key cannot be read" in desk.err
    assert desk("receipt", token, "--key", "{}", trust=False) == 64
    assert desk(token, "--jobs", "0") == 64
    assert desk(token, "--quiet") == 0
    assert desk.out == ""
    damaged = desk.write("damaged.zip", "x")
    for words in (["changes"], ["find"], ["sbom", GOOD]):
        assert desk(*words, "--trust", damaged, trust=False) == 2, words
        assert "nothing that is trusted can be searched" in desk.err


def _references(document: Any) -> dict[str, set[str]]:
    """Every bom-ref that is made, and every one that declarations use."""
    made: set[str] = set()
    used: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if "bom-ref" in value:
                assert value["bom-ref"] not in made
                made.add(value["bom-ref"])
            for name in ("assessor", "requirement", "target"):
                if isinstance(value.get(name), str):
                    used.add(value[name])
            for name in ("claims", "evidence"):
                used.update(item for item in value.get(name, ()) if isinstance(item, str))
            for member in value.values():
                walk(member)
        elif isinstance(value, list):
            for item in value:
                walk(item)

    walk(document)
    return {"made": made, "used": used}


NEEDS = """
trust = ["l.zip"]

[[require]]
hf = "quillwater/compose-3"
revision = "4f1c2d9"
covers = "Quillwater Compose"
version = "3.1"
bases = ["explicit-license", "owned"]
"""


def test_requirements_that_are_met_pass(desk: Desk) -> None:
    file = desk.write("lcert.toml", NEEDS)
    assert desk("ci", file, trust=False) == 0
    assert desk.out.startswith("ok  Quillwater Compose 3.1  LC-2026-0001: Quillwater Compose >=3.0,<4")
    assert desk("ci", file, "--json") == 0
    assert desk.lines[0]["verdict"] == "accepted"


@pytest.mark.parametrize(
    ("change", "code", "detail"),
    [
        (('"3.1"', '"4.0"'), 1, "covered is only Quillwater Compose >=3.0,<4"),
        (('"3.1"', '"nightly"'), 2, "cannot be told"),
        (('"4f1c2d9"', '"aaaaaaa"'), 1, "no certificate is known for this"),
        (('["explicit-license", "owned"]', '["owned"]'), 1, "its data stands on explicit-license too"),
        (('hf = "quillwater/compose-3"\nrevision = "4f1c2d9"\n', ""), 0, "through 2028-01-03"),
    ],
)
def test_requirements_say_why_they_are_not_met(
    desk: Desk, change: tuple[str, str], code: int, detail: str
) -> None:
    assert change[0] in NEEDS
    file = desk.write("lcert.toml", NEEDS.replace(*change))
    assert desk("ci", file) == code
    assert detail in desk.out


def test_a_lapsed_certificate_fails_the_build_and_an_ending_one_warns(desk: Desk) -> None:
    file = desk.write("lcert.toml", f'[[require]]\nnumber = "{STOPPED}"\n')
    assert desk("ci", file) == 1
    assert "the certificate is suspended, undisclosed-change" in desk.out
    file = desk.write("lcert.toml", f'[[require]]\nnumber = "{GOOD}"\nwarn_days = 366\n')
    assert desk("ci", file) == 0
    assert "warning: it ends in 348 days" in desk.out
    desk.now += timedelta(days=8)
    assert desk("ci", file) == 2, "an expired bundle cannot say how things are"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "require: is missing"),
        ("[[require]]\n", "require[0]: must say which certificate"),
        ('[[require]]\nnumer = "x"\n', "require[0].numer: is not a member"),
        ('[[require]]\nnumber = "x"\nversion = "3"\n', "require[0].version: needs covers"),
        ('[[require]]\nnumber = "x"\nbases = ["fair-use"]\n', "require[0].bases[0]: must be one of"),
        ('[[require]]\nnumber = "x"\nwarn_days = true\n', "require[0].warn_days: must be an integer"),
        ("trust = [1]\n[[require]]\nnumber = 'x'\n", "trust: must be a list"),
        ("number =", "is not TOML"),
    ],
)
def test_requirements_that_cannot_be_read_are_wrong_usage(desk: Desk, text: str, problem: str) -> None:
    assert desk("ci", desk.write("lcert.toml", text)) == 64
    assert problem in desk.err


def test_receipts_are_written_and_checked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    key, receipts = desk.folder / "key.jwk", desk.folder / "receipts"
    assert desk("receipt", "--new-key", key, trust=False) == 0
    public = desk.write("public.json", desk.out)
    with monkeypatch.context() as patch:
        patch.setenv("LCERT_RECEIPT_KEY", str(key))
        good = desk.write("good.jwt", desk.kept.token(GOOD))
        bad = desk.write("bad.jwt", desk.kept.token(STOPPED))
        assert desk(good, bad, "--receipts", receipts, "--domain", "quillwater.example") == 1
        assert desk(good, "--receipts", desk.folder) == 64, "a folder"
        assert "cannot be written" in desk.err
    assert desk("receipt", receipts, "--key", public, "--json", trust=False) == 0
    assert [line["code"] for line in desk.lines] == ["valid", "suspended"]
    assert desk.lines[0]["domain"] == "quillwater.example"
    first = desk.write("first", receipts.read_text().splitlines()[0])
    assert desk("receipt", first, "--key", public.read_text(), "--of", good, trust=False) == 0
    assert desk.out.startswith("GENUINE  accepted (valid)")
    assert desk("receipt", first, "--key", public, "--of", bad, trust=False) == 1
    assert desk("receipt", first, trust=False) == 2
    assert desk("receipt", good, "--key", public, trust=False) == 1
    assert desk("receipt", first, "--key", desk.folder / "none", trust=False) == 64
    assert desk(good, "--receipts", receipts) == 64, "no key"


def test_a_page_in_a_file_is_judged_for_the_host_given(desk: Desk) -> None:
    drawing = png(credential(desk.kept.token(GOOD, 1, Securing.OPENBADGE).encode()))
    page = desk.write("p.html", f'<img src="data:image/png;base64,{base64.b64encode(drawing).decode()}">')
    assert desk("page", page, "--host", "quillwater.example") == 0
    assert "1 of 1 badges are genuine for quillwater.example" in desk.out
    assert desk("page", page, "--host", "grimsbybeats.example", "--json") == 1
    assert desk.lines[0]["badges"][0]["code"] == "domain_mismatch"
    assert desk("page", desk.write("empty.html", "<p>")) == 2
    assert desk("page", desk.folder / "missing.html") == 64


def test_a_folder_of_many_is_judged_by_several_processes_alike(desk: Desk) -> None:
    """Run as people run it: processes are forked from a program without threads."""
    folder = desk.folder / "badges"
    folder.mkdir()
    good, bad = desk.kept.token(GOOD), desk.kept.token(STOPPED)
    for n in range(130):
        (folder / f"{n:03d}.jwt").write_text(bad if n % 13 == 5 else good)
    (folder / "200.png").write_bytes(png(credential(desk.kept.token(GOOD, 1, Securing.OPENBADGE).encode())))
    (folder / "201.svg").write_bytes(b"<svg/>")
    outputs = [_run(desk, folder, "--jobs", jobs) for jobs in ("1", "3")]
    assert outputs[0] == outputs[1]
    code, out = outputs[0]
    assert code == 1
    assert out.endswith(
        "132 judged: 121 accepted, 11 rejected, 0 indeterminate\nnot accepted: 10 suspended, 1 malformed\n"
    )
    assert _run(desk, folder, "--jobs", "2", "--at", "2027-01-10") == (
        1,
        "REJECTED (malformed)  badges/201.svg\n"
        "  Not valid: this is not an L Certification, or it was damaged.\n"
        "  Because the XML is not an SVG\n"
        "132 judged: 131 accepted, 1 rejected, 0 indeterminate\nnot accepted: 1 malformed\n",
    )


def test_past_questions_to_several_processes_pass_over_trust_that_cannot_be_used(desk: Desk) -> None:
    files = [desk.write(f"{n}.jwt", desk.kept.token(GOOD)) for n in range(2)]
    damaged = desk.write("damaged.zip", b"PK")
    words = ("--jobs", "2", "--at", "2027-01-10", "--json", "--trust", damaged)
    assert desk(*files, *words) == 0
    assert [line["code"] for line in desk.lines] == ["valid", "valid"]


def _run(desk: Desk, folder: Path, *words: str) -> tuple[int, str]:
    """`lcert-verify` on the folder in a process of its own, at the chronicle's time."""
    moment = desk.now.isoformat()
    program = (
        "import sys; from datetime import datetime; from lcert_verifier.command import main; "
        f"sys.exit(main(clock=lambda: datetime.fromisoformat({moment!r})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, folder.name, "--trust", "l.zip", "--offline", "-q", *words],
        cwd=desk.folder,
        capture_output=True,
        text=True,
        timeout=60,
        env=dict(os.environ),
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_what_an_older_bundle_says_is_not_taken_for_an_edition_that_came_since(kept: Chronicle) -> None:
    """Somebody between keeps the origin's bundle back; the token that is judged may cover less than the bundle says."""
    lookup = Lookup.from_bundle(kept.read("bundle.zip"), clock=lambda: kept.now)
    (requirement,) = parse_requirements(NEEDS.encode()).require

    def answer(edition: int) -> Answer:
        report = SimpleNamespace(verdict=Verdict.ACCEPTED, credential=SimpleNamespace(edition=edition))
        return check_requirement(requirement, [lookup], lambda _: cast(Report, report), now=kept.now)

    assert answer(1).verdict is Verdict.ACCEPTED
    assert answer(2).verdict is Verdict.INDETERMINATE
    assert "edition 2 is in force" in answer(2).detail


def test_grounds_of_an_edition_that_is_not_at_hand_are_not_judged(kept: Chronicle) -> None:
    lookup = Lookup.from_bundle(kept.read("bundle.zip"), clock=lambda: kept.now)
    found = replace(lookup.find(number=GOOD)[0], is_current=False)
    (requirement,) = parse_requirements(f'[[require]]\nnumber = "{GOOD}"\nbases = ["owned"]'.encode()).require
    other = cast(Lookup, SimpleNamespace(find=lambda **_: [found]))
    assert check_requirement(requirement, [lookup], lambda _: None, now=kept.now).verdict is Verdict.REJECTED
    answer = check_requirement(requirement, [other], lambda _: None, now=kept.now)
    assert answer.verdict is Verdict.INDETERMINATE
