"""A published folder in memory, really signed: certificates in every state, for the public site and the verifier."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from tests.support.evidence import SoftKey, World, make_world

from lcert_verifier.vocabulary import Securing

__all__ = ["NUMBERS", "MemoryStorage", "Published", "publish"]

NUMBERS = {
    "active": "LC-2026-0001",
    "suspended": "LC-2026-0002",
    "withdrawn": "LC-2026-0003",
    "terminated": "LC-2026-0004",
    "expired": "LC-2026-0005",
    "scheduled": "LC-2026-0006",
    "replaced": "LC-2026-0007",
    "hostile": "LC-2026-0008",
}
"""State -> number. `replaced` has edition 1 replaced by an active edition 2; `hostile` is active and oddly named."""

HOSTILE = '<script>alert("1")</script> & "Söhne" \'x\' שלום 日本 {{7*7}}'
_VALUES = {"suspended": 2, "withdrawn": 1, "terminated": 1, "replaced": 3}
_SUFFIXES = {Securing.VC_JWT: "jwt", Securing.OPENBADGE: "openbadge.jwt", Securing.COMPACT: "compact.jwt"}


class MemoryStorage:
    """Published documents by path. `broken` makes every read fail, as a storage that is gone does."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.broken = False

    def get(self, path: str) -> bytes | None:
        if self.broken:
            raise OSError("the storage is gone")
        return self.files.get(path)

    def exists(self, path: str) -> bool:
        return self.get(path) is not None


@dataclass
class Published:
    world: World
    storage: MemoryStorage = field(default_factory=MemoryStorage)

    @property
    def base_url(self) -> str:
        return self.world.base_url

    def token(self, state: str, securing: Securing = Securing.VC_JWT, edition: int = 1) -> str:
        return self.storage.files[f"c/{NUMBERS[state]}/{edition}.{_SUFFIXES[securing]}"].decode()

    def republish_lists(self, **changes: Any) -> None:
        """Signs the lists anew from `world.statuses`, at `world.now`."""
        self.world.publish(**changes)
        for uri, token in self.world.source.lists.items():
            assert token is not None
            self.storage.files[uri.removeprefix(f"{self.base_url}/")] = token.encode()

    def republish_trust(self, **changes: Any) -> None:
        self.storage.files["trust.json"] = self.world.trust_bytes(**changes)

    def set_status(self, state: str, value: int) -> None:
        self.world.statuses[_index(state, 1)] = value
        self.republish_lists()

    def add(self, state: str) -> None:
        """Signs and files one certificate of `NUMBERS`."""
        world, number = self.world, NUMBERS[state]
        world.number = number
        editions = 2 if state == "replaced" else 1
        records: list[dict[str, Any]] = []
        claims: dict[str, Any] = {}
        for edition in range(1, editions + 1):
            world.edition, world.index = edition, _index(state, edition)
            world.credential_id = f"{world.base_url}/c/{number}/{edition}"
            for securing, suffix in _SUFFIXES.items():
                changes = _changes(world, state, securing)
                self.storage.files[f"c/{number}/{edition}.{suffix}"] = world.token(
                    securing, **changes
                ).encode()
            claims = world.claims(**_changes(world, state, Securing.VC_JWT))
            facts = claims["credentialSubject"]["certificate"]
            records.append(
                {
                    "edition": edition,
                    "id": claims["id"],
                    "kind": "issued" if edition == 1 else "rescoped",
                    "validFrom": facts["validFrom"],
                    "validThrough": facts["validThrough"],
                    "status": "superseded" if edition < editions else "valid",
                }
            )
        if editions == 2:
            records[0]["supersededFrom"] = _time(world.now - timedelta(hours=2))
        self.storage.files[f"c/{number}.jwt"] = self.storage.files[f"c/{number}/{editions}.jwt"]
        self._record(state, number, records, claims["credentialSubject"])

    def _record(
        self, state: str, number: str, editions: list[dict[str, Any]], subject: dict[str, Any]
    ) -> None:
        now = self.world.now
        record: dict[str, Any] = {
            "number": number,
            "url": f"{self.base_url}/c/{number}",
            "state": "active" if state in ("replaced", "hostile") else state,
            **{name: subject[name] for name in ("holder", "scope", "dataBasis", "evidence", "decision")},
            "certificate": subject["certificate"],
            "currentEdition": len(editions),
            "editions": editions,
            "history": [
                {
                    "position": 7,
                    "kind": "issued",
                    "edition": 1,
                    "effectiveAt": _time(now - timedelta(days=3)),
                    "recordedAt": _time(now - timedelta(days=3)),
                }
            ],
            "journal": {"size": 10, "root": "A" * 43},
            "publishedAt": _time(now),
        }
        if state in ("suspended", "withdrawn", "terminated"):
            reason = {"suspended": "fee-unpaid", "withdrawn": "unlicensed-data"}.get(state, "holder-request")
            since = _time(now - timedelta(days=1))
            record |= {"since": since, "reason": reason}
            event = {
                "position": 8,
                "kind": state,
                "effectiveAt": since,
                "recordedAt": since,
                "reason": reason,
            }
            record["history"].append(event)
        self.storage.files[f"c/{number}.json"] = json.dumps(record).encode()


