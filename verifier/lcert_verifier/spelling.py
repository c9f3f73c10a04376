"""When it is worth to know payloads by their spelling: not for one token, but from the ninth on."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from .credential import Credential
from .trust import Trust
from .vocabulary import Securing

__all__ = ["Look", "Plain", "Spelling"]

Plain = re.Match[str]
"""A payload that has the form of an issuer's; its profile is not judged yet."""
Look = Callable[[dict[str, Any], bytes], Plain | None]
"""Shown a header and a payload's bytes, recognises the payload or not."""

_PATIENCE: Final = 8
"""Payloads that are parsed before the patterns are made, which takes as long as some two hundred of them."""
_BY_TYP: Final = {"vc+jwt": Securing.VC_JWT, None: Securing.OPENBADGE}


class Spelling:
    """Recognises payloads, once there have been some."""

    def __init__(self) -> None:
        self._left = _PATIENCE
        self._match: Callable[[bytes, Securing], Plain | None] | None = None
        self._credential: Callable[..., Credential | None] | None = None

    def expect_many(self) -> None:
        """Makes the pattern for the next payload already."""
        self._left = 0

    def look(self, header: dict[str, Any], body: bytes) -> Plain | None:
        """The payload, if it is spelt as issuers spell it; None when it has to be parsed."""
        match = self._match
        if match is None:
            if self._left > 0:
                self._left -= 1
                return None
            from .plain import credential_of, match_plain

            self._credential = credential_of
            self._match = match = match_plain
        securing = _BY_TYP.get(header.get("typ"))
        return None if securing is None else match(body, securing)

    def credential(self, plain: Plain, token: str, securing: Securing, trust: Trust) -> Credential | None:
        """The credential, if `plain` leaves no doubt that it keeps to the profile."""
        assert self._credential is not None
        return self._credential(plain, token, securing=securing, base_url=trust.base_url, issuer=trust.issuer)
