"""Owners' signatures: as abstractionkit packs them, and nothing that the chain would refuse."""

from __future__ import annotations

import contextlib
import dataclasses

import pytest
from coincurve import PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.chains.evm.address import address_of, encode_address
from counterfoil.chains.evm.safe import messages
from counterfoil.chains.evm.safe.creation_code import CreationCodes
from counterfoil.chains.evm.safe.first_act import Outer, Standing, encode_act, first_safe_tx, parse_act
from counterfoil.chains.evm.safe.multi_send import Item, encode_multi_send, parse_multi_send
from counterfoil.chains.evm.safe.safe_tx import digest_safe_tx, safe_tx_of
from counterfoil.chains.evm.safe.signatures import (
    P256_ORDER,
    ContractSignature,
    KeySignature,
    PasskeySignature,
    encode_passkey_signature,
    pack_signatures,
    parse_passkey_signature,
    parse_signatures,
)
from counterfoil.crypto.hashes import keccak256
from counterfoil.errors import InvalidTransaction
from counterfoil.types import Digest32, Signature
from tests.fakes.authenticator import Twist
from tests.node_tools import ask_node, node_package
from tests.unit.chains.evm_samples import sign
from tests.unit.chains.safe.samples import SafePerson

DIGEST = Digest32(keccak256(b"digest"))

ABSTRACTIONKIT = """
const { SafeAccountV0_3_0: Safe } = require('abstractionkit');
console.log(JSON.stringify(read().map(({ owner, signer, key, data, fields, r, s }) => {
  const touch = Safe.createWebAuthnSignature({ authenticatorData: Buffer.from(data, 'hex').buffer.slice(0),
    clientDataFields: '0x' + fields, rs: [BigInt(r), BigInt(s)] });
  return Safe.buildSignaturesFromSingerSignaturePairs([
    { signer: owner, signature: key }, { signer, signature: touch, isContractSignature: true }]);
})));
"""


def test_abstractionkit_packs_the_same_bytes(codes: CreationCodes) -> None:
    node_package("abstractionkit")
    questions, ours = [], []
    for seed in range(8):
        person = SafePerson(bytes([seed]))
        account = person.account(codes)
        touched = person.passkey_signature(DIGEST)
        key = sign(DIGEST, person.key)
        fields = touched.client_data.split(b",", 2)[2][:-1]
        raw = key.r.to_bytes(32, "big") + key.s.to_bytes(32, "big") + bytes([27 + key.recovery_id])
        questions.append(
            {
                "owner": person.owner,
                "signer": account.signer,
                "key": "0x" + raw.hex(),
                "data": touched.authenticator_data.hex(),
                "fields": fields.hex(),
                "r": str(touched.r),
                "s": str(touched.s),
            }
        )
        both = [
            ContractSignature(account.signer, encode_passkey_signature(touched, DIGEST)),
            KeySignature(person.owner, key),
        ]
        ours.append("0x" + pack_signatures(both).hex())
    assert ask_node(ABSTRACTIONKIT.replace(".buffer.slice(0)", ""), questions) == ours


def test_who_signed_is_read_back(codes: CreationCodes) -> None:
    for seed in range(4):
        person = SafePerson(bytes([seed]))
        account = person.account(codes)
        packed = person.sign_digest(account, DIGEST)
        found = parse_signatures(packed, DIGEST, 2)
        assert tuple(one.owner for one in found) == account.owners
        (touched,) = [one.data for one in found if isinstance(one, ContractSignature)]
        read = parse_passkey_signature(touched, DIGEST)
        assert b'"origin":"https://app.example"' in read.client_data
        assert encode_passkey_signature(read, DIGEST) == touched


@pytest.mark.parametrize(
    "opening",
    [
        b'{"challenge":"%s","type":"webauthn.get",',
        b'{ "type":"webauthn.get","challenge":"%s",',
        b'{"type":"webauthn.get","challenge":"%s"',
        b'{"type":"webauthn.create","challenge":"%s",',
    ],
)
def test_refuses_client_data_that_the_contract_would_not_rebuild(opening: bytes) -> None:
    from counterfoil.chains.evm.safe.signatures import client_data_prefix

    challenge = client_data_prefix(DIGEST)[36:-2]
    good = PasskeySignature(b"data", b'{"type":"webauthn.get","challenge":"%s","origin":"o"}' % challenge, 1, 1)
    encode_passkey_signature(good, DIGEST)
    bad = dataclasses.replace(good, client_data=opening % challenge + b'"origin":"o"}')
    if bad.client_data == good.client_data:
        bad = dataclasses.replace(good, client_data=good.client_data + b" ")
    with pytest.raises(InvalidTransaction) as caught:
        encode_passkey_signature(bad, DIGEST)
    assert caught.value.word == "client_data"


