"""`lcert-verify receipt`: check a signed receipt of a verification, or make a key that signs them."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ..errors import EvidenceUnavailable, LcertError, Malformed
from ..inputs import UsageError
from ..jose import split
from ..jwk import PublicKey
from ..links import is_link
from ..receipt import check_receipt, read_keys
from ..receipt_key import create_receipt_key
from ..urls import is_loopback_url
from ..wording import describe_receipt
from .common import EXIT_INDETERMINATE, EXIT_REJECTED, Setting, make_parser

__all__ = ["run"]

_MOST: Final = 64 * 1024


def run(arguments: Sequence[str], setting: Setting) -> int:
    parser = make_parser(
        "receipt",
        "Check receipts of verifications, one a line of FILE.",
        "Exit: 0 genuine, 1 not, 2 no key was given to check it with, 64 wrong usage.",
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument(
        "--key",
        metavar="JWK",
        help="of the verifier: a file or https URL with a JWK or JWK set, or the JWK itself",
    )
    parser.add_argument(
        "--of", type=Path, metavar="FILE", help="ask also whether this token or badge was judged"
    )
    parser.add_argument("--new-key", action="store_true", help="make FILE, a key for LCERT_RECEIPT_KEY")
    options = parser.parse_args(list(arguments))
    if options.new_key:
        return _new_key(options.file)
    keys = _keys(options.key, setting) if options.key else []
    judged = _read(options.of).removesuffix(b"\n") if options.of else None
    code = 0
    for line in _read(options.file).decode("ascii", "replace").split():
        code = max(
            code, _check(line, keys, judged, as_json=options.json), key=(0, EXIT_INDETERMINATE, 1).index
        )
    sys.stdout.flush()
    return code


def _check(line: str, keys: list[PublicKey], judged: bytes | None, *, as_json: bool) -> int:
    try:
        if not keys:
            kid = split(line).kid
            sys.stderr.write(f"lcert-verify: give --key to check it: signed with the key {kid}\n")
            return EXIT_INDETERMINATE
        receipt = check_receipt(line, keys)
        if judged is not None and not receipt.is_about(judged):
            raise Malformed("it is about something else")
    except LcertError as error:
        sys.stderr.write(f"lcert-verify: the receipt is not genuine: {error}\n")
        return EXIT_REJECTED
    sys.stdout.write((json.dumps(receipt.to_json()) if as_json else describe_receipt(receipt)) + "\n")
    return 0


def _keys(given: str, setting: Setting) -> list[PublicKey]:
    try:
        if given.lstrip().startswith("{"):
            return read_keys(given.encode())
        if is_link(given):
            loopback = is_loopback_url(given)
            return read_keys(setting.fetcher.get(given, limit=_MOST, loopback=loopback).body)
        return read_keys(_read(Path(given)))
    except EvidenceUnavailable as error:
        sys.stderr.write(f"lcert-verify: the key cannot be read: {error}\n")
        return []
    except (LcertError, ValueError) as error:
        raise UsageError(f"--key: {error}") from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None


def _new_key(path: Path) -> int:
    try:
        signer = create_receipt_key(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be made: {error.strerror or error}") from None
    sys.stdout.write(json.dumps(signer.jwks()) + "\n")
    return 0
