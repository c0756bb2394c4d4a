from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.chains.family import Change, Finding, Level
from counterfoil.dispatch.views import (
    DEPTHS,
    NOTCHES,
    POSITIONS,
    change_view,
    clean,
    finding_view,
    notches_of,
    request_view,
)
from tests.fakes.two_agent_person import Someone

HIDDEN = "\x00\x1b\x7f\x9f\u200b\u200e\u200f\u202a\u202e\u2066\u2069\ufeff"


@pytest.mark.parametrize("char", HIDDEN, ids=lambda char: f"U+{ord(char):04X}")
def test_what_reorders_hides_or_controls_text_is_shown_as_a_sign_of_it(char: str) -> None:
    assert clean(f"a{char}b") == "a\ufffdb"


@given(st.text())
def test_cleaning_keeps_every_other_character_in_its_place(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned) == len(text)
    assert all(new in {old, "\ufffd"} for old, new in zip(text, cleaned, strict=True))
    assert clean(cleaned) == cleaned


@given(st.integers(0, 2**256 - 1) | st.none())
def test_amounts_are_told_to_the_last_unit(amount: int | None) -> None:
    view = change_view(Change("out", "native", amount, "ET\u202eH", 18, None, token_name="a\x00b"))
    assert view.amount == (None if amount is None else str(amount))
    assert (view.symbol, view.token_name) == ("ET\ufffdH", "a\ufffdb")


def test_a_findings_words_are_cleaned() -> None:
    view = finding_view(Finding("code", Level.DANGER, "a\u202eb", "c\x00d", "e\u200bf"))
    assert (view.sentence, view.why, view.action) == ("a\ufffdb", "c\ufffdd", "e\ufffdf")


@given(st.binary(min_size=16, max_size=32))
def test_notches_are_eight_places_each_once_and_the_same_for_the_same_request(seed: bytes) -> None:
    notches = notches_of(seed)
    assert notches == notches_of(seed)
    assert len({notch // DEPTHS for notch in notches}) == NOTCHES
    assert all(0 <= notch < POSITIONS * DEPTHS for notch in notches)


async def test_a_request_is_shown_from_its_bytes_with_exact_amounts(someone: Someone) -> None:
    request = await someone.ask_to_send(wei=1_234_567_890_123_456_789)
    view = request_view(someone.wallet, request)
    assert view.changes[0].amount == "1234567890123456789"
    assert view.fee is not None and view.fee.cap == str(request.fee_cap)
    assert (view.state, view.site_passkey, view.address) == ("proposed", "present", someone.address)
    assert (view.position, view.waiting) == (1, 1)


async def test_a_text_that_tries_to_hide_is_shown_cleaned(someone: Someone) -> None:
    request = await someone.ask_to_sign("pay\u202eneve")
    view = request_view(someone.wallet, request)
    assert view.text is not None and "\u202e" not in view.text and "neve" in view.text
