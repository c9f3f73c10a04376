"""Signed notes and the checkpoint in them."""

from __future__ import annotations

import base64
from itertools import count

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lcert_verifier.checkpoint import (
    Checkpoint,
    encode_checkpoint,
    key_id,
    open_note,
    parse_checkpoint,
    sign_note,
)
from lcert_verifier.errors import Malformed

KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes_raw()
OTHER = Ed25519PrivateKey.generate()
OTHER_PUBLIC = OTHER.public_key().public_bytes_raw()
NAME = "certs.example/log"
TEXT = encode_checkpoint(NAME, 5, b"r" * 32)
NOTE = sign_note(TEXT, NAME, KEY.sign, PUBLIC)


def test_the_note_of_the_reference_implementation_opens() -> None:
    # The example of golang.org/x/mod/sumdb/note: key PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW
    public = base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")[1:]
    note = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
        "\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    assert key_id("PeterNeumann", public).hex() == "c74f20a3"
    assert open_note(note, "PeterNeumann", public).startswith("If you think")


def test_a_checkpoint_survives_signing() -> None:
    text = open_note(NOTE, NAME, PUBLIC)
    assert parse_checkpoint(text, origin=NAME) == Checkpoint(origin=NAME, size=5, root=b"r" * 32)
    assert open_note(NOTE.encode(), NAME, [OTHER_PUBLIC, PUBLIC]) == TEXT


def test_cosignatures_of_others_are_passed_over() -> None:
    line = "— witness.example " + base64.b64encode(b"\x01\x02\x03\x04" + b"s" * 72).decode() + "\n"
    assert open_note(NOTE + line, NAME, PUBLIC) == TEXT


@pytest.mark.parametrize(
    "note",
    [
        "",
        TEXT,
        TEXT + "\n",
        NOTE[:-1],
        NOTE + "\n",
        NOTE.replace("5\n", "6\n", 1),
        NOTE.replace(f"— {NAME}", "— other.example/log"),
        NOTE.replace("— ", "- "),
        NOTE.replace("— ", "—  "),
        NOTE + "— x\n",
        NOTE + "— x !!!!\n",
        NOTE + "— x AAAA\n",
        "\x00" + NOTE,
        NOTE.replace("\n\n", "\n\r\n"),
        NOTE + NOTE.partition("\n\n")[2][:-3] + "A==\n",
        sign_note(TEXT, NAME, OTHER.sign, OTHER_PUBLIC),
        sign_note(TEXT, NAME, OTHER.sign, PUBLIC),
        NOTE + sign_note(TEXT, NAME, OTHER.sign, PUBLIC).partition("\n\n")[2],
        NOTE + "— w AAAAAAAA\n" * 200,
        NOTE + "— w " + "A" * 70_000 + "\n",
        b"\xff" + NOTE.encode(),
        NOTE + "\ud800",
    ],
    ids=count(),
)
def test_a_note_that_is_not_signed_by_the_log_is_refused(note: str | bytes) -> None:
    with pytest.raises(Malformed):
        open_note(note, NAME, PUBLIC)


def test_no_key_opens_nothing() -> None:
    with pytest.raises(Malformed):
        open_note(NOTE, NAME, [])


ROOT = base64.b64encode(b"r" * 32).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"{NAME}\n5\n{ROOT}",
        f"{NAME}\n05\n{ROOT}\n",
        f"{NAME}\n-5\n{ROOT}\n",
        f"{NAME}\n5 \n{ROOT}\n",
        f"{NAME}\n٥\n{ROOT}\n",
        f"{NAME}\n{'9' * 40}\n{ROOT}\n",
        f"{NAME}\n5\n{ROOT[:-4]}\n",
        f"{NAME}\n5\n{ROOT.rstrip('=')}\n",
        f"{NAME}\n5\n{ROOT[:-2]}J=\n",
        f"\n5\n{ROOT}\n",
        f"{NAME}\n\n{ROOT}\n",
        f"{NAME}\n5\n{ROOT}\n\n",
        f"other\n5\n{ROOT}\n",
    ],
)
def test_a_checkpoint_has_one_spelling(text: str) -> None:
    with pytest.raises(Malformed):
        parse_checkpoint(text, origin=NAME)


def test_extension_lines_are_kept() -> None:
    assert parse_checkpoint(f"{NAME}\n0\n{ROOT}\nmore\n").extensions == ("more",)


@pytest.mark.parametrize(
    ("origin", "size", "root"),
    [("", 1, b"r" * 32), ("a\nb", 1, b"r" * 32), ("a", -1, b"r" * 32), ("a", 1, b"r")],
)
def test_no_checkpoint_is_written_that_none_would_read(origin: str, size: int, root: bytes) -> None:
    with pytest.raises(ValueError, match=r"a checkpoint|a root"):
        encode_checkpoint(origin, size, root)


@pytest.mark.parametrize(
    ("text", "name"), [("no newline", NAME), ("a\tb\n", NAME), (TEXT, "a b"), (TEXT, "a+b"), (TEXT, "")]
)
def test_no_note_is_signed_that_none_would_open(text: str, name: str) -> None:
    with pytest.raises(ValueError, match=r"a note|a key name"):
        sign_note(text, name, KEY.sign, PUBLIC)
