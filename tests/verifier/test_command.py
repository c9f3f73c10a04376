"""`lcert-verify` as people and scripts call it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.support.evidence import NOW, SoftKey, World
from tests.support.images import credential, png, svg

from lcert_verifier import command
from lcert_verifier.bundle import manifest_claims, write_bundle
from lcert_verifier.bundle_file import MANIFEST
from lcert_verifier.checkpoint import encode_checkpoint, sign_note
from lcert_verifier.commands.progress import Progress
from lcert_verifier.fetch import Fetcher
from lcert_verifier.inputs import Input
from lcert_verifier.jose import sign_compact
from lcert_verifier.links import Link, parse_link
from lcert_verifier.published import log_name, media_type
from lcert_verifier.report import Verdict
from lcert_verifier.vocabulary import Securing
from lcert_verifier.wording import plain

DAY = timedelta(days=1)


def bundle_of(world: World) -> bytes:
    """An offline bundle of what `world` publishes."""
    expires = int((world.now + 7 * DAY).timestamp())
    name = log_name(world.base_url)
    record = {"number": world.number, "currentEdition": world.edition}
    files = {
        "trust.json": world.trust_bytes(),
        "checkpoint": sign_note(
            encode_checkpoint(name, 10, bytes(32)), name, world.log.sign, world.log.public_key.raw()
        ).encode(),
        "records.jsonl": json.dumps(record).encode() + b"\n",
        "proofs.jsonl": b"",
        "status/token/1": world.status_token(bundle=True, exp=expires).encode(),
    }
    claims = manifest_claims(
        files,
        issuer=world.issuer,
        issued_at=world.now,
        expires_at=world.now + 7 * DAY,
        size=10,
        root=bytes(32),
    )
    header = {"alg": "ES256", "kid": f"{world.issuer}#{world.status.thumbprint}", "typ": "lc-bundle+jwt"}
    manifest = sign_compact(header, claims, world.status.sign)
    return write_bundle({**files, MANIFEST: manifest.encode()})


class Site:
    """A loopback issuer: `world` with what it publishes, served over HTTP."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.files: dict[str, bytes] = {}
        self.down = False
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.lstrip("/")
                site.asked.append(path)
                body = site.files.get(path)
                if site.down or body is None:
                    self.send_error(503 if site.down else 404)
                    return
                self.send_response(200)
                self.send_header("Content-Type", media_type(path))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        self.world = World(base_url=self.origin)
        self.publish()
        self.thread = threading.Thread(target=lambda: self.server.serve_forever(0.01), daemon=True)
        self.thread.start()

    def publish(self) -> None:
        world = self.world
        self.token = world.token()
        self.files = {
            "trust.json": world.trust_bytes(),
            "status/token/1": world.status_token().encode(),
            f"c/{world.number}.jwt": self.token.encode(),
            f"c/{world.number}/{world.edition}.jwt": self.token.encode(),
            "bundle.zip": bundle_of(world),
        }

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


@pytest.fixture
def site() -> Iterator[Site]:
    found = Site()
    yield found
    found.close()


