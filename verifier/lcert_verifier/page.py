"""The badges on somebody's page: which there are, and whether each is genuine for the page's domain.

A badge is a link to a certificate, its picture, a frame, or a baked image. What it says is asked of its certificate,
read from the issuer's own origin if that is trusted; other origins are not asked, and their badges are not believed.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote_to_bytes, urljoin

from .badges import MAX_BADGE_BYTES, extract_token
from .errors import EvidenceUnavailable, Malformed
from .html_tags import Tag, start_tags
from .jose import split
from .linkage import Linkage
from .links import judge_link, parse_link
from .report import Report, Verdict
from .urls import origin_of
from .verify import Verifier
from .vocabulary import NUMBER_PATTERN

__all__ = ["Mention", "PageReport", "find_mentions", "judge_page"]

Read = Callable[[str], bytes]

_BADGE: Final = re.compile(
    rf"/(?:badge|embed|c)/({NUMBER_PATTERN})(?:[./?#].*)?|/v/?#(.{{1,65536}})", re.IGNORECASE | re.DOTALL
)
_IMAGE: Final = re.compile(r"\.(?:png|svg)(?:[?#].*)?\Z", re.IGNORECASE | re.DOTALL)
_URLS: Final = {
    "a": ("href",),
    "area": ("href",),
    "img": ("src", "srcset"),
    "source": ("srcset", "src"),
    "iframe": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "image": ("href", "xlink:href"),
}
_KINDS: Final = {"a": "link", "area": "link", "iframe": "frame"}
_MOST_MENTIONS: Final = 100
_MOST_IMAGES: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One badge on a page: a certificate's `url`, a baked-in `token`, or an `image` that is to be looked at."""

    kind: str
    """link, picture, frame, or baked."""
    line: int
    url: str | None = None
    token: str | None = None
    image: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReport:
    """What was found on a page, and what the verifier says of each."""

    host: str | None
    badges: tuple[tuple[Mention, Report], ...]
    problems: tuple[str, ...] = field(default=())
    """Images that could not be looked at, and what was left out."""
    whole: bool = True
    """False when more was on the page than is looked at."""
    linkage: Linkage | None = None
    """What the page's origin proves of its DIDs; None when it says nothing. No verdict rests on it."""

    @property
    def verdict(self) -> Verdict:
        """Accepted when there are badges and all are genuine here; rejected when one is not.

        A page that was not looked at to its end is at best indeterminate: what follows may be a forgery.
        """
        found = {report.verdict for _, report in self.badges}
        if Verdict.REJECTED in found:
            return Verdict.REJECTED
        return Verdict.ACCEPTED if self.whole and found == {Verdict.ACCEPTED} else Verdict.INDETERMINATE

    def to_json(self) -> dict[str, Any]:
        return {
            "host": self.host,
            "verdict": self.verdict.value,
            "badges": [
                {
                    "kind": mention.kind,
                    "line": mention.line,
                    "url": mention.url or mention.image,
                    **report.to_json(),
                }
                for mention, report in self.badges
            ],
            "problems": list(self.problems),
            **({"linkage": self.linkage.to_json()} if self.linkage else {}),
        }


def find_mentions(page: bytes, *, page_url: str | None = None) -> Iterator[Mention]:
    """Every badge in the page's HTML, and every image that may be a baked one. Malformed for a page over the bounds.

    `page_url` resolves relative addresses; without it those are passed over.
    """
    for tag in start_tags(page):
        if tag.name == "openbadges:credential" and "verify" in tag.attributes:
            yield Mention(kind="baked", line=tag.line, token=tag.attributes["verify"])
        for name in _URLS.get(tag.name, ()):
            for text in _addresses(name, tag.attributes.get(name, "")):
                mention = _mention(tag, text, page_url)
                if mention is not None:
                    yield mention


def _addresses(name: str, value: str) -> list[str]:
    if name != "srcset":
        return [value.strip()] if value.strip() else []
    return [part.split()[0] for part in value.split(",")[:20] if part.split()]


