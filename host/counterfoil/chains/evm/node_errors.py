"""What a node's refusal means.

Nodes agree on no codes for these cases, only (nearly) on words: geth's, and those of its descendants,
Nethermind, Besu, Erigon, reth and anvil.
"""

from __future__ import annotations

from typing import Final

from counterfoil.chains.evm.text import visible
from counterfoil.chains.evm.words import caution
from counterfoil.chains.family import Finding
from counterfoil.codecs.abi import parse_abi
from counterfoil.errors import InvalidEncoding, NodeRejected, SimulationFailed

_KNOWN: Final = ("already known", "known transaction", "already imported", "already_exists", "already in mempool")
_NONCE_USED: Final = ("nonce too low", "oldnonce", "nonce is too low", "invalid nonce")
_NO_FUNDS: Final = ("insufficient funds", "insufficient balance", "insufficientfunds", "out of balance")
_REVERTED: Final = ("execution reverted", "revert", "vm execution error", "always failing transaction")
_UNKNOWN_METHOD: Final = -32601

_PANICS: Final = {
    0x01: "an assertion failed",
    0x11: "a number overflowed",
    0x12: "a division by zero",
    0x32: "an index is out of range",
    0x41: "too much memory",
}


def is_known(error: NodeRejected) -> bool:
    """The node has these very bytes already."""
    return _says(error, _KNOWN)


def is_nonce_used(error: NodeRejected) -> bool:
    """The nonce belongs to a mined transaction: perhaps to this one."""
    return _says(error, _NONCE_USED)


def is_missing_method(error: NodeRejected) -> bool:
    """The node does not have the method."""
    return error.details.get("node_code") == _UNKNOWN_METHOD or _says(error, ("not supported", "does not exist"))


def is_revert(error: NodeRejected) -> bool:
    """Running the transaction would fail."""
    return error.details.get("node_code") == 3 or _says(error, _REVERTED)


def too_poor(error: NodeRejected) -> SimulationFailed | None:
    """The node's refusal as an answer to a person, where it says that the account has too little; None for anything else.

    The node's own code, words and data stay in the details: a page gets the error as the node gave it.
    """
    if not _says(error, _NO_FUNDS):
        return None
    kept = error.details
    return SimulationFailed(
        "The account has too little to pay for this. Nothing was signed.",
        reason="insufficient_funds",
        node_code=kept.get("node_code"),
        node_message=kept.get("node_message"),
        data=kept.get("data"),
    )


def revert_of(error: NodeRejected) -> str | None:
    """Why it would fail, as a person can read it, perhaps empty; None where the node says something else."""
    if not is_revert(error):
        return None
    data = error.details.get("data")
    return readable_reason(data if isinstance(data, str) else "")


def readable_reason(data: str) -> str:
    """What a contract returned when it failed: its text, else the first bytes of its own error; empty without one."""
    why = revert_reason(data)
    if why is not None:
        return visible(why)[:200]
    return f"an error of the contract's own, {data[:10]}" if len(data) >= 10 and data.startswith("0x") else ""


def would_fail(reason: str) -> Finding:
    """The warning. Never a refusal: a node may be wrong, and the state may change until the transaction runs."""
    because = f": “{reason}”" if reason else ""
    return caution(
        "would_fail",
        f"Your node says that this would fail{because}.",
        "The fee would be paid, and nothing else would happen.",
        "Refuse, unless you know why it will work.",
    )


def revert_reason(data: str) -> str | None:
    """The text of ``Error(string)`` or ``Panic(uint256)``; None for a contract's own errors.

    Standard: Solidity, "Panic via assert and Error via require"
    """
    try:
        raw = bytes.fromhex(data.removeprefix("0x"))
        if raw[:4] == b"\x08\xc3\x79\xa0":
            return str(parse_abi(["string"], raw[4:])[0])
        if raw[:4] == b"\x4e\x48\x7b\x71":
            (code,) = parse_abi(["uint256"], raw[4:])
            assert isinstance(code, int)
            return _PANICS.get(code, f"panic {code}")
    except (ValueError, InvalidEncoding):
        pass
    return None


def _says(error: NodeRejected, words: tuple[str, ...]) -> bool:
    message = str(error.details.get("node_message") or "").lower()
    return any(word in message for word in words)
