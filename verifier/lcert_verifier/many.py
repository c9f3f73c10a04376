"""Many tokens judged by several processes: what goes between them is small, because both sides hold the token."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from .credential import Credential, Unread
from .parallel import work_through
from .parts import StatusReference
from .report import Report, Verdict

__all__ = ["verify_in_processes"]

_CHUNK: Final = 64

Packed = tuple[Any, ...] | Report
"""A Report as it travels: whole, or what cannot be read from the token that its receiver has."""


def verify_in_processes(
    verify: Callable[[str | bytes], Report], tokens: Iterable[str | bytes], processes: int
) -> Iterator[Report]:
    """One Report a token, in order. The first is judged here: what it loads and makes is there for every process."""
    sent: deque[str | bytes] = deque()
    following = iter(tokens)
    for first in following:
        yield verify(first)
        break
    else:
        return

    def remembered() -> Iterator[str | bytes]:
        for token in following:
            sent.append(token)
            yield token

    def judge(piece: list[str | bytes]) -> list[Packed]:
        return [_pack(verify(token)) for token in piece]

    for packed in work_through(judge, remembered(), processes, chunk=_CHUNK):
        yield _unpack(packed, sent.popleft())


def _pack(report: Report) -> Packed:
    credential = report.credential
    if report.verdict is not Verdict.ACCEPTED or credential is None or credential._rest is None:
        return report
    status = credential.status
    assert status is not None
    return (
        report.checks,
        report.as_of,
        report.at,
        report.known_at,
        report._facts,
        credential.id,
        credential.securing,
        credential.issuer,
        credential.issuer_name,
        credential.base_url,
        status.uri,
        status.index,
        credential.issued_at,
        *credential._rest[1:],
    )


def _unpack(packed: Packed, token: str | bytes) -> Report:
    if isinstance(packed, Report):
        return packed
    (checks, as_of, at, known_at, facts), (*own, uri, index, issued_at), rest = (
        packed[:5],
        packed[5:13],
        packed[13:],
    )
    id_, securing, issuer, issuer_name, base_url = own
    text = token if isinstance(token, str) else token.decode("ascii")
    status = StatusReference(uri=uri, index=index)
    credential = Credential.unread(
        id_, securing, issuer, issuer_name, base_url, status, issued_at, Unread(text, *rest)
    )
    return Report.accepted(checks, credential, as_of, at, known_at, facts)
