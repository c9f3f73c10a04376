"""Version ranges mean what PEP 440 says, and what cannot be read is neither in nor out."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from lcert_verifier.versions import in_range, parse_version

NUMBERS = st.integers(0, 4)
RELEASES = st.lists(NUMBERS, min_size=1, max_size=3).map(lambda parts: ".".join(map(str, parts)))
SUFFIXES = st.sampled_from(["", "", "", "a1", "rc2", ".post1", ".dev3", "b1.dev2", "rc1.post2", "-1"])
VERSIONS = st.builds(lambda release, suffix: release + suffix, RELEASES, SUFFIXES)
CLAUSES = st.one_of(
    st.builds(
        lambda op, version: op + version, st.sampled_from(["==", "!=", "<=", ">=", "<", ">"]), VERSIONS
    ),
    st.builds(lambda op, release: f"{op}{release}.*", st.sampled_from(["==", "!="]), RELEASES),
    st.builds(lambda release, last: f"~={release}.{last}", RELEASES, NUMBERS),
)


@given(VERSIONS, st.lists(CLAUSES, min_size=1, max_size=3).map(",".join))
@settings(max_examples=600, deadline=None)
def test_ranges_agree_with_the_packaging_project(version: str, specifiers: str) -> None:
    assert in_range(version, specifiers) is SpecifierSet(specifiers).contains(version, prereleases=True)


@given(VERSIONS, VERSIONS)
@settings(max_examples=300, deadline=None)
def test_the_order_agrees_with_the_packaging_project(one: str, other: str) -> None:
    first, second = parse_version(one), parse_version(other)
    assert first is not None
    assert second is not None
    assert (first < second, first == second) == (
        Version(one) < Version(other),
        Version(one) == Version(other),
    )


def test_development_releases_come_before_what_they_lead_to() -> None:
    texts = ["1.dev2", "1.dev10", "1a1.dev3", "1a1", "1.post1.dev1", "1.post1", "1.1.dev0"]
    assert sorted(texts, key=Version) == texts
    keys = [parse_version(text) for text in texts]
    assert all(one is not None and other is not None and one < other for one, other in pairwise(keys))


@pytest.mark.parametrize(
    ("text", "same"), [("1a", "1a0"), ("1.post", "1.post0"), ("1.dev", "1.dev0"), ("v1", "1"), (" 1 ", "1")]
)
def test_what_a_version_leaves_out_is_nought(text: str, same: str) -> None:
    assert parse_version(text) == parse_version(same) is not None


def test_texts_have_an_end() -> None:
    assert parse_version(" " * 299 + "1") == parse_version("1")
    assert parse_version(" " * 300 + "1") is None
    assert in_range("1", ">=1".ljust(300)) is True
    assert in_range("1", ">=1".ljust(301)) is None


@pytest.mark.parametrize(
    ("version", "specifiers", "answer"),
    [
        ("1", "==1.0.1.*", False),
        ("1.0.1.5", "==1.0.1.*", True),
        ("1", "!=1.0.*", False),
        ("1", "!=1.2.*", True),
        ("1.1", "!=1.2", True),
        ("1.2", "~=1.2", True),
        ("1.1", "~=1.2", False),
        ("1.3", "~=1.2.0", False),
        ("1.2", "~=1.2.1", False),
        ("1.2.9", "~=1.2.1", True),
        ("2", "~=1.2", False),
        ("1b1", "<1rc1", True),
        ("1b1", "<1", False),
        ("1", "<1.post1", True),
        ("1", "<1.post0", True),
        ("1.post0", "<1.post1", True),
        ("1.post0", ">1", False),
        ("1.post1", ">1", False),
        ("1.1", ">1", True),
        ("1.post1", ">1.post0", True),
        ("1.post1", ">1.post1", False),
    ],
)
def test_ranges_in_examples(version: str, specifiers: str, answer: bool) -> None:
    assert SpecifierSet(specifiers).contains(version, prereleases=True) is answer
    assert in_range(version, specifiers) is answer


@pytest.mark.parametrize(
    ("version", "specifiers", "answer"),
    [
        ("3.1", ">=3.0,<4", True),
        ("3.1", ">=3.0, <4", True),
        ("v3.1", ">=3.0,<4", True),
        ("4.0", ">=3.0,<4", False),
        ("4.0rc1", ">=3.0,<4", False),
        ("3.9", "3.x", True),
        ("4.0", "3.x", False),
        ("3.9", "3.*", True),
        ("1.0.0", "1.0", True),
        ("1.1", "1.0", False),
        ("7", "*", True),
        ("7", "==*", True),
        ("7", "!=*", None),
        ("1.0", "latest", None),
        ("latest", ">=1", None),
        ("1.0+cu12", ">=1", None),
        ("1!1.0", ">=1", None),
        ("1.0", ">=1,", None),
        ("1.0", "", None),
        ("1.0", ">=1.*", None),
        ("1.0", "~=1", None),
        ("1.0", "===1.0", None),
        ("1.0", "=1.0", None),
        ("1.0", "^1.0", None),
        ("1" * 400, ">=1", None),
        ("١.٠", ">=1", None),
    ],
)
def test_what_cannot_be_read_is_neither_in_nor_out(
    version: str, specifiers: str, answer: bool | None
) -> None:
    assert in_range(version, specifiers) is answer
