"""``personal_ecRecover``: who signed a text."""

from __future__ import annotations

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.chains.evm.passthrough import is_read_only, recover_signer
from counterfoil.errors import WalletError

KEY = "0x" + "42" * 32
SIGNER = Account.from_key(KEY).address.lower()


@settings(max_examples=50)
@given(st.binary(max_size=200))
def test_finds_whom_another_library_signed_for(text: bytes) -> None:
    signature = Account.sign_message(encode_defunct(text), KEY).signature
    assert recover_signer(["0x" + text.hex(), "0x" + bytes(signature).hex()]) == SIGNER


def test_takes_0_and_1_for_27_and_28() -> None:
    raw = bytearray(Account.sign_message(encode_defunct(b"hi"), KEY).signature)
    raw[64] -= 27
    assert recover_signer(["0x" + b"hi".hex(), "0x" + raw.hex()]) == SIGNER


@pytest.mark.parametrize(
    "params",
    [
        [],
        ["0x00"],
        {},
        None,
        ["0x00", "0x"],
        ["0x00", "0x" + "00" * 65],
        ["0x00", "0x" + "ff" * 64 + "1b"],
        ["0x00", "0x" + "11" * 64 + "1d"],
        ["0x00", "0x" + "11" * 66],
        ["text", "0x" + "11" * 64 + "1b"],
    ],
)
def test_refuses_what_is_no_signature(params: object) -> None:
    with pytest.raises(WalletError) as refusal:
        recover_signer(params)
    assert 1000 <= refusal.value.code < 2000


def test_is_offered_to_sites_that_may_read() -> None:
    assert is_read_only("personal_ecRecover")