def publish(**parts: Any) -> Published:
    """A fresh issuer with a certificate in every state; `parts` are the fields of `World`."""
    if parts:
        return _published(**parts)
    made = _published_once(HOSTILE)
    fixed = [key for key in vars(made.world).values() if isinstance(key, SoftKey)]
    return copy.deepcopy(made, {id(each): each for each in (*fixed, made.world.source.trusted)})


@cache
def _published_once(hostile: str) -> Published:
    """The one of `publish()`, by its odd name; copied for each test, so that nothing is signed again."""
    return _published()


def _published(**parts: Any) -> Published:
    published = Published(make_world(**parts))
    for state in NUMBERS:
        published.add(state)
        if state in _VALUES:
            published.world.statuses[_index(state, 1)] = _VALUES[state]
    published.republish_lists()
    published.republish_trust()
    published.storage.files |= {
        ".well-known/jwks.json": b'{"keys": []}',
        ".well-known/did.json": b'{"id": "did:web:certs.example"}',
        ".well-known/did-configuration.json": b'{"@context": "", "linked_dids": []}',
        ".well-known/jwt-vc-issuer": b'{"issuer": "https://certs.example"}',
        "log/checkpoint": b"certs.example/log\n10\nAAAA\n\n\xe2\x80\x94 certs.example/log AAAA\n",
        "log/tile/0/000.p/10": bytes(320),
        "log/tile/entries/000.p/10": b"\0\x02{}",
        f"log/proof/{'ab' * 32}": b'{"position": 1}',
        "bundle.zip": b"PK\x05\x06" + bytes(18),
        "contexts/l/v1": b'{"@context": {}}',
        "criteria/L-2026.1": b"# L Certification\n\nThe **text**.\n",
    }
    return published


def _index(state: str, edition: int) -> int:
    return 1000 + 10 * list(NUMBERS).index(state) + edition


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _changes(world: World, state: str, securing: Securing) -> dict[str, Any]:
    """Claims of one certificate that differ from the form's."""
    changes: dict[str, Any] = {}
    domain = f"{state}.example"
    name = HOSTILE if state == "hostile" else f"{state.title()} Audio Ltd"
    if securing is Securing.COMPACT:
        changes = {"sub": name, "dom": domain}
    else:
        path = "credentialSubject__holder__"
        changes = {f"{path}legalName": name, f"{path}domains__0__name": domain}
        changes["credentialSubject__id"] = f"https://{domain}/"
        if securing is Securing.OPENBADGE:
            changes["sub"] = f"https://{domain}/"
    days = {"expired": -370, "scheduled": 10}.get(state)
    if days is not None:
        changes |= _moved(world, securing, days)
    return changes


def _moved(world: World, securing: Securing, days: int) -> dict[str, Any]:
    """The same term, moved by some days; assessment and grant move along when they have to."""
    first = (world.now + timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
    last = first + timedelta(days=364, hours=23, minutes=59, seconds=59)
    registered = {"nbf": int(first.timestamp()), "exp": int(last.timestamp())}
    if securing is Securing.COMPACT:
        return registered
    granted = min(first - timedelta(days=4), world.now - timedelta(days=4)).date().isoformat()
    inside = "credentialSubject__certificate__"
    changes: dict[str, Any] = {
        "validFrom": first.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "validUntil": last.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "awardedDate": f"{granted}T00:00:00Z",
        f"{inside}validFrom": first.date().isoformat(),
        f"{inside}validThrough": last.date().isoformat(),
        f"{inside}assessedOn": granted,
        f"{inside}grantedOn": granted,
        f"{inside}firstGrantedOn": granted,
    }
    if securing is Securing.OPENBADGE:
        changes |= registered
    if days < 0:
        iat = int(first.timestamp()) - 3600
        path = "credentialSubject__"
        old = (first - timedelta(days=120)).date().isoformat()
        changes |= {
            "iat": iat,
            f"{path}holder__domains__0__checkedOn": old,
            f"{path}scope__covered__0__dataCutoff": old,
        }
    return changes
