"""Addresses and set-up of Safe accounts, byte for byte as abstractionkit makes them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.chains.evm.safe import account, contracts, creation_code, slow_lock
from counterfoil.chains.evm.safe.account import Passkey
from counterfoil.chains.evm.safe.contracts import MODULE_4337, MODULE_SETUP
from counterfoil.chains.evm.safe.creation_code import CreationCodes, timelock_creation_code
from counterfoil.errors import Bug, InvalidAddress, InvalidEncoding, InvalidTransaction
from tests.devnet.safe_contracts import PUBLISHED
from tests.devnet.safe_contracts import creation_code as published
from tests.node_tools import ask_node, node_package
from tests.unit.chains.safe.samples import SafePerson

ABSTRACTIONKIT = """
const { SafeAccountV0_3_0: Safe } = require('abstractionkit');
const precompile = { eip7212WebAuthnPrecompileVerifier: '0x0000000000000000000000000000000000000100' };
console.log(JSON.stringify(read().map(({ owner, x, y, salt }) => {
  const signer = Safe.createWebAuthnSignerVerifierAddress(BigInt(x), BigInt(y), precompile);
  const owners = [owner, signer].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
  const setup = Safe.createInitializerCallData(owners, 2);
  const [factory, data] = Safe.createFactoryAddressAndData(owners, { threshold: 2, c2Nonce: BigInt(salt) });
  const { to, data: create } = Safe.createDeployWebAuthnVerifierMetaTransaction(BigInt(x), BigInt(y), precompile);
  return { signer, setup, factory, data, address: Safe.createProxyAddress(setup, { c2Nonce: BigInt(salt) }), to, create };
})));
"""


@pytest.fixture(scope="module")
def people() -> list[SafePerson]:
    """Some whose key comes before their passkey's contract, and some the other way round."""
    return [SafePerson(bytes([seed])) for seed in range(8)]


def test_abstractionkit_makes_the_same_accounts(codes: CreationCodes, people: list[SafePerson]) -> None:
    node_package("abstractionkit")
    salts = [0, 1, 7, 2**64, 2**128 + 1, 2**255, 2**256 - 1, 42]
    question = [
        {"owner": one.owner, "x": str(one.passkey.x), "y": str(one.passkey.y), "salt": str(salt)}
        for one, salt in zip(people, salts, strict=True)
    ]
    orders = set()
    for one, salt, theirs in zip(people, salts, ask_node(ABSTRACTIONKIT, question), strict=True):
        ours = one.account(codes, salt)
        assert ours.address == theirs["address"]
        assert ours.signer.lower() == theirs["signer"]
        assert "0x" + ours.setup.hex() == theirs["setup"]
        assert contracts.PROXY_FACTORY.address == theirs["factory"]
        assert "0x" + account.encode_create_safe(ours.setup, salt).hex() == theirs["data"]
        assert contracts.SIGNER_FACTORY.address == theirs["to"]
        assert "0x" + account.encode_create_signer(one.passkey).hex() == theirs["create"]
        orders.add(ours.owners[0] == one.owner)
    assert orders == {True, False}


def test_our_addresses_are_the_published_ones() -> None:
    known = {one.name.split()[0]: one for one in contracts.NEEDED}
    found = {one.name: one.address for one in PUBLISHED if one.name in known}
    assert found == {name: known[name].address for name in found}
    assert known.keys() - found.keys() == {"SafeSingletonFactory", "SafeWebAuthnSignerSingleton"}


def test_the_address_depends_on_each_part(codes: CreationCodes, people: list[SafePerson]) -> None:
    one, other = people[:2]
    plans = [
        account.plan_account(codes, one.owner, one.passkey, 1),
        account.plan_account(codes, other.owner, one.passkey, 1),
        account.plan_account(codes, one.owner, other.passkey, 1),
        account.plan_account(codes, one.owner, one.passkey, 2),
        account.plan_account(codes, one.owner, Passkey(one.passkey.x, one.passkey.y, 0x100 << 160), 1),
    ]
    assert len({plan.address for plan in plans}) == len(plans)


@pytest.mark.parametrize("field", ["safe_proxy", "signer_proxy"])
def test_refuses_creation_code_that_is_not_the_published(codes: CreationCodes, field: str) -> None:
    parts = {"safe_proxy": codes.safe_proxy, "signer_proxy": codes.signer_proxy}
    with pytest.raises(InvalidEncoding):
        CreationCodes(**{**parts, field: parts[field][:-1] + b"\0"})
    with pytest.raises(InvalidEncoding):
        CreationCodes(**{**parts, field: b""})


def test_the_locks_code_is_openzeppelins() -> None:
    node_package("@openzeppelin/contracts-5")
    theirs = published("@openzeppelin/contracts-5/build/contracts/TimelockController.json")
    assert timelock_creation_code().hex() == theirs
    version = json.loads((node_package("@openzeppelin/contracts-5") / "package.json").read_text())["version"]
    assert version == "5.7.0"


def test_an_altered_lock_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(creation_code, "TIMELOCK_HASH", bytes(32))
    with pytest.raises(Bug):
        creation_code.timelock_creation_code.__wrapped__()


