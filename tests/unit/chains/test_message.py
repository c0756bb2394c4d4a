from __future__ import annotations

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.chains.evm.kinds import FAMILY
from counterfoil.chains.family import Kind
from counterfoil.errors import InputError, UnsafeToSign
from tests.unit.chains.evm_samples import ACCOUNT, ETHEREUM, OTHER, codes, prepared, sign


def read(*params: object) -> bytes:
    kind, intent = FAMILY.read_request(ETHEREUM, ACCOUNT, "personal_sign", list(params))
    assert kind is Kind.MESSAGE
    return FAMILY.prepare(ETHEREUM, ACCOUNT, kind, intent, None)


def summary(message: bytes):
    return FAMILY.summarize(ETHEREUM, ACCOUNT, Kind.MESSAGE, message)


@given(st.binary(max_size=100).filter(lambda m: len(m) != 32))
def test_eth_account_recovers_the_signer(message: bytes) -> None:
    try:
        (digest,) = FAMILY.digests(ETHEREUM, Kind.MESSAGE, message)
    except UnsafeToSign:
        return
    signature = FAMILY.assemble(ETHEREUM, Kind.MESSAGE, message, [sign(digest)])
    assert len(signature) == 65
    assert signature[64] in {27, 28}
    assert Account.recover_message(encode_defunct(message), signature=signature) == ACCOUNT


def test_text_and_hexadecimal_are_read_as_metamask_reads_them() -> None:
    assert read("Example `personal_sign` message", ACCOUNT) == b"Example `personal_sign` message"
    assert read("0x48692c20e4b896e7958c", ACCOUNT) == "Hi, 世界".encode()
    assert read("deadbeef", ACCOUNT) == b"\xde\xad\xbe\xef"
    assert read("0xnot hex", ACCOUNT) == b"0xnot hex"
    assert read("0x", ACCOUNT) == b""
    assert read("hello", ACCOUNT.lower(), "a password") == b"hello"


def test_swapped_parameters_are_understood() -> None:
    assert read(ACCOUNT, "hello") == b"hello"
    assert read(OTHER, ACCOUNT) == bytes.fromhex(OTHER[2:])


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        (["hello", OTHER], "wrong_account"),
        (["hello", "me"], "form"),
        (["hello"], "params"),
        (["abc", ACCOUNT], "ambiguous_message"),
        (["0x123", ACCOUNT], "ambiguous_message"),
        ([5, ACCOUNT], "params"),
        (["\ud800", ACCOUNT], "encoding"),
        (["a" * 65537 + " ", ACCOUNT], "too_long"),
    ],
)
def test_refuses_what_does_not_hold(params: list[object], reason: str) -> None:
    with pytest.raises(InputError) as caught:
        read(*params)
    assert caught.value.word == reason


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"\x11" * 32, "hash_as_text"),
        (b"a text of exactly 32 bytes, yes..", None),
        (b"a text of exactly 32 bytes, yes.", "hash_as_text"),
        (b"\x19\x01" + b"\0" * 64, "transaction_as_text"),
        (b"\x19\x00" + b"\0" * 20, "transaction_as_text"),
        (b"\x19Ethereum Signed Message:\n3abc", "transaction_as_text"),
        (b"\x19 is fine", None),
    ],
)
def test_hashes_and_transactions_as_text_are_never_signed(message: bytes, code: str | None) -> None:
    refusal = summary(message).refusal
    assert (refusal.code if refusal else None) == code
    if code:
        with pytest.raises(UnsafeToSign):
            FAMILY.digests(ETHEREUM, Kind.MESSAGE, message)


@pytest.mark.parametrize("fields", [{"type": "0x0"}, {"type": "0x1"}, {"type": "0x2"}])
def test_a_transaction_as_text_is_never_signed(fields: dict[str, str]) -> None:
    unsigned = prepared(to=OTHER, value="0x1", **fields)
    (digest,) = FAMILY.digests(ETHEREUM, Kind.TRANSACTION, unsigned)
    signed = FAMILY.assemble(ETHEREUM, Kind.TRANSACTION, unsigned, [sign(digest)])
    for message in (unsigned, signed):
        assert summary(message).refusal.code == "transaction_as_text"


def test_hidden_characters_are_shown() -> None:
    found = summary("pay\u202e10\u200b".encode())
    assert codes(found) == {"hidden_characters"}
    assert found.text == "pay⟨U+202E⟩10⟨U+200B⟩"
    assert summary(b"two\nlines").text == "two\nlines"
    assert codes(summary(b"bell\x07")) == {"hidden_characters"}
    assert codes(summary("⠀ㅤ".encode())) == {"hidden_characters"}


def test_bytes_that_are_no_text_are_shown_as_bytes() -> None:
    found = summary(b"\xff\xfe")
    assert codes(found) == {"not_text"}
    assert found.text == "0xfffe"
