"""What the issuer takes in: the documented form, and a name for every fault in it."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from typing import Any

import pytest
from tests.support.forms import form
from tests.support.system import ROOT

from lcert_issuer import spreadsheet
from lcert_issuer.intake import parse_form, split_number
from lcert_issuer.refusals import InvalidInput
from lcert_issuer.spreadsheet import parse_csv

TODAY = date(2026, 11, 20)

COLUMNS = {
    "holder.legalName": "Fernglass Imaging GmbH",
    "holder.tradingNames": "Fernglass; Fern Glass",
    "holder.country": "DE",
    "holder.registration.scheme": "DE-HRB",
    "holder.registration.id": "HRB 990002",
    "holder.domains.0.name": "fernglass.example",
    "holder.domains.0.method": "dns-txt",
    "holder.domains.0.checkedOn": "2026-11-02",
    "scope.level": "company",
    "scope.statement": "All image generators",
    "scope.modalities": "image;video",
    "scope.covered.0.kind": "product",
    "scope.covered.0.name": 'Canvas, the "first"',
    "scope.covered.0.versions": ">=1",
    "scope.covered.0.modality": "image",
    "dataBasis.0.basis": "explicit-license",
    "dataBasis.0.share": "80-90",
    "dataBasis.0.licensorTypes": "stock-library;artists",
    "dataBasis.1.basis": "open-license",
    "dataBasis.1.share": "10-20",
    "dataBasis.1.licenses": "CC0-1.0",
    "evidence.0.id": "ev-1",
    "evidence.0.type": "submission",
    "evidence.0.digest": "sha256-n12ZONCDvTS92YvtwVjis_zxtgR_OBwd1KwXRmqcmcw",
    "evidence.0.held": "issuer",
    "assessment.criteria": "L-2026.1",
    "assessment.assessedOn": "2026-11-09",
    "assessment.grantedOn": "2026-11-16",
    "decision.reviewer": "rv-02",
    "decision.decider": "dm-01",
    "decision.separation": "independent",
    "validFrom": "2026-11-20",
    "validThrough": "2027-11-19",
}


def problems(value: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        parse_form(value)
    return {problem.path: problem.message for problem in caught.value.problems}


def sheet(*rows: dict[str, str]) -> bytes:
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, names, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def row(**changes: str) -> dict[str, str]:
    return COLUMNS | {name.replace("__", "."): value for name, value in changes.items()}


def test_the_form_of_the_tests_is_a_whole_draft() -> None:
    draft = parse_form(form(TODAY))
    assert draft.holder_name == "Quillwater Audio Ltd"
    assert draft.number is None
    assert (draft.valid_from, draft.valid_through) == (TODAY, date(2027, 11, 19))
    assert draft.content.scope.covered[0].ids[0].value == "quillwater/compose-3"


@pytest.mark.needs_shared
def test_the_documented_example_is_a_whole_draft() -> None:
    path = ROOT.parent / "shared" / "data" / "issue-example.json"
    if not path.exists():
        pytest.skip("the documented example is kept beside the repository")
    assert parse_form(json.loads(path.read_text())).content.criteria == "L-2026.1"


@pytest.mark.parametrize("text", ["\u200b", "\u00ad\u200e", "\u3164", "\u2800 \u115f", "\ue000", "\u0301"])
def test_a_text_in_which_nothing_is_seen_is_empty(text: str) -> None:
    assert problems(form(TODAY, holder__legalName=text)) == {"holder.legalName": "must not be empty"}
    assert parse_form(form(TODAY, holder__legalName=f"日{text}")).holder_name.startswith("日")


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"holder__lei": "999900QUILLWATER0156"}, "holder.lei"),
        ({"holder__country": "XX"}, "holder.country"),
        ({"holder__domains__0__name": "Quillwater.example"}, "holder.domains[0].name"),
        ({"dataBasis__0__basis": "fair-use"}, "dataBasis[0].basis"),
        ({"dataBasis__1__share": "50-60"}, "dataBasis"),
        ({"scope__covered__0__kind": "company"}, "scope.covered[0].kind"),
        ({"scope__level": "planet"}, "scope.level"),
        ({"assessment__grantedOn": "2026-01-01"}, "assessment.grantedOn"),
        ({"assessment__criteria": "2026"}, "assessment.criteria"),
        ({"validThrough": "2036-11-19"}, "validThrough"),
        ({"validThrough": "2026-11-19"}, "validThrough"),
        ({"validThrough": "2026-02-30"}, "validThrough"),
        ({"validFrom": "1969-12-31", "validThrough": "1970-01-31"}, "validFrom"),
        ({"validFrom": "2241-12-31", "validThrough": "2242-01-31"}, "validThrough"),
        ({"number": "LC-2026-00001"}, "number"),
        ({"number": "LC-2026-0000"}, "number"),
        ({"number": 17}, "number"),
        ({"decision__decider": "rv-02"}, "decision.separation"),
        ({"evidence": []}, "evidence"),
        ({"holder__legalname": "misspelt"}, "holder.legalname"),
        ({"fee": 500}, "fee"),
    ],
)
def test_a_fault_is_named_by_its_path(changes: dict[str, Any], path: str) -> None:
    assert path in problems(form(TODAY, **changes))


def test_all_faults_are_found_at_once() -> None:
    found = problems(form(TODAY, holder__lei="x", dataBasis__0__basis="fair-use", validThrough="2037-01-01"))
    assert set(found) == {"holder.lei", "dataBasis[0].basis", "validThrough"}


@pytest.mark.parametrize("value", [None, [], "text", 1, True])
def test_what_is_no_object_is_refused(value: Any) -> None:
    assert problems(value)[""] == "must be an object"


def test_one_day_fewer_than_a_leap_year_more_is_the_longest_term() -> None:
    assert parse_form(form(TODAY, validThrough="2027-11-20")).valid_through == date(2027, 11, 20)
    assert "more than 366 days" in problems(form(TODAY, validThrough="2027-11-21"))["validThrough"]


@pytest.mark.parametrize(
    ("number", "parts"),
    [
        ("LC-2026-0001", (2026, 1)),
        ("LC-2026-12345", (2026, 12345)),
        ("LC-2026-01234", None),
        ("LC-2026-0000", None),
        ("lc-2026-0001", None),
        ("LC-2026-0001\n", None),
    ],
)
def test_a_number_has_one_spelling(number: str, parts: tuple[int, int] | None) -> None:
    assert split_number(number) == parts


def test_a_sheet_gives_the_drafts_of_its_rows() -> None:
    first, second = parse_csv(b"\xef\xbb\xbf" + sheet(row(), row(holder__lei="999900QUILLWATER0155")))
    assert first.content.holder.trading_names == ("Fernglass", "Fern Glass")
    assert first.content.scope.modalities == ("image", "video")
    assert first.content.scope.covered[0].name == 'Canvas, the "first"'
    assert first.content.scope.not_covered == ()
    assert [basis.licenses for basis in first.content.data_basis] == [(), ("CC0-1.0",)]
    assert (first.row, second.row) == (2, 3)
    assert second.content.holder.lei == "999900QUILLWATER0155"


def test_faults_of_a_sheet_name_row_and_path() -> None:
    data = sheet(row(), row(holder__lei="nonsense"), row(validThrough="2036-01-01", dataBasis__0__basis="?"))
    with pytest.raises(InvalidInput) as caught:
        parse_csv(data)
    paths = {problem.path for problem in caught.value.problems}
    assert paths == {"row 3: holder.lei", "row 4: validThrough", "row 4: dataBasis[0].basis"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"holder.legalName\n", "no rows"),
        (b"\xff\xfe", "UTF-8"),
        (b"holder.legalName,holder.legalName\nx,y\n", "twice"),
        (b"holder,holder.legalName\nx,y\n", "columns below"),
        (b"holder legal name\nx\n", "not a path"),
        (b'holder.legalName\n"x\n', "not CSV"),
        (b"holder.legalName\nx,y\n", "more cells"),
    ],
)
def test_a_sheet_that_is_none_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        parse_csv(data)


def test_a_sheet_is_read_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidInput, match="row 1: has more than"):
        parse_csv(",".join(f"holder.domains.{n}.name" for n in range(2_000)).encode() + b"\nx\n")
    monkeypatch.setattr(spreadsheet, "_MAX_PROBLEMS", 10)
    with pytest.raises(InvalidInput) as caught:
        parse_csv(sheet(*[row(holder__lei="nonsense")] * 20))
    assert len(caught.value.problems) == 10, "nobody reads more"
    monkeypatch.setattr(spreadsheet, "_MAX_BYTES", 100)
    with pytest.raises(InvalidInput, match="larger than 100 bytes"):
        parse_csv(sheet(row()))


def test_a_number_stands_in_one_row_only() -> None:
    with pytest.raises(InvalidInput, match="row 3: number: is the number of row 2"):
        parse_csv(sheet(row(number="LC-2026-0005"), row(number="LC-2026-0005")))


def test_blank_rows_are_passed_over() -> None:
    assert len(parse_csv(sheet(row()) + b"\r\n,,,\r\n" + b"\r\n")) == 1
