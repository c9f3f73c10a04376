"""Payloads known by their spelling: whatever is recognised, the rules themselves find to be exactly that."""

from __future__ import annotations

import copy
import json
import pickle
import random
from itertools import islice

import pytest
from tests.support.evidence import World, make_world
from tests.support.spellings import BASE_URL, ISSUER, SECURINGS, payload, payloads, varied

from lcert_verifier.credential import Credential, from_claims
from lcert_verifier.errors import ClaimError, Malformed
from lcert_verifier.jose import sign_compact
from lcert_verifier.plain import _BAND, _MOST_DAYS, _day, credential_of, match_plain
from lcert_verifier.spelling import Spelling
from lcert_verifier.strict_json import parse_json
from lcert_verifier.verify import Verifier
from lcert_verifier.vocabulary import Securing


def recognised(
    text: str, securing: Securing, base_url: str = BASE_URL, issuer: str = ISSUER
) -> Credential | None:
    body = text.encode("utf-8", "surrogatepass")
    plain = match_plain(body, securing)
    if plain is None:
        return None
    token = sign_compact({"alg": "none"}, body, lambda _: bytes(64))
    return credential_of(plain, token, securing=securing, base_url=base_url, issuer=issuer)


def by_the_rules(text: str, securing: Securing) -> Credential | None:
    try:
        claims = parse_json(text.encode("utf-8", "surrogatepass"), max_bytes=65_536)
        return from_claims(claims, securing=securing, trust_base_url=BASE_URL, issuer=ISSUER)
    except (Malformed, ClaimError, TypeError):
        return None


def same(found: Credential, right: Credential | None) -> bool:
    """Whether two credentials tell the same, before and after the parts of the first have been read."""
    assert right is not None
    quick = (found.number, found.edition, found.valid_from, found.valid_until, found.domain_names)
    assert quick == (right.number, right.edition, right.valid_from, right.valid_until, right.domain_names)
    assert (found.holder_name, found.statement, found.url) == (right.holder_name, right.statement, right.url)
    return found == right and found.to_json() == right.to_json()


@pytest.mark.parametrize(("securing", "text"), payloads())
def test_what_the_issuer_spells_is_recognised(securing: Securing, text: str) -> None:
    found = recognised(text, securing)
    assert found is not None
    assert same(found, by_the_rules(text, securing))


def test_whatever_is_recognised_is_what_the_rules_find() -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    kept = 0
    for securing, text in islice(varied(random.Random(seed)), 3_000):
        found = recognised(text, securing)
        if found is not None:
            kept += 1
            assert same(found, by_the_rules(text, securing)), text
    assert kept > 60  # else nothing was put to the test


