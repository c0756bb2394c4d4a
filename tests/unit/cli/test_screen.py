"""Nothing that a site chose may act on the terminal, and amounts are exact."""

from __future__ import annotations

import io
import json
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.cli.terminal.screen import Screen, printable
from counterfoil.cli.terminal.words import amount_in_words


@given(st.text())
def test_no_control_or_format_character_reaches_the_terminal(text: str) -> None:
    assert all(
        character.isprintable() or character in "\n\u00a0 " or character.isspace() for character in printable(text)
    )
    assert "\x1b" not in printable(text)


@pytest.mark.parametrize("hostile", ["\x1b[2J", "\u202emoc.elpmaxe", "a\u200bb", "x\ry", "\x9b31m", "\ud800"])
def test_spells_out_what_would_hide_or_reorder(hostile: str) -> None:
    assert "\\u{" in printable(hostile)


def test_a_table_in_a_pipe_is_one_line_a_row_and_escaped() -> None:
    out = io.StringIO()
    Screen(out, io.StringIO()).table(("A", "B"), [("x" * 200, "\x1b[31m"), ("y", "z")])
    lines = out.getvalue().splitlines()
    assert len(lines) == 3
    assert "\\u{1b}" in lines[1]


def test_json_is_the_only_thing_on_standard_output() -> None:
    out = io.StringIO()
    screen = Screen(out, io.StringIO())
    screen.as_json = True
    screen.say("words")
    screen.table(("A",), [("b",)])
    screen.show({"name": "Zoë \x1b"}, lambda: screen.say("no"))
    assert json.loads(out.getvalue()) == {"name": "Zoë \x1b"}
    assert "\x1b" not in out.getvalue()


@given(st.integers(0, 2**256 - 1), st.integers(0, 36))
def test_amounts_are_exact(amount: int, decimals: int) -> None:
    words = amount_in_words(str(amount), decimals, "ETH").removesuffix(" ETH").replace(",", "")
    with localcontext() as context:
        context.prec = 200
        assert Decimal(words).scaleb(decimals) == amount


@pytest.mark.parametrize(
    ("amount", "decimals", "symbol", "words"),
    [
        ("1500000000000000000", 18, "ETH", "1.5 ETH"),
        ("1", 18, "ETH", "0.000000000000000001 ETH"),
        ("1234567000000", 6, "USDC", "1,234,567 USDC"),
        (None, 6, "USDC", "any amount of USDC"),
        ("1000", None, None, "1,000 units of an unknown token"),
        ("0", 0, "X", "0 X"),
    ],
)
def test_amounts_in_words(amount: str | None, decimals: int | None, symbol: str | None, words: str) -> None:
    assert amount_in_words(amount, decimals, symbol) == words
