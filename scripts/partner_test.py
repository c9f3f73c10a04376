"""A partner's day: the base install, a bundle, no network, and a folder of 10,000 tokens and badges.

Run by `make partner-test`. Builds the wheel, installs it bare into an environment of its own, issues certificates with
a scratch issuer, spreads their tokens and baked badges over FILES files (some cut short, some of withdrawn
certificates), and lets `lcert-verify` judge them without any network. Says what it printed, how long it took, and its
exit code; fails unless the sum is the one expected.
"""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.support.forms import form

__all__ = ["main"]

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("keys", "verifier", "issuer", "web", "pyproject.toml", "README.md", "LICENSE")
FILES = int(os.environ.get("PARTNER_FILES", "10000"))
ISSUED = max(4, min(400, FILES // 25))
KINDS = (
    "c/{}/1.jwt",
    "c/{}/1.openbadge.jwt",
    "c/{}/1.compact.jwt",
    "badge/{}/baked.png",
    "badge/{}/baked.svg",
)


def run(*command: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)  # type: ignore[call-overload]
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: {done.stderr[-2_000:]}")
    return done


def bare_install(folder: Path) -> Path:
    """The program `lcert-verify` of an environment that has the wheel and its two dependencies."""
    source, out, env = folder / "source", folder / "dist", folder / "env"
    source.mkdir()
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(
                ROOT / part, source / part, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
            )
        else:
            shutil.copy(ROOT / part, source / part)
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, cwd=source)
    run(sys.executable, "-m", "venv", env)
    pip = (env / "bin" / "python", "-m", "pip", "install", "--quiet")
    run(*pip, "--require-hashes", "-r", ROOT / "requirements" / "base.txt")
    (wheel,) = out.glob("*.whl")
    run(*pip, "--no-index", wheel)
    return env / "bin" / "lcert-verify"


def issue(folder: Path) -> tuple[Path, list[str]]:
    """The published folder of a scratch issuer, and the numbers of its certificates; every tenth is withdrawn."""
    lcert = Path(sys.executable).with_name("lcert")
    env = {**os.environ, "LCERT_HOME": str(folder / "var")}
    run(lcert, "init", "--name", "Scratch", "--base-url", "http://127.0.0.1:8080", env=env)
    forms = folder / "forms.csv"
    rows = [
        _flat({**form(), "holder": {**form()["holder"], "legalName": f"Holder {n}"}}) for n in range(ISSUED)
    ]
    import csv

    with forms.open("w", newline="", encoding="utf-8") as stream:
        table = csv.DictWriter(stream, fieldnames=list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    run(lcert, "issue", "--csv", forms, env=env)
    numbers = [
        json.loads(line)["number"] for line in run(lcert, "list", "--json", env=env).stdout.splitlines()
    ]
    for number in numbers[::10][:4]:
        run(lcert, "withdraw", number, "--reason", "mark-misuse", env=env)
    run(lcert, "publish", env=env)
    return folder / "var" / "public", numbers


def _flat(value: object, path: str = "") -> dict[str, str]:
    """A form as cells of a row: JSON paths with dots and positions, lists of plain words joined."""
    if isinstance(value, dict):
        return {k: v for name, item in value.items() for k, v in _flat(item, f"{path}{name}.").items()}
    if isinstance(value, list) and value and not isinstance(value[0], str):
        return {k: v for n, item in enumerate(value) for k, v in _flat(item, f"{path}{n}.").items()}
    if isinstance(value, list):
        return {path[:-1]: ";".join(value)}
    return {path[:-1]: str(value)}


def spread(public: Path, numbers: list[str], folder: Path) -> dict[str, int]:
    """FILES files, and how many of them are to be accepted, revoked and malformed."""
    folder.mkdir()
    expected = {"valid": 0, "revoked": 0, "malformed": 0}
    withdrawn = set(numbers[::10][:4])
    for n in range(FILES):
        number, kind = numbers[n % len(numbers)], KINDS[(n // len(numbers)) % len(KINDS)]
        source = public / kind.format(number)
        data = source.read_bytes()
        cut = n % 500 == 7
        suffix = source.suffix
        (folder / f"{n:05d}{suffix}").write_bytes(data[:-40] if cut else data)
        expected["malformed" if cut else "revoked" if number in withdrawn else "valid"] += 1
    return expected


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="lcert-partner-") as name:
        folder = Path(name)
        program = bare_install(folder)
        public, numbers = issue(folder)
        expected = spread(public, numbers, folder / "badges")
        shutil.copy(public / "bundle.zip", folder / "l.zip")
        apart = ["unshare", "--net", "--map-root-user"] if shutil.which("unshare") else []
        if apart and subprocess.run([*apart, "true"], capture_output=True).returncode:
            apart = []
        begun = time.monotonic()
        done = subprocess.run(
            [*apart, str(program), "badges", "--trust", "l.zip", "--offline", "--quiet"],
            cwd=folder, capture_output=True, text=True, env={"PATH": os.environ["PATH"]},
        )  # fmt: skip
        seconds = time.monotonic() - begun
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    summary = done.stdout.splitlines()[-2:]
    print(
        f"network: {'none' if apart else 'not taken away (no unshare)'}; files: {FILES}, of {len(numbers)} certificates"
    )
    print("\n".join(summary))
    print(
        f"exit code {done.returncode}, {seconds:.1f} s, {FILES / seconds:,.0f} files a second, {memory} MiB"
    )
    found = {code: int(count) for count, code in re.findall(r"(\d+) (revoked|malformed)", summary[-1])}
    found["valid"] = int(re.findall(r"(\d+) accepted", summary[0])[0])
    if done.returncode != 1 or found != expected:
        print(f"expected {expected}, found {found}: {done.stderr[-500:]}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
