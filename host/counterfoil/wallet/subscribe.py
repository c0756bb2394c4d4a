"""``eth_subscribe``, by asking the node again and again while a page listens.   EIP-1193, geth's pubsub"""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any, Final

from counterfoil.chains.add_chain import is_this_computer
from counterfoil.chains.family import Chain
from counterfoil.errors import InputError, NetworkError, NodeUnreachable, UnknownChain, UnknownMethod
from counterfoil.types import Caip2
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.page_call import PageCall
from counterfoil.wallet.subscriptions import Subscription

NEW_HEADS: Final = "newHeads"
LOGS: Final = "logs"
NEAR_SECONDS, FAR_SECONDS, TROUBLE_SECONDS = 1.0, 4.0, 30.0
_MOST_HEADS: Final = 32
_MOST_LOG_BLOCKS: Final = 1000
_MOST_LOGS: Final = 500
_NOT_OF_A_HEAD: Final = frozenset({"transactions", "uncles", "size", "totalDifficulty", "withdrawals"})
_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]{40}\Z")
_TOPIC: Final = re.compile(r"0x[0-9a-fA-F]{64}\Z")
_LOG: Final = logging.getLogger(__name__)


async def subscribe(wallet: Wallet, call: PageCall) -> str:
    """The id of a new subscription; what it brings comes as ``message`` events to this very page.

    Standard: EIP-1193 ``eth_subscription``; geth ``newHeads`` and ``logs``, without what a reorganisation takes back
    Raises:   InputError, UnknownMethod (4200) for ``newPendingTransactions`` and ``syncing``, RateLimited, NodeUnreachable
    """
    kind, wanted = _read(call.params)
    tab = call.caller.tab or {}
    document = str(tab.get("document_id", ""))
    wallet.subscriptions.check_room(document)
    new = Subscription(
        id="0x" + wallet.rng(16).hex(),
        origin=call.caller.origin,
        document=document,
        tab=int(tab.get("tab_id", -1)),
        profile_id=call.caller.profile_id,
        chain=call.chain.id,
        kind=kind,
        filter=wanted,
        after=_number(await _block(wallet, call.chain, "latest")),
        heard_at=wallet.now(),
    )
    wallet.subscriptions.add(new)
    wallet.subscriptions.run(call.chain.id, _follow(wallet, call.chain.id, new.after))
    return new.id


async def unsubscribe(wallet: Wallet, call: PageCall) -> bool:
    """Whether there was such a subscription of this page."""
    match call.params:
        case [str(subscription)]:
            tab = call.caller.tab or {}
            return wallet.subscriptions.end(subscription, call.caller.origin, str(tab.get("document_id", "")))
    raise InputError("The request needs the id of a subscription.", reason="params")


async def _follow(wallet: Wallet, chain_id: Caip2, last: int) -> None:
    """Until nobody listens any more. A locked wallet asks no node and says nothing."""
    seen = (last, "")
    while wallet.subscriptions.of_chain(chain_id):
        pause = FAR_SECONDS
        try:
            chain = wallet.networks.chain(chain_id)
            pause = NEAR_SECONDS if is_this_computer(chain.rpc_url or "") else FAR_SECONDS
            await asyncio.sleep(pause)
            _notice_who_listens(wallet, chain_id)
            if wallet.unlocked.is_unlocked and wallet.subscriptions.of_chain(chain_id):
                seen = await _look(wallet, chain, seen)
        except UnknownChain:
            wallet.subscriptions.end_chain(chain_id)
        except NetworkError as error:
            _LOG.info("following %s: %s", chain_id, error.word)
            await asyncio.sleep(TROUBLE_SECONDS - pause)


def _notice_who_listens(wallet: Wallet, chain_id: Caip2) -> None:
    for one in wallet.subscriptions.of_chain(chain_id):
        if wallet.events.hears(one.profile_id):
            one.heard_at = wallet.now()
    wallet.subscriptions.end_unheard(wallet.now())


