"""Access to EVM nodes: the only file of the family that meets the network.

Everything a node says is data to check, never a decision: the chain id must be the row's, numbers
must be numbers, and what a token says of itself is only ever shown as a claim.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any, Final

from counterfoil.chains.evm import node_errors
from counterfoil.chains.evm.address import encode_address
from counterfoil.chains.evm.calls import encode_call, parse_call
from counterfoil.chains.evm.facts import Facts, TokenClaim, TransactionIntent
from counterfoil.chains.evm.fees import GAS_OF_A_FAILURE, add_margin, fit_fees
from counterfoil.chains.evm.passthrough import COMPUTED, MAX_RESULT, TIMEOUT_SECONDS, read_passthrough
from counterfoil.chains.evm.replacement import gas_of
from counterfoil.chains.evm.safe.creation_code import CreationCodes
from counterfoil.chains.evm.safe.facts import ActFacts, ActIntent, MessageIntent
from counterfoil.chains.evm.safe.first_act import Standing
from counterfoil.chains.evm.safe.reader import SafeReader
from counterfoil.chains.evm.safe.requests import encode_safe_act, parse_safe_act
from counterfoil.chains.evm.safe.safe_tx import digest_safe_tx
from counterfoil.chains.evm.simulation import call_object, simulate
from counterfoil.chains.evm.slots import nonce_slot, slot_nonce
from counterfoil.chains.evm.summary import chain_number, read_unsigned
from counterfoil.chains.evm.transaction import Transaction, encode_unsigned, transaction_id
from counterfoil.chains.evm.values import read_data, read_quantity
from counterfoil.chains.evm.words import amount_text
from counterfoil.chains.family import NOT_SIMULATED, Chain, Kind, Native, NodeState, Simulation
from counterfoil.codecs.abi import parse_abi
from counterfoil.errors import (
    BroadcastUnknown,
    InputError,
    InvalidEncoding,
    InvalidTransaction,
    NetworkError,
    NodeRejected,
    NodeUnreachable,
    SimulationFailed,
)
from counterfoil.net.jsonrpc import JsonRpc, check_result
from counterfoil.types import Caip2

_CLAIM_BYTES: Final = 4096
_DEFAULT_TIP: Final = 10**9
_FAR: Final = 1000


class EvmClient:
    """Implements `family.Client` for EVM chains."""

    def __init__(self, rpc: JsonRpc | None = None) -> None:
        self._rpc = rpc or JsonRpc()
        self.safes = SafeReader(self._call)
        """What the chain says of Safes."""

    async def close(self) -> None:
        """Let go of connections."""
        await self._rpc.close()

    async def facts(
        self,
        chain: Chain,
        account: str,
        kind: Kind,
        intent: Any,  # noqa: ANN401
    ) -> Facts | ActFacts | Standing | None:
        """What `prepare` needs; None for messages, which need nothing.

        Raises: NodeUnreachable, NodeRejected; SimulationFailed if the account has too little
        """
        if isinstance(intent, MessageIntent):
            await self._probe(chain)
            return await self.safes.standing(chain, intent.account)
        if isinstance(intent, ActIntent):
            return await self.safes.act_facts(chain, intent, await self._paying(chain, intent.payer))
        if kind is not Kind.TRANSACTION:
            return None
        assert isinstance(intent, TransactionIntent)
        await self._probe(chain)
        nonce, balance, block, tip, price, code = await asyncio.gather(
            self._number(chain, "eth_getTransactionCount", account, "pending"),
            self._number(chain, "eth_getBalance", account, "latest"),
            self._call(chain, "eth_getBlockByNumber", "latest", False),
            self._tip(chain),
            self._number(chain, "eth_gasPrice"),
            self._has_code(chain, intent.to),
        )
        if intent.value > balance:
            raise SimulationFailed(
                f"The account has less than the {amount_text(intent.value, chain.native.decimals, chain.native.symbol)}"
                " that this sends. Nothing was signed.",
                reason="insufficient_funds",
            )
        known = gas_of(intent)
        gas, revert = (known, None) if known else await self._estimate(chain, account, intent)
        token = await self._token(chain, intent) if code else None
        check_result(isinstance(block, dict), "a block")
        base = block.get("baseFeePerGas")
        return Facts(
            chain_id=chain_number(chain),
            nonce=nonce,
            balance=balance,
            gas_limit=gas,
            base_fee=None if base is None else _quantity(base),
            priority_fee=tip if tip is not None else (_DEFAULT_TIP if base is not None else price),
            gas_price=price,
            target_has_code=code,
            token=token,
            revert=revert,
        )

    async def next_slot(self, chain: Chain, account: str, kind: Kind) -> str | None:
        """The nonce after all mined and pending transactions; messages have none. A Safe's own, as it is mined.

        Raises: NodeUnreachable, NodeRejected
        """
        if kind is Kind.SAFE_TRANSACTION:
            return nonce_slot(await self.safes.nonce(chain, account))
        if kind is not Kind.TRANSACTION:
            return None
        return nonce_slot(await self._number(chain, "eth_getTransactionCount", account, "pending"))

    async def missing(self, chain: Chain, account: str, slot: str, held: Collection[str]) -> str | None:
        """The lowest nonce below ``slot``'s that is free and that nothing holds. Raises NodeUnreachable, NodeRejected."""
        first = await self._number(chain, "eth_getTransactionCount", account, "pending")
        before = (nonce_slot(nonce) for nonce in range(first, min(slot_nonce(slot), first + _FAR)))
        return next((free for free in before if free not in held), None)

    async def refresh(self, chain: Chain, account: str, kind: Kind, unsigned: bytes, fee_cap: int) -> bytes:
        """The same transaction with fresh gas and fees, of which gas × price stays within ``fee_cap``.

        Raises: NodeUnreachable, NodeRejected, SimulationFailed; InvalidTransaction(reason=fee_cap)
        """
        if kind is Kind.SAFE_TRANSACTION:
            return await self._refresh_act(chain, unsigned, fee_cap)
        if kind is not Kind.TRANSACTION:
            return unsigned
        tx = read_unsigned(chain, unsigned)
        facts = await self.facts(chain, account, kind, _intent_of(tx))
        assert isinstance(facts, Facts)
        return encode_unsigned(fit_fees(tx, facts, fee_cap))

    async def _refresh_act(self, chain: Chain, unsigned: bytes, fee_cap: int) -> bytes:
        """The same act for the Safe as it stands now. Raises as ``refresh``; InvalidTransaction(reason=nonce_used)."""
        act = parse_safe_act(unsigned, chain_number(chain))
        intent = ActIntent(act.account, act.payer, act.calls)
        facts = await self.safes.act_facts(chain, intent, await self._paying(chain, act.payer))
        if facts.nonce != act.tx.nonce:
            raise InvalidTransaction("Your Safe has acted meanwhile. Nothing was signed.", reason="nonce_used")
        fresh = act.with_calls(act.calls, nonce=facts.nonce, standing=facts.standing)
        return encode_safe_act(fresh.with_fees(fit_fees(act.template(), facts.paying, fee_cap)))

    async def _paying(self, chain: Chain, payer: str) -> Facts:
        """Nonce, balance and prices for an account that pays; the gas is known later."""
        await self._probe(chain)
        nonce, balance, block, tip, price = await asyncio.gather(
            self._number(chain, "eth_getTransactionCount", payer, "pending"),
            self._number(chain, "eth_getBalance", payer, "latest"),
            self._call(chain, "eth_getBlockByNumber", "latest", False),
            self._tip(chain),
            self._number(chain, "eth_gasPrice"),
        )
        check_result(isinstance(block, dict), "a block")
        base = None if block.get("baseFeePerGas") is None else _quantity(block["baseFeePerGas"])
        return Facts(
            chain_id=chain_number(chain),
            nonce=nonce,
            balance=balance,
            gas_limit=0,
            base_fee=base,
            priority_fee=tip if tip is not None else (_DEFAULT_TIP if base is not None else price),
            gas_price=price,
            target_has_code=True,
        )

    async def broadcast(self, chain: Chain, signed: bytes) -> str:
        """Send finished bytes. That the node has them already, pending or mined, is success.

        Raises: BroadcastUnknown if no answer says whether they were taken; NodeRejected
        """
        ours = transaction_id(signed)
        try:
            answer = await self._call(chain, "eth_sendRawTransaction", "0x" + signed.hex())
        except NodeUnreachable as error:
            raise BroadcastUnknown(transaction_id=ours, cause=error.word) from None
        except NodeRejected as error:
            if node_errors.is_known(error) or (node_errors.is_nonce_used(error) and await self._has(chain, ours)):
                return ours
            raise
        if answer != ours:
            raise BroadcastUnknown(transaction_id=ours, cause="other_id")
        return ours

    async def status(self, chain: Chain, transaction_id: str, account: str, slot: str) -> str:
        """See `family.Client.status`. Raises NodeUnreachable, NodeRejected."""
        outcome = await self._outcome(chain, transaction_id)
        if outcome is not None:
            return outcome
        mined = await self._number(chain, "eth_getTransactionCount", account, "latest")
        if mined > slot_nonce(slot):
            # It may have been mined between the two questions.
            return await self._outcome(chain, transaction_id) or "replaced"
        if not transaction_id:
            return "unknown"
        known = await self._call(chain, "eth_getTransactionByHash", transaction_id)
        return "pending" if known is not None else "unknown"

    async def creation_codes(self, chain: Chain) -> CreationCodes:
        """See `SafeReader.creation_codes`."""
        return await self.safes.creation_codes(chain)

    async def confirm(self, chain: Chain, kind: Kind, unsigned: bytes, transaction_id: str) -> bool:
        """A Safe's act counts only where the Safe says so; any other is done when it is mined. Raises NodeUnreachable."""
        if kind is not Kind.SAFE_TRANSACTION:
            return True
        tx = parse_safe_act(unsigned, chain_number(chain)).tx
        return await self.safes.is_executed(chain, transaction_id, tx.safe, digest_safe_tx(tx))

    async def contract_stands(self, chain: Chain, kind: Kind, unsigned: bytes) -> str | None:
        """A Safe's slow lock, where both stand and the Safe has it as its module. Raises NodeUnreachable."""
        if kind is not Kind.SAFE_TRANSACTION:
            return None
        act = parse_safe_act(unsigned, chain_number(chain))
        return act.lock if await self.safes.has_lock(chain, act.account) else None

    async def balance(self, chain: Chain, account: str) -> int:
        """In wei. Raises NodeUnreachable, NodeRejected."""
        return await self._number(chain, "eth_getBalance", account, "latest")

    async def chain_at(self, rpc_url: str, seconds: float) -> str:
        """The CAIP-2 id of the chain that a node says it belongs to. Raises NodeUnreachable, NodeRejected."""
        answer = await self._rpc.call(rpc_url, "eth_chainId", [], seconds=seconds)
        return f"eip155:{_quantity(answer)}"

    async def token(self, chain: Chain, address: str) -> Native | None:
        """What a token's contract says of itself; None where it says nothing readable. Raises NodeUnreachable."""
        await self._probe(chain)
        claim = await self._claim(chain, address)
        return None if claim is None else Native(claim.symbol, claim.name, claim.decimals)

    async def simulate(self, chain: Chain, account: str, kind: Kind, unsigned: bytes) -> Simulation:
        """See `simulation.simulate`. Raises NodeUnreachable."""
        if kind is not Kind.TRANSACTION:
            return NOT_SIMULATED
        tx = read_unsigned(chain, unsigned)
        return await simulate(lambda method, *params: self._call(chain, method, *params), chain, account, tx)

    async def passthrough(self, chain: Chain, method: str, params: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
        """A read-only call as a site made it; the node's own error stands in the details of NodeRejected.

        Raises: UnknownMethod, InputError, NodeUnreachable, NodeRejected
        """
        if method in COMPUTED:
            return COMPUTED[method](params)
        given = read_passthrough(method, params)
        return await self._rpc.call(chain.rpc_url or "", method, given, seconds=TIMEOUT_SECONDS, max_bytes=MAX_RESULT)

    async def look(self, chain: Chain) -> NodeState:
        """How the node of a chain is. Raises NodeUnreachable, NodeRejected."""
        number, height = await asyncio.gather(
            self._number(chain, "eth_chainId"), self._number(chain, "eth_blockNumber")
        )
        return NodeState(Caip2(f"eip155:{number}"), height, self._rpc.clock_of(chain.rpc_url or ""))

    async def _call(self, chain: Chain, method: str, *params: object) -> Any:  # noqa: ANN401 - JSON
        return await self._rpc.call(chain.rpc_url or "", method, list(params))

    async def _number(self, chain: Chain, method: str, *params: object) -> int:
        return _quantity(await self._call(chain, method, *params))

    async def _probe(self, chain: Chain) -> None:
        """The node must belong to the chain: otherwise its nonces and fees are another chain's."""
        if await self._number(chain, "eth_chainId") != chain_number(chain):
            raise NodeUnreachable(
                f"The node that is set for {chain.name} belongs to another chain.",
                remedy="Choose another node for it in the settings.",
                reason="wrong_chain",
            )

    async def _tip(self, chain: Chain) -> int | None:
        try:
            return await self._number(chain, "eth_maxPriorityFeePerGas")
        except NodeRejected as error:
            if node_errors.is_missing_method(error):
                return None
            raise

    async def _has_code(self, chain: Chain, target: str | None) -> bool:
        return target is not None and await self._call(chain, "eth_getCode", target, "latest") not in {"0x", "", None}

    async def _estimate(self, chain: Chain, account: str, intent: TransactionIntent) -> tuple[int, str | None]:
        """(gas with a margin, why it would fail). A revert is a warning; where a page gave its limit, any refusal is."""
        call = call_object(account, intent.to, intent.value, intent.data, intent.access_list)
        try:
            return add_margin(await self._number(chain, "eth_estimateGas", call, "pending")), None
        except NodeRejected as error:
            if (poor := node_errors.too_poor(error)) is not None:
                raise poor from None
            revert = node_errors.revert_of(error)
            if revert is None and intent.gas_limit is None:
                raise
            return intent.gas_limit or GAS_OF_A_FAILURE, revert

    async def _token(self, chain: Chain, intent: TransactionIntent) -> TokenClaim | None:
        """What an unknown token says of itself, where the call is one of a token's."""
        if intent.to is None or intent.to in chain.tokens or parse_call(intent.data).signature is None:
            return None
        return await self._claim(chain, intent.to)

    async def _claim(self, chain: Chain, address: str) -> TokenClaim | None:
        answers = await asyncio.gather(
            *(self._ask(chain, address, f"{name}()") for name in ("symbol", "name", "decimals"))
        )
        try:
            symbol, name = (str(parse_abi(["string"], answer)[0]) for answer in answers[:2])
            (decimals,) = parse_abi(["uint8"], answers[2])
        except InvalidEncoding:
            return None
        assert isinstance(decimals, int)
        return TokenClaim(address, symbol, name, decimals)

    async def _ask(self, chain: Chain, contract: str, signature: str) -> bytes:
        try:
            call = {"to": contract, "data": "0x" + encode_call(signature).hex()}
            return read_data(await self._call(chain, "eth_call", call, "latest"), "result", _CLAIM_BYTES)
        except (NodeRejected, InputError):
            return b""

    async def _has(self, chain: Chain, transaction: str) -> bool:
        try:
            return await self._call(chain, "eth_getTransactionByHash", transaction) is not None
        except NetworkError:
            raise BroadcastUnknown(transaction_id=transaction) from None

    async def _outcome(self, chain: Chain, transaction: str) -> str | None:
        if not transaction:
            return None
        receipt = await self._call(chain, "eth_getTransactionReceipt", transaction)
        if receipt is None:
            return None
        check_result(isinstance(receipt, dict), "a receipt")
        return "reverted" if receipt.get("status") == "0x0" else "mined"


def _quantity(value: object) -> int:
    try:
        check_result(isinstance(value, str), "a number")
        return read_quantity(value, "result")
    except InputError:
        raise NodeUnreachable("The node answered nonsense (a number).", reason="answer") from None


def _intent_of(tx: Transaction) -> TransactionIntent:
    return TransactionIntent(
        to=encode_address(tx.to) if tx.to else None,
        value=tx.value,
        data=tx.data,
        gas_limit=tx.gas_limit,
        nonce=tx.nonce,
        type=tx.type,
        access_list=tx.access_list,
    )
