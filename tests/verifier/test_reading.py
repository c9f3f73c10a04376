"""The rules of the claim set, as the issuer's form and the verifier's tokens both meet them."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.evidence import NOW, changed
from tests.support.forms import form

from lcert_verifier.countries import COUNTRIES
from lcert_verifier.errors import ClaimError
from lcert_verifier.fields import Fields, text_problem
from lcert_verifier.reading import (
    is_lei,
    is_spdx,
    parse_data_basis,
    parse_decision,
    parse_evidence,
    parse_holder,
    parse_scope,
)

FORM = form(NOW.date())


def read(body: Any, *, problems: list[ClaimError] | None = None, strict: bool = True) -> dict[str, Any]:
    fields = Fields(body, problems=problems, strict=strict)
    return {
        "holder": parse_holder(fields.object("holder")).to_json(),
        "scope": parse_scope(fields.object("scope")).to_json(),
        "dataBasis": [item.to_json() for item in parse_data_basis(fields)],
        "evidence": [item.to_json() for item in parse_evidence(fields)],
        "decision": parse_decision(fields.object("decision")).to_json(),
    }


def test_the_parts_of_the_form_come_back_as_they_were() -> None:
    assert read(FORM) == {
        name: FORM[name] for name in ("holder", "scope", "dataBasis", "evidence", "decision")
    }


WRONG = [
    ("holder.legalName", {"holder__legalName": ""}),
    ("holder.legalName", {"holder__legalName": "   "}),
    ("holder.legalName", {"holder__legalName": " Quillwater"}),
    ("holder.legalName", {"holder__legalName": "x" * 301}),
    ("holder.legalName", {"holder__legalName": "Quill\u0007water"}),
    ("holder.legalName", {"holder__legalName": "Quill\nwater"}),
    ("holder.legalName", {"holder__legalName": "\u202eretawlliuQ"}),
    ("holder.legalName", {"holder__legalName": "Quill\u2028water"}),
    ("holder.legalName", {"holder__legalName": "\ud800"}),
    ("holder.legalName", {"holder__legalName": 7}),
    ("holder.legalName", {"holder__legalName": None}),
    ("holder.tradingNames[0]", {"holder__tradingNames": [1]}),
    ("holder.tradingNames", {"holder__tradingNames": ["a", "a"]}),
    ("holder.tradingNames", {"holder__tradingNames": ["a"] * 1001}),
    ("holder.country", {"holder__country": "UK"}),
    ("holder.country", {"holder__country": "gb"}),
    ("holder.country", {"holder__country": ["GB"]}),
    ("holder.country", {"holder__country": None}),
    ("holder.registration", {"holder__registration": None}),
    ("holder.registration", {"holder__registration": "GB-COH"}),
    ("holder.registration.id", {"holder__registration__id": None}),
    ("holder.lei", {"holder__lei": "999900QUILLWATER0156"}),
    ("holder.lei", {"holder__lei": "999900quillwater0155"}),
    ("holder.lei", {"holder__lei": 5}),
    ("holder.domains", {"holder__domains": []}),
    ("holder.domains", {"holder__domains": "quillwater.example"}),
    ("holder.domains[0]", {"holder__domains": ["quillwater.example"]}),
    ("holder.domains[0].name", {"holder__domains__0__name": "Quillwater.example"}),
    ("holder.domains[0].name", {"holder__domains__0__name": "https://quillwater.example"}),
    ("holder.domains[0].name", {"holder__domains__0__name": "quillwater.example."}),
    ("holder.domains[0].name", {"holder__domains__0__name": "quillwater"}),
    ("holder.domains[0].name", {"holder__domains__0__name": "127.0.0.1"}),
    ("holder.domains[0].name", {"holder__domains__0__name": "bücher.example"}),
    ("holder.domains[0].name", {"holder__domains__0__name": "xn--a.example"}),
    ("holder.domains[0].name", {"holder__domains__0__name": "-a.example"}),
    ("holder.domains[0].name", {"holder__domains__0__name": "a..example"}),
    ("holder.domains[0].checkedOn", {"holder__domains__0__checkedOn": "2026-02-30"}),
    ("holder.domains[0].checkedOn", {"holder__domains__0__checkedOn": "20261102"}),
    ("holder.domains[0].checkedOn", {"holder__domains__0__checkedOn": "2026-W45-1"}),
    ("holder.domains[0].checkedOn", {"holder__domains__0__checkedOn": "2026-11-02T00:00:00Z"}),
    ("holder.domains[0].method", {"holder__domains__0__method": "dns txt"}),
    ("scope.level", {"scope__level": "planet"}),
    ("scope.statement", {"scope__statement": None}),
    ("scope.modalities", {"scope__modalities": []}),
    ("scope.modalities[0]", {"scope__modalities": ["smell"]}),
    ("scope.modalities", {"scope__modalities": ["music", "music"]}),
    ("scope.covered", {"scope__covered": []}),
    ("scope.covered[0].kind", {"scope__covered__0__kind": "company"}),
    ("scope.covered[0].kind", {"scope__covered__0__kind": "product"}),
    ("scope.covered[0].kind", {"scope__covered__0__kind": None}),
    ("scope.covered[0].versions", {"scope__covered__0__versions": None}),
    ("scope.covered[0].modality", {"scope__covered__0__modality": "image"}),
    ("scope.covered[0].ids[0].value", {"scope__covered__0__ids__0__value": "a/b/c"}),
    ("scope.covered[0].ids[1].value", {"scope__covered__0__ids__1__value": "javascript:alert(1)"}),
    ("scope.covered[0].ids[0].value", {"scope__covered__0__ids__0": {"type": "sha256", "value": "AB"}}),
    ("holder.domains", {"holder__domains": FORM["holder"]["domains"] * 2}),
    ("scope.notCovered", {"scope__notCovered": None}),
    ("scope.notCovered", {"scope__level": "company"}),
    ("scope.upstream", {"scope__upstream": None}),
    ("scope.upstream[0].name", {"scope__upstream__0__name": None}),
    ("dataBasis", {"dataBasis": []}),
    ("dataBasis", {"dataBasis": None}),
    ("dataBasis[0].basis", {"dataBasis__0__basis": "fair-use"}),
    ("dataBasis[0].basis", {"dataBasis__0__basis": None}),
    ("dataBasis[0].share", {"dataBasis__0__share": "90-80"}),
    ("dataBasis[0].share", {"dataBasis__0__share": "80-190"}),
    ("dataBasis[0].share", {"dataBasis__0__share": "90-101"}),
    ("dataBasis[0].share", {"dataBasis__0__share": "80%"}),
    ("dataBasis[0].share", {"dataBasis__0__share": 85}),
    ("dataBasis", {"dataBasis__0__share": "95-99", "dataBasis__1__share": "10-20"}),
    ("dataBasis", {"dataBasis__0__share": "10-20"}),
    ("dataBasis[1].licenses[0]", {"dataBasis__1__licenses": ["MIT AND"]}),
    ("dataBasis[0].licensorTypes[0]", {"dataBasis__0__licensorTypes": ["Record label"]}),
    ("evidence", {"evidence": []}),
    ("evidence[0].digest", {"evidence__0__digest": "sha256-short"}),
    ("evidence[0].digest", {"evidence__0__digest": "sha256-" + "B" * 43}),
    ("evidence", {"evidence__1__id": "ev-1"}),
    ("decision.separation", {"decision__separation": "cosy"}),
    ("decision.separation", {"decision__decider": "rv-02"}),
    ("decision", {"decision": []}),
]


@pytest.mark.parametrize(("path", "changes"), WRONG, ids=lambda value: repr(value)[:80])
def test_a_fault_is_named_by_its_path(path: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ClaimError) as caught:
        read(changed(FORM, **changes))
    assert caught.value.path == path


def test_a_collecting_reading_names_every_fault_at_once() -> None:
    body = changed(
        FORM,
        holder__lei="999900QUILLWATER0156",
        holder__country="UK",
        scope__modalities=["smell"],
        dataBasis__0__basis="fair-use",
        evidence__0__digest="x",
        decision=None,
    )
    problems: list[ClaimError] = []
    read(body, problems=problems)
    assert {problem.path for problem in problems} == {
        "holder.lei",
        "holder.country",
        "scope.modalities[0]",
        "dataBasis[0].basis",
        "evidence[0].digest",
        "decision",
    }


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("holder.colour", {"holder__colour": 1}),
        ("holder.domains[0].ttl", {"holder__domains__0__ttl": 1}),
        ("scope.covered[0].licence", {"scope__covered__0__licence": "MIT"}),
        ("scope.covered[0].ids[0].note", {"scope__covered__0__ids__0__note": "x"}),
        ("scope.notCovered[0].note", {"scope__notCovered__0__note": "x"}),
        ("scope.upstream[0].note", {"scope__upstream__0__note": "x"}),
        ("scope.note", {"scope__note": "x"}),
        ("holder.registration.note", {"holder__registration__note": "x"}),
        ("evidence[1].note", {"evidence__1__note": "x"}),
        ("dataBasis[0].licensor", {"dataBasis__0__licensor": "A Label"}),
        ("decision.name", {"decision__name": "Ann"}),
    ],
)
def test_only_a_strict_reading_refuses_members_nobody_knows(path: str, change: dict[str, Any]) -> None:
    problems: list[ClaimError] = []
    read(changed(FORM, **change), problems=problems)
    assert [problem.path for problem in problems] == [path]
    assert read(changed(FORM, **change), strict=False)


def test_a_company_certificate_covers_the_company_and_what_is_in_it() -> None:
    body = changed(FORM, scope__level="company", scope__notCovered=[], scope__covered__0__kind="company")
    del body["scope"]["covered"][0]["versions"]
    del body["scope"]["covered"][0]["ids"]
    assert read(body)["scope"]["level"] == "company"


@pytest.mark.parametrize(
    "shares",
    [("100", "0"), ("0-100", "100"), ("0-100", "0-100"), ("80-90", None), (None, None), ("5-60", "40-50")],
)
def test_shares_that_can_add_up_pass(shares: tuple[str | None, str | None]) -> None:
    assert read(changed(FORM, dataBasis__0__share=shares[0], dataBasis__1__share=shares[1]))


def test_one_of_each_is_enough_and_a_placeholder_says_nothing() -> None:
    body = changed(FORM, dataBasis__1=None, evidence__1=None, dataBasis__0__share="100")
    assert [len(read(body)[name]) for name in ("dataBasis", "evidence")] == [1, 1]
    problems: list[ClaimError] = []
    told = read(changed(FORM, holder__country="UK", holder__lei=None), problems=problems)
    assert (told["holder"]["country"], "lei" in told["holder"]) == ("", False)
    assert [problem.path for problem in problems] == ["holder.country"]


def test_unsigned_input_is_brought_into_normal_form_and_a_token_must_have_it() -> None:
    body = changed(FORM, holder__legalName="Gru\u0308nwald")
    assert read(body, problems=[])["holder"]["legalName"] == "Grünwald"
    with pytest.raises(ClaimError, match="NFC"):
        read(body)


@pytest.mark.parametrize(
    "name",
    [
        "x" * 300,
        "Ærøskøbing A/S",
        "日本の会社",
        "شركة",
        "חברה",
        "ನಮಸ್ಕಾರ",
        "<b>&amp;</b>",
        "O’Neill & Søn 🎵",
        "ক্ষ‍",
    ],
)
def test_names_of_every_script_pass(name: str) -> None:
    assert text_problem(name) is None


@given(st.from_regex(r"[0-9A-Z]{18}", fullmatch=True))
def test_a_lei_has_exactly_one_right_checksum(body: str) -> None:
    digits = "".join(str(int(char, 36)) for char in body) + "00"
    check = 98 - int(digits) % 97
    right = f"{body}{check:02}"
    assert is_lei(right)
    assert not is_lei(f"{body}{(check + 1) % 100:02}")
    assert not is_lei(right.lower() if right.lower() != right else right[1:])


def test_there_are_249_countries() -> None:
    assert len(COUNTRIES) == 249


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("CC0-1.0", True),
        ("MIT OR (Apache-2.0 AND BSD-3-Clause)", True),
        ("GPL-2.0+ WITH Classpath-exception-2.0", True),
        ("LicenseRef-Label-2024", True),
        ("DocumentRef-x:LicenseRef-y", True),
        ("CC-PDM-1.0", True),
        ("", False),
        ("MIT Apache-2.0", False),
        ("AND MIT", False),
        ("(MIT", False),
        ("MIT)", False),
        ("()", False),
        ("MIT ()", False),
        ("MIT (CC0-1.0)", False),
        ("MIT WITH AND", False),
        ("(MIT))", False),
        ("MIT) OR (MIT", False),
        (" MIT", True),
        ("fair use!", False),
    ],
)
def test_licences_have_the_form_of_spdx_expressions(text: str, right: bool) -> None:
    assert is_spdx(text) is right


@given(st.text(max_size=400))
def test_text_that_passes_can_be_written_down(text: str) -> None:
    if text_problem(text) is None:
        assert text.encode("utf-8").decode("utf-8") == text.strip()
        assert len(text) <= 300
        assert not any(ord(char) < 32 for char in text)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
PLACES = [
    "holder", "holder__legalName", "holder__domains", "holder__domains__0", "holder__domains__0__name", "holder__lei",
    "holder__country", "holder__registration", "scope", "scope__level", "scope__modalities", "scope__covered",
    "scope__covered__0", "scope__covered__0__ids", "scope__covered__0__kind", "scope__notCovered", "scope__upstream",
    "dataBasis", "dataBasis__0", "dataBasis__0__share", "dataBasis__0__basis", "dataBasis__0__licensorTypes",
    "evidence", "evidence__0", "evidence__0__digest", "decision", "decision__separation",
]  # fmt: skip


@given(st.sampled_from(PLACES), ANYTHING)
def test_no_value_anywhere_raises_anything_but_a_claim_error(place: str, value: Any) -> None:
    body = changed(FORM, **{place: value})
    with contextlib.suppress(ClaimError):
        read(body, strict=False)
    read(body, problems=[])
