"""`lcert-verify domain`: which DID an origin is proven to belong to, or the two files that prove it for one's own."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from ..bundle_state import write_atomically
from ..errors import EvidenceUnavailable, LcertError, Malformed
from ..identity import did_of
from ..inputs import UsageError
from ..linkage import (
    CONFIGURATION_PATH,
    DID_PATH,
    LINKAGE_LIFETIME,
    did_configuration,
    did_document,
    make_linkage,
    read_linkage,
    resolver,
)
from ..published import NotPublished
from ..receipt_key import create_receipt_key, open_receipt_signer
from ..urls import normal_origin
from ..wording import describe_linkage
from .common import EXIT_INDETERMINATE, EXIT_REJECTED, Setting, make_parser

__all__ = ["run"]


def run(arguments: Sequence[str], setting: Setting) -> int:
    parser = make_parser(
        "domain",
        "Say which DID is proven to be an origin's (DIF DID configuration). With --out, write the two files that prove "
        "it for your own origin: put them there below /.well-known/.",
        "Exit: 0 a DID is linked (or written), 1 what is there proves none, 2 nothing there or not told, 64 wrong use.",
    )
    parser.add_argument("origin", metavar="ORIGIN", help="such as https://shop.example")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write .well-known/ into this folder")
    parser.add_argument(
        "--key", type=Path, metavar="FILE", help="the private key; made when there is no such file"
    )
    parser.add_argument(
        "--days", type=int, default=LINKAGE_LIFETIME.days, metavar="N", help="how long it shall hold"
    )
    options = parser.parse_args(list(arguments))
    try:
        origin = normal_origin(options.origin)
        did_of(origin)
    except (Malformed, ValueError) as error:
        raise UsageError(str(error)) from None
    return _check(origin, options, setting) if options.out is None else _make(origin, options, setting)


def _check(origin: str, options: argparse.Namespace, setting: Setting) -> int:
    read = setting.fetcher.reader(origin)
    try:
        data = read(CONFIGURATION_PATH)
        found = read_linkage(data, origin=origin, resolve=resolver(origin, read, {}), now=setting.clock())
    except NotPublished:
        sys.stderr.write(f"lcert-verify: {origin} publishes no DID configuration\n")
        return EXIT_INDETERMINATE
    except EvidenceUnavailable as error:
        sys.stderr.write(f"lcert-verify: not reached: {error}\n")
        return EXIT_INDETERMINATE
    except LcertError as error:
        sys.stderr.write(f"lcert-verify: {error}\n")
        return EXIT_REJECTED
    sys.stdout.write((json.dumps(found.to_json()) if options.json else describe_linkage(found)) + "\n")
    if found.dids:
        return 0
    return EXIT_INDETERMINATE if all(link.unknown for link in found.links) else EXIT_REJECTED


def _make(origin: str, options: argparse.Namespace, setting: Setting) -> int:
    if options.key is None:
        raise UsageError("--out needs --key FILE; the key is made when there is no such file")
    if not 1 <= options.days <= 3660:
        raise UsageError("--days is a number from 1 to 3660")
    if not options.out.is_dir():
        raise UsageError(f"there is no folder {options.out}")
    try:
        made = not options.key.exists()
        signer = create_receipt_key(options.key) if made else open_receipt_signer(str(options.key))
        key = signer.public_key
        token = make_linkage(
            origin,
            kid=f"{did_of(origin)}#{key.thumbprint}",
            alg=key.alg.value,
            sign=signer.sign,
            now=setting.clock(),
            lifetime=timedelta(days=options.days),
        )
        folder = options.out / ".well-known"
        folder.mkdir(exist_ok=True)
        files = {DID_PATH: did_document(origin, key), CONFIGURATION_PATH: did_configuration(token)}
        for path, document in files.items():
            write_atomically(options.out / path, json.dumps(document, indent=2).encode() + b"\n")
    except OSError as error:
        raise UsageError(f"{error.filename}: {error.strerror or error}") from None
    except Malformed as error:
        raise UsageError(f"--key: {error}") from None
    said = {
        "did": did_of(origin),
        "kid": f"{did_of(origin)}#{key.thumbprint}",
        "files": [str(options.out / path) for path in files],
        "key_made": made,
    }
    text = [f"{said['did']} is linked to {origin} for {options.days} days"]
    text += [f"  {options.out / path} goes to {origin}/{path}" for path in files]
    text += [f"  {options.key} was made: keep it, and keep it secret"] if made else []
    sys.stdout.write((json.dumps(said) if options.json else "\n".join(text)) + "\n")
    return 0
