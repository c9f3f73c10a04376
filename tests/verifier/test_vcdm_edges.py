"""Edges of the data model's rules: which contexts, types and typed members are read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from lcert_verifier.errors import ClaimError
from lcert_verifier.fields import Fields
from lcert_verifier.vcdm import check_contexts, check_typed_members, check_types, is_type, read_datetime
from lcert_verifier.vocabulary import CONTEXT_OB, CONTEXT_OB_EXT, CONTEXT_PATH, CONTEXT_VC

HOME = "http://127.0.0.1:8080"
OURS = HOME + CONTEXT_PATH
ELSE = "https://a.example/"


@pytest.mark.parametrize(
    ("contexts", "path", "words"),
    [
        ([CONTEXT_VC, CONTEXT_OB, CONTEXT_OB_EXT, OURS], None, ""),
        ([CONTEXT_VC, OURS], None, ""),
        ([CONTEXT_VC, ELSE, OURS], None, ""),
        ([CONTEXT_VC, OURS, *[ELSE] * 14], None, ""),
        ([CONTEXT_VC, OURS, *[ELSE] * 15], "@context", "more than 16"),
        ([CONTEXT_VC], "@context", "at least 2"),
        ([CONTEXT_VC, ELSE], "@context", "lacks"),
        ([OURS, CONTEXT_VC], "@context[0]", "must be https://www.w3.org"),
        ([CONTEXT_VC, OURS, {}], "@context[2]", "must be an https URL"),
        ([CONTEXT_VC, OURS, "http://a.example/"], "@context[2]", "must be an https URL"),
        ([CONTEXT_VC, OURS, HOME + "1/x"], "@context[2]", "must be an https URL"),
        ([CONTEXT_VC, OURS, "https://a b"], "@context[2]", "must be an https URL"),
        ([CONTEXT_VC, OURS, HOME], "@context[2]", "must be an https URL"),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_contexts_are_known_or_https(contexts: list[Any], path: str | None, words: str) -> None:
    if path is None:
        check_contexts(Fields({"@context": contexts}), HOME, badge=False)
        return
    with pytest.raises(ClaimError, match=words) as caught:
        check_contexts(Fields({"@context": contexts}), HOME, badge=False)
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("types", "taken"),
    [
        (["A", "B"], True),
        (["B", "A"], True),
        (["A", "C", "B"], True),
        (["A", "B", *"CDEFGHIJKLMNOP"], True),
        (["A", "B", *"CDEFGHIJKLMNOPQ"], False),
        (["A"], False),
        (["B"], False),
        (["A", "B", 1], False),
        ([], False),
        ("A", False),
    ],
)
def test_types_are_names_with_those_that_are_wanted(types: Any, taken: bool) -> None:
    if taken:
        check_types(Fields({"type": types}), "type", ("A", "B"))
        return
    with pytest.raises(ClaimError) as caught:
        check_types(Fields({"type": types}), "type", ("A", "B"))
    assert caught.value.path == "type"


@pytest.mark.parametrize(
    ("value", "answer"),
    [("A", True), ("", False), (["A", "B"], True), (["A", ""], False), (["A", 1], False), ([], False)]
    + [(value, False) for value in (None, 1, {}, True)],
    ids=repr,
)
def test_a_type_is_a_name_or_names(value: Any, answer: bool) -> None:
    assert is_type(value) is answer


TYPED = {"type": "T", "id": "urn:x"}


@pytest.mark.parametrize("name", ["credentialSchema", "termsOfUse", "evidence", "refreshService", "image"])
@pytest.mark.parametrize(
    ("value", "path"),
    [
        (TYPED, None),
        ([TYPED, {"type": ["T"], "id": "urn:y"}], None),
        (None, ""),
        ([], ""),
        ([TYPED, {}], ""),
        ([TYPED, 1], ""),
        ({"id": "urn:x"}, ""),
        ([TYPED, {"type": "T", "id": "x y"}], ".id"),
        ({"type": "T", "id": 1}, ".id"),
    ],
    ids=repr,
)
def test_typed_members_are_typed(name: str, value: Any, path: str | None) -> None:
    if path is None:
        check_typed_members(Fields({name: value}))
        return
    with pytest.raises(ClaimError) as caught:
        check_typed_members(Fields({name: value}))
    assert caught.value.path == name + path


@pytest.mark.parametrize("name", ["credentialSchema", "termsOfUse", "evidence", "refreshService", "image"])
def test_a_schema_and_an_image_are_nothing_without_an_address(name: str) -> None:
    fields = Fields({name: [{"type": "T"}]})
    if name in ("credentialSchema", "image"):
        with pytest.raises(ClaimError, match="is missing") as caught:
            check_typed_members(fields)
        assert caught.value.path == f"{name}.id"
    else:
        check_typed_members(fields)


def test_an_open_badge_has_its_context_in_the_second_place() -> None:
    for second in (CONTEXT_OB, "https://purl.imsglobal.org/spec/ob/v3p0/context.json"):
        check_contexts(Fields({"@context": [CONTEXT_VC, second, OURS]}), HOME, badge=True)
    arabic = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.\u0660.\u0663.json"
    for contexts in (
        [CONTEXT_VC, OURS],
        [CONTEXT_VC, OURS, CONTEXT_OB],
        [CONTEXT_VC, CONTEXT_OB_EXT, OURS],
        [CONTEXT_VC, arabic, OURS],
    ):
        with pytest.raises(ClaimError) as caught:
            check_contexts(Fields({"@context": contexts}), HOME, badge=True)
        assert caught.value.path == "@context[1]"


WORD = {"@value": "x"}
SPOKEN = {"@value": "x", "@language": "zh-Hant-TW", "@direction": "rtl"}


@pytest.mark.parametrize("name", ["name", "description"])
@pytest.mark.parametrize(
    ("value", "taken"),
    [("x", True), (WORD, True), ([WORD, WORD], True), ([WORD, {}], False), ([], False), ([WORD, 1], False)]
    + [(SPOKEN, True)]
    + [(value, False) for value in (None, 1, {}, {"@value": 1})]
    + [
        ({**WORD, name: value}, False)
        for name, value in (("@language", 5), ("@language", "a b"), ("@type", "x"))
    ]
    + [({**WORD, "@direction": value}, False) for value in ("up", None)],
    ids=repr,
)
def test_texts_are_texts_or_language_values(name: str, value: Any, taken: bool) -> None:
    if taken:
        check_typed_members(Fields({name: value}))
        return
    with pytest.raises(ClaimError) as caught:
        check_typed_members(Fields({name: value}))
    assert caught.value.path == name


def test_a_time_has_an_offset() -> None:
    check_typed_members(Fields({}))
    assert read_datetime(Fields({"t": "2026-11-20T01:00:00.5+01:00"}), "t") == datetime(
        2026, 11, 20, 0, 0, 0, 500_000, tzinfo=UTC
    )
    for text, words in (("2026-11-20T00:00:00", "with an offset"), ("2026-13-20T00:00:00Z", "is not a time")):
        with pytest.raises(ClaimError, match=words):
            check_typed_members(Fields({"awardedDate": text}))