def test_refuses_client_data_of_another_challenge_or_no_text() -> None:
    person = SafePerson()
    touched = person.passkey_signature(Digest32(keccak256(b"other")))
    for bad in (touched, dataclasses.replace(person.passkey_signature(DIGEST), client_data=b"")):
        with pytest.raises(InvalidTransaction):
            encode_passkey_signature(bad, DIGEST)
    good = person.passkey_signature(DIGEST)
    for client_data in (good.client_data[:-1] + b"\xff}", good.client_data[:-1]):
        with pytest.raises(InvalidTransaction):
            encode_passkey_signature(dataclasses.replace(good, client_data=client_data), DIGEST)


def test_refuses_to_read_a_passkeys_high_s() -> None:
    """The chain would take it: one touch would have two spellings."""
    good = encode_passkey_signature(SafePerson().passkey_signature(DIGEST), DIGEST)
    s = int.from_bytes(good[96:128], "big")
    assert parse_passkey_signature(good, DIGEST).s == s
    high = good[:96] + (P256_ORDER - s).to_bytes(32, "big") + good[128:]
    with pytest.raises(InvalidTransaction):
        parse_passkey_signature(high, DIGEST)


def test_extra_members_of_client_data_are_kept() -> None:
    person = SafePerson()
    touched = person.passkey_signature(DIGEST, Twist(client_data_extra={"other_keys": "do not compare"}))
    assert b"do not compare" in encode_passkey_signature(touched, DIGEST)


