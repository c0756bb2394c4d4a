"""Measures what acts of Safe accounts cost, on a local chain. The same numbers each time: all keys follow from seeds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import mean
from typing import Any

from counterfoil.chains.evm.address import address_bytes
from counterfoil.chains.evm.message import digest_message
from counterfoil.chains.evm.safe import messages, owners, slow_lock
from counterfoil.chains.evm.safe.account import SafeAccount, encode_create_safe, encode_create_signer
from counterfoil.chains.evm.safe.contracts import PROXY_FACTORY, SIGNER_FACTORY, VERIFIERS
from counterfoil.chains.evm.safe.first_act import encode_act, first_safe_tx
from counterfoil.chains.evm.safe.multi_send import Item
from counterfoil.chains.evm.safe.safe_tx import encode_execution, safe_tx_of
from tests.devnet.anvil import ETHER
from tests.devnet.safe_chain import CHAIN_ID, SafeChain
from tests.gas.accounts import CONTRACT_ONLY, MeasuredSafe, measured_safe
from tests.gas.user_operation import ENTRY_POINT, UserOperation
from tests.unit.chains.safe.samples import SafePerson

SALT = bytes(range(1, 33))
NOBODY = b"\x77" * 20
PEOPLE = range(8)
"""The contract's cost depends on the digits of key and signature: a mean of several."""


@dataclass(frozen=True)
class Row:
    """``noted``: what the notes measured, lowest and highest; None where they did not."""

    name: str
    gas: int
    noted: tuple[int, int] | None = None

    @property
    def apart(self) -> float:
        """How far from what was noted, in per cent; 0 within the noted range."""
        if self.noted is None:
            return 0.0
        nearest = min(max(self.gas, self.noted[0]), self.noted[1])
        return 100 * (self.gas - nearest) / nearest


def used(receipt: dict[str, Any]) -> int:
    assert receipt["status"] == "0x1"
    return int(receipt["gasUsed"], 16)


def own_rows(chain: SafeChain) -> dict[str, int]:
    """A Safe account of this wallet, from its first act on."""
    found: dict[str, list[int]] = {}
    for seed in PEOPLE:
        for name, gas in _life(chain, SafePerson(bytes([seed]))):
            found.setdefault(name, []).append(gas)
    return {name: round(mean(values)) for name, values in found.items()}


def _life(chain: SafeChain, person: SafePerson) -> Iterator[tuple[str, int]]:
    account = person.account(chain.codes)
    chain.node.fund(account.address, ETHER)
    existing = Item(address_bytes(chain.node.accounts[3]), 5, b"")
    before = chain.node.snapshot()
    bare = safe_tx_of(CHAIN_ID, account.address, 0, (existing,), SALT)
    yield "first act, without the slow lock", used(chain.pay(_outer(chain, person, account, bare)))
    chain.node.revert(before)
    yield "first act, with the slow lock", used(chain.pay(_first(chain, person, account, existing)))

    def act(*items: Item) -> int:
        nonce = chain.ask(account.address, "nonce()", ["uint256"])
        assert isinstance(nonce, int)
        tx = safe_tx_of(CHAIN_ID, account.address, nonce, items, SALT)
        return used(chain.pay(_outer(chain, person, account, tx)))

    yield "later act", act(existing)
    yield "later act, two calls", act(existing, existing)
    yield "text checked by a contract (EIP-1271)", _text(chain, account.address, person.sign_digest, account)
    lock = slow_lock.lock_address(slow_lock.slow_lock(account.owner, account.address))
    other = owners.encode_swap_owner(account.address, list(account.owners), account.signer, "0x" + "9a" * 20)
    operation = slow_lock.by_module(account.address, other)
    schedule = slow_lock.encode_schedule(operation)
    yield "slow lock: schedule", used(chain.send(lock, schedule, sender=account.owner))
    at = chain.node.snapshot()
    yield "slow lock: cancel, by the account", act(Item(address_bytes(lock), 0, slow_lock.encode_cancel(operation.id)))
    chain.node.revert(at)
    chain.pass_time(slow_lock.DELAY)
    yield "slow lock: execute", used(chain.send(lock, slow_lock.encode_execute(operation)))


