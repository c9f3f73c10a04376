"""What a verifier remembers of tokens it found genuine, so that a token seen again costs no second verification.

Only what no time, trust or status can change is kept: the token, and that a certain key of a certain issuer signed it
and the profile holds. Whether that key is trusted still, and everything about dates and status, is asked anew. Nothing
that was made on the way is kept: memory that is used again at once is still in the processor's cache.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, NamedTuple

from .credential import Credential
from .trust import Trust, TrustedKey

if TYPE_CHECKING:
    from .again import Grounds

__all__ = ["Known", "KnownTokens"]

_MOST: Final = 512
_LONGEST: Final = 16_384
"""Characters; a longer token is read each time, so that memory stays within a few megabytes."""


class Known(NamedTuple):
    key: TrustedKey
    """Whose signature verified."""
    trust: Trust
    """Whose issuer the profile was judged for."""
    credential: Credential
    grounds: Grounds | None = None
    """What the token was accepted by, if it was."""

    def holds_for(self, key: TrustedKey, trust: Trust) -> bool:
        """Whether signature and profile were judged with this very key, for this very issuer."""
        return (self.key.thumbprint, self.trust.issuer, self.trust.base_url) == (
            key.thumbprint,
            trust.issuer,
            trust.base_url,
        )


class KnownTokens:
    """The tokens last found genuine, by their exact text. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newer: dict[str, Known] = {}
        self._older: dict[str, Known] = {}

    def __len__(self) -> int:
        return len(self._newer) + len(self._older)

    def recall(self, token: str) -> Known | None:
        return self._newer.get(token) or self._older.get(token)

    def keep(self, token: str, known: Known) -> None:
        """Remembers a token whose signature and profile held; forgets the older half when there are too many."""
        if len(token) > _LONGEST:
            return
        with self._lock:
            if len(self._newer) >= _MOST // 2:
                self._older, self._newer = self._newer, {}
            self._newer[token] = known
