"""Batches of calls.   EIP-5792

A vault account has no way to do several things at once, so its calls become transactions one after the other, each
with its own approval and each asked for when the one before is on its way: then the node knows what that one changes.
A Safe does them all in one act, or none.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from counterfoil.chains.calls_request import CallsRequest, read_calls, read_capability_chains
from counterfoil.chains.family import Chain, Finding, Level
from counterfoil.chains.registry import family_of
from counterfoil.errors import BatchRefused, Bug, Cancelled, InvalidAddress, NotFound, NotPermitted, WalletError
from counterfoil.store import accounts, call_batches, requests
from counterfoil.store.call_batches import Batch
from counterfoil.store.requests import Request
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.page_call import PageCall
from counterfoil.wallet.propose import Ask, propose, refuse_flood
from counterfoil.wallet.spelling import hex_chain_id

Settle = Callable[[Wallet, Request], Awaitable[Any]]
SENDS: Final = "eth_sendTransaction"


@dataclass(frozen=True, slots=True)
class _Plan:
    """``sends``: each call as a transaction, with what it does in a sentence."""

    call: PageCall
    batch: Batch
    chain: Chain
    sends: list[tuple[dict[str, Any], str]]


def atomicity(wallet: Wallet, account: str, chain: Chain) -> Literal["supported", "unsupported"]:
    """Whether an account does all calls of a batch or none of them: a Safe can, a key alone can't.

    Standard: EIP-5792, ``atomic``
    """
    try:
        known = accounts.by_address(wallet.db, chain.id.split(":")[0], family_of(chain).parse_address(chain, account))
    except (NotFound, InvalidAddress):
        return "unsupported"
    return "supported" if known.kind == accounts.SAFE else "unsupported"


def capabilities(wallet: Wallet, call: PageCall) -> dict[str, Any]:
    """``wallet_getCapabilities``, for the networks that have a node. Raises InputError."""
    wanted = read_capability_chains(call.params)
    account = call.account or ""
    return {
        hex_chain_id(chain.id): {"atomic": {"status": atomicity(wallet, account, chain)}}
        for chain in wallet.networks.listed()
        if chain.rpc_url is not None and (wanted is None or chain.id in wanted)
    }


async def send(wallet: Wallet, call: PageCall, settle: Settle) -> dict[str, Any]:
    """``wallet_sendCalls``: the batch's id, once its first call is on its way.

    Standard: EIP-5792
    Raises:   InputError, BatchRefused; and what the first call ends with: then nothing of the batch was sent
    """
    key = call.caller.client_key
    batch = None if key is None else call_batches.find_by_client_key(wallet.db, key)
    if batch is not None and (batch.origin, batch.payload) != (call.caller.origin, call.payload):
        batch = None
    wish = read_calls(call.params)
    if batch is not None and not wallet.batches.is_running(batch.number) and _is_begun(wallet, batch):
        return {"id": batch.batch_id}
    chain = _check(wallet, call, wish)
    sends = _transactions(wallet, call, wish, chain)
    if batch is None:
        refuse_flood(wallet, call.caller.origin)
        batch = _keep(wallet, call, wish)
    plan = _Plan(call, batch, chain, sends)

    async def work(begun: asyncio.Future[None]) -> None:
        await _run(wallet, plan, settle, begun)

    await asyncio.shield(wallet.batches.run(batch.number, call.caller.tab or {}, work))
    return {"id": batch.batch_id}


def _check(wallet: Wallet, call: PageCall, wish: CallsRequest) -> Chain:
    chain = wallet.networks.find(wish.chain)
    if chain is None or chain.rpc_url is None:
        raise BatchRefused("Counterfoil can't send anything on this network.", reason="chain")
    if call.account is None:
        raise NotPermitted
    if wish.atomic_required and atomicity(wallet, call.account, chain) == "unsupported":
        raise BatchRefused(
            "This account can't do several calls as one.", remedy="Ask without atomicRequired.", reason="not_atomic"
        )
    return chain


def _transactions(wallet: Wallet, call: PageCall, wish: CallsRequest, chain: Chain) -> list[tuple[dict[str, Any], str]]:
    """Each call as a transaction, with what it does in a sentence. Raises InputError where any can't be read."""
    family, found = family_of(chain), []
    for one in wish.calls:
        transaction = {**one, "from": call.account, "chainId": hex_chain_id(chain.id)}
        account = family.parse_address(chain, call.account or "")
        found.append((transaction, family.preview(chain, account, SENDS, [transaction])))
    return found


