"""What a node says that a transaction would do to an account.   execution-apis ``eth_simulateV1``; geth ``debug``

Balances are read before and after, in the very state that the transaction leaves behind: what a contract writes into
its logs only says which tokens to look at. The sender pays no fee here, so none is counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from counterfoil.chains.evm.address import address_bytes, encode_address, parse_address
from counterfoil.chains.evm.calls import encode_call
from counterfoil.chains.evm.node_errors import readable_reason, revert_of, would_fail
from counterfoil.chains.evm.transaction import AccessList, Transaction
from counterfoil.chains.evm.words import token_of
from counterfoil.chains.family import NOT_SIMULATED, Chain, Change, Simulation
from counterfoil.errors import InputError, NodeRejected, NodeUnreachable

Call = Callable[..., Awaitable[Any]]

MAX_TOKENS: Final = 12
_MAX_LOGS: Final = 500
_READ_GAS: Final = 200_000
_NATIVE: Final = "native"
_PROBE: Final = "0x00000000000000000000000000000000c0f01100"
_PROBE_CODE: Final = "0x6000353160005260206000f3"
"""``return balance(calldataload(0))``: the opcode BALANCE, asked for as the tokens' ``balanceOf`` is."""
_NOBODY: Final = "0x" + "00" * 20

SIMULATED: Final = "Simulated by your node."
UNCHANGED: Final = "Simulated by your node: nothing that you hold would change, but for the fee."
CHECKED: Final = "Your node only checked that it does not fail."
FAILS: Final = "Simulated by your node: it would fail."


def call_object(
    account: str, to: str | None, value: int, data: bytes, access_list: AccessList | None = None
) -> dict[str, object]:
    """A transaction as nodes take it for a trial. Standard: EIP-1474"""
    call: dict[str, object] = {"from": account, "value": hex(value), "data": "0x" + data.hex()}
    if to is not None:
        call["to"] = to
    if access_list:
        call["accessList"] = [
            {"address": encode_address(address), "storageKeys": ["0x" + key.hex() for key in keys]}
            for address, keys in access_list
        ]
    return call


async def simulate(call: Call, chain: Chain, account: str, tx: Transaction) -> Simulation:
    """By the best way that the node has: ``eth_simulateV1``, else ``debug_traceCall``, else ``eth_call``.

    In:     ``call(method, *params)`` asks the node
    Raises: NodeUnreachable when the node can't be reached at all
    """
    to = encode_address(tx.to) if tx.to else None
    trial = {**call_object(account, to, tx.value, tx.data, tx.access_list), "gas": hex(tx.gas_limit)}
    for way in (_by_blocks, _by_trace, _by_call):
        try:
            return await way(call, chain, account, trial)
        except (NodeRejected, InputError):
            continue
        except NodeUnreachable as error:
            if error.word not in {"answer", "too_large", "status"}:
                raise
    return NOT_SIMULATED


# ── eth_simulateV1 ────────────────────────────────────────────────────────────────────────────────


async def _by_blocks(call: Call, chain: Chain, account: str, trial: dict[str, object]) -> Simulation:
    (alone,) = await _block(call, [trial])
    if not _succeeded(alone):
        return _failing(_reason(alone))
    tokens = _touched(chain, account, alone.get("logs"))
    reads = [_read_native(account), *(_read(token, account) for token in tokens)]
    answers = await _block(call, [*reads, trial, *reads])
    if not _succeeded(answers[len(reads)]):
        return _failing(_reason(answers[len(reads)]))
    before = [_balance(answer) for answer in answers[: len(reads)]]
    after = [_balance(answer) for answer in answers[len(reads) + 1 :]]
    _check(before[0] is not None and after[0] is not None, "a balance")
    return _simulated(chain, [_NATIVE, *tokens], before, after)


async def _block(call: Call, calls: Sequence[dict[str, object]]) -> list[dict[str, Any]]:
    override = {_PROBE: {"code": _PROBE_CODE}}
    blocks = [{"stateOverrides": override, "calls": list(calls)}]
    answer = await call("eth_simulateV1", {"blockStateCalls": blocks, "validation": False}, "latest")
    _check(isinstance(answer, list) and len(answer) == 1 and isinstance(answer[0], dict), "a simulation")
    found = answer[0].get("calls")
    _check(isinstance(found, list) and len(found) == len(calls), "a simulation")
    _check(all(isinstance(one, dict) for one in found), "a simulation")
    return list(found)


def _read_native(account: str) -> dict[str, object]:
    data = "0x" + address_bytes(account).rjust(32, b"\x00").hex()
    return {"from": _NOBODY, "to": _PROBE, "data": data, "gas": hex(_READ_GAS)}


def _read(token: str, account: str) -> dict[str, object]:
    data = "0x" + encode_call("balanceOf(address)", address_bytes(account)).hex()
    return {"from": _NOBODY, "to": token, "data": data, "gas": hex(_READ_GAS)}


def _touched(chain: Chain, account: str, logs: object) -> list[str]:
    """Contracts that wrote a log about the account; those of our registry first."""
    if not isinstance(logs, list):
        return []
    about = "0x" + address_bytes(account).rjust(32, b"\x00").hex()
    found: dict[str, None] = {}
    for log in logs[:_MAX_LOGS]:
        topics = log.get("topics") if isinstance(log, dict) else None
        if isinstance(topics, list) and about in topics[1:]:
            found[parse_address(log.get("address"))] = None
    return _first(chain, found)


