"""Owners' signatures as a Safe takes them.   Safe 1.4.1 checkNSignatures; safe-passkey 0.2.0

A Safe reads 65 bytes an owner, owners ascending. A key's 65 bytes are r ‖ s ‖ v; a contract's point
behind them, to what the contract itself is then asked about. We write and read one spelling only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from counterfoil.chains.evm.address import address_bytes, encode_address
from counterfoil.chains.evm.transaction import check_signature
from counterfoil.codecs.abi import encode_abi, parse_abi
from counterfoil.codecs.base64url import encode_base64url
from counterfoil.errors import InvalidEncoding, InvalidTransaction
from counterfoil.types import Digest32, Signature

P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
MAX_OWNERS: Final = 16
MAX_BYTES: Final = 16_384

_PART: Final = 65
_CONTRACT: Final = 0
_WEBAUTHN: Final = ("bytes", "string", "uint256", "uint256")


@dataclass(frozen=True, slots=True)
class KeySignature:
    """An owner that is a secp256k1 key."""

    owner: str
    signature: Signature


@dataclass(frozen=True, slots=True)
class ContractSignature:
    """An owner that is a contract, and what it is to be shown."""

    owner: str
    data: bytes


OwnerSignature: TypeAlias = KeySignature | ContractSignature


@dataclass(frozen=True, slots=True)
class PasskeySignature:
    """What a passkey's contract is shown: the two raw parts that the authenticator signed, and (r, s) with s low."""

    authenticator_data: bytes
    client_data: bytes
    r: int
    s: int


def client_data_prefix(challenge: bytes) -> bytes:
    """How client data must begin: the contract writes this part itself. Standard: WebAuthn L3 §5.8.1.1; WebAuthn.sol"""
    return b'{"type":"webauthn.get","challenge":"' + encode_base64url(challenge).encode() + b'",'


def encode_passkey_signature(signature: PasskeySignature, digest: Digest32) -> bytes:
    """The bytes for the passkey's contract, from an assertion whose challenge is the digest.

    Standard: safe-passkey 0.2.0 WebAuthn.sol (authenticatorData, clientDataFields, r, s)
    Raises:   InvalidTransaction(reason=client_data|signature): the chain would never accept it
    """
    prefix = client_data_prefix(digest)
    if not (signature.client_data.startswith(prefix) and signature.client_data.endswith(b"}")):
        raise InvalidTransaction(
            "The chain can't read this passkey's answer.",
            remedy="Use another browser, or another passkey.",
            reason="client_data",
        )
    if not (0 < signature.r < P256_ORDER and 0 < signature.s <= P256_ORDER // 2):
        raise InvalidTransaction("The passkey's signature is out of range.", reason="signature")
    try:
        fields = signature.client_data[len(prefix) : -1].decode()
    except UnicodeDecodeError:
        raise InvalidTransaction("The chain can't read this passkey's answer.", reason="client_data") from None
    return encode_abi(_WEBAUTHN, [signature.authenticator_data, fields, signature.r, signature.s])


def parse_passkey_signature(data: bytes, digest: Digest32) -> PasskeySignature:
    """See `encode_passkey_signature`. Raises InvalidTransaction."""
    try:
        authenticator_data, fields, r, s = parse_abi(_WEBAUTHN, data)
    except InvalidEncoding as error:
        raise InvalidTransaction(error.message, reason=error.word) from None
    assert isinstance(authenticator_data, bytes)
    assert isinstance(fields, str)
    assert isinstance(r, int)
    assert isinstance(s, int)
    client_data = client_data_prefix(digest) + fields.encode() + b"}"
    signature = PasskeySignature(authenticator_data, client_data, r, s)
    encode_passkey_signature(signature, digest)
    return signature


def pack_signatures(signatures: Sequence[OwnerSignature]) -> bytes:
    """All owners' signatures in one string, owners ascending.

    Standard: Safe 1.4.1 checkNSignatures
    Raises:   InvalidTransaction
    """
    ordered = sorted(signatures, key=lambda one: one.owner.lower())
    if not 1 <= len(ordered) <= MAX_OWNERS or len({one.owner.lower() for one in ordered}) != len(ordered):
        raise InvalidTransaction("There is one signature an owner.", reason="owners")
    heads, tails = [], b""
    for one in ordered:
        if isinstance(one, KeySignature):
            heads.append(_encode_key(one.signature))
        else:
            offset = _PART * len(ordered) + len(tails)
            heads.append(bytes(12) + address_bytes(one.owner) + offset.to_bytes(32, "big") + bytes([_CONTRACT]))
            tails += len(one.data).to_bytes(32, "big") + one.data
    return b"".join(heads) + tails


def parse_signatures(data: bytes, digest: Digest32, threshold: int) -> tuple[OwnerSignature, ...]:
    """Who signed the digest, ``threshold`` owners, all of the bytes read and each of them where we would write it.

    The key of a key's signature is recovered, so it is some owner's only if its address is.

    Standard: Safe 1.4.1 checkNSignatures
    Raises:   InvalidTransaction
    """
    if len(data) > MAX_BYTES or not 1 <= threshold <= MAX_OWNERS or len(data) < _PART * threshold:
        raise InvalidTransaction("The signatures have the wrong length.", reason="length")
    found: list[OwnerSignature] = []
    at = _PART * threshold
    for index in range(threshold):
        part = data[_PART * index : _PART * (index + 1)]
        if part[64] == _CONTRACT:
            one, at = _parse_contract(data, part, at)
            found.append(one)
        else:
            found.append(_parse_key(part, digest))
    if pack_signatures(found) != data:  # order, places, padding and what is left over: all of it in one comparison
        raise InvalidTransaction("The signatures are not packed as a Safe's are.", reason="not_canonical")
    return tuple(found)


def _encode_key(signature: Signature) -> bytes:
    check_signature(signature)
    return signature.r.to_bytes(32, "big") + signature.s.to_bytes(32, "big") + bytes([27 + signature.recovery_id])


def _parse_key(part: bytes, digest: Digest32) -> KeySignature:
    from counterfoil.chains.evm.address import address_of
    from counterfoil.crypto.ecdsa_recovery import recover_public_key

    signature = Signature(int.from_bytes(part[:32], "big"), int.from_bytes(part[32:64], "big"), part[64] - 27)
    check_signature(signature)
    try:
        return KeySignature(address_of(recover_public_key(digest, signature)), signature)
    except InvalidEncoding as error:
        raise InvalidTransaction(error.message, reason=error.word) from None


def _parse_contract(data: bytes, part: bytes, at: int) -> tuple[ContractSignature, int]:
    """What stands at ``at``, wherever the part itself points: the comparison of the whole refuses any other place."""
    end = at + 32 + int.from_bytes(data[at : at + 32], "big")
    return ContractSignature(encode_address(part[12:32]), data[at + 32 : end]), end
