"""How far a batch of calls came.   EIP-5792"""

from __future__ import annotations

from typing import Any, Final

from counterfoil.chains.calls_request import VERSION, read_batch_id
from counterfoil.chains.family import Chain
from counterfoil.errors import BatchRefused, NodeUnreachable
from counterfoil.store import call_batches, requests
from counterfoil.store.call_batches import Batch
from counterfoil.store.request_states import HOLDING, OVER
from counterfoil.store.requests import Request
from counterfoil.types import RequestState
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.page_call import PageCall
from counterfoil.wallet.spelling import hex_chain_id

PENDING, CONFIRMED, NOT_SENT, REVERTED, PARTLY = 100, 200, 400, 500, 600
_RECEIPT: Final = ("blockHash", "blockNumber", "gasUsed", "status", "transactionHash")
_LOG: Final = ("address", "data", "topics")


async def status(wallet: Wallet, call: PageCall) -> dict[str, Any]:
    """``wallet_getCallsStatus``, of a batch of this site.

    Standard: EIP-5792
    Raises:   BatchRefused(reason=unknown_id), UnknownChain, NodeUnreachable, NodeRejected
    """
    batch = _batch_of(wallet, call)
    chain = wallet.networks.chain(batch.chain)
    done = [requests.get(wallet.db, key) for key in call_batches.request_ids(wallet.db, batch.number)]
    receipts = [await _receipt(wallet, chain, request) for request in done]
    found = [receipt for receipt in receipts if receipt is not None]
    more_to_come = len(done) < batch.calls and wallet.batches.is_running(batch.number)
    under_way = more_to_come or any(
        receipt is None and _may_still_happen(wallet, request) for request, receipt in zip(done, receipts, strict=True)
    )
    return {
        "version": VERSION,
        "id": batch.batch_id,
        "chainId": hex_chain_id(batch.chain),
        "status": PENDING if under_way else _ended(batch, found),
        "atomic": batch.atomic,
        "receipts": found,
    }


def show(wallet: Wallet, call: PageCall) -> None:
    """``wallet_showCallsStatus``: the extension opens the wallet's own page. Raises BatchRefused(reason=unknown_id)."""
    _batch_of(wallet, call)


def _batch_of(wallet: Wallet, call: PageCall) -> Batch:
    batch = call_batches.find(wallet.db, call.caller.origin, read_batch_id(call.params))
    if batch is None:
        raise BatchRefused("Counterfoil knows no batch of this site with that id.", reason="unknown_id")
    return batch


def _ended(batch: Batch, receipts: list[dict[str, Any]]) -> int:
    wanted = 1 if batch.atomic else batch.calls
    good = sum(1 for receipt in receipts if receipt["status"] == "0x1")
    if not receipts:
        return NOT_SENT
    if good == wanted:
        return CONFIRMED
    return REVERTED if good == 0 and len(receipts) == wanted else PARTLY


def _may_still_happen(wallet: Wallet, request: Request) -> bool:
    """The request itself, or one that took its place and does the same."""
    return request.state not in OVER or any(
        _may_still_happen(wallet, child) for child in requests.children(wallet.db, request.id)
    )


async def _receipt(wallet: Wallet, chain: Chain, request: Request) -> dict[str, Any] | None:
    """The receipt of the transaction that did what this request asked for."""
    for one in _alike(wallet, request):
        if one.transaction_id is None or one.state not in {*HOLDING, RequestState.FINAL}:
            continue
        client = wallet.networks.client(chain)
        answer = await client.passthrough(chain, "eth_getTransactionReceipt", [one.transaction_id])
        if isinstance(answer, dict):
            return _as_the_standard_has_it(answer)
    return None


def _alike(wallet: Wallet, request: Request) -> list[Request]:
    """The request, and those in its place that do the same act for another fee."""
    act = (request.summary or {}).get("act")
    found = [request]
    for child in requests.children(wallet.db, request.id):
        found += [one for one in _alike(wallet, child) if (one.summary or {}).get("act") == act]
    return found


def _as_the_standard_has_it(receipt: dict[str, Any]) -> dict[str, Any]:
    logs = receipt.get("logs")
    if not isinstance(logs, list) or not all(isinstance(log, dict) for log in logs) or "status" not in receipt:
        raise NodeUnreachable("The node answered nonsense (a receipt).", reason="answer")
    kept = {name: receipt.get(name) for name in _RECEIPT}
    return {"logs": [{name: log.get(name) for name in _LOG} for log in logs], **kept}
