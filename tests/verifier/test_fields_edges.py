"""Edges of reading members: the last value that is read, the first that is refused, and what is said of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from lcert_verifier.errors import ClaimError
from lcert_verifier.fields import Fields, text_problem

ODD = "holds a control character, a direction override or half a character"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a", None),
        ("a" * 300, None),
        ("a" * 301, "is longer than 300 characters"),
        ("é" * 300, None),
        ("é" * 301, "is longer than 300 characters"),
        ("", "must not be empty"),
        (" ", "must not be empty"),
        (" a", "begins or ends with white space"),
        ("a ", "begins or ends with white space"),
        ("é ", "begins or ends with white space"),
        ("a\tb", ODD),
        ("a\u202eb", ODD),
        ("a\ud800", ODD),
        ("a\u007f", ODD),
        ("e\u0301", "is not in Unicode normal form NFC"),
        ("\u00e9", None),
    ],
)
def test_a_text_is_one_for_people(text: str, problem: str | None) -> None:
    assert text_problem(text) == problem
    read = Fields({"t": text})
    if problem is None:
        assert read.text("t") == read.maybe_text("t") == text
    else:
        with pytest.raises(ClaimError) as caught:
            read.text("t")
        assert (caught.value.path, str(caught.value)) == ("t", f"t: {problem}")


Read = Callable[[Fields], Any]
DIGITS = re.compile("[0-9]+")


@pytest.mark.parametrize(
    ("read", "value", "found"),
    [
        (lambda f: f.text("m", 2), "ab", "ab"),
        (lambda f: f.maybe_text("m", 2), "ab", "ab"),
        (lambda f: f.pattern("m", DIGITS, "digits"), "12", "12"),
        (lambda f: f.maybe_pattern("m", DIGITS, "digits"), "12", "12"),
        (lambda f: f.word("m", ("b", "a")), "a", "a"),
        (lambda f: f.date("m"), "2026-11-20", date(2026, 11, 20)),
        (lambda f: f.maybe_date("m"), "1900-01-01", date(1900, 1, 1)),
        (lambda f: f.date("m"), "2999-12-31", date(2999, 12, 31)),
        (lambda f: f.integer("m", 1, 3), 1, 1),
        (lambda f: f.integer("m", 1, 3), 3, 3),
        (lambda f: f.items("m", least=1, most=2), [1], (1,)),
        (lambda f: f.items("m", least=1, most=2), [1, None], (1, None)),
        (lambda f: f.items("m"), [], ()),
        (lambda f: [each.path for each in f.objects("m", least=1, most=2)], [{}, {}], ["m[0]", "m[1]"]),
        (lambda f: f.texts("m"), ["a", "b"], ("a", "b")),
        (lambda f: f.texts("m", least=1, pattern=DIGITS), ["1", "2"], ("1", "2")),
        (lambda f: f.words("m", ("b", "a"), least=1), ["a", "b"], ("a", "b")),
        (lambda f: f.object("m").raw, {"x": 1}, {"x": 1}),
        (lambda f: f.object("m").path, {}, "m"),
    ],
)
def test_a_member_is_read(read: Read, value: Any, found: Any) -> None:
    assert read(Fields({"m": value})) == found
    problems: list[ClaimError] = []
    assert read(Fields({"m": value}, problems=problems)) == found
    assert problems == []


@pytest.mark.parametrize(
    ("read", "value", "path", "message", "placeholder"),
    [
        (lambda f: f.text("m", 2), "abc", "m", "is longer than 2 characters", ""),
        (lambda f: f.text("m"), 1, "m", "must be a text", ""),
        (lambda f: f.text("m"), ..., "m", "is missing", ""),
        (lambda f: f.maybe_text("m", 2), "abc", "m", "is longer than 2 characters", ""),
        (lambda f: f.pattern("m", DIGITS, "digits"), "1x", "m", "must be digits", ""),
        (lambda f: f.pattern("m", DIGITS, "digits"), 1, "m", "must be digits", ""),
        (lambda f: f.pattern("m", DIGITS, "digits"), ..., "m", "is missing", ""),
        (lambda f: f.maybe_pattern("m", DIGITS, "digits"), "x", "m", "must be digits", ""),
        (lambda f: f.word("m", ("b", "a")), "c", "m", "must be one of a, b", ""),
        (lambda f: f.word("m", ("b", "a")), 1, "m", "must be one of a, b", ""),
        (lambda f: f.word("m", ("b", "a")), ..., "m", "is missing", ""),
        (lambda f: f.date("m"), "2026-02-30", "m", "must be a date such as 2026-11-20", date(1970, 1, 1)),
        (lambda f: f.date("m"), "20261120", "m", "must be a date such as 2026-11-20", date(1970, 1, 1)),
        (lambda f: f.date("m"), 1, "m", "must be a date such as 2026-11-20", date(1970, 1, 1)),
        (lambda f: f.date("m"), ..., "m", "is missing", date(1970, 1, 1)),
        (lambda f: f.integer("m", 1, 3), 0, "m", "must be an integer from 1 to 3", 1),
        (lambda f: f.integer("m", 1, 3), 4, "m", "must be an integer from 1 to 3", 1),
        (lambda f: f.integer("m", 1, 3), True, "m", "must be an integer from 1 to 3", 1),
        (lambda f: f.integer("m", 1, 3), 2.0, "m", "must be an integer from 1 to 3", 1),
        (lambda f: f.integer("m", 1, 3), ..., "m", "is missing", 1),
        (lambda f: f.items("m", least=1, most=2), [], "m", "must have at least 1", ()),
        (lambda f: f.items("m", least=1, most=2), [1, 2, 3], "m", "has more than 2 items", ()),
        (lambda f: f.items("m"), (1,), "m", "must be an array", ()),
        (lambda f: f.items("m"), ..., "m", "is missing", ()),
        (lambda f: f.objects("m", least=1), [], "m", "must have at least 1", ()),
        (lambda f: f.objects("m", most=1), [{}, {}], "m", "has more than 1 items", ()),
        (lambda f: f.texts("m", least=1), [], "m", "must have at least 1", ()),
        (lambda f: f.texts("m"), ["a", 1], "m[1]", "must be a text", ()),
        (lambda f: f.texts("m"), ["a", ""], "m[1]", "must not be empty", ()),
        (lambda f: f.texts("m", pattern=DIGITS), ["1", "a"], "m[1]", "is not of the form wanted here", ()),
        (lambda f: f.texts("m"), ["a", "b", "a"], "m", "names something twice", ("a", "b", "a")),
        (lambda f: f.words("m", ("b", "a")), ["a", "c"], "m[1]", "must be one of a, b", ()),
        (lambda f: f.words("m", ("b", "a")), ["a", 1], "m[1]", "must be one of a, b", ()),
        (lambda f: f.words("m", ("b", "a")), ["a", "a"], "m", "names something twice", ("a", "a")),
        (lambda f: f.words("m", ("b", "a"), least=1), [], "m", "must have at least 1", ()),
        (lambda f: f.object("m").raw, [], "m", "must be an object", {}),
        (lambda f: f.object("m").raw, ..., "m", "is missing", {}),
    ],
)
def test_a_fault_is_named_and_a_placeholder_stands_for_it(
    read: Read, value: Any, path: str, message: str, placeholder: Any
) -> None:
    told = {} if value is ... else {"m": value}
    with pytest.raises(ClaimError) as caught:
        read(Fields(told))
    assert (caught.value.path, str(caught.value)) == (path, f"{path}: {message}")
    problems: list[ClaimError] = []
    assert read(Fields(told, "a.b", problems=problems)) == placeholder
    assert [(each.path, str(each)) for each in problems] == [(f"a.b.{path}", f"a.b.{path}: {message}")]


def test_a_missing_object_is_one_fault_and_its_members_none() -> None:
    problems: list[ClaimError] = []
    inner = Fields({}, "a", problems=problems, strict=True).object("m")
    assert (inner.path, inner.strict, inner.text("x")) == ("a.m", False, "")
    assert [each.path for each in problems] == ["a.m"]
    assert Fields({}).maybe_text("m") is Fields({}).maybe_date("m") is None
    assert Fields({}).maybe_pattern("m", DIGITS, "digits") is None
    assert ("m" in Fields({"m": None}), "n" in Fields({"m": None})) == (True, False)


def test_a_strict_reading_names_what_nobody_knows_at_every_depth() -> None:
    problems: list[ClaimError] = []
    data = {"a": 1, "b": {"x": 1}, "c": [{"y": 1}], "n" * 301: 1}
    fields = Fields(data, problems=problems, strict=True)
    fields.only(("b", "c"))
    fields.object("b").only(())
    fields.objects("c")[0].only(("z",))
    assert [each.path for each in problems] == ["a", "n" * 300, "b.x", "c[0].y"]
    assert str(problems[0]) == "a: is not a member of this form"
    assert [each.path for each in Fields({"m": [{}]}, "a").objects("m")] == ["a.m[0]"]
    loose: list[ClaimError] = []
    Fields(data, problems=loose).only(())
    assert loose == []
    assert Fields([], "a", problems=loose).raw == {}
    assert [str(each) for each in loose] == ["a: must be an object"]


def test_unsigned_input_is_put_in_order_and_a_signed_token_is_not() -> None:
    problems: list[ClaimError] = []
    assert Fields({"t": "e\u0301"}, problems=problems).text("t") == "é"
    assert problems == []
    assert Fields({"t": "e\u0301\u202e"}, problems=problems).text("t") == ""
    assert str(problems[0]) == f"t: {ODD}"
    with pytest.raises(ClaimError, match="NFC"):
        Fields({"t": "e\u0301"}).text("t")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("\u2800\u3164", None),
        ("\u00ad", None),
        ("\u200b", None),
        ("\u0301", None),
        ("\u2800é", "\u2800é"),
        ("²", "²"),
        ("…", "…"),
        ("€", "€"),
    ],
)
def test_an_unsigned_text_shows_a_reader_something(text: str, read: str | None) -> None:
    problems: list[ClaimError] = []
    assert Fields({"t": text}, problems=problems).text("t") == (read or "")
    assert [str(each) for each in problems] == ([] if read else ["t: must not be empty"])
