"""Our errors in the numbers that pages know.   EIP-1193, EIP-1474"""

from __future__ import annotations

from counterfoil import errors
from counterfoil.errors import WalletError
from counterfoil.protocol.provider import ProviderError

_NUMBERS: tuple[tuple[type[WalletError], int], ...] = (
    (errors.UnknownMethod, 4200),
    (errors.UnknownChain, 4902),
    (errors.UnsafeToSign, 4200),
    (errors.RateLimited, -32005),
    (errors.UserRejected, 4001),
    (errors.RequestExpired, 4001),
    (errors.Cancelled, 4001),
    (errors.PageCannotAssert, 4001),
    (errors.SimulationFailed, -32003),
    (errors.InputError, -32602),
    (errors.SlotHeld, -32003),
    (errors.Refused, 4100),
    (errors.ProtocolAbort, -32603),
    (errors.NodeRejected, -32003),
    (errors.NetworkError, 4900),
    (errors.StorageError, -32603),
)
"""The first row that fits counts: narrower kinds stand above wider ones."""

_BATCH = {
    "capability": 5700,
    "chain": 5710,
    "duplicate_id": 5720,
    "unknown_id": 5730,
    "too_large": 5740,
    "not_atomic": 5760,
}
"""EIP-5792's own numbers, by reason."""

INTERNAL = -32603


def to_eip1193(error: WalletError) -> ProviderError:
    """A page's error: its number, our sentence, and our stable code and reason in ``data``.

    Standard: EIP-1193 (4001 4100 4200 4900 4902), EIP-1474 (-32xxx), EIP-5792 (57xx)
    Out:      a node's own code and data are passed on; of a mistake of ours the page sees only that it was one
    """
    number = _BATCH.get(error.word) if isinstance(error, errors.BatchRefused) else None
    number = number or next((number for kind, number in _NUMBERS if isinstance(error, kind)), INTERNAL)
    data: dict[str, object] = {"code": error.code, "reason": error.word}
    if error.remedy:
        data["remedy"] = error.remedy
    if isinstance(error, errors.NodeRejected | errors.SimulationFailed):
        node_code = error.details.get("node_code")
        if isinstance(node_code, int):
            number = node_code
        if error.details.get("data") is not None:
            data["data"] = error.details["data"]
    return ProviderError(code=number, message=error.message, data=data)