def _mention(tag: Tag, text: str, page_url: str | None) -> Mention | None:
    if text[:5].lower() == "data:":
        token = _token_in_data_url(text)
        return None if token is None else Mention(kind="baked", line=tag.line, token=token)
    try:
        url = urljoin(page_url, text) if page_url else text
        origin = origin_of(url.partition("#")[0])
    except ValueError:
        return None
    match = _BADGE.fullmatch(url, len(_prefix(url)))
    is_image = tag.name not in _KINDS and _IMAGE.search(url.partition("#")[0]) is not None
    if match is None:
        return Mention(kind="picture", line=tag.line, image=url) if is_image else None
    if match[2] is not None:
        return Mention(kind="link", line=tag.line, token=match[2])
    kind = _KINDS.get(tag.name, "picture")
    return Mention(kind=kind, line=tag.line, url=f"{origin}/c/{match[1].upper()}")


def _prefix(url: str) -> str:
    """Scheme and authority of an absolute URL."""
    end = url.find("/", url.find("://") + 3)
    return url if end < 0 else url[:end]


def _token_in_data_url(url: str) -> str | None:
    """The token baked into an image that is in the page itself; None when there is none."""
    head, comma, body = url.partition(",")
    if not comma or "image/" not in head.lower() or len(body) > 2 * MAX_BADGE_BYTES:
        return None
    try:
        data = unquote_to_bytes(body)
        if head.lower().endswith(";base64"):
            data = base64.b64decode(data, validate=True)
        return extract_token(data)
    except (Malformed, binascii.Error, ValueError):
        return None


def judge_page(
    page: bytes,
    verifier: Verifier,
    *,
    readers: Mapping[str, Read],
    page_url: str | None = None,
    host: str | None = None,
    read_image: Callable[[str], bytes] | None = None,
) -> PageReport:
    """What the verifier says of every badge on the page, for `host`. Raises Malformed for a page over the bounds.

    `readers` read from the trusted origins. `read_image` fetches an image of the page's own origin, None when nothing
    may be fetched; an image from elsewhere is never asked for.
    """
    own = origin_of(page_url) if page_url else None
    badges: list[tuple[Mention, Report]] = []
    problems: list[str] = []
    seen: set[str] = set()
    images, whole = 0, True
    for mention in find_mentions(page, page_url=page_url):
        if mention.image is not None:
            if (
                mention.image in seen
                or read_image is None
                or origin_of(mention.image.partition("#")[0]) != own
            ):
                continue
            seen.add(mention.image)
            images += 1
            if images > _MOST_IMAGES:
                whole = False
                continue  # links and frames cost less, and are looked at all the same
            token, problem = _baked(mention.image, read_image)
            if problem:
                problems.append(problem)
            if token is None:
                continue
            mention = Mention(kind="baked", line=mention.line, token=token, image=mention.image)
        key = _identity(mention)
        if key in seen:
            continue
        seen.add(key)
        if len(badges) >= _MOST_MENTIONS:
            problems.append(f"only {_MOST_MENTIONS} badges were looked at")
            whole = False
            break
        badges.append((mention, _judge(mention, verifier, readers, host)))
    if images > _MOST_IMAGES:
        problems.append(f"only {_MOST_IMAGES} images were looked at")
    return PageReport(host=host, badges=tuple(badges), problems=tuple(problems), whole=whole)


def _baked(url: str, read: Callable[[str], bytes]) -> tuple[str | None, str]:
    try:
        return extract_token(read(url)), ""
    except Malformed:
        return None, ""  # a picture like any other
    except EvidenceUnavailable as error:
        return None, str(error)


def _identity(mention: Mention) -> str:
    """A link and its picture are one badge."""
    if mention.token is None:
        return mention.url or ""
    try:
        return split(mention.token).digest
    except Malformed:
        return mention.token


def _judge(mention: Mention, verifier: Verifier, readers: Mapping[str, Read], host: str | None) -> Report:
    if mention.token is not None:
        return verifier.verify(mention.token, domain=host)
    assert mention.url is not None
    assert parse_link(mention.url).number is not None
    return judge_link(mention.url, readers, lambda token: verifier.verify(token, domain=host))