def _keep(wallet: Wallet, call: PageCall, wish: CallsRequest) -> Batch:
    origin = call.caller.origin
    batch_id = wish.id or "0x" + wallet.rng(32).hex()
    if call_batches.find(wallet.db, origin, batch_id) is not None:
        raise BatchRefused("There is a batch with this id already.", reason="duplicate_id")
    return call_batches.insert(
        wallet.db,
        origin=origin,
        batch_id=batch_id,
        client_key=call.caller.client_key,
        payload=call.payload,
        chain=wish.chain,
        calls=len(wish.calls),
        atomic=_is_atomic(wallet, call, wish),
        now=wallet.now(),
    )


def _is_atomic(wallet: Wallet, call: PageCall, wish: CallsRequest) -> bool:
    """Where the account can, all of it is one act under one approval, whether the site insisted or not."""
    return atomicity(wallet, call.account or "", wallet.networks.chain(wish.chain)) == "supported"


def _is_begun(wallet: Wallet, batch: Batch) -> bool:
    """Whether more than its first call was brought to the person: then it was answered before."""
    return len(call_batches.request_ids(wallet.db, batch.number)) > 1


async def _run(wallet: Wallet, plan: _Plan, settle: Settle, begun: asyncio.Future[None]) -> None:
    """One after the other; the first that is refused or fails ends it."""
    try:
        for position in range(1 if plan.batch.atomic else len(plan.sends)):
            await settle(wallet, await _request_of(wallet, plan, position))
            if not begun.done():
                begun.set_result(None)
    except WalletError as error:
        _end(wallet, plan.batch, begun, error)
    except asyncio.CancelledError:
        _end(wallet, plan.batch, begun, Cancelled())
        raise
    except Exception:
        _end(wallet, plan.batch, begun, Bug())
        raise


async def _request_of(wallet: Wallet, plan: _Plan, position: int) -> Request:
    """The request of a call: the one it became before, or a new one."""
    known = call_batches.request_ids(wallet.db, plan.batch.number)
    if position < len(known):
        return requests.get(wallet.db, known[position])
    sends = [transaction for transaction, _ in plan.sends]
    params = sends if plan.batch.atomic else [sends[position]]
    ask = Ask(
        method=SENDS,
        params=params,
        payload=json.dumps({"method": SENDS, "params": params}),
        chain=plan.chain.id,
        account=plan.call.account or "",
        findings=() if plan.batch.atomic else _place(position, [sentence for _, sentence in plan.sends]),
        at_once=plan.batch.atomic,
    )
    key = plan.call.caller.client_key
    caller = replace(plan.call.caller, client_key=None if key is None else f"{key}#{position}")
    request = await propose(wallet, caller, ask)
    call_batches.put_request(wallet.db, plan.batch.number, position, request.id)
    return request


def _end(wallet: Wallet, batch: Batch, begun: asyncio.Future[None], error: WalletError) -> None:
    """Before the first is on its way, the batch never was; afterwards its status tells how far it came."""
    if not begun.done():
        call_batches.forget(wallet.db, batch.number)
        begun.set_exception(error)
        begun.exception()  # whoever asked may be gone


def _place(position: int, sentences: list[str]) -> tuple[Finding, ...]:
    """What the window says of the others. A batch of one is a transaction like any other."""
    if len(sentences) == 1:
        return ()
    listed = "; ".join(f"{number}. {sentence}" for number, sentence in enumerate(sentences, 1))
    return (
        Finding(
            "call_of_batch",
            Level.INFO,
            f"This is call {position + 1} of {len(sentences)} that the site wants, one after the other.",
            f"{listed}.",
            "Each is a transaction of its own: what was sent stays, also if you refuse the next.",
        ),
    )