async def _look(wallet: Wallet, chain: Chain, seen: tuple[int, str]) -> tuple[int, str]:
    """One look at the newest block, and what it means to each listener; the newest block."""
    head = await _block(wallet, chain, "latest")
    number, last = _number(head), seen[0]
    now_seen = (number, str(head.get("hash")))
    if now_seen == seen or (number == last and not seen[1]):
        return now_seen
    first = last + 1 if number > last else number
    if any(one.kind == NEW_HEADS for one in wallet.subscriptions.of_chain(chain.id)):
        for at in range(max(first, number - _MOST_HEADS + 1), number + 1):
            block = head if at == number else await _block(wallet, chain, hex(at))
            fresh = {name: value for name, value in block.items() if name not in _NOT_OF_A_HEAD}
            for one in wallet.subscriptions.of_chain(chain.id):
                if one.kind == NEW_HEADS and (at > one.after or number <= last):
                    _tell(wallet, one, fresh)
    for one in wallet.subscriptions.of_chain(chain.id):
        since = number if number <= last else max(one.after + 1, number - _MOST_LOG_BLOCKS + 1)
        if one.kind == LOGS and since <= number:
            await _tell_logs(wallet, chain, one, since, number)
    return now_seen


async def _tell_logs(wallet: Wallet, chain: Chain, one: Subscription, since: int, number: int) -> None:
    """What the node has for one filter; where it can't answer, the same blocks are asked for with the next one."""
    span = {**one.filter, "fromBlock": hex(since), "toBlock": hex(number)}
    try:
        logs = await wallet.networks.client(chain).passthrough(chain, "eth_getLogs", [span])
    except NetworkError as error:
        _LOG.info("logs of %s: %s", chain.id, error.word)
        return
    one.after = number
    for log in logs[:_MOST_LOGS] if isinstance(logs, list) else []:
        _tell(wallet, one, log)


def _tell(wallet: Wallet, one: Subscription, result: object) -> None:
    data = {"type": "eth_subscription", "data": {"subscription": one.id, "result": result}}
    wallet.events.message(one.origin, one.document, data)


async def _block(wallet: Wallet, chain: Chain, which: str) -> dict[str, Any]:
    block = await wallet.networks.client(chain).passthrough(chain, "eth_getBlockByNumber", [which, False])
    if not isinstance(block, dict):
        raise NodeUnreachable("The node answered nonsense (a block).", reason="answer")
    return block


def _number(block: dict[str, Any]) -> int:
    try:
        return int(str(block.get("number")), 16)
    except ValueError:
        raise NodeUnreachable("The node answered nonsense (a block).", reason="answer") from None


def _read(params: object) -> tuple[str, dict[str, Any]]:
    match params:
        case ["newHeads"]:
            return NEW_HEADS, {}
        case ["logs"]:
            return LOGS, {}
        case ["logs", dict(wanted)]:
            return LOGS, _filter(wanted)
        case [str(kind), *_] if kind in {"newPendingTransactions", "syncing"}:
            raise UnknownMethod(f"Counterfoil has no subscription to {kind}.", reason="subscription")
    raise InputError("A subscription is one to newHeads or to logs.", reason="params")


def _filter(wanted: dict[str, Any]) -> dict[str, Any]:
    """Address and topics of a filter, as nodes know them. Standard: EIP-1474 ``eth_getLogs``. Raises InputError."""
    found: dict[str, Any] = {}
    address, topics = wanted.get("address"), wanted.get("topics")
    if address is not None:
        if not _all_like(_ADDRESS, address if isinstance(address, list) else [address]):
            raise InputError("The addresses of a filter can't be read.", reason="filter")
        found["address"] = address
    if topics is not None:
        alternatives = [t if isinstance(t, list) else [t] for t in topics] if isinstance(topics, list) else [[0]]
        if len(alternatives) > 4 or not all(
            _all_like(_TOPIC, [t for t in some if t is not None]) for some in alternatives
        ):
            raise InputError("The topics of a filter can't be read.", reason="filter")
        found["topics"] = topics
    if wanted.keys() - {"address", "topics", "fromBlock", "toBlock"}:
        raise InputError("Counterfoil knows only addresses and topics in a filter.", reason="filter")
    return found


def _all_like(form: re.Pattern[str], values: list[Any]) -> bool:
    return len(values) <= 64 and all(isinstance(value, str) and form.match(value) for value in values)
