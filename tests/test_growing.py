"""A registry that the bench fills fast is one that the issuer accepts."""

from __future__ import annotations

from bench.filling import drafts_like, fill, hurried
from bench.programmes import MEMORY, a_house, drafts, issuing_signer, now

from lcert_issuer import doctor
from lcert_verifier.report import Code
from lcert_verifier.verify import Verifier
from lcert_verifier.vocabulary import Securing


def test_doctor_and_verifier_are_content_with_a_filled_registry() -> None:
    with a_house(within=MEMORY) as house:
        with hurried(house):
            issued = fill(house, list(drafts_like(drafts(1)[0], 0, 40)), issuing_signer(house))
            house.desk.withdraw(issued[3].number, reason="unspecified")
        house.publisher.publish(bundle=True)
        wrong = [found for found in doctor.examine(house.settings, now=now()) if found.level == "wrong"]
        verifier = Verifier.from_bundle(house.storage.get("bundle.zip") or b"", clock=now)
        codes = {verifier.verify(token).code for item in issued[4:] for token in item.tokens.values()}
        ended = verifier.verify(issued[3].tokens[Securing.VC_JWT]).code
    assert wrong == []
    assert (codes, ended) == ({Code.VALID}, Code.REVOKED)