def test_refuses_a_set_up_that_does_more(codes: CreationCodes, people: list[SafePerson]) -> None:
    setup = people[0].account(codes).setup
    assert account.parse_setup(setup) == (people[0].account(codes).owners, 2)
    zero = bytes(20)
    other = b"\x99" * 20
    owners = [b"\1" * 20, b"\2" * 20]
    enable = account.encode_call(account.ENABLE_MODULES, [MODULE_4337.raw])
    good = [owners, 2, MODULE_SETUP.raw, enable, MODULE_4337.raw, zero, 0, zero]
    account.parse_setup(account.encode_call(account.SETUP, *good))
    enables_another = account.encode_call(account.ENABLE_MODULES, [other])
    for index, bad in [(2, other), (3, enables_another), (3, b""), (4, other), (5, other), (6, 1), (7, other)]:
        values = [*good]
        values[index] = bad
        with pytest.raises(InvalidTransaction):
            account.parse_setup(account.encode_call(account.SETUP, *values))


@pytest.mark.parametrize(
    ("owners", "threshold"),
    [
        (("0x" + "01" * 20,), 2),
        (("0x" + "01" * 20, "0x" + "01" * 20), 2),
        (("0x" + "00" * 20, "0x" + "01" * 20), 2),
        (("0x" + "00" * 19 + "01", "0x" + "01" * 20), 1),
        (("0x" + "01" * 20,), 0),
        ((), 0),
    ],
)
def test_refuses_owners_that_a_safe_refuses(owners: tuple[str, ...], threshold: int) -> None:
    with pytest.raises(InvalidTransaction):
        account.encode_setup(owners, threshold)


def test_refuses_what_is_no_key_or_salt(codes: CreationCodes, people: list[SafePerson]) -> None:
    one = people[0]
    for x, y, verifiers in [(-1, 0, 0), (2**256, 0, 0), (0, 2**256 - 1, 0), (0, 0, 2**176)]:
        with pytest.raises(InvalidTransaction):
            Passkey(x, y, verifiers)
    for salt in (-1, 2**256):
        with pytest.raises(InvalidTransaction):
            one.account(codes, salt)
    with pytest.raises(InvalidAddress):
        account.plan_account(codes, "0x12", one.passkey, 0)


def test_refuses_the_creation_of_another_contract(codes: CreationCodes, people: list[SafePerson]) -> None:
    data = account.encode_create_safe(people[0].account(codes).setup, 5)
    assert account.parse_create_safe(data) == (people[0].account(codes).setup, 5)
    at = data.index(contracts.SAFE.raw)
    with pytest.raises(InvalidTransaction):
        account.parse_create_safe(data[:at] + b"\x99" * 20 + data[at + 20 :])


@given(st.integers(0, account._FIELD - 1), st.integers(0, account._FIELD - 1), st.integers(0, 2**176 - 1))
def test_what_is_written_is_read_back(x: int, y: int, verifiers: int) -> None:
    key = Passkey(x, y, verifiers)
    assert account.parse_create_signer(account.encode_create_signer(key)) == key


@settings(max_examples=30)
@given(
    st.lists(st.binary(min_size=20, max_size=20).filter(lambda one: one > bytes(19) + b"\2"), min_size=1, max_size=3),
    st.integers(0, 2**32),
    st.binary(min_size=20, max_size=20),
)
def test_a_locks_creation_is_read_back(proposers: list[bytes], delay: int, admin: bytes) -> None:
    from counterfoil.chains.evm.address import encode_address

    named = tuple(encode_address(one) for one in proposers)
    lock = slow_lock.Lock(delay, named, (encode_address(bytes(20)),), encode_address(admin))
    assert slow_lock.parse_lock_creation(slow_lock.encode_lock_creation(lock)) == lock


PARSERS = [
    account.parse_create_signer,
    account.parse_create_safe,
    account.parse_setup,
    slow_lock.parse_lock_creation,
    slow_lock.parse_schedule,
    slow_lock.parse_execute,
]
HEADS = {
    account.parse_create_signer: account.encode_create_signer(Passkey(1, 2)),
    account.parse_create_safe: account.encode_create_safe(b"setup", 7),
    account.parse_setup: account.encode_setup(("0x" + "01" * 20, "0x" + "02" * 20), 2),
    slow_lock.parse_lock_creation: slow_lock.encode_lock_creation(
        slow_lock.slow_lock("0x" + "01" * 20, "0x" + "02" * 20)
    ),
    slow_lock.parse_schedule: slow_lock.encode_schedule(slow_lock.Operation("0x" + "01" * 20, 3, b"data"), 4),
    slow_lock.parse_execute: slow_lock.encode_execute(slow_lock.Operation("0x" + "01" * 20, 3, b"data")),
}


@pytest.mark.parametrize("parse", PARSERS)
@settings(max_examples=60)
@given(data=st.data())
def test_a_bent_call_is_refused_or_means_something_else(parse, data) -> None:  # type: ignore[no-untyped-def]
    """One spelling each: whatever is read was written so by us, and garbage is only ever refused."""
    good = HEADS[parse]
    at = data.draw(st.integers(0, len(good) - 1))
    tail = data.draw(st.binary(max_size=40))
    bent = data.draw(
        st.sampled_from([good[:at], good + b"\0", good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :], good[:4] + tail])
    )
    meaning = parse(good)
    try:
        read = parse(bent)
    except InvalidTransaction:
        return
    assert (read == meaning) == (bent == good)