class Command:
    """Calls `main` and keeps what it wrote."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch
        self.now = NOW
        self.out = self.err = ""

    def __call__(self, *arguments: str | Path, stdin: bytes = b"") -> int:
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        try:
            code = command.main(
                [str(item) for item in arguments], clock=lambda: self.now, fetcher=Fetcher(deadline=5)
            )
        finally:
            self.out, self.err = self._capsys.readouterr()
        return code

    @property
    def reports(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def codes(self) -> list[str]:
        return [report["code"] for report in self.reports]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    return Command(capsys, monkeypatch)


WORLD = World()


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundle") / "l.zip"
    path.write_bytes(bundle_of(WORLD))
    return path


GOOD = WORLD.token()
FORGED = WORLD.token(key=WORLD.stranger)
BADGE = WORLD.token(Securing.OPENBADGE)


def test_a_good_token_is_accepted(run: Command, bundle: Path) -> None:
    assert run(GOOD, "--trust", bundle) == 0
    assert run.out.startswith("ACCEPTED (valid)  token eyJ")
    assert WORLD.number in run.out
    assert "As of: keys 2026-11-23T12:00:00Z" in run.out
    assert run.err == ""


def test_the_worst_answer_gives_the_exit_code(run: Command, bundle: Path) -> None:
    elsewhere = "https://certs.example/v#" + GOOD
    assert run(GOOD, GOOD, "--trust", bundle) == 0
    assert "2 judged: 2 accepted, 0 rejected, 0 indeterminate" in run.out
    run.now = NOW + 8 * DAY
    assert run(GOOD, elsewhere, "--trust", bundle, "--json") == 2
    assert run.codes == ["status_stale", "status_stale"]
    assert run(GOOD, "x", "--trust", bundle, "--json") == 1
    assert run.codes == ["status_stale", "malformed"]


def test_json_is_one_report_a_line_with_its_input(run: Command, bundle: Path) -> None:
    assert run(GOOD, "nonsense", "", "--trust", bundle, "--json") == 1
    assert [report["input"] for report in run.reports] == [GOOD, "nonsense", ""]
    assert [report["verdict"] for report in run.reports] == ["accepted", "rejected", "rejected"]
    assert set(run.reports[0]) >= {"verdict", "code", "sentence", "checks", "credential", "as_of", "input"}
    assert run.out.isascii()


def test_files_are_read_by_what_they_are(run: Command, bundle: Path, tmp_path: Path) -> None:
    for name, body in {
        "a.jwt": GOOD.encode() + b"\n",
        "b.jwt": GOOD.encode() + b"\r\n",
        "c.png": png(credential(BADGE.encode())),
        "d.svg": svg(f'<openbadges:credential verify="{BADGE}"></openbadges:credential>'),
        "e": png(credential(BADGE.encode())),
        "f.txt": GOOD.encode(),
        "g.jwt": BADGE.encode(),
    }.items():
        (tmp_path / name).write_bytes(body)
        assert run(tmp_path / name, "--trust", bundle) == 0, name


def test_one_line_ending_is_stripped_and_no_more(run: Command, bundle: Path, tmp_path: Path) -> None:
    for body in (GOOD + "\n\n", " " + GOOD, GOOD + " \n", GOOD + "\r", "\ufeff" + GOOD, ""):
        (tmp_path / "x.jwt").write_bytes(body.encode())
        assert run(tmp_path / "x.jwt", "--trust", bundle, "--json") == 1, body[-5:]
        assert run.codes == ["malformed"]


def test_an_image_carries_an_open_badge_only(run: Command, bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(png(credential(GOOD.encode())))
    (tmp_path / "y.png").write_bytes(GOOD.encode())
    (tmp_path / "z.jwt").write_bytes(png(credential(BADGE.encode())))
    assert run(tmp_path / "x.png", tmp_path / "y.png", tmp_path / "z.jwt", "--trust", bundle, "--json") == 1
    assert run.codes == ["wrong_type", "malformed", "malformed"]


def test_a_folder_is_walked_for_tokens_and_badges(run: Command, bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "b.jwt").write_text(GOOD)
    (tmp_path / "a.PNG").write_bytes(png(credential(BADGE.encode())))
    (tmp_path / "deep" / "c.svg").write_bytes(svg())
    (tmp_path / "notes.txt").write_text("x")
    assert run(tmp_path, "--trust", bundle, "--json") == 1
    names = [str(Path(report["input"]).relative_to(tmp_path)) for report in run.reports]
    assert names == ["a.PNG", "b.jwt", str(Path("deep", "c.svg"))]
    assert "1 other file was passed over: folders are searched for .jwt, .png and .svg" in run.err
    (tmp_path / "notes.txt").unlink()
    run(tmp_path, "--trust", bundle, "--json")
    assert "passed over" not in run.err


def test_a_text_file_is_one_token_a_line(run: Command, bundle: Path, tmp_path: Path) -> None:
    file = tmp_path / "tokens.txt"
    file.write_text(f"{GOOD}\nnonsense\n{GOOD}\n")
    assert run(file, "--trust", bundle, "--json") == 1
    assert run.codes == ["valid", "malformed", "valid"]
    assert [(report["input"], report["line"]) for report in run.reports] == [
        (str(file), n) for n in (1, 2, 3)
    ]
    assert run(file, "--trust", bundle) == 1
    assert f"REJECTED (malformed)  {file}, line 2\n" in run.out
    assert run("LC-2026-0001", "--trust", bundle) == 64


def test_an_empty_folder_is_nothing_to_verify(run: Command, bundle: Path, tmp_path: Path) -> None:
    assert run(tmp_path, "--trust", bundle) == 64
    assert run("-", "--trust", bundle) == 64
    assert "nothing to verify" in run.err


def test_standard_input_is_one_token_a_line(run: Command, bundle: Path) -> None:
    lines = b"\n".join([GOOD.encode(), b"", FORGED.encode() + b"\r", b"\xff\xfe", GOOD.encode()])
    assert run("-", "--trust", bundle, "--json", stdin=lines) == 1
    assert (
        run.codes == ["valid", "malformed", "bad_signature", "malformed", "valid"]
        or run.codes[2] == "unknown_key"
    )
    assert [(report["input"], report["line"]) for report in run.reports] == [("-", n) for n in range(1, 6)]


def test_an_endless_line_is_one_malformed_token(run: Command, bundle: Path) -> None:
    lines = b"a" * 3_000_000 + b"\n" + GOOD.encode() + b"\n"
    assert run("-", "--trust", bundle, "--json", stdin=lines) == 1
    assert run.codes == ["malformed", "valid"]


@pytest.mark.parametrize("securing", list(Securing))
def test_every_securing_is_judged(run: Command, bundle: Path, securing: Securing) -> None:
    assert run(WORLD.token(securing), "--trust", bundle) == 0


def test_the_question_is_passed_on(run: Command, bundle: Path) -> None:
    host = WORLD.claims()["credentialSubject"]["holder"]["domains"][0]["name"]
    assert run(GOOD, "--trust", bundle, "--domain", host) == 0
    assert run(GOOD, "--trust", bundle, "--domain", "other.example", "--json") == 1
    assert run.codes == ["domain_mismatch"]
    assert run(GOOD, "--trust", bundle, "--at", "2031-01-01", "--json") == 1
    assert run.codes == ["expired"]
    assert run(GOOD, "--trust", bundle, "--at", "2020-01-01T00:00:00+02:00", "--json") == 1
    assert run.codes == ["not_yet_valid"]
    assert run(GOOD, "--trust", bundle, "--known-at", "2020-01-01", "--json") == 2
    assert run.codes == ["status_history_unavailable"]


def test_verbose_shows_every_check(run: Command, bundle: Path) -> None:
    assert run(FORGED, "--trust", bundle, "-v") in (1, 2)
    assert "form       ok" in run.out
    assert "domain     -" in run.out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--json"],
        ["--trust", "BUNDLE"],
        ["TOKEN", "--trust"],
        ["TOKEN", "--trust", "missing.zip"],
        ["TOKEN", "--trust", "certs.example"],
        ["TOKEN", "--trust", "http://certs.example"],
        ["TOKEN", "--trust", "https://certs.example/path"],
        ["TOKEN", "--trust", "https://certs.example", "--offline"],
        ["TOKEN", "--trust", "BUNDLE", "--nonsense"],
        ["TOKEN", "--trust", "BUNDLE", "--js"],
        ["TOKEN", "--trust", "BUNDLE", "--at", "yesterday"],
        ["TOKEN", "--trust", "BUNDLE", "--at", "2026-11-20T12:00:00"],
        ["TOKEN", "--trust", "BUNDLE", "--known-at", "2026-13-01"],
        ["missing.jwt", "--trust", "BUNDLE"],
        ["TOKEN", "missing.png", "--trust", "BUNDLE"],
        ["some/missing", "--trust", "BUNDLE"],
        ["https://certs.example/c/LC-2026-0001", "--trust", "BUNDLE", "--offline"],
        ["TOKEN"],
        ["bundle"],
        ["bundle", "nonsense"],
        ["bundle", "fetch"],
        ["bundle", "fetch", "https://certs.example"],
        ["bundle", "fetch", "certs.example", "--out", "x.zip"],
        ["bundle", "fetch", "http://certs.example", "--out", "x.zip"],
        ["bundle", "fetch", "https://certs.example", "--out", "no/such/folder/x.zip"],
        ["bundle", "update", "missing.zip"],
        ["bundle", "show", "missing.zip"],
        ["bundle", "show"],
    ],
)
def test_wrong_usage_is_64_and_judges_nothing(run: Command, bundle: Path, arguments: list[str]) -> None:
    given = [{"TOKEN": GOOD, "BUNDLE": str(bundle)}.get(item, item) for item in arguments]
    assert run(*given) == 64
    assert run.out == ""
    assert run.err.startswith("lcert-verify: ")
    assert "Traceback" not in run.err


@pytest.mark.parametrize("arguments", [["--help"], ["bundle", "--help"], ["bundle", "fetch", "--help"]])
def test_help_is_no_error(run: Command, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(*arguments)
    assert stopped.value.code == 0


def test_trust_comes_from_the_environment_unless_given(
    run: Command, bundle: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LCERT_TRUST", f" http://127.0.0.1:9 , {bundle},")
    assert run(GOOD) in (0, 2)
    monkeypatch.setenv("LCERT_TRUST", str(bundle))
    assert run(GOOD) == 0
    assert run(GOOD, "--trust", tmp_path / "missing.zip") == 64
    monkeypatch.setenv("LCERT_TRUST", " , ")
    assert run(GOOD) == 64
    monkeypatch.delenv("LCERT_TRUST")


@pytest.mark.parametrize("body", [b"", b"nonsense", b"PK\x03\x04"])
def test_a_bundle_that_cannot_be_used_accepts_nothing(run: Command, tmp_path: Path, body: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(body)
    assert run(GOOD, "--trust", tmp_path / "x.zip", "--json") == 2
    assert run.codes == ["trust_unavailable"]
    assert "cannot be used" in run.err


def test_an_origin_is_trusted_online(run: Command, site: Site) -> None:
    assert run(site.token, "--trust", site.origin + "/", "--json") == 0
    assert site.asked == ["trust.json", "status/token/1"]
    site.world.set_status(1)
    site.publish()
    assert run(site.token, "--trust", site.origin, "--json") == 1
    assert run.codes == ["revoked"]


def test_an_origin_that_does_not_answer_leaves_everything_open(run: Command, site: Site) -> None:
    site.down = True
    assert run(site.token, "--trust", site.origin, "--json") == 2
    assert run.codes == ["trust_unavailable"]
    site.close()
    assert run(site.token, "--trust", site.origin, "--json") == 2
    assert run.codes == ["trust_unavailable"]


def test_an_origin_is_that_issuer_and_no_other(run: Command, site: Site) -> None:
    assert run(GOOD, "--trust", site.origin, "--json") == 1
    assert run.codes == ["untrusted_issuer"]
    site.files["trust.json"] = WORLD.trust_bytes()
    assert run(GOOD, "--trust", site.origin, "--json") == 2
    assert run.codes == ["trust_unavailable"]


@pytest.mark.parametrize(
    "form",
    [
        "{}/c/LC-2026-0001",
        "{}/C/LC-2026-0001",
        "{}/c/lc-2026-0001/",
        "{}/c/LC-2026-0001.jwt",
        "{}/c/LC-2026-0001/1",
        "{}/C/LC-2026-0001?utm=x",
        "{}/c/LC-2026-0001#top",
    ],
)
@pytest.mark.parametrize("upper", [False, True])
def test_a_certificate_address_is_fetched_from_the_trusted_origin(
    run: Command, site: Site, form: str, upper: bool
) -> None:
    url = form.format(site.origin)
    url = url.upper() if upper else url
    assert run(url, "--trust", site.origin, "--json") == 0
    assert run.reports[0]["input"] == url
    assert site.asked[0].startswith("c/LC-2026-0001")


def test_an_address_elsewhere_is_refused_unasked(run: Command, site: Site, bundle: Path) -> None:
    url = f"{site.origin}/c/LC-2026-0001"
    assert run(url, "--trust", bundle, "--json") == 1
    assert run.codes == ["untrusted_issuer"]
    assert run.reports[0]["verdict"] == "rejected"
    assert [check["outcome"] for check in run.reports[0]["checks"]].count("failed") == 1
    assert site.asked == []


def test_an_address_without_certificate_is_told_apart_from_silence(run: Command, site: Site) -> None:
    assert run(f"{site.origin}/c/LC-2026-0009", "--trust", site.origin, "--json") == 1
    assert run.codes == ["malformed"]
    assert "publishes no certificate" in run.out
    site.down = True
    assert run(f"{site.origin}/c/LC-2026-0001", "--trust", site.origin, "--json") == 2
    assert run.codes == ["trust_unavailable"]


def test_an_address_that_answers_with_another_certificate_is_refused(run: Command, site: Site) -> None:
    site.files["c/LC-2026-0009.jwt"] = site.token.encode()
    assert run(f"{site.origin}/c/LC-2026-0009", "--trust", site.origin, "--json") == 1
    assert run.codes == ["malformed"]
    site.files["c/LC-2026-0001/2.jwt"] = site.token.encode()
    assert run(f"{site.origin}/c/LC-2026-0001/2", "--trust", site.origin, "--json") == 1


def test_an_offline_code_carries_its_token(run: Command, bundle: Path) -> None:
    token = WORLD.token(Securing.COMPACT)
    assert run(f"https://certs.example/v#{token}", "--trust", bundle, "--offline", "--json") == 0
    assert run(f"https://certs.example/v#{token}x", "--trust", bundle, "--offline", "--json") == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://",
        "https://certs.example/",
        "https://certs.example/x",
        "https://user@certs.example/c/LC-2026-0001",
        "http://certs.example/c/LC-2026-0001",
        "https://certs.example/c/",
        "https://certs.example/c/LC-26-1",
        "https://certs.example/c/LC-2026-0001/../x",
        "https://certs.example\\@x/c/LC-2026-0001",
        "https://certs.example/c/" + "9" * 80_000,
    ],
)
def test_what_is_no_certificate_address_is_malformed(run: Command, bundle: Path, url: str) -> None:
    assert run(url, "--trust", bundle, "--json") == 1
    assert run.codes == ["malformed"]


def test_links_have_one_meaning() -> None:
    assert parse_link("HTTPS://CERTS.EXAMPLE/C/LC-2026-0001") == Link(
        origin="https://certs.example", number="LC-2026-0001"
    )
    assert parse_link("https://certs.example/c/LC-2026-0001/3.jwt").path == "c/LC-2026-0001/3.jwt"
    assert parse_link("https://certs.example/v?x#a.b.c").token == "a.b.c"


def test_offline_with_a_bundle_opens_no_socket(
    run: Command, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    assert run(GOOD, "--trust", bundle, "--offline") == 0
    assert run(GOOD, "--trust", bundle) == 0


def test_a_bundle_is_fetched_updated_and_shown(run: Command, site: Site, tmp_path: Path) -> None:
    path = tmp_path / "l.zip"
    run.now = NOW + timedelta(hours=5)
    assert run("bundle", "fetch", site.origin, "--out", path) == 0
    assert site.world.root.thumbprint in run.out
    assert "5 h ago" in run.out
    assert "Compare its thumbprint" in run.out
    assert run("bundle", "update", path) == 0
    assert "Nothing newer" in run.out
    assert run("bundle", "show", path, "--json") == 0
    assert run.reports[0]["root_pin"] == site.world.root.thumbprint
    assert run.reports[0]["age_seconds"] == 5 * 3600
    assert run(site.token, "--trust", path, "--offline") == 0
    run.now = NOW + 9 * DAY
    assert run("bundle", "show", path) == 0
    assert "EXPIRED" in run.out


def test_a_bundle_refused_is_1_and_one_not_reached_is_2(run: Command, site: Site, tmp_path: Path) -> None:
    path = tmp_path / "l.zip"
    assert run("bundle", "fetch", site.origin, "--out", path) == 0
    site.world.root = SoftKey()
    site.publish()
    assert run("bundle", "update", path) == 1
    assert "refused" in run.err
    site.down = True
    assert run("bundle", "update", path) == 2
    assert run("bundle", "fetch", site.origin, "--out", path) == 2
    (tmp_path / "bad.zip").write_bytes(b"x")
    assert run("bundle", "show", tmp_path / "bad.zip") == 1


def test_nothing_from_a_credential_steers_the_terminal() -> None:
    assert plain("a\x1b[2Jb\nc\u202ed\u200be") == "a\\x1b[2Jb\\nc\\u202ed\\u200be"
    assert plain("日本 שלום é") == "日本 שלום é"


def test_a_long_token_is_shortened_for_people() -> None:
    assert Input(name=GOOD, token=GOOD).title == f"token {GOOD[:16]}… ({len(GOOD)} characters)"
    assert Input(name="-", token=GOOD, more={"line": 3}).title == "line 3"


def test_it_writes_to_any_stream_and_ends_when_it_is_interrupted(
    run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
        assert command.main([GOOD, "--trust", "/nowhere/l.zip"], clock=lambda: NOW) == 64
    assert "there is no bundle" in said.getvalue()

    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("lcert_verifier.commands.verifying.run", interrupted)
    assert run(GOOD) == 130


def test_progress_is_shown_to_people_only(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    shown = Terminal()
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    ticks = iter(range(1000))
    progress = Progress(shown, 100, clock=lambda: float(next(ticks)))
    for done in range(1, 101):
        progress.show(done)
    progress.clear()
    assert "[###############...............] 50 of 100 judged, 50 s left" in shown.getvalue()
    unknown = Terminal()
    Progress(unknown, None, clock=lambda: 0.0).show(7)
    assert unknown.getvalue() == "\r\x1b[K7 judged", "of how many is not known"
    quiet = io.StringIO()
    Progress(quiet, 100).show(50)
    assert quiet.getvalue() == ""


def test_the_program_runs_by_its_name(bundle: Path, tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("lcert-verify")
    now = datetime.now(NOW.tzinfo)
    world = World(now=now.replace(microsecond=0))
    (tmp_path / "l.zip").write_bytes(bundle_of(world))
    done = subprocess.run(
        [program, "-", "--trust", "l.zip", "--json"],
        input=world.token().encode() + b"\n",
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"] == Verdict.ACCEPTED.value
    assert subprocess.run([program], capture_output=True, timeout=60).returncode == 64
