"""What a verifier remembers of tokens it found genuine, so that a token seen again costs no second reading.

Only what no time, trust or status can change is kept: the bytes, and that a certain key of a certain issuer signed
them and the profile holds. Whether that key is trusted still, and everything about dates and status, is asked anew.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final

from .credential import Credential
from .jose import Parsed
from .trust import Trust, TrustedKey

__all__ = ["Known", "KnownTokens"]

_MOST: Final = 512
_LONGEST: Final = 16_384
"""Characters; a longer token is read each time, so that memory stays within a few megabytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    parsed: Parsed
    thumbprint: str
    """Of the key whose signature verified."""
    issuer: str
    base_url: str
    credential: Credential

    def holds_for(self, key: TrustedKey, trust: Trust) -> bool:
        """Whether signature and profile were judged with this very key, for this very issuer."""
        return (self.thumbprint, self.issuer, self.base_url) == (key.thumbprint, trust.issuer, trust.base_url)


class KnownTokens:
    """The tokens last found genuine, by their exact text. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, Known] = {}

    def recall(self, token: str) -> Known | None:
        return self._known.get(token)

    def keep(self, token: str, known: Known) -> None:
        """Remembers a token whose signature and profile held; forgets the oldest when there are too many."""
        if len(token) > _LONGEST:
            return
        with self._lock:
            while len(self._known) >= _MOST:
                del self._known[next(iter(self._known))]
            self._known[token] = known