@pytest.mark.parametrize(("r", "s"), [(0, 1), (1, 0), (P256_ORDER, 1), (1, P256_ORDER // 2 + 1), (1, P256_ORDER)])
def test_refuses_a_passkeys_numbers_out_of_range_or_high(r: int, s: int) -> None:
    touched = dataclasses.replace(SafePerson().passkey_signature(DIGEST), r=r, s=s)
    with pytest.raises(InvalidTransaction):
        encode_passkey_signature(touched, DIGEST)


def keys(count: int) -> list[KeySignature]:
    made = [PrivateKey(bytes([n + 1]) * 32) for n in range(count)]
    return [KeySignature(address_of(key.public_key.format()), sign(DIGEST, key)) for key in made]


@settings(max_examples=50)
@given(
    st.integers(0, 3),
    st.dictionaries(st.binary(min_size=20, max_size=20), st.binary(max_size=90), max_size=3),
)
def test_packed_signatures_are_read_back(count: int, contracts: dict[bytes, bytes]) -> None:
    mixed = [*keys(count), *(ContractSignature(encode_address(at), data) for at, data in contracts.items())]
    if not mixed:
        return
    ordered = tuple(sorted(mixed, key=lambda one: one.owner.lower()))
    packed = pack_signatures(mixed)
    assert parse_signatures(packed, DIGEST, len(mixed)) == ordered
    for bad in (packed + b"\0", packed[:-1], b"", packed[1:]):
        with pytest.raises(InvalidTransaction):
            parse_signatures(bad, DIGEST, len(mixed))


@settings(max_examples=100)
@given(st.integers(0, 10**6), st.integers(1, 255))
def test_a_bent_signature_is_refused_or_of_someone_else(at: int, xor: int) -> None:
    mixed = [*keys(1), ContractSignature("0x" + "11" * 20, b"contract")]
    packed = pack_signatures(mixed)
    at %= len(packed)
    bent = packed[:at] + bytes([packed[at] ^ xor]) + packed[at + 1 :]
    good = parse_signatures(packed, DIGEST, 2)
    with contextlib.suppress(InvalidTransaction):
        assert parse_signatures(bent, DIGEST, 2) != good


@given(st.binary(max_size=400), st.integers(1, 3))
def test_garbage_is_refused_or_read_whole(data: bytes, threshold: int) -> None:
    try:
        found = parse_signatures(data, DIGEST, threshold)
    except InvalidTransaction:
        return
    assert pack_signatures(found) == data


def test_refuses_approved_hashes_and_prefixed_texts() -> None:
    """v = 1 counts for a hash approved on chain, v > 30 for a text: neither is a signature of a transaction."""
    (one,) = keys(1)
    packed = pack_signatures([one])
    for v in (1, 2, 26, 29, 31, 32, 255):
        with pytest.raises(InvalidTransaction):
            parse_signatures(packed[:64] + bytes([v]), DIGEST, 1)


def test_refuses_two_signatures_of_one_owner_and_the_wrong_order() -> None:
    first, second = sorted(keys(2), key=lambda one: one.owner.lower())
    with pytest.raises(InvalidTransaction):
        pack_signatures([first, first])
    with pytest.raises(InvalidTransaction):
        pack_signatures([])
    swapped = pack_signatures([second]) + pack_signatures([first])
    with pytest.raises(InvalidTransaction):
        parse_signatures(swapped, DIGEST, 2)


def test_refuses_a_high_s() -> None:
    from counterfoil.chains.evm.transaction import CURVE_ORDER

    (one,) = keys(1)
    high = Signature(one.signature.r, CURVE_ORDER - one.signature.s, 1 - one.signature.recovery_id)
    with pytest.raises(InvalidTransaction):
        pack_signatures([KeySignature(one.owner, high)])


STANDINGS = [Standing(), Standing(signer=True), Standing(safe=True), Standing(signer=True, safe=True)]


@pytest.mark.parametrize("standing", STANDINGS)
def test_an_act_is_read_back_by_who_knows_the_account(codes: CreationCodes, standing: Standing) -> None:
    account = SafePerson().account(codes)
    tx = first_safe_tx(account, 1, (Item(b"\x77" * 20, 1, b""),), bytes(32))
    outer = encode_act(account, tx, b"signatures", standing=standing)
    assert parse_act(account, outer, chain_id=1, nonce=0) == (tx, b"signatures", standing)


def test_refuses_to_pay_for_anything_but_the_act(codes: CreationCodes) -> None:
    person = SafePerson()
    account, other = person.account(codes), person.account(codes, 8)
    tx = safe_tx_of(1, account.address, 0, (Item(b"\x77" * 20, 1, b""),), bytes(32))
    theirs = safe_tx_of(1, other.address, 0, (Item(b"\x77" * 20, 1, b""),), bytes(32))
    good = encode_act(account, tx, b"s", standing=Standing())
    plain = encode_act(account, tx, b"s", standing=Standing(signer=True, safe=True))
    items = parse_multi_send(good.data)
    extra = Item(b"\x99" * 20, 0, b"")
    paying = Item(items[0].to, 1, items[0].data)
    bad = [
        Outer(other.address, plain.data),
        Outer(good.to, plain.data),
        Outer(account.address, good.data),
        Outer("0x38869bf66a61cF6bDB996A6aE40D5853Fd43B526", good.data),
        encode_act(other, theirs, b"s", standing=Standing()),
        *(
            Outer(good.to, encode_multi_send(bent))
            for bent in (
                [*items, extra],
                [extra, *items],
                [items[1], items[0], items[2]],
                [items[0], items[0], items[2]],
                [items[0], extra, items[2]],
                [paying, *items[1:]],
                [items[2]],
                items[:2],
                [*items[:2], Item(items[2].to, 1, items[2].data)],
            )
        ),
        Outer(good.to, good.data + b"\0"),
    ]
    assert parse_act(account, good, chain_id=1, nonce=0)[0] == tx
    for one in bad:
        with pytest.raises(InvalidTransaction):
            parse_act(account, one, chain_id=1, nonce=0)
    with pytest.raises(InvalidTransaction):
        encode_act(account, theirs, b"s", standing=Standing())


def test_a_signature_before_the_account_stands_says_how_to_make_it(codes: CreationCodes) -> None:
    account = SafePerson().account(codes)
    assert messages.encode_signature(account, b"s", Standing(signer=True, safe=True)) == b"s"
    wrapped = messages.encode_signature(account, b"s", Standing())
    factory, call, inner = messages.parse_erc6492(wrapped)
    assert inner == b"s"
    assert [one.to for one in parse_multi_send(call)] == [
        one.to
        for one in parse_multi_send(
            encode_act(account, first_safe_tx(account, 1, (), bytes(32)), b"", standing=Standing()).data
        )[:2]
    ]
    assert factory == "0x9641d764fc13c8B624c04430C7356C1C7C8102e2"
    for bad in (
        wrapped[:-32] + bytes(32),
        wrapped[:-1],
        wrapped + b"\0",
        b"",
        messages.ERC6492_SUFFIX,
        b"\0" * 32 + wrapped,
    ):
        with pytest.raises(InvalidTransaction):
            messages.parse_erc6492(bad)


def test_the_digest_that_is_signed_is_the_challenge(codes: CreationCodes) -> None:
    person = SafePerson()
    account = person.account(codes)
    tx = safe_tx_of(1, account.address, 0, (Item(b"\x77" * 20, 1, b""),), bytes(32))
    found = parse_signatures(person.sign(account, tx), digest_safe_tx(tx), 2)
    assert {one.owner for one in found} == set(account.owners)
