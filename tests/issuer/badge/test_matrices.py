"""Codes are made whole matrices at a time; `qrcode`, module by module, is what they are held to."""

from __future__ import annotations

import random
from typing import Any

import pytest
import qrcode
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.util import BIT_LIMIT_TABLE, MODE_8BIT_BYTE, MODE_ALPHA_NUM, QRData, create_data, lost_point

from lcert_issuer.badge.codewords import make_codewords
from lcert_issuer.badge.matrix import _frame, _penalty, make_matrix

LEVELS = (ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q, ERROR_CORRECT_H)
SIGNS = {
    MODE_ALPHA_NUM: "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:",
    MODE_8BIT_BYTE: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.#/",
}


def by_qrcode(text: str, mode: int, level: int, least: int = 1) -> Any:
    maker = qrcode.QRCode(version=least, error_correction=level, border=0)
    maker.add_data(QRData(text, mode=mode), optimize=0)
    maker.make(fit=True)
    return maker


def some(mode: int, count: int) -> str:
    return "".join(random.Random(count).choices(SIGNS[mode], k=count))


@pytest.mark.parametrize("mode", SIGNS)
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("count", [1, 2, 25, 60])
def test_a_code_is_the_one_that_qrcode_makes(mode: int, level: int, count: int) -> None:
    text = some(mode, count)
    wanted, found = by_qrcode(text, mode, level), make_matrix(text, mode, level)
    assert found.version == wanted.version
    assert [list(row) for row in found.rows] == wanted.get_matrix()
    assert found.mask == wanted.best_mask_pattern()


@pytest.mark.parametrize("count", [400, 1000])
def test_so_is_a_long_one_whose_length_takes_more_bits(count: int) -> None:
    text = some(MODE_8BIT_BYTE, count)
    wanted, found = (
        by_qrcode(text, MODE_8BIT_BYTE, ERROR_CORRECT_M),
        make_matrix(text, MODE_8BIT_BYTE, ERROR_CORRECT_M),
    )
    assert (found.version, [list(row) for row in found.rows]) == (wanted.version, wanted.get_matrix())


def test_at_least_the_version_asked_for_is_taken() -> None:
    assert make_matrix("A", MODE_ALPHA_NUM, ERROR_CORRECT_H, least=4).version == 4


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("version", [*range(1, 11), 14, 20, 26, 27, 40])
def test_codewords_are_those_of_qrcode(version: int, level: int) -> None:
    room = BIT_LIMIT_TABLE[level][version]
    for mode in SIGNS:
        most = (room - 4 - 16) * 2 // 11 if mode == MODE_ALPHA_NUM else (room - 4 - 16) // 8
        for count in (most, most * 2 // 3):  # full, and with padding
            text = some(mode, count)
            assert list(make_codewords(text, mode, version, level)) == create_data(
                version, level, [QRData(text, mode=mode)]
            )


@pytest.mark.parametrize("version", [1, 2, 7, 11])
def test_points_against_a_mask_are_those_of_qrcode_for_any_matrix(version: int) -> None:
    frame = _frame(version, ERROR_CORRECT_M)
    for seed in range(12):
        chance = random.Random(seed)
        # rough and smooth ones, because the rules count runs, blocks and patterns
        cells = [chance.random() < (0.5, 0.2, 0.8, 0.95)[seed % 4] for _ in range(frame.size**2)]
        matrix = sum(1 << at for at, dark in enumerate(cells) if dark)
        rows = [cells[at : at + frame.size] for at in range(0, frame.size**2, frame.size)]
        assert _penalty(matrix, frame) == lost_point(rows), f"seed {seed}"


def test_a_text_that_no_version_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        make_matrix("a" * 3000, MODE_8BIT_BYTE, ERROR_CORRECT_L)


def test_other_modes_are_not_made() -> None:
    with pytest.raises(ValueError, match="mode"):
        make_matrix("123", 1, ERROR_CORRECT_L)
