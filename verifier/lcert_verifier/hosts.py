"""Whether a badge may stand on a host: it is one of the holder's checked domains, or below one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from .identity import is_domain

__all__ = ["is_licensed_host", "normal_host"]

_PORT: Final = re.compile(r":[0-9]{1,5}\Z")
_LETTERS: Final = ("L", "M", "N")


def normal_host(text: str) -> str | None:
    """The host in lower-case A-labels, without port or trailing dot; None for anything that is no domain name.

    Unicode labels are encoded as they are (IDNA 2008: no compatibility mapping), so that a look-alike stays another
    name. A URL, an address, user information or white space is no host.
    """
    if not isinstance(text, str) or not 0 < len(text) <= 300:
        return None
    host = _PORT.sub("", text).removesuffix(".").lower()
    if not host.isascii():
        try:
            host = ".".join(_a_label(label) for label in host.split("."))
        except (UnicodeError, ValueError):
            return None
    return host if is_domain(host) else None


def _a_label(label: str) -> str:
    if label.isascii():
        return label
    label = unicodedata.normalize("NFC", label)
    mapped = unicodedata.normalize("NFKC", label) != label
    if mapped or not all(char == "-" or unicodedata.category(char)[0] in _LETTERS for char in label):
        raise ValueError("not a letter")
    return "xn--" + label.encode("punycode").decode("ascii")


def is_licensed_host(text: str, domains: Iterable[str]) -> bool:
    """True if `text` names one of `domains` or a host below one; False for every string that is no host."""
    host = normal_host(text)
    return host is not None and any(host == domain or host.endswith("." + domain) for domain in domains)
