"""What a withdrawal costs of a million entries."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from random import Random

from sqlalchemy import insert, select

from lcert_issuer import publish
from lcert_issuer.assembly import House
from lcert_issuer.listcolumns import derive_list
from lcert_issuer.registry.models import CertificateRow, EditionRow, StatusListRow
from lcert_issuer.release import Release
from lcert_issuer.statuslists import list_contents
from lcert_verifier.vocabulary import LIST_ENTRIES

from ..harness import Row, Skipped, Timed
from ..programmes import MEMORY, a_house, drafts, now, spent

NAMES = ("withdraw-million",)
_LISTS = 8
_ENDED = 40_000


def rows(stack: ExitStack) -> list[Row | Skipped]:
    return [_withdraw(stack)]


def _withdraw(stack: ExitStack) -> Row:
    house = stack.enter_context(a_house(within=MEMORY))
    numbers = iter([item.number for item in house.desk.issue_many(drafts(40))])
    _end_some(house)
    house.publisher.publish()  # with nothing new it looks at every list
    with house.registry.read() as session:
        columns = [derive_list(session, number, now()) for number in range(1, _LISTS + 1)]
    contents = [packed for column in columns for packed in list_contents(column)]

    def ours() -> float:
        house.desk.withdraw(next(numbers), reason="unspecified")
        times: list[float] = []
        with _watching(times):
            house.publisher.publish()
        return sum(times)

    return Row(
        name="withdraw-million",
        what="withdraw one of 1,000,000 entries: derive, encode, sign and publish the lists it changes",
        target=0.10,
        ours=Timed(ours),
        limit=lambda: [zlib.compress(packed, 6) for packed in contents],
        limit_is="zlib level 6 over all 24 packed lists",
        note=f"8 lists of 131,072 entries, {_ENDED * 100 // 1_000_000} % of a million ended; published to a folder "
        "in memory.",
    )


@contextmanager
def _watching(times: list[float]) -> Iterator[None]:
    """CPU seconds of the publication's step for status lists."""
    original = publish.put_lists

    def watched(release: Release) -> None:
        with spent(times, cpu=True):
            original(release)

    publish.put_lists = watched
    try:
        yield
    finally:
        publish.put_lists = original


def _end_some(house: House) -> None:
    """Certificates that ended, over eight lists; those still valid lie in no index that deriving reads."""
    random, moment = Random(7), now()
    places = random.sample(range(1000, _LISTS * LIST_ENTRIES), _ENDED)
    today = moment.date()
    with house.registry.write() as session:
        session.execute(
            insert(StatusListRow), [{"number": n, "opened_at": moment} for n in range(2, _LISTS + 1)]
        )
        taken = {
            (row.list_number, row.list_index)
            for row in session.execute(select(EditionRow.list_number, EditionRow.list_index))
        }
        certificates, editions = [], []
        for serial, place in enumerate(places, start=1):
            spot = (place // LIST_ENTRIES + 1, place % LIST_ENTRIES)
            if spot in taken:
                continue
            number = f"LC-2020-{serial:06d}"
            certificates.append(
                {
                    "number": number,
                    "year": 2020,
                    "serial": serial,
                    "version": 1,
                    "standing": "withdrawn",
                    "since": moment,
                    "ab_initio": False,
                    "first_granted_on": today,
                    "latest_edition": 1,
                }
            )
            superseded = serial % 2 == 0
            editions.append(
                {
                    "number": number,
                    "edition": 1,
                    "credential_id": f"urn:{number}",
                    "kind": "issued",
                    "list_number": spot[0],
                    "list_index": spot[1],
                    "kid": "none",
                    "valid_from": today,
                    "valid_through": today,
                    "withdrawn_at": None if superseded else moment,
                    "superseded_from": moment if superseded else None,
                    "holder_name": "",
                    "domains": "",
                    "search_text": "",
                    "level": "",
                    "modalities": "",
                    "bases": "",
                    "claims": {},
                    "issued_position": 0,
                }
            )
        session.execute(insert(CertificateRow), certificates)
        session.execute(insert(EditionRow), editions)
