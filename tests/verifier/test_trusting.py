"""Trust as a person names it: everything named is used or told to be unusable, and nothing is left out in silence."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.edges import NOW, Issuer

from lcert_verifier.errors import TrustError
from lcert_verifier.fetch import Fetcher
from lcert_verifier.inputs import UsageError
from lcert_verifier.trusting import OpenTrust, UnusableSource, open_trust

ISSUER = Issuer()


def opened(*given: str, offline: bool = False) -> OpenTrust:
    return open_trust(given, fetcher=Fetcher, clock=lambda: NOW, offline=offline)


def test_everything_named_is_a_source_in_its_order(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
    good.write_bytes(ISSUER.bundle())
    bad.write_bytes(b"no bundle")
    trust = opened("https://A.example", str(bad), str(good), "https://b.example", str(good))
    kinds = [type(source).__name__ for source in trust.sources]
    assert kinds == ["PublishedSource", "UnusableSource", "BundleSource", "PublishedSource", "BundleSource"]
    assert [source.offline for source in trust.sources] == [False, True, True, False, True]
    assert trust.origins == ("https://a.example", "https://b.example")
    assert trust.readers.keys() == {*trust.origins, ISSUER.base_url}
    (problem,) = trust.problems
    assert problem.startswith(f"{bad} cannot be used: ")


def test_trust_that_cannot_be_used_answers_nothing() -> None:
    source = UnusableSource("l.zip cannot be used")
    for ask in (
        lambda: source.trust(NOW),
        lambda: source.status_list("https://a.example/status/token/1", NOW),
        lambda: source.bitstring_list("https://a.example/status/bitstring/revocation/1", NOW),
    ):
        with pytest.raises(TrustError, match=r"^l\.zip cannot be used$"):
            ask()


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("certs.example", " (an origin begins with https://: https://certs.example?)"),
        ("bundles/l.zip", ""),
        ("bundle", ""),
        ("a/b", ""),
    ],
)
def test_what_is_no_file_may_be_an_origin_that_lacks_its_beginning(given: str, hint: str) -> None:
    with pytest.raises(UsageError) as refused:
        opened("https://certs.example", given)
    assert str(refused.value) == f"there is no bundle {given}{hint}"


def test_an_origin_is_no_trust_offline() -> None:
    with pytest.raises(UsageError, match="needs a bundle file"):
        opened("https://certs.example", offline=True)
    with pytest.raises(UsageError, match="no trust given"):
        opened(offline=True)
