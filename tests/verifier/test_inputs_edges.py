"""Edges of what a person names to be judged: which word is a file, where a line ends, how much is read."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from lcert_verifier.inputs import Input, UsageError, count_inputs, count_others, load_input, read_inputs
from lcert_verifier.jose import MAX_TOKEN
from lcert_verifier.vocabulary import MAX_BADGE_BYTES

LINK, CARRIED = "https://x.example/c/LC-2026-0001", "https://x.example/v#abc"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.jwt", "a.PNG", "c.svg", "d.json", "e", "sub/a.jwt", "also/z.jwt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"token\n")
    return tmp_path


def test_a_folder_is_walked_in_the_order_of_names(folder: Path) -> None:
    found = list(read_inputs([str(folder)], io.BytesIO()))
    names = ["a.PNG", "b.jwt", "c.svg", "also/z.jwt", "sub/a.jwt"]
    assert [(item.name, item.path) for item in found] == [
        (str(folder / name), folder / name) for name in names
    ]
    assert count_inputs([str(folder), "a.b.c"], offline=True) == 6
    assert count_inputs([str(folder), "-", "a.b.c"], offline=True) is None
    assert count_inputs([], offline=True) == 0


def test_folders_in_a_folder_are_walked_in_the_order_of_names(tmp_path: Path) -> None:
    for name in "dbfaceg":
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.jwt").write_bytes(b"token")
    found = read_inputs([str(tmp_path)], io.BytesIO())
    assert [Path(item.name).parent.name for item in found] == list("abcdefg")


def test_each_word_is_one_kind_of_input(folder: Path) -> None:
    file = str(folder / "e")
    given = ["a.b.c", LINK, CARRIED, file, "", "x" * 5_000]
    found = list(read_inputs(given, io.BytesIO()))
    assert [item.name for item in found] == given
    assert [item.token for item in found] == ["a.b.c", None, None, None, "", "x" * 5_000]
    assert [item.url for item in found] == [None, LINK, CARRIED, None, None, None]
    assert [item.path for item in found] == [None, None, None, Path(file), None, None]
    assert count_inputs(given, offline=False) == 6
    with pytest.raises(UsageError, match="would have to be fetched"):
        count_inputs([LINK], offline=True)
    assert count_inputs([CARRIED, "https://"], offline=True) == 2


@pytest.mark.parametrize(
    "name",
    ["a/b", "a.png", "a.SVG", "a.jwt", "a.json", "a.txt", "a.zip", "a.jpg", "a.jpeg", "a.webp", "a.pdf"],
)
def test_what_was_meant_as_a_file_must_be_there(name: str) -> None:
    with pytest.raises(UsageError, match="there is no file"):
        count_inputs([name], offline=False)


def test_a_name_tells_a_person_what_it_is() -> None:
    long, short = "t" * 41, "t" * 40
    assert Input(name=short, token=short).title == short
    assert Input(name=long, token=long).title == "token tttttttttttttttt… (41 characters)"
    assert Input(name=long, token=b"x").title == long
    assert Input(name=long, path=Path(long)).title == long
    assert Input(name="-", token="t", more={"line": 7}).title == "line 7"
    assert Input(name="a.txt", token="t", more={"line": 7}).title == "a.txt, line 7"


def test_a_text_file_holds_one_token_a_line(tmp_path: Path) -> None:
    file = tmp_path / "tokens.TXT"
    file.write_bytes(b"a.b.c\r\n\nd.e.f")
    found = list(read_inputs([str(file)], io.BytesIO()))
    assert [(item.token, item.more["line"]) for item in found] == [(b"a.b.c", 1), (b"", 2), (b"d.e.f", 3)]
    assert {item.name for item in found} == {str(file)}
    assert count_inputs([str(file)], offline=True) is None
    (tmp_path / "folder.txt").mkdir()
    assert list(read_inputs([str(tmp_path / "folder.txt")], io.BytesIO())) == []
    long = "x" * 5_000 + ".txt"
    with pytest.raises(UsageError, match="there is no file"):
        count_inputs([long], offline=True)
    assert [item.token for item in read_inputs([long], io.BytesIO())] == [long]


def test_a_number_is_no_token() -> None:
    for number in ("LC-2026-0001", "lc-2026-123456789"):
        with pytest.raises(UsageError, match=f"is a number.*find --number {number}"):
            count_inputs([number], offline=True)
    assert count_inputs(["LC-2026-0001.x.y", "LC-2026-1"], offline=True) == 2


def test_a_file_may_have_a_number_for_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "LC-2026-0001").write_bytes(b"a.b.c\n")
    assert count_inputs(["LC-2026-0001"], offline=True) == 1
    (found,) = read_inputs(["LC-2026-0001"], io.BytesIO())
    assert load_input(found).token == b"a.b.c"


def test_a_list_that_cannot_be_read_is_a_fault_of_the_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "tokens.txt"
    file.write_bytes(b"a.b.c")

    def broken(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "open", broken)
    with pytest.raises(UsageError, match=r"tokens\.txt cannot be read: Input/output error"):
        list(read_inputs([str(file)], io.BytesIO()))


def test_a_hyphen_is_never_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-").mkdir()
    (tmp_path / "-" / "other.json").write_bytes(b"{}")
    assert count_others(["-"]) == 0
    assert count_others(["./-"]) == 1


def test_other_files_of_a_folder_are_counted(folder: Path) -> None:
    assert count_others([str(folder), "-", LINK, str(folder / "e")]) == 2
    assert count_others([str(folder / "sub")]) == 0


@pytest.mark.parametrize(
    ("name", "data", "image"),
    [
        ("a.png", b"x", True),
        ("a.SVG", b"x", True),
        ("a", b"\x89PNG", True),
        ("a", b"<svg", True),
        ("a", b"\xef\xbb\xbf<svg", True),
        ("a", b"\xef\xbb\xbfx", False),
        ("a.jwt", b"<svg", False),
        ("a", b"x<", False),
    ],
)
def test_a_file_is_an_image_by_its_name_or_its_beginning(
    tmp_path: Path, name: str, data: bytes, image: bool
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    found = load_input(Input(name="n", path=path))
    assert (found.name, found.path) == ("n", None)
    assert (found.image, found.token) == ((data, None) if image else (None, data))
    assert load_input(found) is found


def test_a_file_is_read_to_one_byte_beyond_the_largest_image(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    with path.open("wb") as stream:
        stream.truncate(MAX_BADGE_BYTES + 5)
    image = load_input(Input(name="n", path=path)).image
    assert image is not None
    assert len(image) == MAX_BADGE_BYTES + 1
    with pytest.raises(UsageError, match="gone cannot be read: No such file"):
        load_input(Input(name="gone", path=tmp_path / "gone"))


@pytest.mark.parametrize(
    ("data", "tokens"),
    [
        (b"", []),
        (b"a", [b"a"]),
        (b"a\n", [b"a"]),
        (b"a\r\nb\n\nc", [b"a", b"b", b"", b"c"]),
        (b"a\r\r\n", [b"a\r"]),
        (b"a\r", [b"a\r"]),
        (b"x" * MAX_TOKEN + b"\r\ny", [b"x" * MAX_TOKEN, b"y"]),
        (b"x" * (MAX_TOKEN + 2) + b"\ny", [b"x" * (MAX_TOKEN + 2) + b".", b"y"]),
        (b"x" * (MAX_TOKEN + 3), [b"x" * (MAX_TOKEN + 2) + b"."]),
        (b"x" * (3 * MAX_TOKEN) + b"\ny", [b"x" * (MAX_TOKEN + 2) + b".", b"y"]),
    ],
    ids=len,
)
def test_lines_are_tokens_and_endless_ones_are_cut(data: bytes, tokens: list[bytes]) -> None:
    found = list(read_inputs(["-"], io.BytesIO(data)))
    assert [item.token for item in found] == tokens
    assert [item.more for item in found] == [{"line": number + 1} for number in range(len(tokens))]
    assert {item.name for item in found} <= {"-"}


@pytest.mark.parametrize(
    ("data", "token"), [(b"a\n", b"a"), (b"a\r\n", b"a"), (b"a\n\n", b"a\n"), (b"a\r", b"a\r")]
)
def test_a_file_loses_one_line_ending(tmp_path: Path, data: bytes, token: bytes) -> None:
    path = tmp_path / "t"
    path.write_bytes(data)
    assert load_input(Input(name="t", path=path)).token == token
