"""The first act of a Safe account, in one transaction that anyone may pay: signer, account, slow lock, calls.

Whoever sends it only pays: what the Safe does is fixed by the owners' signatures. Each part that
stands already is left out, since anyone can bring the contracts into being.
"""

from __future__ import annotations

from dataclasses import dataclass

from counterfoil.chains.evm.address import address_bytes
from counterfoil.chains.evm.safe.account import SafeAccount, encode_create_safe, encode_create_signer
from counterfoil.chains.evm.safe.contracts import MULTI_SEND_CALL_ONLY, PROXY_FACTORY, SIGNER_FACTORY
from counterfoil.chains.evm.safe.multi_send import Item, encode_multi_send, parse_multi_send
from counterfoil.chains.evm.safe.safe_tx import SafeTx, encode_execution, parse_execution, safe_tx_of
from counterfoil.chains.evm.safe.slow_lock import lock_items
from counterfoil.errors import InvalidTransaction


@dataclass(frozen=True, slots=True)
class Outer:
    """What the paying account calls, with no coins: ``to`` and ``data`` of its transaction."""

    to: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Standing:
    """What of an account stands on a chain."""

    signer: bool = False
    safe: bool = False
    lock: bool = False


def first_safe_tx(
    account: SafeAccount, chain_id: int, items: tuple[Item, ...], salt: bytes, *, standing: Standing = Standing()
) -> SafeTx:
    """The transaction at nonce 0: the slow lock is set up, then the calls are made.

    Raises: InvalidTransaction
    """
    lock = lock_items(account.owner, account.address, stands=standing.lock)
    return safe_tx_of(chain_id, account.address, 0, (*lock, *items), salt)


def creation_items(account: SafeAccount, standing: Standing = Standing()) -> tuple[Item, ...]:
    """The calls, by anyone, that bring the signer and the account into being."""
    signer = Item(SIGNER_FACTORY.raw, 0, encode_create_signer(account.passkey))
    safe = Item(PROXY_FACTORY.raw, 0, encode_create_safe(account.setup, account.salt_nonce))
    return (*(() if standing.signer else (signer,)), *(() if standing.safe else (safe,)))


def encode_act(account: SafeAccount, tx: SafeTx, signatures: bytes, *, standing: Standing) -> Outer:
    """The call that pays for an act: of the Safe where all stands, else of MultiSendCallOnly. Raises InvalidTransaction."""
    if tx.safe != account.address:
        raise InvalidTransaction("This is a transaction of another account.", reason="account")
    execution = Item(address_bytes(tx.safe), 0, encode_execution(tx, signatures))
    creation = creation_items(account, standing)
    if not creation:
        return Outer(tx.safe, execution.data)
    return Outer(MULTI_SEND_CALL_ONLY.address, encode_multi_send((*creation, execution)))


def parse_act(account: SafeAccount, outer: Outer, *, chain_id: int, nonce: int) -> tuple[SafeTx, bytes, Standing]:
    """What the Safe does, the owners' signatures as packed, and what of the account stood already (the lock left aside).

    Raises: InvalidTransaction for anything that `encode_act` would not write for exactly this account
    """
    call, standing = outer.data, Standing(signer=True, safe=True)
    if outer.to == MULTI_SEND_CALL_ONLY.address:
        *creation, execution = parse_multi_send(outer.data)
        made = {item.to for item in creation}
        call, standing = execution.data, Standing(SIGNER_FACTORY.raw not in made, PROXY_FACTORY.raw not in made)
    tx, signatures = parse_execution(call, chain_id=chain_id, safe=account.address, nonce=nonce)
    if encode_act(account, tx, signatures, standing=standing) != outer:
        raise InvalidTransaction("This pays for something else than an act of the account.", reason="act")
    return tx, signatures, standing
