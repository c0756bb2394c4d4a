"""Texts and typed data signed by a Safe, for who asks its contract.   EIP-1271, ERC-6492, Safe 1.4.1 SafeMessage"""

from __future__ import annotations

from typing import Final

from counterfoil.chains.evm.address import encode_address
from counterfoil.chains.evm.safe.account import SafeAccount
from counterfoil.chains.evm.safe.calldata import encode_call
from counterfoil.chains.evm.safe.contracts import MULTI_SEND_CALL_ONLY
from counterfoil.chains.evm.safe.first_act import Standing, creation_items
from counterfoil.chains.evm.safe.multi_send import encode_multi_send
from counterfoil.chains.evm.safe.safe_tx import safe_domain
from counterfoil.codecs.abi import encode_abi, parse_abi
from counterfoil.crypto.hashes import keccak256
from counterfoil.errors import InvalidEncoding, InvalidTransaction
from counterfoil.types import Digest32

SAFE_MESSAGE_TYPE: Final = bytes.fromhex("60b3cbf8b4a223d68d641b3b6ddf9a298e7f33710cf3d3a9d1146b5a6150fbca")
IS_VALID_SIGNATURE: Final = "isValidSignature(bytes32,bytes)"
MAGIC: Final = bytes.fromhex("1626ba7e")
"""What a contract answers to a good signature. A Safe reverts on a bad one."""

ERC6492_SUFFIX: Final = bytes.fromhex("6492") * 16
_ERC6492: Final = ("address", "bytes", "bytes")


def digest_safe_message(chain_id: int, safe: str, digest: Digest32) -> Digest32:
    """What the owners sign so that the Safe vouches for ``digest`` (of EIP-191 or EIP-712).

    Standard: EIP-712; Safe 1.4.1 CompatibilityFallbackHandler.getMessageHashForSafe
    """
    struct = keccak256(SAFE_MESSAGE_TYPE + keccak256(digest))
    return Digest32(keccak256(b"\x19\x01" + safe_domain(chain_id, safe) + struct))


def encode_is_valid_signature(digest: Digest32, signatures: bytes) -> bytes:
    """The question to the account's contract. Standard: EIP-1271"""
    return encode_call(IS_VALID_SIGNATURE, digest, signatures)


def encode_signature(account: SafeAccount, signatures: bytes, standing: Standing) -> bytes:
    """The signature that a page is given: as it is where the account stands, else with how to bring it into being.

    Standard: EIP-1271, ERC-6492
    """
    creation = creation_items(account, standing)
    if not creation:
        return signatures
    call = encode_multi_send(creation)
    return encode_abi(_ERC6492, [MULTI_SEND_CALL_ONLY.raw, call, signatures]) + ERC6492_SUFFIX


def parse_erc6492(data: bytes) -> tuple[str, bytes, bytes]:
    """Factory, its call, and the signature inside. Standard: ERC-6492. Raises InvalidTransaction."""
    if not data.endswith(ERC6492_SUFFIX):
        raise InvalidTransaction("This signature says nothing of an account to come.", reason="suffix")
    try:
        factory, call, signature = parse_abi(_ERC6492, data[:-32])
    except InvalidEncoding as error:
        raise InvalidTransaction(error.message, reason=error.word) from None
    assert isinstance(factory, bytes)
    assert isinstance(call, bytes)
    assert isinstance(signature, bytes)
    return encode_address(factory), call, signature
