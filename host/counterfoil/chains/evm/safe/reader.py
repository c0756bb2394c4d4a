"""What a chain says of a Safe: whether it stands, its nonce, its lock, and how its calls would go."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

from counterfoil.chains.evm import node_errors
from counterfoil.chains.evm.address import address_bytes, encode_address
from counterfoil.chains.evm.calls import encode_call
from counterfoil.chains.evm.facts import Facts
from counterfoil.chains.evm.safe.account import SafeAccount
from counterfoil.chains.evm.safe.contracts import (
    MULTI_SEND_CALL_ONLY,
    NEEDED,
    PROXY_FACTORY,
    SIGNER_FACTORY,
    lacking,
)
from counterfoil.chains.evm.safe.creation_code import CreationCodes, read_creation_codes
from counterfoil.chains.evm.safe.facts import ActFacts, ActIntent
from counterfoil.chains.evm.safe.first_act import Standing
from counterfoil.chains.evm.safe.gas import INTRINSIC, P256_QUESTION, PRECOMPILE, act_gas
from counterfoil.chains.evm.safe.multi_send import Item, encode_multi_send
from counterfoil.chains.evm.safe.slow_lock import lock_address, slow_lock
from counterfoil.chains.evm.values import read_data, read_quantity
from counterfoil.chains.evm.words import amount_text
from counterfoil.chains.family import Chain
from counterfoil.crypto.hashes import keccak256
from counterfoil.errors import InvalidTransaction, NodeRejected, SimulationFailed

Call = Callable[..., Awaitable[Any]]
"""(chain, method, *params) → the node's answer."""

_MAX_CODE: Final = 49_152
_EXECUTED: Final = "0x" + keccak256(b"ExecutionSuccess(bytes32,uint256)").hex()
_GUESS: Final = 300_000
"""Gas of a call that can't be tried."""


