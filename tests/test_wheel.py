"""The wheel as a partner gets it: built, installed bare into a clean environment, and used to check a badge there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.support.site import Site
from tests.support.system import ROOT

pytestmark = pytest.mark.xdist_group("site")

PARTS = ("keys", "verifier", "issuer", "web", "pyproject.toml", "README.md", "LICENSE")
PACKAGES = {"lcert_keys", "lcert_verifier", "lcert_issuer", "lcert_web"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bare:
    """A clean environment with the wheel and what it cannot do without."""

    folder: Path
    wheel: Path

    def run(self, program: str, *args: str) -> subprocess.CompletedProcess[str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
        return subprocess.run(
            [str(self.folder / "bin" / program), *args],
            cwd=self.folder,
            env=kept,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def python(self, code: str, *args: str) -> str:
        done = self.run("python", "-I", "-W", "error", "-c", code, *args)
        assert done.returncode == 0, done.stderr
        return done.stdout


def _checked(*command: str | Path, cwd: Path) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that nothing is left in the work tree and nothing lying there gets in."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(
                ROOT / part, source / part, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
            )
        else:
            shutil.copy(ROOT / part, source / part)
    _checked(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, cwd=source)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bare]:
    folder = tmp_path_factory.mktemp("bare") / "env"
    venv.create(folder, with_pip=True)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _checked(*pip, "--require-hashes", "-r", ROOT / "requirements" / "base.txt", cwd=folder)
    # Its own dependencies must be among those just installed: nothing is downloaded for the wheel itself.
    _checked(*pip, "--no-index", wheel, cwd=folder)
    yield Bare(folder=folder, wheel=wheel)
    shutil.rmtree(folder)


def test_the_wheel_holds_four_packages_with_their_data_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/", 1)[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES
    shipped = {name for name in names if not name.endswith("/")}
    wanted = set()
    for room in ("keys", "verifier", "issuer", "web"):
        for path in (ROOT / room).glob("lcert_*/**/*"):
            if path.is_file() and "__pycache__" not in path.parts and ".egg-info" not in str(path):
                wanted.add(path.relative_to(ROOT / room).as_posix())
    assert sorted(wanted - shipped) == [], "files of the source that the wheel leaves out"


def test_a_bare_install_brings_pyjwt_cryptography_and_what_those_need(bare: Bare) -> None:
    done = bare.run("python", "-m", "pip", "list", "--format=json", "--disable-pip-version-check")
    installed = {each["name"].lower() for each in json.loads(done.stdout)} - {"pip", "setuptools"}
    assert installed == {"lcert", "pyjwt", "cryptography", "cffi", "pycparser"}
    assert bare.run("python", "-m", "pip", "check").returncode == 0


def test_the_library_imports_without_warnings_and_without_the_server(bare: Bare) -> None:
    code = "import sys, lcert_verifier; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = set(bare.python(code).split())
    assert "lcert_verifier" in loaded
    assert not loaded & {"lcert_keys", "lcert_issuer", "lcert_web", "flask", "sqlalchemy", "click"}


def test_lcert_without_the_server_extra_names_it_and_exits_1(bare: Bare) -> None:
    done = bare.run("lcert", "doctor")
    assert (done.returncode, done.stdout) == (1, "")
    assert "lcert[server]" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("name", "code", "exit_code"), [("active", "valid", 0), ("withdrawn", "revoked", 1)])
def test_a_badge_is_checked_offline_against_a_bundle(
    bare: Bare, published_site: Site, tmp_path: Path, name: str, code: str, exit_code: int
) -> None:
    bundle, badge = tmp_path / "l-certification.zip", tmp_path / "badge.png"
    bundle.write_bytes(published_site.get("/bundle.zip"))
    badge.write_bytes(published_site.get(f"/badge/{published_site.numbers[name]}/baked.png"))
    done = bare.run("lcert-verify", str(badge), "--trust", str(bundle), "--offline", "--json")
    assert done.returncode == exit_code, done.stderr
    assert json.loads(done.stdout)["code"] == code
    program = (
        "import sys, pathlib; from lcert_verifier import Verifier\n"
        "report = Verifier.from_bundle(sys.argv[1]).verify_badge(pathlib.Path(sys.argv[2]).read_bytes())\n"
        "print(report.verdict, report.code, report.credential.number)"
    )
    verdict = "accepted" if exit_code == 0 else "rejected"
    assert bare.python(program, str(bundle), str(badge)).split() == [
        verdict,
        code,
        published_site.numbers[name],
    ]


def test_the_bare_install_stays_small(bare: Bare, record_property: pytest.RecordProperty) -> None:
    """What lies in site-packages; most of it is cryptography."""
    (site_packages,) = bare.folder.glob("lib/python*/site-packages")
    sizes = {
        folder.name: sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        for folder in site_packages.iterdir()
        if folder.is_dir() and not folder.name.startswith(("pip", "setuptools"))
    }
    ours = sum(size for name, size in sizes.items() if name in PACKAGES)
    total = sum(sizes.values())
    record_property("installed_bytes", total)
    # 4 MB of it are fonts: badges speak Arabic and Japanese, and one wheel serves issuer and partner (decision 0001)
    assert ours < 9 * 2**20, f"our own files take {ours} bytes"
    assert total < 40 * 2**20, f"a bare install takes {total} bytes"
