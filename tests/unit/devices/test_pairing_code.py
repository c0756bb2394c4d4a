from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.devices.pairing_code import PairingCode, encode_pairing_code, parse_pairing_code
from counterfoil.errors import InvalidEncoding

CODES = st.builds(
    PairingCode,
    st.binary(min_size=16, max_size=16),
    st.binary(min_size=16, max_size=16),
    st.integers(0, 2**40 - 1),
    st.sampled_from(["ws://127.0.0.1:40000/v1", "wss://relay.example/v1", "ws://[::1]:9/v1"]),
)
CODE = PairingCode(b"s" * 16, b"k" * 16, 1_800_000_000, "ws://127.0.0.1:40000/v1")


@given(CODES)
def test_reads_every_spelling_of_a_code(code):
    for text in (code.text, code.text.lower(), code.uri, f" {code.text}\n", code.text.replace("-", " ")):
        assert parse_pairing_code(text) == code
    assert code.uri.startswith("counterfoil:pair?code=")


@given(st.data())
def test_one_wrong_letter_is_noticed(data):
    text = encode_pairing_code(CODE)
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from(sorted(set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") - {text[place]})))
    with pytest.raises(InvalidEncoding):
        parse_pairing_code(text[:place] + letter + text[place + 1 :])


@given(st.text(max_size=200) | st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", max_size=200))
def test_whatever_is_typed_is_read_or_refused(text):
    with suppress(InvalidEncoding):
        parse_pairing_code(text)


@pytest.mark.parametrize("text", ["", "A", CODE.text[:-1], CODE.text + "A", "A" * 10_000, "http://" + CODE.text])
def test_refuses_what_is_no_code(text):
    with pytest.raises(InvalidEncoding) as refusal:
        parse_pairing_code(text)
    assert refusal.value.word == "pairing_code"


def test_refuses_a_code_that_leads_to_something_else_than_a_relay():
    with pytest.raises(InvalidEncoding):
        parse_pairing_code(encode_pairing_code(PairingCode(b"s" * 16, b"k" * 16, 1, "http://127.0.0.1/")))


def test_a_code_does_not_show_its_secret_by_accident():
    assert repr(CODE.secret) not in repr(CODE)