def _first(chain: Chain, tokens: Mapping[str, None]) -> list[str]:
    return sorted(tokens, key=lambda token: token_of(chain, token) is None)[:MAX_TOKENS]


def _succeeded(answer: Mapping[str, Any]) -> bool:
    return answer.get("status") == "0x1"


def _balance(answer: Mapping[str, Any]) -> int | None:
    return _word(answer.get("returnData")) if _succeeded(answer) else None


def _reason(answer: Mapping[str, Any]) -> str:
    error = answer.get("error")
    given = [error.get("data") if isinstance(error, dict) else None, answer.get("returnData")]
    return next((reason for data in given if isinstance(data, str) and (reason := readable_reason(data))), "")


# ── debug_traceCall ───────────────────────────────────────────────────────────────────────────────


async def _by_trace(call: Call, chain: Chain, account: str, trial: dict[str, object]) -> Simulation:
    """The state that it leaves, taken as overrides: balances are read in it."""
    top = {"tracer": "callTracer", "tracerConfig": {"onlyTopCall": True}}
    diff = {"tracer": "prestateTracer", "tracerConfig": {"diffMode": True}}
    outcome, states = await asyncio.gather(
        call("debug_traceCall", trial, "latest", top), call("debug_traceCall", trial, "latest", diff)
    )
    _check(isinstance(outcome, dict) and isinstance(states, dict), "a trace")
    if outcome.get("error"):
        output = outcome.get("output")
        return _failing(readable_reason(output) if isinstance(output, str) else "")
    pre, post = states.get("pre"), states.get("post")
    _check(isinstance(pre, dict) and isinstance(post, dict), "a trace")
    overrides = _overrides(pre, post)
    tokens = _first(chain, {parse_address(one): None for one, state in overrides.items() if "stateDiff" in state})
    probe = {_PROBE: {"code": _PROBE_CODE}}
    reads = [_read_native(account), *(_read(token, account) for token in tokens)]
    before = [_ask(call, read, probe) for read in reads]
    after = [_ask(call, read, {**overrides, **probe}) for read in reads]
    found = await asyncio.gather(*before, *after)
    _check(found[0] is not None and found[len(reads)] is not None, "a balance")
    return _simulated(chain, [_NATIVE, *tokens], found[: len(reads)], found[len(reads) :])


def _overrides(pre: Mapping[str, Any], post: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The difference of two states as the overrides of ``eth_call``; a cell that is not in the second one is zero there."""
    found: dict[str, dict[str, Any]] = {}
    for account in pre.keys() | post.keys():
        old, new = pre.get(account, {}), post.get(account, {})
        _check(isinstance(old, dict) and isinstance(new, dict), "a trace")
        state = {name: new[name] for name in ("balance", "code") if name in new}
        cells = {**dict.fromkeys(old.get("storage", {}), "0x" + "00" * 32), **new.get("storage", {})}
        if cells:
            state["stateDiff"] = cells
        if state:
            found[account] = state
    return found


async def _ask(call: Call, read: dict[str, object], overrides: Mapping[str, Any]) -> int | None:
    try:
        return _word(await call("eth_call", read, "latest", overrides))
    except NodeRejected:
        return None


# ── eth_call ──────────────────────────────────────────────────────────────────────────────────────


async def _by_call(call: Call, _chain: Chain, _account: str, trial: dict[str, object]) -> Simulation:
    try:
        await call("eth_call", trial, "latest")
    except NodeRejected as error:
        reason = revert_of(error)
        if reason is None:
            raise
        return _failing(reason)
    return Simulation("checked", CHECKED)


# ── what is said ──────────────────────────────────────────────────────────────────────────────────


def _check(holds: bool, what: str) -> None:
    """The answer has the form that its method promises; else the next way is tried."""
    if not holds:
        raise InputError(f"The node answered nonsense ({what}).", reason="answer")


def _word(data: object) -> int | None:
    """A number as contracts return it; None for anything that is not exactly one word."""
    if not isinstance(data, str) or len(data) != 66 or not data.startswith("0x"):
        return None
    try:
        return int(data[2:], 16)
    except ValueError:
        return None


def _failing(reason: str) -> Simulation:
    return Simulation("simulated", FAILS, failure=would_fail(reason))


def _simulated(
    chain: Chain, assets: Sequence[str], before: Sequence[int | None], after: Sequence[int | None]
) -> Simulation:
    changes = [
        _change(chain, asset, then - now)
        for asset, now, then in zip(assets, before, after, strict=True)
        if now is not None and then is not None and now != then
    ]
    return Simulation("simulated", SIMULATED if changes else UNCHANGED, tuple(changes))


def _change(chain: Chain, asset: str, difference: int) -> Change:
    known = chain.native if asset == _NATIVE else token_of(chain, asset)
    symbol, decimals, name = (known.symbol, known.decimals, known.name) if known else (None, None, None)
    return Change("in" if difference > 0 else "out", asset, abs(difference), symbol, decimals, None, token_name=name)
