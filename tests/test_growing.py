"""A registry that the bench fills fast is one that the issuer accepts."""

from __future__ import annotations

from bench.filling import fill, hurried
from bench.programmes import MEMORY, a_house, drafts, issuing_signer, now

from lcert_issuer import doctor
from lcert_verifier.report import Code
from lcert_verifier.verify import Verifier
from lcert_verifier.vocabulary import Securing


def test_doctor_and_verifier_are_content_with_a_filled_registry() -> None:
    with a_house(within=MEMORY) as house:
        with hurried(house):
            numbers = fill(house, drafts(1)[0], 0, 60, issuing_signer(house))
            numbers += fill(house, drafts(1)[0], 60, 5, issuing_signer(house))
        house.publisher.publish(bundle=True)
        wrong = [found for found in doctor.examine(house.settings, now=now()) if found.level == "wrong"]
        verifier = Verifier.from_bundle(house.storage.get("bundle.zip") or b"", clock=now)
        codes = {
            n: {verifier.verify(house.token(number, securing=securing.value)).code for securing in Securing}
            for n, number in enumerate(numbers)
        }
    assert wrong == []
    assert codes.pop(0) == codes.pop(60) == {Code.REVOKED}
    assert codes.pop(50) == {Code.SUSPENDED}
    assert set(map(frozenset, codes.values())) == {frozenset({Code.VALID})}
