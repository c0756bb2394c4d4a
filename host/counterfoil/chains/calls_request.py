"""A batch of calls that a site asks for.   EIP-5792"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from counterfoil.chains.add_chain import parse_chain_id
from counterfoil.errors import BatchRefused, InputError
from counterfoil.types import Caip2

VERSION: Final = "2.0.0"
MOST_CALLS: Final = 10
_LONGEST_ID: Final = 8194


@dataclass(frozen=True, slots=True)
class CallsRequest:
    """``account`` as the site spelled it, None where it left it out. ``calls`` as ``eth_sendTransaction`` takes them, without ``from``."""

    id: str | None
    chain: Caip2
    account: str | None
    atomic_required: bool
    calls: tuple[Mapping[str, Any], ...]


def read_calls(params: object) -> CallsRequest:
    """The batch of ``wallet_sendCalls``; each call is read as a transaction later.

    Standard: EIP-5792, version 2.0.0
    Raises:   InputError(reason=params|version|calls|id); BatchRefused(reason=capability|too_large)
    """
    given = _only_object(params)
    if given.get("version") != VERSION:
        raise InputError(f"Counterfoil knows version {VERSION} of batches.", reason="version")
    if not isinstance(given.get("atomicRequired"), bool):
        raise InputError("A batch says whether it must be atomic.", reason="params")
    account, calls, batch_id = given.get("from"), given.get("calls"), given.get("id")
    if account is not None and not isinstance(account, str):
        raise InputError("The account of a batch can't be read.", reason="params")
    if batch_id is not None and not (isinstance(batch_id, str) and 1 <= len(batch_id) <= _LONGEST_ID):
        raise InputError("The id of a batch is a text of at most 4096 bytes in hexadecimal.", reason="id")
    if not isinstance(calls, list) or not calls:
        raise InputError("A batch has at least one call.", reason="calls")
    _check_capabilities(given.get("capabilities"))
    if len(calls) > MOST_CALLS:
        raise BatchRefused(f"Counterfoil sends at most {MOST_CALLS} calls in a batch.", reason="too_large")
    return CallsRequest(
        id=batch_id,
        chain=parse_chain_id(given.get("chainId")),
        account=account,
        atomic_required=given["atomicRequired"],
        calls=tuple(_call(call) for call in calls),
    )


def read_batch_id(params: object) -> str:
    """The id of ``wallet_getCallsStatus`` and ``wallet_showCallsStatus``. Raises InputError."""
    match params:
        case [str(batch_id)] if len(batch_id) <= _LONGEST_ID:
            return batch_id
    raise InputError("The request needs the id of a batch.", reason="params")


def read_capability_chains(params: object) -> frozenset[Caip2] | None:
    """The chains that ``wallet_getCapabilities`` is asked about; None for all. Raises InputError."""
    match params:
        case [str(), list(chains)] if len(chains) <= 256:
            return frozenset(parse_chain_id(chain) for chain in chains)
        case [str()] | [str(), None]:
            return None
    raise InputError("The request needs an account, and perhaps a list of chain ids.", reason="params")


def _call(value: object) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() - {"to", "data", "value", "capabilities"}:
        raise InputError("A call of the batch can't be read.", reason="calls")
    _check_capabilities(value.get("capabilities"))
    return {name: value[name] for name in ("to", "data", "value") if value.get(name) is not None}


def _check_capabilities(value: object) -> None:
    """Everything that Counterfoil does not do must be optional."""
    if value is None:
        return
    if not isinstance(value, dict):
        raise InputError("The capabilities of a batch can't be read.", reason="params")
    for name, wish in value.items():
        if not (isinstance(wish, dict) and wish.get("optional") is True):
            raise BatchRefused(f"Counterfoil has no capability “{name[:40]}”.", reason="capability")


def _only_object(params: object) -> dict[str, Any]:
    if isinstance(params, list) and len(params) == 1 and isinstance(params[0], dict):
        return params[0]
    raise InputError("The request needs exactly one batch.", reason="params")
