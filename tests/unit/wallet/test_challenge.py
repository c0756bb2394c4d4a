from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.errors import InvalidMessage
from counterfoil.types import Digest32
from counterfoil.wallet.challenge import AdminContent, SigningContent, joint_nonce

SIGNING = SigningContent(
    vault="aa" * 16,
    epoch=0,
    chain="eip155:1",
    paths=("44/60/0/0/0",),
    account="0x" + "11" * 20,
    origin="https://app.example",
    kind="transaction",
    unsigned=b"\x02bytes",
    digests=(Digest32(b"\x01" * 32),),
    request_nonce=b"\x02" * 32,
    expires_at=1_800_000_000,
)
ADMIN = AdminContent("aa" * 16, 0, "enrol", {"a": 1}, b"\x03" * 32, 1_800_000_000)
OTHERS = {
    "vault": "bb" * 16,
    "epoch": 1,
    "chain": "eip155:10",
    "paths": ("44/60/0/0/1",),
    "account": "0x" + "22" * 20,
    "origin": "https://app.example:8443",
    "kind": "message",
    "unsigned": b"\x02byteS",
    "digests": (Digest32(b"\x01" * 31 + b"\x02"),),
    "request_nonce": b"\x02" * 31 + b"\x03",
    "expires_at": 1_800_000_001,
    "act": "revoke",
    "parameters": {"a": 2},
    "nonce": b"\x03" * 31 + b"\x04",
}


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(SIGNING)])
def test_every_field_of_a_request_changes_its_challenge(field: str) -> None:
    assert dataclasses.replace(SIGNING, **{field: OTHERS[field]}).challenge() != SIGNING.challenge()


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(ADMIN)])
def test_every_field_of_an_act_changes_its_challenge(field: str) -> None:
    assert dataclasses.replace(ADMIN, **{field: OTHERS[field]}).challenge() != ADMIN.challenge()


def test_one_more_or_another_order_of_digests_is_another_challenge() -> None:
    one, two = Digest32(b"\x01" * 32), Digest32(b"\x02" * 32)
    contents = [dataclasses.replace(SIGNING, digests=digests) for digests in ((one,), (one, two), (two, one), ())]
    assert len({content.challenge() for content in contents}) == len(contents)


def test_a_request_and_an_act_never_share_a_challenge() -> None:
    assert len({SIGNING.challenge(), ADMIN.challenge()}) == 2
    assert {len(SIGNING.challenge()), len(ADMIN.challenge())} == {32}


NONCES = st.dictionaries(st.integers(1, 16), st.binary(min_size=32, max_size=32), min_size=1)


@given(NONCES, st.data())
def test_a_joint_nonce_hangs_on_each_partys_nonce_and_on_no_order(
    nonces: dict[int, bytes], data: st.DataObject
) -> None:
    joint = joint_nonce("request", list(nonces.items()))
    assert joint == joint_nonce("request", data.draw(st.permutations(list(nonces.items()))))
    assert joint != joint_nonce("admin", list(nonces.items()))
    party = data.draw(st.sampled_from(sorted(nonces)))
    other = {**nonces, party: bytes(byte ^ 1 for byte in nonces[party])}
    assert joint != joint_nonce("request", list(other.items()))
    without = {index: nonce for index, nonce in nonces.items() if index != party}
    assert joint != joint_nonce("request", list(without.items()))


@pytest.mark.parametrize("nonces", [[(1, b"short")], [(1, bytes(33))], [(1, bytes(32)), (1, bytes(32))]], ids=str)
def test_a_joint_nonce_takes_one_of_32_bytes_from_each(nonces: list[tuple[int, bytes]]) -> None:
    with pytest.raises(InvalidMessage):
        joint_nonce("request", nonces)