PLAIN = payload()
COMPANY = payload(
    scope__level="company",
    scope__modalities=["text", "3d"],
    scope__covered=[
        {"kind": "company", "name": "All", "modality": "text"},
        {"kind": "model", "name": "M", "versions": "1", "modality": "3d", "dataCutoff": "2026-01-31"},
    ],
    scope__notCovered=[],
    holder__domains=[
        {"name": name, "method": "dns-txt", "checkedOn": "2026-11-02"} for name in ("a.example", "b.example")
    ],
    holder__tradingNames=["One", "Two"],
)


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (PLAIN, '"number":"LC-2026-0001"', '"number":"LC-2026-0002"'),
        (PLAIN, '"edition":1', '"edition":2'),
        (PLAIN, '"Quillwater Audio Ltd","trading', '" Quillwater Audio Ltd","trading'),
        (PLAIN, '"legalName":"Quillwater', '"legalName":"Quill\\u0000water'),
        (PLAIN, '"legalName":"Quillwater', '"legalName":"Quill\u202ewater'),
        (PLAIN, '"legalName":"Quillwater', '"legalName":"A\u030a'),
        (PLAIN, '"legalName":"Quillwater', '"legalName":"\u3000Quillwater'),
        (PLAIN, '"legalName":"Quillwater', '"legalName":"Quill\x7fwater'),
        (PLAIN, '"legalName":"Quillwater', '"legalName":"' + 300 * "x"),
        (PLAIN, '"country":"GB"', '"country":"QQ"'),
        (PLAIN, "QUILLWATER0155", "QUILLWATER0156"),
        (PLAIN, '"method":"dns-txt","checkedOn":"2026-11-02"', '"method":"dns-txt","checkedOn":"2026-11-31"'),
        (PLAIN, "https://quillwater.example/", "https://quillwater.test/"),
        (PLAIN, '"assessedOn":"2026-11-09"', '"assessedOn":"2026-11-17"'),
        (PLAIN, '"firstGrantedOn":"2026-11-16"', '"firstGrantedOn":"2026-11-17"'),
        (PLAIN, "2026-11-16", "2026-11-31"),
        (PLAIN, "2027-11-19", "2027-11-21"),
        (PLAIN, "2027-11-19", "2026-11-19"),
        (PLAIN, "2027-11-19", "2027-02-29"),
        (PLAIN, '"kind":"model"', '"kind":"product"'),
        (PLAIN, '"versions":">=3.0,<4",', ""),
        (PLAIN, '"modality":"music"', '"modality":"voice"'),
        (PLAIN, '"dataCutoff":"2026-07-23"', '"dataCutoff":"2026-06-31"'),
        (PLAIN, '"share":"80-90"', '"share":"90-80"'),
        (PLAIN, '"share":"80-90"', '"share":"80-101"'),
        (PLAIN, '"share":"80-90"', '"share":"30-40"'),
        (PLAIN, '"share":"80-90"', '"share":"95"'),
        (PLAIN, '["record-label"]', '["record-label","record-label"]'),
        (PLAIN, '"licensorTypes":["record-label"]', '"licenses":["MIT AND"]'),
        (PLAIN, '"licensorTypes":["record-label"]', '"licenses":["MIT","MIT"]'),
        (PLAIN, '"id":"ev-2"', '"id":"ev-1"'),
        (PLAIN, '"reviewer":"rv-02"', '"reviewer":"dm-01"'),
        (PLAIN, '"idx":4711', '"idx":4712'),
        (PLAIN, "4711", "131072"),
        (PLAIN, '"iat":', '"iat":9'),
        (PLAIN, '"iat":', '"iat":0'),
        (PLAIN, '"iss', '"vc":1,"iss'),
        (PLAIN, '"name":"L Cert', '"name":"L Cert","name":"L Cert'),
        (COMPANY, '"notCovered":[]', '"notCovered":[{"name":"x"}]'),
        (COMPANY, '"name":"b.example"', '"name":"a.example"'),
        (COMPANY, '2026-11-02"}]', '2026-11-92"}]'),
        (COMPANY, '["One","Two"]', '["One","One"]'),
        (COMPANY, '["text","3d"]', '["text","text"]'),
        (COMPANY, '"kind":"model","name":"M","versions":"1"', '"kind":"model","name":"M"'),
        (COMPANY, '"dataCutoff":"2026-01-31"', '"dataCutoff":"2026-02-31"'),
        (payload(edition=3), "/c/LC-2026-0001/2", "/c/LC-2026-0001/3"),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_not_recognised(text: str, old: str, new: str) -> None:
    changed = text.replace(old, new)
    if '"iss' not in old and '"name":"L Cert' not in old:
        assert changed != text, "the change found its place"
    if changed != text:
        assert recognised(changed, Securing.VC_JWT) is None
        assert by_the_rules(changed, Securing.VC_JWT) is None
    assert recognised(text, Securing.VC_JWT) is not None


@pytest.mark.parametrize("name", ["iss", "sub", "jti", "nbf", "exp"])
def test_an_open_badge_says_the_same_in_its_registered_claims(name: str) -> None:
    text = payload(Securing.OPENBADGE)
    value = json.loads(text)[name]
    other = value + (1 if isinstance(value, int) else "x")
    changed = text.replace(f'"{name}":{json.dumps(value)}', f'"{name}":{json.dumps(other)}')
    assert changed != text
    assert recognised(changed, Securing.OPENBADGE) is None
    assert recognised(text, Securing.VC_JWT) is None


