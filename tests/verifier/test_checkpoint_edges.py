"""Edges of tree heads and signed notes: the last that is read, and the first that is refused for its own fault."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from tests.support.evidence import SoftKey

from lcert_verifier.checkpoint import (
    Checkpoint,
    encode_checkpoint,
    key_id,
    open_note,
    parse_checkpoint,
    sign_note,
)
from lcert_verifier.errors import Malformed
from lcert_verifier.vocabulary import Algorithm

KEY, OTHER = SoftKey(Algorithm.ED25519), SoftKey(Algorithm.ED25519)
PUBLIC, ELSE = KEY.public_key.raw(), OTHER.public_key.raw()
ROOT = bytes(range(32))
TEXT = encode_checkpoint("log.example", 7, ROOT)
NOTE = sign_note(TEXT, "log.example", KEY.sign, PUBLIC)


def line(name: str, raw: bytes) -> str:
    return f"— {name} {base64.b64encode(raw).decode()}\n"


def test_a_tree_head_is_written_in_three_lines() -> None:
    assert f"log.example\n7\n{base64.b64encode(ROOT).decode()}\n" == TEXT
    assert parse_checkpoint(TEXT, origin="log.example") == Checkpoint(origin="log.example", size=7, root=ROOT)
    assert parse_checkpoint(TEXT + "one\ntwo\n").extensions == ("one", "two")
    assert parse_checkpoint(encode_checkpoint("x y", 0, ROOT)).size == 0
    for origin, size, root, words in (
        ("", 0, ROOT, "printable origin"),
        ("a\n", 0, ROOT, "printable origin"),
        ("a", -1, ROOT, "printable origin"),
        ("a", 0, ROOT[:-1], "32 bytes"),
        ("a", 0, ROOT + b"x", "32 bytes"),
    ):
        with pytest.raises(ValueError, match=words):
            encode_checkpoint(origin, size, root)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TEXT[:-1], "ends with a newline"),
        ("\n".join(TEXT.split("\n")[:2]) + "\n", "origin, size and root"),
        (TEXT + "\n", "no empty line"),
        ("\n" + TEXT, "no empty line"),
        (TEXT.replace("\n7\n", "\n07\n"), "decimal number"),
        (TEXT.replace("\n7\n", "\n-7\n"), "decimal number"),
        (TEXT.replace("\n7\n", "\n" + "1" * 17 + "\n"), "decimal number"),
        (TEXT.replace("=", "*"), "not base64"),
        (TEXT.replace("8=", "9="), "not canonical"),
        ("o\n7\nAA==\n", "32 bytes"),
    ],
)
def test_another_form_is_no_tree_head(text: str, words: str) -> None:
    with pytest.raises(Malformed, match=words):
        parse_checkpoint(text)
    with pytest.raises(Malformed, match="not of 'other'"):
        parse_checkpoint(TEXT, origin="other")
    assert parse_checkpoint(TEXT.replace("\n7\n", "\n" + "1" * 16 + "\n")).size == int("1" * 16)


def test_a_note_is_its_text_an_empty_line_and_a_signature() -> None:
    assert key_id("n", PUBLIC) == hashlib.sha256(b"n\n\x01" + PUBLIC).digest()[:4]
    raw = key_id("log.example", PUBLIC) + KEY.sign(TEXT.encode())
    assert f"{TEXT}\n{line('log.example', raw)}" == NOTE
    assert open_note(NOTE, "log.example", PUBLIC) == TEXT
    assert open_note(NOTE.encode(), "log.example", [ELSE, PUBLIC]) == TEXT
    for text, name in (("a", "n"), ("a\tb\n", "n"), ("a\n", ""), ("a\n", "n n"), ("a\n", "n+n")):
        with pytest.raises(ValueError, match=r"note's text|key name"):
            sign_note(text, name, KEY.sign, PUBLIC)
    assert sign_note("a b\n", "n", KEY.sign, PUBLIC).startswith("a b\n\n— n ")


COSIGNED = line("witness", b"idid" + b"s" * 64)


@pytest.mark.parametrize(
    ("note", "words"),
    [
        (TEXT, "no signatures"),
        (NOTE[:-1], "no signatures"),
        (NOTE.encode() + b"\xff", "not UTF-8"),
        (NOTE + "\ud800", "not UTF-8"),
        (NOTE.replace("log", "l\tg", 1), "control characters"),
        (NOTE.replace("7", "\x1f", 1), "control characters"),
        (NOTE + "\n", "is malformed|no signatures"),
        (NOTE + "— a\n", "line of the note is malformed"),
        (NOTE + "- a AAAAAAA=\n", "line of the note is malformed"),
        (NOTE + "—  AAAAAAA=\n", "line of the note is malformed"),
        (NOTE + "— a AAAAAAA= x\n", "line of the note is malformed"),
        (NOTE + "— a AAAAA*==\n", "not base64"),
        (NOTE + line("a", b"four"), "too short"),
        (TEXT + "\n" + COSIGNED, "not signed by a known key"),
        (TEXT + "\n" + line("other", base64.b64decode(NOTE.split(" ")[-1])), "not signed by a known key"),
        (NOTE.replace("\n7\n", "\n8\n"), "does not verify"),
        (NOTE + line("log.example", key_id("log.example", PUBLIC) + b"s" * 64), "does not verify"),
        (NOTE + line("log.example", key_id("log.example", PUBLIC) + b"s"), "does not verify"),
        (NOTE + COSIGNED * 100, "too many signatures"),
        (NOTE + "x" * (65_537 - len(NOTE.encode())), "too long"),
    ],
)
def test_a_note_of_another_form_is_refused_for_its_fault(note: Any, words: str) -> None:
    with pytest.raises(Malformed, match=words):
        open_note(note, "log.example", PUBLIC)


def test_other_signatures_are_passed_over_up_to_a_hundred() -> None:
    assert open_note(NOTE + COSIGNED * 99, "log.example", PUBLIC) == TEXT
    assert open_note(NOTE.replace("\n\n", "\n\n" + COSIGNED), "log.example", PUBLIC) == TEXT
    assert open_note(NOTE + line("a", b"five5"), "log.example", PUBLIC) == TEXT
    twice = sign_note(TEXT, "log.example", OTHER.sign, ELSE).rpartition("\n\n")[2]
    assert open_note(NOTE + twice, "log.example", [PUBLIC, ELSE]) == TEXT
    with pytest.raises(Malformed, match="too long"):
        open_note(b"x" * 65_537, "log.example", PUBLIC)
    with pytest.raises(Malformed, match="no signatures"):
        open_note(b"x" * 65_536, "log.example", PUBLIC)
