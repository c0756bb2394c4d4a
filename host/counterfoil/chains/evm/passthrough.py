"""What a site may ask of a node through the wallet: reading, by allow-list.   EIP-1474"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from counterfoil.chains.evm.address import address_of
from counterfoil.chains.evm.message import digest_message
from counterfoil.chains.evm.values import read_data
from counterfoil.crypto.ecdsa_recovery import recover_public_key
from counterfoil.errors import InputError, UnknownMethod
from counterfoil.types import Signature

READ_ONLY: Final = frozenset(
    {
        "eth_blockNumber",
        "eth_call",
        "eth_createAccessList",
        "eth_estimateGas",
        "eth_feeHistory",
        "eth_gasPrice",
        "eth_getBalance",
        "eth_getBlockByHash",
        "eth_getBlockByNumber",
        "eth_getBlockReceipts",
        "eth_getBlockTransactionCountByHash",
        "eth_getBlockTransactionCountByNumber",
        "eth_getCode",
        "eth_getLogs",
        "eth_getProof",
        "eth_getStorageAt",
        "eth_getTransactionByBlockHashAndIndex",
        "eth_getTransactionByBlockNumberAndIndex",
        "eth_getTransactionByHash",
        "eth_getTransactionCount",
        "eth_getTransactionReceipt",
        "eth_maxPriorityFeePerGas",
        "eth_syncing",
        "net_listening",
        "net_version",
        "web3_clientVersion",
    }
)

MAX_RESULT: Final = 900_000
"""Bytes of an answer: it goes to a browser in one frame of 1 MiB."""

TIMEOUT_SECONDS: Final = 15
_MAX_PARAMS: Final = 16


def is_read_only(method: str) -> bool:
    """Whether the method only reads: it may go to the node as it is, or is answered here without one."""
    return method in READ_ONLY or method in COMPUTED


def recover_signer(params: object) -> str:
    """Who signed a text: pages check a signature of ``personal_sign`` so.

    Standard: ``personal_ecRecover`` of geth; EIP-191 version 0x45
    In:       ``[text, signature]``, both 0x-prefixed; the signature r ‖ s ‖ v with v 0, 1, 27 or 28
    Raises:   InputError
    """
    if not isinstance(params, list) or len(params) < 2:
        raise InputError("A text and its signature are needed.", reason="params")
    message, raw = read_data(params[0], "text"), read_data(params[1], "signature", 65)
    recovery_id = raw[-1] - 27 if raw and raw[-1] >= 27 else (raw[-1] if raw else -1)
    if len(raw) != 65 or recovery_id not in {0, 1}:
        raise InputError("A signature has 65 bytes, the last of them 27 or 28.", reason="signature")
    signature = Signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:64], "big"), recovery_id)
    return address_of(recover_public_key(digest_message(message), signature)).lower()


COMPUTED: Final[Mapping[str, Callable[[object], object]]] = {"personal_ecRecover": recover_signer}
"""Answered from the parameters alone: no node is asked."""


def read_passthrough(method: str, params: object) -> list[object]:
    """The parameters to hand on: a JSON array. Raises UnknownMethod, InputError."""
    if method not in READ_ONLY:
        raise UnknownMethod(f"Counterfoil does not pass on “{method[:60]}”.")
    if params is None:
        return []
    if not isinstance(params, list) or len(params) > _MAX_PARAMS:
        raise InputError("The parameters are not a short list.", reason="params")
    return params
