"""A Safe account before it stands on any chain: its owners, its set-up and its address.   Safe 1.4.1

The set-up turns on Safe's ERC-4337 module, as other wallets' Safes have it, and nothing else. The
address follows from the owner key, the passkey and a salt alone, so it is the same on every chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from counterfoil.chains.evm.address import address_bytes, encode_address, parse_address
from counterfoil.chains.evm.safe.calldata import encode_call, parse_arguments
from counterfoil.chains.evm.safe.contracts import (
    MODULE_4337,
    MODULE_SETUP,
    PROXY_FACTORY,
    SAFE,
    SENTINEL,
    SIGNER_FACTORY,
    SIGNER_SINGLETON,
    VERIFIERS,
    ZERO,
    create2,
)
from counterfoil.chains.evm.safe.creation_code import CreationCodes
from counterfoil.codecs.abi import encode_abi
from counterfoil.crypto.hashes import keccak256
from counterfoil.errors import InvalidTransaction

THRESHOLD: Final = 2
MAX_OWNERS: Final = 16

SETUP: Final = "setup(address[],uint256,address,bytes,address,address,uint256,address)"
CREATE_PROXY: Final = "createProxyWithNonce(address,bytes,uint256)"
CREATE_SIGNER: Final = "createSigner(uint256,uint256,uint176)"
ENABLE_MODULES: Final = "enableModules(address[])"
_FIELD: Final = 2**256 - 2**224 + 2**192 + 2**96 - 1


@dataclass(frozen=True, slots=True)
class Passkey:
    """A P-256 public key and who checks it on chain."""

    x: int
    y: int
    verifiers: int = VERIFIERS

    def __post_init__(self) -> None:
        if not (0 <= self.x < _FIELD and 0 <= self.y < _FIELD and 0 <= self.verifiers < 2**176):
            raise InvalidTransaction("This is not a passkey's public key.", reason="public_key")


@dataclass(frozen=True, slots=True)
class SafeAccount:
    """An account's plan and what follows from it. Addresses are checksummed."""

    address: str
    owner: str
    """The vault's Safe-owner key."""
    passkey: Passkey
    signer: str
    """The passkey's contract."""
    salt_nonce: int
    setup: bytes
    """What the proxy is initialised with."""

    @property
    def owners(self) -> tuple[str, ...]:
        """Both, in the order of the set-up."""
        return tuple(sorted((self.owner, self.signer), key=str.lower))


def plan_account(codes: CreationCodes, owner: str, passkey: Passkey, salt_nonce: int) -> SafeAccount:
    """The 2-of-2 account of a vault's Safe-owner key and a passkey.

    Standard: Safe 1.4.1 proxies/SafeProxyFactory.sol; EIP-1014
    In:       owner: the key's address; salt_nonce: 256 bits
    Raises:   InvalidAddress, InvalidTransaction
    """
    owner = parse_address(owner)
    signer = signer_address(codes, passkey)
    setup = encode_setup(tuple(sorted((owner, signer), key=str.lower)), THRESHOLD)
    return SafeAccount(
        safe_address(codes, setup, salt_nonce),
        owner,
        passkey,
        signer,
        _salt(salt_nonce),
        setup,
    )


def signer_address(codes: CreationCodes, passkey: Passkey) -> str:
    """The contract that speaks for a passkey: an owner of the Safe, whether it stands already or not.

    Standard: safe-passkey 0.2.0 SafeWebAuthnSignerFactory.getSigner; EIP-1014
    """
    key = [int.from_bytes(SIGNER_SINGLETON.raw, "big"), passkey.x, passkey.y, passkey.verifiers]
    return create2(SIGNER_FACTORY, bytes(32), codes.signer_proxy + encode_abi(["uint256"] * 4, key))


def encode_create_signer(passkey: Passkey) -> bytes:
    """The call of ``SIGNER_FACTORY`` that brings the passkey's contract into being; harmless where it stands already."""
    return encode_call(CREATE_SIGNER, passkey.x, passkey.y, passkey.verifiers)


def parse_create_signer(data: bytes) -> Passkey:
    """See `encode_create_signer`. Raises InvalidTransaction."""
    x, y, verifiers = parse_arguments(CREATE_SIGNER, data)
    assert isinstance(x, int)
    assert isinstance(y, int)
    assert isinstance(verifiers, int)
    return Passkey(x, y, verifiers)


def encode_setup(owners: tuple[str, ...], threshold: int) -> bytes:
    """What initialises the proxy: owners in the order given, Safe's ERC-4337 module as module and fallback handler.

    Standard: Safe 1.4.1 Safe.setup
    Raises:   InvalidTransaction(reason=owners)
    """
    raw = [address_bytes(owner) for owner in owners]
    if not 1 <= threshold <= len(raw) <= MAX_OWNERS or len(set(raw)) != len(raw) or {ZERO, SENTINEL} & set(raw):
        raise InvalidTransaction("These are not the owners of a Safe.", reason="owners")
    enable = encode_call(ENABLE_MODULES, [MODULE_4337.raw])
    return encode_call(SETUP, list(raw), threshold, MODULE_SETUP.raw, enable, MODULE_4337.raw, ZERO, 0, ZERO)


def parse_setup(data: bytes) -> tuple[tuple[str, ...], int]:
    """Owners and threshold of a set-up that is otherwise exactly ours.

    Raises: InvalidTransaction
    """
    owners, threshold, *_ = parse_arguments(SETUP, data)
    assert isinstance(owners, list)
    assert isinstance(threshold, int)
    names = tuple(encode_address(owner) for owner in owners if isinstance(owner, bytes))
    if encode_setup(names, threshold) != data:
        raise InvalidTransaction("This set-up does more than a set-up of ours.", reason="setup")
    return names, threshold


def safe_address(codes: CreationCodes, setup: bytes, salt_nonce: int) -> str:
    """Where the factory puts the account.

    Standard: Safe 1.4.1 SafeProxyFactory.createProxyWithNonce; EIP-1014
    """
    salt = keccak256(keccak256(setup) + _salt(salt_nonce).to_bytes(32, "big"))
    return create2(PROXY_FACTORY, salt, codes.safe_proxy + bytes(12) + SAFE.raw)


def encode_create_safe(setup: bytes, salt_nonce: int) -> bytes:
    """The call of ``PROXY_FACTORY`` that brings the account into being; it reverts where it stands already."""
    return encode_call(CREATE_PROXY, SAFE.raw, setup, _salt(salt_nonce))


def parse_create_safe(data: bytes) -> tuple[bytes, int]:
    """Set-up and salt of the creation of a SafeL2 1.4.1. Raises InvalidTransaction."""
    singleton, setup, salt_nonce = parse_arguments(CREATE_PROXY, data)
    if singleton != SAFE.raw:
        raise InvalidTransaction("This creates something else than a Safe of ours.", reason="singleton")
    assert isinstance(setup, bytes)
    assert isinstance(salt_nonce, int)
    return setup, salt_nonce


def _salt(salt_nonce: int) -> int:
    if not 0 <= salt_nonce < 2**256:
        raise InvalidTransaction("The salt is out of range.", reason="range")
    return salt_nonce
