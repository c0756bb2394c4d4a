"""What a Safe's calls do to itself and to its lock, told apart from everything else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.chains.evm.address import address_bytes, encode_address
from counterfoil.chains.evm.calls import encode_call
from counterfoil.chains.evm.safe import owners, slow_lock
from counterfoil.chains.evm.safe.account import Passkey, encode_create_signer
from counterfoil.chains.evm.safe.acts import ActKind, read_act, read_acts, read_operation
from counterfoil.chains.evm.safe.contracts import SIGNER_FACTORY, SINGLETON_FACTORY
from counterfoil.chains.evm.safe.creation_code import CreationCodes
from counterfoil.chains.evm.safe.first_act import first_safe_tx
from counterfoil.chains.evm.safe.multi_send import Item
from counterfoil.errors import InvalidTransaction
from tests.unit.chains.safe.samples import SafePerson

SAFE = encode_address(b"\x5a" * 20)
A, B, C, NEW = (encode_address(bytes([n]) * 20) for n in (0x11, 0x22, 0x33, 0x44))
LIST = (A, B, C)
HEAD = "0x" + "00" * 19 + "01"


def itself(data: bytes, value: int = 0) -> Item:
    return Item(address_bytes(SAFE), value, data)


def test_the_first_act_reads_as_what_it_is(codes: CreationCodes) -> None:
    person = SafePerson()
    account = person.account(codes)
    acts = read_acts(first_safe_tx(account, 1, (Item(b"\x77" * 20, 1, b""),), bytes(32)))
    lock = slow_lock.lock_address(slow_lock.slow_lock(person.owner, account.address))
    assert [(act.kind, act.to) for act in acts] == [
        (ActKind.CREATE_LOCK, SINGLETON_FACTORY.address),
        (ActKind.GRANT_ROLE, lock),
        (ActKind.REVOKE_ROLE, lock),
        (ActKind.ENABLE_MODULE, account.address),
        (ActKind.CALL, "0x" + "77" * 20),
    ]
    assert acts[0].arguments == {
        "lock": lock,
        "delay": 1_209_600,
        "proposers": person.owner,
        "executors": "0x" + "00" * 20,
        "admin": account.address,
    }
    assert acts[1].arguments == {"role": "canceller", "account": account.address}
    assert acts[2].arguments == {"role": "canceller", "account": person.owner}
    assert acts[3].arguments == {"module": lock}
    assert [act.changes_account for act in acts] == [True, True, True, True, False]


OWNER_CHANGES = [
    (owners.encode_swap_owner(SAFE, LIST, A, NEW), ActKind.SWAP_OWNER, {"previous": HEAD, "old": A, "new": NEW}),
    (owners.encode_swap_owner(SAFE, LIST, C, NEW), ActKind.SWAP_OWNER, {"previous": B, "old": C, "new": NEW}),
    (owners.encode_add_owner(SAFE, LIST, NEW, 3), ActKind.ADD_OWNER, {"new": NEW, "threshold": 3}),
    (owners.encode_remove_owner(LIST, B, 2), ActKind.REMOVE_OWNER, {"previous": A, "old": B, "threshold": 2}),
    (owners.encode_change_threshold(LIST, 3), ActKind.CHANGE_THRESHOLD, {"threshold": 3}),
    (encode_call("setGuard(address)", b"\x44" * 20), ActKind.SET_GUARD, {"guard": NEW}),
    (encode_call("setFallbackHandler(address)", b"\x44" * 20), ActKind.SET_FALLBACK_HANDLER, {"handler": NEW}),
    (
        encode_call("disableModule(address,address)", b"\x11" * 20, b"\x44" * 20),
        ActKind.DISABLE_MODULE,
        {"previous": A, "module": NEW},
    ),
]


@pytest.mark.parametrize(("data", "kind", "arguments"), OWNER_CHANGES)
def test_changes_of_the_account_are_read(data: bytes, kind: ActKind, arguments: dict) -> None:
    act = read_act(SAFE, itself(data))
    assert (act.kind, act.arguments) == (kind, arguments)
    assert act.changes_account
    assert read_act(A, itself(data)).kind is ActKind.CALL
    for bad in (itself(data + b"\0"), itself(data[:-1]), itself(data, 1)):
        assert read_act(SAFE, bad).kind is ActKind.UNKNOWN_TO_ITSELF


def test_an_unknown_call_to_itself_is_never_a_plain_one() -> None:
    for item in (itself(b"\1\2\3\4"), itself(b"", 1), itself(b"\1")):
        act = read_act(SAFE, item)
        assert act.kind is ActKind.UNKNOWN_TO_ITSELF
        assert act.changes_account
    nothing = read_act(SAFE, itself(b""))
    assert nothing.kind is ActKind.NOTHING
    assert not nothing.changes_account


def test_a_new_signer_and_a_new_lock_are_read() -> None:
    act = read_act(SAFE, Item(SIGNER_FACTORY.raw, 0, encode_create_signer(Passkey(1, 2, 3))))
    assert (act.kind, act.arguments) == (ActKind.CREATE_SIGNER, {"x": 1, "y": 2, "verifiers": 3})
    other = Item(SINGLETON_FACTORY.raw, 0, bytes(32) + b"\x60\x00")
    assert read_act(SAFE, other).kind is ActKind.CALL


def test_an_owner_swap_by_the_lock_is_told_from_theft() -> None:
    swap = owners.encode_swap_owner(SAFE, LIST, A, NEW)
    operation = slow_lock.by_module(SAFE, swap)
    for data, kind in [
        (slow_lock.encode_schedule(operation), ActKind.SCHEDULE),
        (slow_lock.encode_execute(operation), ActKind.EXECUTE),
    ]:
        act = read_act(SAFE, Item(b"\x99" * 20, 0, data))
        assert act.kind is kind
        assert act.arguments["operation"] == "0x" + operation.id.hex()
        assert act.arguments["target"] == SAFE
        assert act.inner is not None
        assert (act.inner.kind, act.inner.arguments["new"]) == (ActKind.SWAP_OWNER, NEW)
    assert read_act(SAFE, Item(b"\x99" * 20, 0, slow_lock.encode_cancel(operation.id))).kind is ActKind.CANCEL
    transfer = encode_call(slow_lock.BY_MODULE, b"\x99" * 20, 10**18, b"", 0)
    thefts = [
        slow_lock.Operation(SAFE, 0, transfer),
        slow_lock.Operation(SAFE, 1, operation.data),
        slow_lock.Operation(SAFE, 0, encode_call(slow_lock.BY_MODULE, address_bytes(SAFE), 1, swap, 0)),
        slow_lock.Operation(SAFE, 0, encode_call(slow_lock.BY_MODULE, address_bytes(SAFE), 0, swap, 1)),
        slow_lock.Operation(SAFE, 0, encode_call(slow_lock.BY_MODULE, b"\x99" * 20, 0, swap, 0)),
        slow_lock.Operation(SAFE, 0, swap),
    ]
    for theft in thefts:
        assert read_operation(theft).kind in {ActKind.CALL, ActKind.UNKNOWN_TO_ITSELF}
        assert read_operation(theft).kind is not ActKind.SWAP_OWNER or theft.data == swap


def test_an_operation_within_an_operation_ends() -> None:
    data = b""
    for _ in range(400):
        inner = slow_lock.by_module(SAFE, slow_lock.encode_execute(slow_lock.Operation(SAFE, 0, data)))
        data = inner.data
    assert read_act(SAFE, itself(slow_lock.encode_execute(slow_lock.Operation(SAFE, 0, data)))).kind is ActKind.EXECUTE


@settings(max_examples=100)
@given(st.binary(max_size=200), st.integers(0, 1), st.sampled_from([*[one[0][:4] for one in OWNER_CHANGES], b""]))
def test_everything_reads_as_something(data: bytes, value: int, head: bytes) -> None:
    for to in (address_bytes(SAFE), SIGNER_FACTORY.raw, SINGLETON_FACTORY.raw, b"\x99" * 20):
        act = read_act(SAFE, Item(to, value, head + data))
        assert act.item.data == head + data
        if to == address_bytes(SAFE) and (value or data or head):
            assert act.changes_account


@pytest.mark.parametrize(
    "change",
    [
        lambda: owners.encode_swap_owner(SAFE, LIST, NEW, A),
        lambda: owners.encode_swap_owner(SAFE, LIST, A, B),
        lambda: owners.encode_swap_owner(SAFE, LIST, A, SAFE),
        lambda: owners.encode_swap_owner(SAFE, LIST, A, HEAD),
        lambda: owners.encode_swap_owner(SAFE, LIST, A, "0x" + "00" * 20),
        lambda: owners.encode_add_owner(SAFE, LIST, A, 2),
        lambda: owners.encode_add_owner(SAFE, LIST, NEW, 5),
        lambda: owners.encode_add_owner(SAFE, LIST, NEW, 0),
        lambda: owners.encode_remove_owner(LIST, NEW, 2),
        lambda: owners.encode_remove_owner(LIST, A, 3),
        lambda: owners.encode_remove_owner((A,), A, 0),
        lambda: owners.encode_change_threshold(LIST, 4),
    ],
)
def test_refuses_changes_that_the_safe_would_refuse(change) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidTransaction):
        change()
