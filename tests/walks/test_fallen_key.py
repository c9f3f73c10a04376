"""A requirement answered by a bundle's records says no more than a verifier that has the token and the same bundle."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.chronicle import keep_chronicle

from lcert_verifier.lookup import Lookup
from lcert_verifier.report import Verdict
from lcert_verifier.requirements import check_requirement, parse_requirements
from lcert_verifier.vocabulary import KeyPurpose


@pytest.mark.parametrize("anchored", [False, True])
def test_no_requirement_is_met_by_what_a_fallen_key_signed(tmp_path: Path, anchored: bool) -> None:
    with keep_chronicle(tmp_path / "home") as chronicle:
        chronicle.to("2027-01-04")
        bench, desk = chronicle.bench, chronicle.bench.desk
        older = bench.issue()
        since = bench.head().size
        newer, rekeyed = bench.issue(), bench.issue()
        bench.clock.now += timedelta(days=1)
        kid = desk.keyring().signing(KeyPurpose.ISSUER).kid
        desk.compromise_key(kid, since=since if anchored else None)
        desk.rekey(rekeyed)
        chronicle.publish()
        bundle = Lookup.from_bundle(chronicle.read("bundle.zip"), clock=bench.clock)
        found = {}
        for number, edition in ((older, 1), (newer, 1), (rekeyed, 2)):
            wanted = parse_requirements(f'[[require]]\nnumber = "{number}"\n'.encode()).require[0]
            answer = check_requirement(wanted, [bundle], lambda _: None, now=chronicle.now)
            report = chronicle.offline().verify(chronicle.token(number, edition))
            assert answer.verdict is report.verdict, number
            found[number] = answer.verdict
        stands = Verdict.ACCEPTED if anchored else Verdict.REJECTED
        assert found == {older: stands, newer: Verdict.REJECTED, rekeyed: Verdict.ACCEPTED}