def _first(chain: SafeChain, person: SafePerson, account: SafeAccount, item: Item) -> Any:
    return _outer(chain, person, account, first_safe_tx(account, CHAIN_ID, (item,), SALT))


def _outer(chain: SafeChain, person: SafePerson, account: SafeAccount, tx: Any) -> Any:
    standing = chain.standing(account)
    return encode_act(account, tx, person.sign(account, tx), standing=standing)


def _text(chain: SafeChain, safe: str, sign: Any, *first: Any) -> int:
    digest = digest_message(b"hello")
    signed = sign(*first, messages.digest_safe_message(CHAIN_ID, safe, digest))
    question = messages.encode_is_valid_signature(digest, signed)
    call = {"from": chain.node.accounts[0], "to": safe, "data": "0x" + question.hex()}
    return int(chain.node.rpc("eth_estimateGas", call), 16)


def compared_rows(chain: SafeChain) -> list[Row]:
    """The same acts in the same ways as the notes, with the precompile and with the contract alone."""
    return [
        *_noted_rows(chain, "precompile", VERIFIERS, PEOPLE[:1], (595_000, 149_900, 114_400, 81_700)),
        *_noted_rows(chain, "precompile, shared signer", VERIFIERS, PEOPLE[:1], (545_000, 155_500, 120_000, 87_900)),
        *_noted_rows(
            chain, "contract", CONTRACT_ONLY, PEOPLE, (776_000, (359_000, 361_000), 321_000, (320_000, 326_000))
        ),
    ]


def _noted_rows(chain: SafeChain, way: str, verifiers: int, people: range, noted: tuple[Any, ...]) -> Iterator[Row]:
    found: dict[str, list[int]] = {}
    for seed in people:
        safe = measured_safe(chain.codes, seed, verifiers=verifiers, shared="shared" in way)
        for name, gas in _operations(chain, safe, NOBODY if way == "precompile" else None):
            found.setdefault(name, []).append(gas)
    for (name, values), known in zip(found.items(), noted, strict=True):
        bounds = known if isinstance(known, tuple) else (known, known)
        yield Row(f"{name} ({way})", round(mean(values)), bounds)


def _operations(chain: SafeChain, safe: MeasuredSafe, first_to: bytes | None) -> Iterator[tuple[str, int]]:
    """``first_to``: whom the first operation pays; a new account costs 25,000 more than one that exists."""
    existing = address_bytes(chain.node.accounts[3])
    chain.node.fund(safe.address, ETHER)
    before = chain.node.snapshot()

    def operation(nonce: int, factory: bytes, to: bytes) -> int:
        one = UserOperation(safe.address, nonce, factory, to, 5)
        handled = one.handle(safe.sign(one.digest(CHAIN_ID)), chain.node.accounts[0])
        return used(chain.send(ENTRY_POINT, handled))

    yield "user operation that deploys", operation(0, PROXY_FACTORY.raw + safe.create(), first_to or existing)
    yield "later user operation", operation(1, b"", existing)
    chain.node.revert(before)
    used(chain.send(PROXY_FACTORY.address, safe.create()))
    tx = safe_tx_of(CHAIN_ID, safe.address, 0, (Item(existing, 5, b""),), bytes(32))
    yield "execTransaction, paid by another", used(chain.send(safe.address, encode_execution(tx, safe.sign_tx(tx))))
    yield "text checked by a contract", _text(chain, safe.address, safe.sign)


def part_rows(chain: SafeChain) -> dict[str, int]:
    """The parts of a first act, each as a transaction of its own."""
    account = SafePerson(b"parts").account(chain.codes)
    signer = chain.send(SIGNER_FACTORY.address, encode_create_signer(account.passkey))
    safe = chain.send(PROXY_FACTORY.address, encode_create_safe(account.setup, account.salt_nonce))
    return {"the passkey's contract, alone": used(signer), "the account, alone": used(safe)}
