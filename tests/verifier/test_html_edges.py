"""Edges of reading the tags of a page: where a tag begins and ends, and how much of it is kept."""

from __future__ import annotations

import pytest

from lcert_verifier.errors import Malformed
from lcert_verifier.html_tags import MAX_PAGE_BYTES, start_tags

Tags = list[tuple[str, dict[str, str], int]]


def tags(page: str) -> Tags:
    return [(tag.name, tag.attributes, tag.line) for tag in start_tags(page.encode())]


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("", []),
        ("<", []),
        ("<a", []),
        ("<a>", [("a", {}, 1)]),
        ("x<A/>", [("a", {}, 1)]),
        ("</a><b>", [("b", {}, 1)]),
        ("<1><<b>", [("b", {}, 1)]),
        ("\n<a>\n\n<b\n>\n<c>", [("a", {}, 2), ("b", {}, 4), ("c", {}, 6)]),
        ("<!--<a>--><b>", [("b", {}, 1)]),
        ("<!-->--><b>", [("b", {}, 1)]),
        ("<!----><b>", [("b", {}, 1)]),
        ("<!--<a>", []),
        ("<a><!--", [("a", {}, 1)]),
        ("<!doctype html><b>", [("b", {}, 1)]),
        ("<a x>", [("a", {"x": ""}, 1)]),
        ("<a X=1 y = '2' z=\"3\">", [("a", {"x": "1", "y": "2", "z": "3"}, 1)]),
        ("<a x='1'y=2>", [("a", {"x": "1", "y": "2"}, 1)]),
        ("<a x=1 x=2>", [("a", {"x": "1"}, 1)]),
        ("<a x=1/>", [("a", {"x": "1/"}, 1)]),
        ("<a =x=1>", [("a", {"x": "1"}, 1)]),
        ("<a x= >", [("a", {"x": ""}, 1)]),
        ("<a x=''>", [("a", {"x": ""}, 1)]),
        ("<a x='>'><b>", [("a", {"x": ">"}, 1), ("b", {}, 1)]),
        ("<a x='1><b>", []),
        ("<a x=1", []),
        ("<a x", []),
        ("<a x=", []),
        ("<a x='&amp;&lt;' y=&#65;>", [("a", {"x": "&<", "y": "A"}, 1)]),
        ("<script><a></script><b>", [("script", {}, 1), ("b", {}, 1)]),
        ("<script><a></scripts><c></SCRIPT ><b>", [("script", {}, 1), ("b", {}, 1)]),
        ("<style></style/><b>", [("style", {}, 1), ("b", {}, 1)]),
        ("<title><a>", [("title", {}, 1)]),
        ("<textarea><a></textarea>\n<b>", [("textarea", {}, 1), ("b", {}, 2)]),
        ("<xmp><a></xmp><noembed><a></noembed><b>", [("xmp", {}, 1), ("noembed", {}, 1), ("b", {}, 1)]),
        ("<plaintext></plaintext><b>", [("plaintext", {}, 1)]),
    ],
)
def test_tags_are_where_html_says(page: str, found: Tags) -> None:
    assert tags(page) == found


def test_names_and_attributes_are_kept_up_to_a_bound() -> None:
    assert tags(f"<{'a' * 100}>") == [("a" * 100, {}, 1)]
    ((name, attributes, _),) = tags(f"<{'a' * 101}>")
    assert (name, attributes) == ("a" * 100, {"a": ""})
    ((_, attributes, _),) = tags("<a " + " ".join(f"x{n}={n}" for n in range(101)) + ">")
    assert (len(attributes), attributes["x99"]) == (100, "99")
    ((_, attributes, _),) = tags(f"<a {'x' * 101}=1>")
    assert attributes == {"x" * 100: "", "x": "1"}


def test_a_page_is_bounded_in_bytes_and_in_tags() -> None:
    assert not list(start_tags(b" " * MAX_PAGE_BYTES))
    with pytest.raises(Malformed, match="over 4 MiB"):
        list(start_tags(b" " * (MAX_PAGE_BYTES + 1)))
    assert next(iter(start_tags(b"\xff<a>"))).name == "a"


def test_the_bound_of_tags_is_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lcert_verifier.html_tags._MAX_TAGS", 3)
    assert len(tags("<a>" * 3)) == 3
    with pytest.raises(Malformed, match="too many tags"):
        tags("<a>" * 4)
