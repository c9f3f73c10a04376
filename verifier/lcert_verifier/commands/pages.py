"""`lcert-verify page`: whether the badges on a page are genuine for its domain."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from ..addresses import is_loopback_host
from ..badges import MAX_BADGE_BYTES
from ..errors import EvidenceUnavailable, LcertError
from ..html_tags import MAX_PAGE_BYTES
from ..inputs import UsageError
from ..linkage import CONFIGURATION_PATH, Linkage, read_linkage, resolver
from ..links import is_link
from ..page import judge_page
from ..urls import normal_origin, parse_url
from ..wording import describe_page
from .common import EXIT_INDETERMINATE, EXIT_REJECTED, Setting, add_trust, exit_of, make_parser, open_sources

__all__ = ["run"]

Read = Callable[[str], bytes]

_IMAGE_SECONDS: Final = 5.0


def run(arguments: Sequence[str], setting: Setting) -> int:
    parser = make_parser(
        "page",
        "Find the badges on a page and say whether each is genuine for the page's domain. Only the page's own origin "
        "and trusted origins are asked.",
        "Exit: 0 there are badges and all are genuine, 1 one is not, 2 none, or not told, 64 wrong usage.",
    )
    add_trust(parser, offline=False)
    parser.add_argument("page", metavar="URL|FILE")
    parser.add_argument("--host", metavar="HOST", help="the domain to ask about (default: the URL's)")
    options = parser.parse_args(list(arguments))
    trust, verifier = open_sources(options, setting)
    host, read_image, url = options.host, None, None
    linkage: Linkage | None = None
    try:
        if is_link(options.page):
            target = parse_url(options.page.partition("#")[0])
            loopback = is_loopback_host(target.host)
            url = f"{target.origin}{target.path}"
            host = host or target.host
            read_image = _reader(setting, loopback)
            body = setting.fetcher.get(url, limit=MAX_PAGE_BYTES, accept="text/html", loopback=loopback).body
            linkage = _linkage(target.origin, trust.readers, setting)
        else:
            body = _file(Path(options.page))
        found = judge_page(
            body, verifier, readers=trust.readers, page_url=url, host=host, read_image=read_image
        )
    except EvidenceUnavailable as error:
        sys.stderr.write(f"lcert-verify: not reached: {error}\n")
        return EXIT_INDETERMINATE
    except LcertError as error:
        sys.stderr.write(f"lcert-verify: {error}\n")
        return EXIT_REJECTED
    except ValueError as error:
        raise UsageError(str(error)) from None
    found = replace(found, linkage=linkage)
    sys.stdout.write((json.dumps(found.to_json()) if options.json else describe_page(found)) + "\n")
    sys.stdout.flush()
    return exit_of([found.verdict])


def _linkage(origin: str, readers: Mapping[str, Read], setting: Setting) -> Linkage | None:
    """What the page's origin proves of its DIDs, None when it publishes nothing of the kind that can be read."""
    try:
        read = setting.fetcher.reader(normal_origin(origin))
        resolve = resolver(origin, read, readers)
        return read_linkage(read(CONFIGURATION_PATH), origin=origin, resolve=resolve, now=setting.clock())
    except (LcertError, ValueError):
        return None


def _reader(setting: Setting, loopback: bool) -> Callable[[str], bytes]:
    def read(url: str) -> bytes:
        return setting.fetcher.get(
            url.partition("#")[0], limit=MAX_BADGE_BYTES, deadline=_IMAGE_SECONDS, loopback=loopback
        ).body

    return read


def _file(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_PAGE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None
