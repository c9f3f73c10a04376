"""Our small Markdown escapes first and knows only what the criteria use."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lcert_web.markdown import render_markdown


def test_headings_lists_tables_and_emphasis() -> None:
    text = "# One\n\nA **bold** `code`\nline\n\n1. first\n   more\n2. second\n\n| a | b |\n|---|---|\n| 1 | `2` |\n"
    assert render_markdown(text) == (
        "<h1>One</h1>\n<p>A <strong>bold</strong> <code>code</code> line</p>\n"
        "<ol><li>first more</li><li>second</li></ol>\n"
        '<table class="stacks" role="table"><thead role="rowgroup"><tr role="row">'
        '<th scope="col" role="columnheader">a</th><th scope="col" role="columnheader">b</th></tr></thead>'
        '<tbody role="rowgroup"><tr role="row"><td role="cell" data-label="a">1</td>'
        '<td role="cell" data-label="b"><code>2</code></td></tr></tbody></table>'
    )


def test_markup_in_the_text_stays_text() -> None:
    html = render_markdown('<script>alert("1")</script> [x](javascript:alert(1)) <img src=x onerror=y>')
    assert "<script" not in html
    assert "<img" not in html
    assert "href" not in html


@given(st.text(max_size=300))
def test_no_text_makes_an_unknown_tag(text: str) -> None:
    import re

    tags = set(re.findall(r"</?([^\s>]+)", str(render_markdown(text))))
    known = {"h1", "h2", "h3", "h4", "p", "ol", "ul", "li", "strong", "em", "code"}
    assert tags <= known | {"table", "thead", "tbody", "tr", "th", "td"}
