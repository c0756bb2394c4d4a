from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.crypto.secret import Secret
from counterfoil.errors import InputError, InvalidEncoding
from counterfoil.threshold.combine import combine
from counterfoil.threshold.public_share import verify_confirmations
from counterfoil.threshold.share import KeyShare, RecoveryShare, _check
from tests.fakes.ceremony import fake_verify, run
from tests.fakes.vaults import sign_machines, vault


def resealed(body: bytes) -> bytes:
    """What an attacker who knows the format would write: the check value fits."""
    return body + _check(body)


def test_a_share_survives_encoding_and_still_signs():
    shares = vault(2, 3)
    restored = {index: KeyShare.parse(share.encode()) for index, share in shares.items()}
    assert restored[1].encode() == shares[1].encode()
    assert run(sign_machines(restored, (1, 3))).results.keys() == {1, 3}


def test_a_recovery_share_survives_encoding_and_holds_no_transfer_state():
    recovery = vault(2, 3)[1].recovery()
    data = recovery.encode()
    assert RecoveryShare.parse(data).encode() == data
    assert len(data) < 600
    assert len({share.recovery().check_value for share in vault(2, 3).values()}) == 3


@pytest.mark.parametrize("kind", [KeyShare, RecoveryShare])
def test_refuses_a_share_cut_short_or_with_leftovers(kind):
    share = vault(2, 2)[1]
    data = share.encode() if kind is KeyShare else share.recovery().encode()
    for changed in (b"", data[:-1], data[1:], data + b"\x00", data[:40]):
        with pytest.raises(InvalidEncoding):
            kind.parse(changed)
    body = data[:-32]
    for changed in (body[:-1], body + b"\x00", body[: len(body) // 2]):
        with pytest.raises(InvalidEncoding):
            kind.parse(resealed(changed))


def test_refuses_one_kind_of_share_for_the_other_and_an_unknown_version():
    share = vault(2, 2)[1]
    with pytest.raises(InvalidEncoding):
        KeyShare.parse(share.recovery().encode())
    with pytest.raises(InvalidEncoding):
        RecoveryShare.parse(share.encode())
    body = bytearray(share.encode()[:-32])
    body[4] = 2
    with pytest.raises(InvalidEncoding):
        KeyShare.parse(resealed(bytes(body)))


@given(st.data())
def test_any_changed_byte_of_a_share_is_noticed(data):
    encoded = bytearray(vault(2, 3)[1].recovery().encode())
    at = data.draw(st.integers(0, len(encoded) - 1))
    encoded[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(InvalidEncoding):
        RecoveryShare.parse(bytes(encoded))


@given(st.binary(max_size=200))
def test_garbage_is_refused_as_a_share_even_with_a_fitting_check(data):
    for head in (b"", b"CFKS\x01", b"CFRS\x01", b"CFRS\x01\x02ab" + bytes(4) + b"\x02\x02"):
        for kind in (KeyShare, RecoveryShare):
            with pytest.raises(InvalidEncoding):
                kind.parse(resealed(head + data))


def test_refuses_points_that_do_not_belong_to_the_group_key():
    share = vault(2, 3)[1]
    other = vault(2, 3, (), "other")[1]
    public = share.public
    for changes in (
        {"group_key": other.public.group_key},
        {"points": other.public.points},
        {"points": (*public.points[:2], other.public.points[2])},
        {"threshold": 1},
        {"parties": (1, 3, 2)},
        {"parties": (0, 1, 2)},
        {"parties": (1, 2, 17)},
    ):
        forged = RecoveryShare(dataclasses.replace(public, **changes), 1, share.secret)
        with pytest.raises(InvalidEncoding):
            RecoveryShare.parse(forged.encode())


def test_refuses_a_secret_that_is_not_this_partys():
    shares = vault(2, 3)
    with pytest.raises(InvalidEncoding):
        RecoveryShare.parse(RecoveryShare(shares[1].public, 1, shares[2].secret).encode())
    with pytest.raises(InvalidEncoding):
        RecoveryShare.parse(RecoveryShare(shares[1].public, 4, shares[1].secret).encode())


def test_refuses_state_with_itself_or_with_strangers():
    share = vault(2, 3)[1]
    for index in (1, 4):
        peers = {index: dataclasses.replace(share.peers[2], index=index)}
        with pytest.raises(InvalidEncoding):
            KeyShare.parse(KeyShare(share.public, 1, share.secret, peers).encode())


def test_a_wiped_share_signs_no_more():
    share = KeyShare.parse(vault(2, 2)[1].encode())
    share.wipe()
    with pytest.raises(ValueError, match="wiped"):
        share.encode()


def refusal(*shares: KeyShare | RecoveryShare) -> str:
    with pytest.raises(InputError) as refused:
        combine(shares)
    return refused.value.word


def test_combining_names_what_is_wrong_with_the_shares():
    shares = vault(2, 3)
    other = vault(2, 3, (), "other")
    stale = RecoveryShare(dataclasses.replace(shares[2].public, epoch=1), 2, shares[2].secret)
    moved = RecoveryShare(dataclasses.replace(other[2].public, vault="ff" * 16), 2, other[2].secret)
    assert refusal() == "too_few_shares"
    assert refusal(shares[1]) == "too_few_shares"
    assert refusal(shares[1], shares[1].recovery()) == "doubled_share"
    assert refusal(shares[1], moved) == "other_vault"
    assert refusal(shares[1], stale) == "stale_share"
    assert refusal(shares[1], other[2]) == "inconsistent_shares"
    wrong = RecoveryShare(shares[1].public, 2, Secret(b"\x01" * 32))
    assert refusal(shares[1], wrong) == "inconsistent_shares"


def test_more_shares_than_needed_give_the_same_key():
    shares = vault(2, 3)
    keys = {combine(list(shares.values())), combine([shares[3], shares[1]]), combine([shares[2], shares[3].recovery()])}
    assert len(keys) == 1


def test_the_confirmations_cover_every_public_field():
    public = vault(2, 3)[1].public
    verify_confirmations(public, fake_verify)
    for changes in (
        {"vault": "11"},
        {"epoch": 1},
        {"threshold": 3},
        {"identities": public.identities[::-1]},
        {"points": public.points[::-1]},
        {"group_key": public.points[0]},
        {"chain_code": bytes(32)},
        {"transcript": bytes(32)},
        {"confirmations": public.confirmations[::-1]},
    ):
        with pytest.raises(InvalidEncoding):
            verify_confirmations(dataclasses.replace(public, **changes), fake_verify)
