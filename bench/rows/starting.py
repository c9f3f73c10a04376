"""What it takes to start: importing the library, and one command from start to exit."""

from __future__ import annotations

import compileall
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import lcert_verifier
from lcert_verifier import codec

from ..harness import Row, Skipped, Work
from ..samples import sample

NAMES = ("import", "command")
PARTS = (
    "import argparse, dataclasses, enum, hashlib, json, logging, re, threading, unicodedata, zipfile, zlib\n"
    "import cryptography.hazmat.primitives.asymmetric.ec, cryptography.hazmat.primitives.asymmetric.ed25519\n"
    "import cryptography.hazmat.primitives.asymmetric.utils, jwt"
)
"""What the base install consists of, and what of the standard library it takes to judge a token by a bundle."""


def rows(stack: ExitStack) -> list[Row | Skipped]:
    as_installed(Path(lcert_verifier.__file__).parent)
    folder = Path(stack.enter_context(TemporaryDirectory()))
    of = sample()
    (folder / "one.jwt").write_text(of.tokens[0], encoding="ascii")
    (folder / "bundle.zip").write_bytes(of.bundle)
    parts = python("-c", PARTS)
    command = str(Path(sys.executable).with_name("lcert-verify"))
    at = of.world.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    return [
        Row(
            name="import",
            what="`from lcert_verifier import Verifier`, a process from start to exit",
            target=1.3,
            ours=python("-c", "from lcert_verifier import Verifier"),
            limit=parts,
            limit_is="importing jwt, cryptography and the parts of the standard library",
            clock="wall",
            batch=0.0,
        ),
        Row(
            name="command",
            what="`lcert-verify one.jwt --trust bundle.zip`, from start to exit",
            target=1.3,
            ours=run(command, str(folder / "one.jwt"), "--trust", str(folder / "bundle.zip"), "--at", at),
            limit=parts,
            limit_is="importing jwt, cryptography and the parts of the standard library",
            clock="wall",
            batch=0.0,
            note=f"The {codec.name} install: base loads PyJWT too, `lcert[fast]` does not.",
        ),
    ]


def as_installed(package: Path) -> None:
    """Leaves bytecode beside the modules, as pip does for ours and did for the limit's.

    An editable install has none before its first run, and never where Python may write none.
    """
    if not compileall.compile_dir(package, quiet=1):
        raise OSError(f"{package} cannot be compiled")


def python(*arguments: str) -> Work:
    return run(sys.executable, *arguments)


def run(*command: str) -> Work:
    def work() -> object:
        return subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode

    return work