class SafeReader:
    """Reads through a client's ``call``."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def creation_codes(self, chain: Chain) -> CreationCodes:
        """Raises InvalidTransaction(reason=no_safe_here) where Safe's published contracts don't stand."""
        await self._check_offered(chain)
        return read_creation_codes(
            await self._code(chain, PROXY_FACTORY.address), await self._code(chain, SIGNER_FACTORY.address)
        )

    async def standing(self, chain: Chain, account: SafeAccount) -> Standing:
        """What of the account is on the chain."""
        lock = lock_address(slow_lock(account.owner, account.address))
        codes = await asyncio.gather(*(self._code(chain, at) for at in (account.signer, account.address, lock)))
        return Standing(*(bool(code) for code in codes))

    async def nonce(self, chain: Chain, safe: str) -> int:
        """The Safe's next nonce; 0 where it stands nowhere yet."""
        if not await self._code(chain, safe):
            return 0
        return int.from_bytes(await self._ask(chain, safe, encode_call("nonce()")), "big")

    async def has_lock(self, chain: Chain, account: SafeAccount) -> bool:
        """Whether the Safe stands with its slow lock as a module."""
        if not await self._code(chain, account.address):
            return False
        lock = address_bytes(lock_address(slow_lock(account.owner, account.address)))
        answer = await self._ask(chain, account.address, encode_call("isModuleEnabled(address)", lock))
        return int.from_bytes(answer, "big") == 1

    async def is_executed(self, chain: Chain, transaction: str, safe: str, digest: bytes) -> bool:
        """Whether the Safe itself says, in this mined transaction, that it made this act."""
        receipt = await self._call(chain, "eth_getTransactionReceipt", transaction)
        logs = receipt.get("logs") if isinstance(receipt, dict) else None
        wanted = [_EXECUTED, "0x" + digest.hex()]
        return isinstance(logs, list) and any(
            isinstance(entry, dict)
            and str(entry.get("address")).lower() == safe.lower()
            and entry.get("topics") == wanted
            for entry in logs
        )

    async def act_facts(self, chain: Chain, intent: ActIntent, paying: Facts) -> ActFacts:
        """What ``prepare`` needs for an act.

        In:     ``paying``: the paying account's facts, its gas not yet
        Raises: SimulationFailed, InvalidTransaction(reason=no_safe_here), NodeUnreachable, NodeRejected
        """
        safe = intent.account.address
        standing, nonce, balance = await asyncio.gather(
            self.standing(chain, intent.account), self.nonce(chain, safe), self._balance(chain, safe)
        )
        if not (standing.safe and standing.signer):
            await self._check_offered(chain)
        spent = sum(call.value for call in intent.calls)
        if spent > balance:
            raise SimulationFailed(
                f"Your Safe has less than the {amount_text(spent, chain.native.decimals, chain.native.symbol)}"
                " that this sends. Nothing was signed.",
                reason="insufficient_funds",
            )
        (gas, simulated, revert), precompile, codes = await asyncio.gather(
            self._try(chain, safe, intent.calls),
            self._has_precompile(chain),
            asyncio.gather(*(self._code(chain, encode_address(call.to)) for call in intent.calls)),
        )
        limit = act_gas(gas, standing=standing, is_first=nonce == 0, has_precompile=precompile)
        return ActFacts(
            paying=_with_gas(paying, limit),
            standing=standing,
            nonce=nonce,
            balance=balance,
            simulated=simulated,
            revert=revert,
            targets_have_code=tuple(bool(code) for code in codes),
        )

    async def _try(self, chain: Chain, safe: str, calls: tuple[Item, ...]) -> tuple[int, bool, str | None]:
        """(gas of the Safe's own calls, whether they could be tried, why they would fail)."""
        if not calls:
            return 0, True, None
        try:
            if len(calls) == 1:
                (call,) = calls
                request = {
                    "from": safe,
                    "to": encode_address(call.to),
                    "value": hex(call.value),
                    "data": _hex(call.data),
                }
                gas = await self._call(chain, "eth_estimateGas", request, "latest")
            else:
                # The list's own code stands in for the Safe's, so that each call comes from the Safe, after those before it.
                request = {"from": safe, "to": safe, "data": _hex(encode_multi_send(calls))}
                code = {safe: {"code": _hex(await self._code(chain, MULTI_SEND_CALL_ONLY.address))}}
                gas = await self._call(chain, "eth_estimateGas", request, "latest", code)
        except NodeRejected as error:
            # A list's stand-in answers no callbacks as a Safe does, so its failure says little.
            revert = node_errors.revert_of(error) if len(calls) == 1 else None
            return _GUESS * len(calls), revert is not None, revert
        return max(0, read_quantity(gas, "result") - INTRINSIC), True, None

    async def _check_offered(self, chain: Chain) -> None:
        codes = await asyncio.gather(*(self._code(chain, one.address) for one in NEEDED))
        if missing := lacking({one.address: code for one, code in zip(NEEDED, codes, strict=True)}):
            raise InvalidTransaction(
                f"Safe accounts don't work on {chain.name} yet: {missing[0].name} does not stand there.",
                remedy="Use your vault account on this network.",
                reason="no_safe_here",
            )

    async def _has_precompile(self, chain: Chain) -> bool:
        answer = await self._ask(chain, PRECOMPILE, P256_QUESTION)
        return int.from_bytes(answer, "big") == 1

    async def _balance(self, chain: Chain, address: str) -> int:
        return read_quantity(await self._call(chain, "eth_getBalance", address, "latest"), "result")

    async def _code(self, chain: Chain, address: str) -> bytes:
        answer = await self._call(chain, "eth_getCode", address, "latest")
        return read_data(answer or "0x", "result", _MAX_CODE)

    async def _ask(self, chain: Chain, to: str, data: bytes) -> bytes:
        answer = await self._call(chain, "eth_call", {"to": to, "data": _hex(data)}, "latest")
        return read_data(answer or "0x", "result", _MAX_CODE)


def _with_gas(paying: Facts, gas: int) -> Facts:

    return replace(paying, gas_limit=gas)


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
