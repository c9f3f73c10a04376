"""Writes requirements/*.txt from pyproject.toml: every version pinned, every file hashed, no index named.

Run by `make lock`. With `--upgrade` it moves to the newest versions; without, it changes only what pyproject.toml
made necessary. Each lock is constrained by the smaller ones, so that all environments agree on shared versions.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

__all__ = ["main"]

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path("requirements")
OPTIONS = (
    "--generate-hashes",
    "--allow-unsafe",  # setuptools is pinned too: it builds the package without build isolation
    "--strip-extras",
    "--resolver=backtracking",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-emit-trusted-host",
    "--no-emit-options",
    "--quiet",
)


def inputs() -> dict[str, list[str]]:
    """Lock name -> what it must hold, smallest first."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    base: list[str] = project["project"]["dependencies"]
    extras: dict[str, list[str]] = project["project"]["optional-dependencies"]
    server = base + extras["server"] + extras["postgres"] + project["build-system"]["requires"]
    groups = project["dependency-groups"]
    return {
        "base": base,
        "server": server,
        "dev": server + extras["fast"] + extras["s3"] + groups["dev"],
        "docs": groups["docs"],
        "bench": groups["bench"],
        "audit": groups["audit"],
        "fuzz": ["atheris"],
    }


def main(arguments: list[str]) -> int:
    (ROOT / "build").mkdir(exist_ok=True)
    done: list[str] = []
    for name, wanted in inputs().items():
        source = Path("build") / f"{name}.in"
        (ROOT / source).write_text("\n".join(wanted) + "\n", encoding="utf-8")
        constraints = [f"--constraint={FOLDER / other}.txt" for other in done]
        command = [sys.executable, "-m", "piptools", "compile", *OPTIONS, *constraints, *arguments]
        command += [f"--output-file={FOLDER / name}.txt", str(source)]
        print(f"locking {FOLDER / name}.txt", flush=True)
        subprocess.run(
            command, cwd=ROOT, check=True, env={**os.environ, "CUSTOM_COMPILE_COMMAND": "make lock"}
        )
        done.append(name)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