def test_long_names_and_hosts_are_left_to_the_rules() -> None:
    host = "a" * 60 + ".example"
    text = PLAIN.replace("quillwater.example", host)
    assert recognised(text, Securing.VC_JWT) is None
    assert by_the_rules(text, Securing.VC_JWT) is not None
    two = COMPANY.replace("b.example", host)
    assert recognised(two, Securing.VC_JWT) is None
    assert by_the_rules(two, Securing.VC_JWT) is not None
    assert recognised(PLAIN, Securing.VC_JWT, base_url="https://other.example") is None
    assert recognised(PLAIN, Securing.VC_JWT, issuer="did:web:other.example") is None
    far = "https://" + "c" * 140 + ".example"
    assert recognised(PLAIN.replace(BASE_URL, far), Securing.VC_JWT, base_url=far) is None


def test_what_is_no_text_is_not_recognised() -> None:
    assert match_plain(b"\xff" + PLAIN.encode(), Securing.VC_JWT) is None


def test_the_parts_are_read_when_they_are_asked_for() -> None:
    right = by_the_rules(PLAIN, Securing.VC_JWT)

    def fresh() -> Credential:
        found = recognised(PLAIN, Securing.VC_JWT)
        assert found is not None
        return found

    assert right is not None
    assert pickle.loads(pickle.dumps(fresh())) == right
    assert copy.deepcopy(fresh()) == right
    assert hash(fresh()) == hash(right)
    assert repr(fresh()) == repr(right)
    assert fresh().scope == right.scope
    with pytest.raises(AttributeError, match="colour"):
        _ = fresh().colour  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        fresh().id = "x"  # type: ignore[misc]


def test_dates_and_shares_are_remembered_within_bounds() -> None:
    for memory in (_day, _BAND):
        memory.clear()
        for n in range(_MOST_DAYS + 10):
            key = (
                f"{1900 + n // 336:04}-{n // 28 % 12 + 1:02}-{n % 28 + 1:02}"
                if memory is _day
                else f"{n}-{n}"
            )
            assert memory[key]
            assert len(memory) <= _MOST_DAYS


def test_the_pattern_is_made_for_the_ninth_token_and_not_before() -> None:
    spelling = Spelling()
    header, body = {"typ": "vc+jwt"}, PLAIN.encode()
    assert [spelling.look(header, body) is None for _ in range(9)] == [True] * 8 + [False]
    assert spelling.look({"typ": "lc+jwt"}, body) is None


@pytest.fixture
def world() -> World:
    return make_world()


def seasoned(world: World) -> Verifier:
    """A verifier that has seen enough tokens to know the spelling."""
    verifier = world.verifier()
    for n in range(9):
        verifier.verify(world.token(header={"typ": "vc+jwt"}, iat=n))
    return verifier


@pytest.mark.parametrize("securing", SECURINGS)
def test_a_recognised_token_gets_the_report_that_the_rules_give(world: World, securing: Securing) -> None:
    verifier = seasoned(world)
    for token in (
        world.token(securing, payload=payload(securing).encode()),
        world.token(securing, payload=payload(securing).encode(), key=world.stranger),
        world.token(securing, payload=payload(securing).replace("GB", "QQ").encode()),
        world.token(securing, payload=payload(securing).replace("2027-11-19", "2026-11-21").encode()),
        world.token(securing, payload=payload(securing, edition=2).encode()),
    ):
        by_spelling, by_rules = verifier.verify(token), world.verifier().verify(token)
        assert by_spelling == by_rules
        assert json.dumps(by_spelling.to_json()) == json.dumps(by_rules.to_json())
        assert verifier.verify(token) == by_rules, "and so when it is seen again"
